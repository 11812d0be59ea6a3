/** Spot Instances: requests, prices and interruptions. */
import { cancelSpotInstanceRequests } from './cancel.ts'
import { EVALUATE, RESTART } from './instance-changes.ts'
import {
  RECLAIM,
  RECOMMEND,
  reclaim,
  recommendRebalance,
  restart,
  WARN,
  warn,
} from './interrupt.ts'
import { describeSpotPriceHistory } from './prices.ts'
import { evaluate, requestSpotInstances } from './requests.ts'
import { FORGET, forgetRequest } from './rows.ts'
import { describeSpotInstanceRequests } from './shown-request.ts'

export const SPOT_OPERATIONS = {
  CancelSpotInstanceRequests: cancelSpotInstanceRequests,
  DescribeSpotInstanceRequests: describeSpotInstanceRequests,
  DescribeSpotPriceHistory: describeSpotPriceHistory,
  RequestSpotInstances: requestSpotInstances,
}

export const SPOT_AGENDA = {
  [EVALUATE]: evaluate,
  [FORGET]: forgetRequest,
  [RECLAIM]: reclaim,
  [RECOMMEND]: recommendRebalance,
  [RESTART]: restart,
  [WARN]: warn,
}

export { type InterruptOptions, interruptSpotInstances } from './interrupt.ts'
