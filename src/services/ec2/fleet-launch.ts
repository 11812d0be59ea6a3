/** How fleets launch: pool after pool, by a template and its overrides. */
import type {
  CreateFleetError,
  CreateFleetInstance,
  FleetLaunchTemplateOverridesRequest,
  FleetLaunchTemplateSpecificationRequest,
  LaunchTemplateAndOverridesResponse,
  Reservation,
  RunInstancesRequest,
  TagSpecification,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { missingParameter } from './errors.ts'
import type { FleetInput } from './fleet-rows.ts'
import { FLEET_TAG } from './fleet-steps.ts'
import { requestedTemplate, versionOf } from './launch-template-rows.ts'
import type { runInstances } from './run-instances.ts'
import type { Settings } from './settings.ts'
import { changeTags } from './tag-changes.ts'

export type Lifecycle = 'on-demand' | 'spot'

/** One way to launch: a template with one set of overrides. */
export interface Pool {
  readonly specification: FleetLaunchTemplateSpecificationRequest
  readonly overrides: FleetLaunchTemplateOverridesRequest
}

/** In the order in which they are tried: AWS goes by prices or priorities, here as they came. */
export function poolsOf(input: FleetInput, ctx: Context): Pool[] {
  const pools = input.LaunchTemplateConfigs.flatMap(
    ({ LaunchTemplateSpecification: specification, Overrides }) => {
      if (!specification) throw missingParameter('LaunchTemplateSpecification')
      const template = requestedTemplate(specification, ctx)
      versionOf(template, specification.Version, ctx)
      const sets = Overrides && Overrides.length > 0 ? Overrides : [{}]
      return sets.map((overrides) => ({ specification, overrides }))
    },
  )
  if (input.OnDemandOptions?.AllocationStrategy !== 'prioritized') return pools
  const priority = ({ overrides }: Pool) => overrides.Priority ?? Number.POSITIVE_INFINITY
  return pools.sort((a, b) => compare(priority(a), priority(b)))
}

function compare(a: number, b: number): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** How much a fleet is to have of each lifecycle. */
export function capacityOf({ TargetCapacitySpecification: target }: FleetInput) {
  const { TotalTargetCapacity: total = 0, DefaultTargetCapacityType: usual = 'spot' } = target
  const named = {
    onDemand: target.OnDemandTargetCapacity ?? 0,
    spot: target.SpotTargetCapacity ?? 0,
  }
  const rest = Math.max(0, total - named.onDemand - named.spot)
  if (usual === 'on-demand') return { ...named, onDemand: named.onDemand + rest }
  return { ...named, spot: named.spot + rest }
}

export interface Launch {
  readonly input: FleetInput
  readonly FleetId: string
  readonly pools: readonly Pool[]
  readonly settings: Settings
  /** Whether the caller's permissions are asked, or the fleet launches by itself. */
  readonly run: typeof runInstances
}

export interface Launched {
  fulfilled: number
  readonly instances: Answer<CreateFleetInstance>[]
  readonly errors: Answer<CreateFleetError>[]
}

/** Launches so much of one lifecycle, and tells what could not be launched. */
export function launchAll(
  launch: Launch,
  Lifecycle: Lifecycle,
  target: number,
  ctx: Context,
): Launched {
  const result: Launched = { fulfilled: 0, instances: [], errors: [] }
  for (const pool of launch.pools) {
    const missing = target - result.fulfilled
    if (missing <= 0) break
    const weight = pool.overrides.WeightedCapacity ?? 1
    const common = { LaunchTemplateAndOverrides: shownPool(pool, ctx), Lifecycle }
    try {
      const count = Math.ceil(missing / weight)
      const { Instances = [] } = launchFrom(pool, launch, Lifecycle, count, ctx)
      const InstanceIds = Instances.flatMap(({ InstanceId }) => InstanceId ?? [])
      result.fulfilled += InstanceIds.length * weight
      result.instances.push({ ...common, InstanceIds, InstanceType: Instances[0]?.InstanceType })
    } catch (error) {
      // A refused launch has written nothing; the next pool is tried.
      if (!(error instanceof AwsError)) throw error
      result.errors.push({ ...common, ErrorCode: error.code, ErrorMessage: error.message })
    }
  }
  return result
}

function shownPool({ specification, overrides }: Pool, ctx: Context) {
  const template = requestedTemplate(specification, ctx)
  const { VersionNumber } = versionOf(template, specification.Version, ctx)
  const pool: LaunchTemplateAndOverridesResponse = {
    LaunchTemplateSpecification: {
      LaunchTemplateId: template.LaunchTemplateId,
      Version: String(VersionNumber),
    },
    // The same members, in answers under another name of the type.
    Overrides: overrides as LaunchTemplateAndOverridesResponse['Overrides'],
  }
  return pool
}

function launchFrom(
  { specification, overrides }: Pool,
  { input, FleetId, settings, run }: Launch,
  lifecycle: Lifecycle,
  MaxCount: number,
  ctx: Context,
): Answer<Reservation> {
  const { InstanceType, ImageId, SubnetId, AvailabilityZone, Placement } = overrides
  const request: Checked<RunInstancesRequest> = {
    LaunchTemplate: specification,
    MinCount: 1,
    MaxCount,
    ...(InstanceType && { InstanceType }),
    ...(ImageId && { ImageId }),
    ...(SubnetId && { SubnetId }),
    ...((Placement || AvailabilityZone) && {
      Placement: { ...Placement, ...(AvailabilityZone && { AvailabilityZone }) },
    }),
    TagSpecifications: ofInstances(input.TagSpecifications),
    ...(lifecycle === 'spot' && { InstanceMarketOptions: { MarketType: 'spot' } }),
  }
  const reservation = run(request, ctx, settings)
  for (const { InstanceId } of reservation.Instances ?? []) {
    const tag = { Key: FLEET_TAG, Value: FleetId }
    if (InstanceId) changeTags({ id: InstanceId, type: 'instance' }, [tag], [], ctx)
  }
  return reservation
}

function ofInstances(specifications: readonly TagSpecification[] = []): TagSpecification[] {
  return specifications.filter(({ ResourceType }) => ResourceType !== 'fleet')
}
