/** DescribeInstances. */
import type {
  DescribeInstancesRequest,
  DescribeInstancesResult,
  Reservation,
  Instance as SdkInstance,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer } from '../../aws/service.ts'
import { INSTANCES } from './instance-fields.ts'
import type { Instance } from './instance-rows.ts'
import { list, listByIds } from './listing.ts'
import { shownInstance } from './shown-instance.ts'

/** DescribeInstances counts instances, not reservations, against MaxResults. */
export function describeInstances(
  input: DescribeInstancesRequest,
  ctx: Context,
): Answer<DescribeInstancesResult> {
  ctx.allow('ec2:DescribeInstances', '*')
  const ids = input.InstanceIds ?? []
  if (ids.length > 0) {
    const parameters = { set: 'instancesSet', one: 'instanceId' }
    return { Reservations: reservations(listByIds(INSTANCES, ids, input, parameters, ctx), ctx) }
  }
  const { rows, NextToken } = list(INSTANCES, input, ctx)
  return { Reservations: reservations(rows, ctx), NextToken }
}

function reservations(rows: readonly Instance[], ctx: Context): Answer<Reservation>[] {
  const byId = new Map<string, Answer<SdkInstance>[]>()
  for (const row of rows) {
    const shown = shownInstance(row, ctx)
    const others = byId.get(row.ReservationId)
    if (others) others.push(shown)
    else byId.set(row.ReservationId, [shown])
  }
  return [...byId].map(([ReservationId, Instances]) => ({
    ReservationId,
    OwnerId: ctx.account,
    Groups: [],
    Instances,
  }))
}
