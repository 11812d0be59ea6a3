/** What happens to a fleet when an instance of it ends. */
import type { Context } from '../../aws/context.ts'
import { publishFleetInstance, publishFleetState } from './fleet-events.ts'
import { type Fleet, fleets } from './fleet-rows.ts'
import type { Instance } from './instance-rows.ts'
import { tagsOf } from './tag-rows.ts'

export const FLEET_EVALUATE = 'ec2.fleet-evaluate'
export const FLEET_EXPIRE = 'ec2.fleet-expire'

/** The tag by which AWS tells the fleet of an instance. */
export const FLEET_TAG = 'aws:ec2:fleet-id'

/** The fleet of an instance, unless it is of the type instant. */
export function fleetOf({ InstanceId }: Instance, ctx: Context): Fleet | undefined {
  const tag = tagsOf(InstanceId, ctx)?.find(({ Key }) => Key === FLEET_TAG)
  const fleet = tag && ctx.tx.get(fleets, tag.Value)
  return fleet?.Request && fleet
}

/** A deleted fleet has no instances any more. */
export function endFleet(fleet: Fleet, ctx: Context): void {
  ctx.tx.put(fleets, fleet.FleetId, { ...fleet, FleetState: 'deleted' })
  publishFleetState(fleet.FleetId, 'deleted', ctx)
}

/** An instance of a fleet has been terminated. */
export function fleetInstanceEnded(instance: Instance, ctx: Context): void {
  const fleet = fleetOf(instance, ctx)
  if (!fleet) return
  const { FleetId: id, FleetState, Type } = fleet
  publishFleetInstance(id, instance, 'terminated', ctx)
  const Members = fleet.Members.filter(({ InstanceId }) => InstanceId !== instance.InstanceId)
  const isOver = FleetState.startsWith('deleted_') && Members.length === 0
  ctx.tx.put(fleets, id, { ...fleet, Members })
  if (isOver) endFleet({ ...fleet, Members }, ctx)
  else if (FleetState === 'active' && Type === 'maintain') ctx.later(0, FLEET_EVALUATE, { id })
}
