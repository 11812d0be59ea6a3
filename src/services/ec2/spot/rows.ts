/** Spot Instance requests as they are stored. */
import type {
  InstanceInterruptionBehavior,
  RIProductDescription,
  RunInstancesRequest,
  SpotInstanceState,
  SpotInstanceType,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Checked } from '../../../aws/service.ts'
import { MS_PER_HOUR } from '../../../clock.ts'
import { table } from '../../../store/store.ts'
import type { Kind } from '../ids.ts'
import { type Instance, instances } from '../instance-rows.ts'
import { forgetTags } from '../tag-rows.ts'

const ID_CHARACTERS = 8
/** Requests are forgotten so long after they have ended and their instances are terminated. */
const ENDED_VISIBLE_MS = 4 * MS_PER_HOUR

export const SPOT_REQUEST: Kind = {
  prefix: 'sir',
  form: /^[0-9a-z]{8}$/,
  resourceType: 'spot-instances-request',
  missing: ([id]) =>
    new AwsError(
      'InvalidSpotInstanceRequestID.NotFound',
      `The spot instance request ID '${id}' does not exist`,
    ),
  malformed: (id) =>
    new AwsError(
      'InvalidSpotInstanceRequestID.Malformed',
      `Invalid id: "${id}" (expecting "sir-...")`,
    ),
}

/** What every instance of a request is launched with. */
export type LaunchInput = Checked<RunInstancesRequest>

export interface SpotRequest {
  readonly SpotInstanceRequestId: string
  readonly State: SpotInstanceState
  readonly Status: Status
  readonly Type: SpotInstanceType
  readonly InstanceInterruptionBehavior: InstanceInterruptionBehavior
  /** Dollars an hour, with six decimals. */
  readonly SpotPrice: string
  readonly ProductDescription: RIProductDescription
  readonly Launch: LaunchInput
  /** Milliseconds since the epoch, as all times here. */
  readonly CreateTime: number
  readonly ValidFrom?: number
  readonly ValidUntil?: number
  readonly LaunchGroup?: string
  readonly AvailabilityZoneGroup?: string
  readonly Fault?: { readonly Code: string; readonly Message: string }
  readonly InstanceId?: string
  readonly LaunchedAvailabilityZone?: string
  readonly LaunchedAvailabilityZoneId?: string
  readonly ClientToken?: string
  readonly RequestDigest?: string
}

export interface Status {
  readonly Code: keyof typeof STATUSES
  readonly Message: string
  readonly UpdateTime: number
}

/**
 * The state that comes with a status, and the status in words.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html
 */
const STATUSES = {
  'pending-evaluation': [
    'open',
    'Your Spot request has been submitted for review, and is pending evaluation.',
  ],
  'not-scheduled-yet': ['open', 'Your Spot request will not be evaluated until its start time.'],
  'price-too-low': [
    'open',
    'Your Spot request price is lower than the minimum required Spot request fulfillment price.',
  ],
  'capacity-not-available': [
    'open',
    'There is no Spot capacity available that matches your request.',
  ],
  fulfilled: ['active', 'Your spot request is fulfilled.'],
  'marked-for-stop': ['active', 'Your Spot Instance is marked for stop.'],
  'marked-for-termination': ['active', 'Your Spot Instance is marked for termination.'],
  'instance-stopped-by-user': [
    'disabled',
    'Your Spot Instance was stopped because you called the StopInstances API on the instance.',
  ],
  'instance-stopped-no-capacity': [
    'disabled',
    'Your Spot Instance was stopped because there is no Spot capacity available that matches ' +
      'your request.',
  ],
  'instance-terminated-by-user': [
    'closed',
    'Your Spot Instance was terminated because you called the TerminateInstances API on the ' +
      'instance.',
  ],
  'instance-terminated-no-capacity': [
    'closed',
    'Your Spot Instance was terminated because there is no Spot capacity available that matches ' +
      'your request.',
  ],
  'canceled-before-fulfillment': [
    'cancelled',
    'Your Spot request is canceled before it was fulfilled.',
  ],
  'request-canceled-and-instance-running': [
    'cancelled',
    'Your Spot request is canceled, but your instance is still running.',
  ],
  'instance-terminated-by-service': [
    'cancelled',
    'Your Spot Instance was terminated from the stopped state, as its request is canceled.',
  ],
  'schedule-expired': [
    'cancelled',
    'Your Spot request has expired because it was not fulfilled before its end time.',
  ],
  'bad-parameters': ['failed', 'Your Spot request parameters are not valid.'],
} as const satisfies Record<string, readonly [SpotInstanceState, string]>

export const spotRequests = table<SpotRequest>('ec2.spot-requests', {
  indexes: {
    state: ({ State }) => State,
    instance: ({ InstanceId }) => InstanceId,
    clientToken: ({ ClientToken }) => ClientToken,
  },
})

export function newRequestId(ctx: Context): string {
  return `${SPOT_REQUEST.prefix}-${ctx.ids.base32(ID_CHARACTERS).toLowerCase()}`
}

export const FORGET = 'ec2.spot-forget'

/** Stores a request under a status, which decides its state. */
export function putStatus(
  request: Omit<SpotRequest, 'State' | 'Status'>,
  Code: Status['Code'],
  ctx: Context,
): SpotRequest {
  const [State, Message] = STATUSES[Code]
  const row: SpotRequest = { ...request, State, Status: { Code, Message, UpdateTime: ctx.now } }
  const id = row.SpotInstanceRequestId
  const before = ctx.tx.get(spotRequests, id)
  ctx.tx.put(spotRequests, id, row)
  const from = before?.Status.Code
  if (from !== Code) ctx.record({ kind: 'change', resource: id, from, to: Code }, [id])
  if (hasEnded(row) && (!before || !hasEnded(before))) ctx.later(ENDED_VISIBLE_MS, FORGET, { id })
  return row
}

export function hasEnded({ State }: SpotRequest): boolean {
  return State === 'closed' || State === 'cancelled' || State === 'failed'
}

/** Removes a request that ended long enough ago; later, when its instance still runs. */
export function forgetRequest({ id }: { id: string }, ctx: Context): void {
  const instance = instanceOf(ctx.tx.get(spotRequests, id), ctx)
  if (instance && instance.StateName !== 'terminated') ctx.later(ENDED_VISIBLE_MS, FORGET, { id })
  else {
    ctx.tx.delete(spotRequests, id)
    forgetTags(id, ctx)
  }
}

export function instanceOf(request: SpotRequest | undefined, ctx: Context): Instance | undefined {
  return request?.InstanceId === undefined ? undefined : ctx.tx.get(instances, request.InstanceId)
}

/** The request that an instance was launched for. */
export function requestOf(instance: Instance, ctx: Context): SpotRequest | undefined {
  const id = instance.SpotInstanceRequestId
  return id === undefined ? undefined : ctx.tx.get(spotRequests, id)
}
