/**
 * CreateFleet. Fleets of the type instant launch at once and send no events; the others are
 * submitted, and launch by themselves.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-request-type.html
 */
import type { CreateFleetRequest, CreateFleetResult } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { publishFleetState } from './fleet-events.ts'
import { capacityOf, type Launch, launchAll, poolsOf } from './fleet-launch.ts'
import { type Fleet, type FleetInput, fleets } from './fleet-rows.ts'
import { FLEET_EVALUATE } from './fleet-steps.ts'
import { earlier, identityOf } from './idempotency.ts'
import { FLEET } from './ids.ts'
import { requestedTemplate } from './launch-template-rows.ts'
import { allowOnTemplate } from './launch-templates.ts'
import { allowNew } from './network/access.ts'
import { runInstances } from './run-instances.ts'
import type { Settings } from './settings.ts'
import { tagNew, tagsFor } from './tag-specifications.ts'

/** Makes a fleet; one of the type instant answers what it launched and what it could not. */
export function createFleet(
  input: Checked<CreateFleetRequest>,
  ctx: Context,
  settings: Settings,
): Answer<CreateFleetResult> {
  const tags = tagsFor(input.TagSpecifications, [
    'fleet',
    'instance',
    'volume',
    'network-interface',
  ])
  allowNew('CreateFleet', FLEET, { ...tags, types: tags.types.filter((t) => t === 'fleet') }, ctx)
  const request: FleetInput = {
    ...input,
    ValidFrom: input.ValidFrom?.getTime(),
    ValidUntil: input.ValidUntil?.getTime(),
  }
  for (const { LaunchTemplateSpecification: named } of input.LaunchTemplateConfigs) {
    if (named) allowOnTemplate('ec2:CreateFleet', requestedTemplate(named, ctx), ctx)
  }
  const pools = poolsOf(request, ctx)
  const identity = identityOf(input)
  const { ClientToken = '', Type = 'maintain' } = input
  const repeated = earlier(ctx.tx.by(fleets, 'clientToken', ClientToken), identity)
  if (repeated) return answer(repeated)
  const FleetId = `fleet-${ctx.ids.uuid()}`
  const common = {
    FleetId,
    ...identity,
    CreateTime: ctx.now,
    Type,
    TargetCapacitySpecification: input.TargetCapacitySpecification,
    LaunchTemplateConfigs: input.LaunchTemplateConfigs,
    ...(input.OnDemandOptions && { OnDemandOptions: input.OnDemandOptions }),
    ...(input.SpotOptions && { SpotOptions: input.SpotOptions }),
  }
  const row: Fleet =
    Type === 'instant'
      ? {
          ...common,
          ...launched({ input: request, FleetId, pools, settings, run: runInstances }, ctx),
        }
      : { ...common, ...submitted(request) }
  ctx.tx.put(fleets, FleetId, row)
  tagNew(FleetId, 'fleet', tags, ctx)
  if (Type !== 'instant') {
    publishFleetState(FleetId, 'submitted', ctx)
    ctx.later(settings.durations.spotMs, FLEET_EVALUATE, { id: FleetId })
  }
  return answer(row)
}

function launched(launch: Launch, ctx: Context) {
  const { onDemand, spot } = capacityOf(launch.input)
  const first = launchAll(launch, 'on-demand', onDemand, ctx)
  const second = launchAll(launch, 'spot', spot, ctx)
  return {
    ActivityStatus: 'fulfilled',
    FleetState: 'active',
    FulfilledCapacity: first.fulfilled + second.fulfilled,
    FulfilledOnDemandCapacity: first.fulfilled,
    Errors: [...first.errors, ...second.errors],
    Instances: [...first.instances, ...second.instances],
    Members: [],
  } as const
}

function submitted(Request: FleetInput) {
  const { ExcessCapacityTerminationPolicy, ReplaceUnhealthyInstances = false } = Request
  return {
    ActivityStatus: 'pending_fulfillment',
    FleetState: 'submitted',
    FulfilledCapacity: 0,
    FulfilledOnDemandCapacity: 0,
    ExcessCapacityTerminationPolicy: ExcessCapacityTerminationPolicy ?? 'termination',
    TerminateInstancesWithExpiration: Request.TerminateInstancesWithExpiration ?? false,
    ReplaceUnhealthyInstances,
    ValidFrom: Request.ValidFrom,
    ValidUntil: Request.ValidUntil,
    Instances: [],
    Members: [],
    Request,
  } as const
}

function answer({ FleetId, Type, Errors, Instances }: Fleet): Answer<CreateFleetResult> {
  return Type === 'instant' ? { FleetId, Errors: Errors ?? [], Instances } : { FleetId }
}
