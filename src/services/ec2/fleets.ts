/**
 * Fleets of the type instant: one request, launched at once by a template and its overrides.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instant-fleet.html
 */
import type {
  CreateFleetError,
  CreateFleetInstance,
  CreateFleetRequest,
  CreateFleetResult,
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
import { missingParameter, unsupportedOperation } from './errors.ts'
import { type Fleet, fleets } from './fleet-rows.ts'
import { earlier, identityOf } from './idempotency.ts'
import { FLEET } from './ids.ts'
import { requestedTemplate, versionOf } from './launch-template-rows.ts'
import { allowOnTemplate } from './launch-templates.ts'
import { allowNew } from './network/access.ts'
import { runInstances } from './run-instances.ts'
import type { Settings } from './settings.ts'
import { changeTags } from './tag-changes.ts'
import { tagNew, tagsFor } from './tag-specifications.ts'

type Lifecycle = 'on-demand' | 'spot'

/** One way to launch: a template with one set of overrides. */
interface Pool {
  readonly specification: FleetLaunchTemplateSpecificationRequest
  readonly overrides: FleetLaunchTemplateOverridesRequest
}

/** Launches what is asked for, pool after pool, and tells what could not be launched. */
export function createFleet(
  input: Checked<CreateFleetRequest>,
  ctx: Context,
  settings: Settings,
): Answer<CreateFleetResult> {
  if (input.Type !== 'instant') {
    throw unsupportedOperation('Windtunnel creates fleets of the type instant only.')
  }
  const tags = tagsFor(input.TagSpecifications, [
    'fleet',
    'instance',
    'volume',
    'network-interface',
  ])
  allowNew('CreateFleet', FLEET, { ...tags, types: tags.types.filter((t) => t === 'fleet') }, ctx)
  const pools = poolsOf(input, ctx)
  const identity = identityOf(input)
  const { ClientToken = '' } = input
  const repeated = earlier(ctx.tx.by(fleets, 'clientToken', ClientToken), identity)
  if (repeated) return answer(repeated)
  const FleetId = `fleet-${ctx.ids.uuid()}`
  const launch = { input, FleetId, pools, settings }
  const { onDemand, spot } = capacityOf(input)
  const first = launchAll(launch, 'on-demand', onDemand, ctx)
  const second = launchAll(launch, 'spot', spot, ctx)
  const row: Fleet = {
    FleetId,
    ...identity,
    ActivityStatus: 'fulfilled',
    CreateTime: ctx.now,
    FleetState: 'active',
    Type: 'instant',
    TargetCapacitySpecification: input.TargetCapacitySpecification,
    LaunchTemplateConfigs: input.LaunchTemplateConfigs,
    FulfilledCapacity: first.fulfilled + second.fulfilled,
    FulfilledOnDemandCapacity: first.fulfilled,
    ...(input.OnDemandOptions && { OnDemandOptions: input.OnDemandOptions }),
    ...(input.SpotOptions && { SpotOptions: input.SpotOptions }),
    Errors: [...first.errors, ...second.errors],
    Instances: [...first.instances, ...second.instances],
  }
  ctx.tx.put(fleets, FleetId, row)
  tagNew(FleetId, 'fleet', tags, ctx)
  return answer(row)
}

function answer({ FleetId, Errors, Instances }: Fleet): Answer<CreateFleetResult> {
  return { FleetId, Errors: Errors ?? [], Instances }
}

/** In the order in which they are tried: AWS goes by prices or priorities, here as they came. */
function poolsOf(input: Checked<CreateFleetRequest>, ctx: Context): Pool[] {
  const pools = input.LaunchTemplateConfigs.flatMap(
    ({ LaunchTemplateSpecification: specification, Overrides }) => {
      if (!specification) throw missingParameter('LaunchTemplateSpecification')
      const template = requestedTemplate(specification, ctx)
      versionOf(template, specification.Version, ctx)
      allowOnTemplate('ec2:CreateFleet', template, ctx)
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

function capacityOf({ TargetCapacitySpecification: target }: Checked<CreateFleetRequest>) {
  const { TotalTargetCapacity: total = 0, DefaultTargetCapacityType: usual = 'spot' } = target
  const named = {
    onDemand: target.OnDemandTargetCapacity ?? 0,
    spot: target.SpotTargetCapacity ?? 0,
  }
  const rest = Math.max(0, total - named.onDemand - named.spot)
  if (usual === 'on-demand') return { ...named, onDemand: named.onDemand + rest }
  return { ...named, spot: named.spot + rest }
}

interface Launch {
  readonly input: Checked<CreateFleetRequest>
  readonly FleetId: string
  readonly pools: readonly Pool[]
  readonly settings: Settings
}

interface Launched {
  fulfilled: number
  readonly instances: Answer<CreateFleetInstance>[]
  readonly errors: Answer<CreateFleetError>[]
}

function launchAll(launch: Launch, Lifecycle: Lifecycle, target: number, ctx: Context): Launched {
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
  { input, FleetId, settings }: Launch,
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
  const reservation = runInstances(request, ctx, settings)
  for (const { InstanceId } of reservation.Instances ?? []) {
    const tag = { Key: 'aws:ec2:fleet-id', Value: FleetId }
    if (InstanceId) changeTags({ id: InstanceId, type: 'instance' }, [tag], [], ctx)
  }
  return reservation
}

function ofInstances(specifications: readonly TagSpecification[] = []): TagSpecification[] {
  return specifications.filter(({ ResourceType }) => ResourceType !== 'fleet')
}
