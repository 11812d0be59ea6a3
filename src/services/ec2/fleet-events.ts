/**
 * What fleets publish. Those of the type instant publish nothing.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-event-types.html
 */
import type { Context } from '../../aws/context.ts'
import { ec2Arn } from './ids.ts'
import type { Instance } from './instance-rows.ts'

type Kind = 'State Change' | 'Spot Instance Request Change' | 'Instance Change' | 'Information'

function publish(kind: Kind, fleetId: string, detail: object, ctx: Context): void {
  ctx.publish({
    source: 'aws.ec2fleet',
    detailType: `EC2 Fleet ${kind}`,
    resources: [ec2Arn('fleet', fleetId, ctx)],
    detail,
  })
}

export type FleetStateName =
  | 'submitted'
  | 'active'
  | 'modify_in_progress'
  | 'modify_succeeded'
  | 'expired'
  | 'deleted'
  | 'deleted_running'
  | 'deleted_terminating'

export function publishFleetState(id: string, state: FleetStateName, ctx: Context): void {
  ctx.record({ kind: 'change', resource: id, to: state }, [id])
  publish('State Change', id, { 'sub-type': state }, ctx)
}

/** With the instance as a text of JSON, as AWS has it. */
export function publishFleetInstance(
  id: string,
  { InstanceId, InstanceType, ImageId, PlatformDetails, Placement }: Instance,
  subType: 'launched' | 'terminated' | 'termination_notified',
  ctx: Context,
): void {
  const description = JSON.stringify({
    instanceType: InstanceType,
    image: ImageId,
    productDescription: PlatformDetails,
    availabilityZone: Placement.AvailabilityZone,
  })
  const detail = { 'instance-id': InstanceId, description, 'sub-type': subType }
  publish('Instance Change', id, detail, ctx)
}

export function publishFleetSpotRequest(
  id: string,
  requestId: string,
  subType: 'submitted' | 'active',
  ctx: Context,
): void {
  const before = subType === 'active' ? ', PreviousState: submitted' : ''
  const detail = {
    'spot-instance-request-id': requestId,
    description: `SpotInstanceRequestId ${requestId}${before}`,
    'sub-type': subType,
  }
  publish('Spot Instance Request Change', id, detail, ctx)
}

/** A pool from which nothing can be launched. */
export function publishUnusable(id: string, description: string, ctx: Context): void {
  publish('Information', id, { description, 'sub-type': 'launchSpecUnusable' }, ctx)
}
