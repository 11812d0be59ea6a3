/** Event source mappings: created, changed, deleted and shown. */
import type {
  CreateEventSourceMappingRequest,
  DeleteEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  GetEventSourceMappingRequest,
  ListEventSourceMappingsRequest,
  ListEventSourceMappingsResponse,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda'
import { parseArn } from '../../../arn.ts'
import type { Context } from '../../../aws/context.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import type { EventPatterns, QueueSource, Roles } from '../../ports.ts'
import { conflict, invalidParameter, noSuchResource } from '../errors.ts'
import { findFunction } from '../functions.ts'
import { functionArn, parseFunctionName } from '../names.ts'
import { pageOf } from '../paging.ts'
import { checkTags, tagKeys } from '../tags.ts'
import { type Mapping, type MappingState, mappingArn, mappings } from './rows.ts'
import { changedSettings, checkSource, DEFAULT_SETTINGS, unsupportedSource } from './settings.ts'

/** The row that ends a change of a mapping's state. */
export const MAPPING_SETTLED = 'lambda.mappingSettled'

export interface MappingSettled {
  uuid: string
  stateId: string
}

const USER_ACTION = 'USER_INITIATED'

export interface MappingParts {
  source: QueueSource
  roles: Roles
  patterns: EventPatterns
  /** How long Creating, Updating and the like last. */
  settleAfterMs: number
}

type Shown = Answer<EventSourceMappingConfiguration>

export function mappingOperations(parts: MappingParts) {
  const { patterns, settleAfterMs } = parts

  function put(
    row: Omit<Mapping, 'stateId' | 'lastModified' | 'state'>,
    state: MappingState,
    ctx: Context,
  ): Shown {
    const stateId = ctx.ids.uuid()
    const after = { ...row, state, stateId, lastModified: ctx.now }
    ctx.tx.put(mappings, row.uuid, after)
    const settled = { uuid: row.uuid, stateId } satisfies MappingSettled
    ctx.later(settleAfterMs, MAPPING_SETTLED, settled)
    return shown(after)
  }

  function target(functionName: string, ctx: Context) {
    const address = parseFunctionName(functionName, ctx.world)
    const found = findFunction(address, ctx)
    if (!found) throw invalidParameter('Function does not exist')
    return { address, found }
  }

  return {
    CreateEventSourceMapping(input: Checked<CreateEventSourceMappingRequest>, ctx: Context): Shown {
      const { EventSourceArn: eventSourceArn, Tags: tags = {}, Enabled: enabled = true } = input
      const uuid = ctx.ids.uuid()
      ctx.allow('lambda:CreateEventSourceMapping', '*', {
        keys: { ...functionKeys(input.FunctionName, ctx), ...tagKeys(tags) },
      })
      const service = eventSourceArn && parseArn(eventSourceArn)?.service
      if (!eventSourceArn || !service) throw invalidParameter('Unrecognized event source.')
      if (service !== 'sqs') throw unsupportedSource(service)
      checkTags(tags)
      const settings = changedSettings(DEFAULT_SETTINGS, input, patterns)
      const { address, found } = target(input.FunctionName, ctx)
      checkSource(eventSourceArn, settings, found, parts, ctx)
      const { name: functionName, qualifier, world } = address
      const identity = { uuid, world, functionName, ...(qualifier && { qualifier }) }
      const row = { ...identity, eventSourceArn, enabled, tags, ...settings }
      checkUnique(row, input.FunctionName, ctx)
      // One that is not enabled has nothing to wait for, as recorded.
      return put(row, enabled ? 'Creating' : 'Disabled', ctx)
    },
    UpdateEventSourceMapping(input: Checked<UpdateEventSourceMappingRequest>, ctx: Context): Shown {
      const before = allowed('UpdateEventSourceMapping', input.UUID, ctx)
      const { FunctionName = arnOf(before), Enabled: enabled = before.enabled } = input
      const { address, found } = target(FunctionName, ctx)
      const settings = changedSettings(before, input, patterns)
      checkSource(before.eventSourceArn, settings, found, parts, ctx)
      const { qualifier: _, maximumConcurrency: __, kmsKeyArn: ___, ...rest } = before
      const { name: functionName, qualifier } = address
      const row = { ...rest, functionName, ...(qualifier && { qualifier }), enabled, ...settings }
      if (enabled === before.enabled) return put(row, 'Updating', ctx)
      return put(row, enabled ? 'Enabling' : 'Disabling', ctx)
    },
    DeleteEventSourceMapping(input: Checked<DeleteEventSourceMappingRequest>, ctx: Context): Shown {
      return put(allowed('DeleteEventSourceMapping', input.UUID, ctx), 'Deleting', ctx)
    },
    GetEventSourceMapping(input: Checked<GetEventSourceMappingRequest>, ctx: Context): Shown {
      return shown(allowed('GetEventSourceMapping', input.UUID, ctx))
    },
    ListEventSourceMappings,
  }
}

function ListEventSourceMappings(
  input: ListEventSourceMappingsRequest,
  ctx: Context,
): Answer<ListEventSourceMappingsResponse> {
  ctx.allow('lambda:ListEventSourceMappings', '*')
  const { EventSourceArn: source, FunctionName } = input
  const address = FunctionName ? parseFunctionName(FunctionName, ctx.world) : undefined
  const all = [...ctx.tx.all(mappings)].filter(
    (row) =>
      isIn(ctx, row) &&
      (source === undefined || row.eventSourceArn === source) &&
      (!address || (row.functionName === address.name && row.qualifier === address.qualifier)),
  )
  const { items, NextMarker } = pageOf(all, ({ uuid }) => uuid, input)
  return { EventSourceMappings: items.map(shown), ...(NextMarker && { NextMarker }) }
}

/** The agenda's part: a row of an earlier change is stale. Answers the mapping to be read. */
export function settleMapping(
  { uuid, stateId }: MappingSettled,
  ctx: Context,
): Mapping | undefined {
  const row = ctx.tx.get(mappings, uuid)
  if (row?.stateId !== stateId) return undefined
  if (row.state === 'Deleting') {
    ctx.tx.delete(mappings, uuid)
    return undefined
  }
  const after: Mapping = { ...row, state: row.enabled ? 'Enabled' : 'Disabled' }
  ctx.tx.put(mappings, uuid, after)
  return after
}

function allowed(action: string, uuid: string, ctx: Context): Mapping {
  const found = ctx.tx.get(mappings, uuid)
  const row = found && isIn(ctx, found) ? found : undefined
  const keys = row ? functionKeys(arnOf(row), ctx) : {}
  ctx.allow(`lambda:${action}`, mappingArn(ctx.world, uuid), { keys })
  if (!row) throw noSuchResource()
  return row
}

function isIn({ world }: Context, row: Mapping): boolean {
  return row.world.account === world.account && row.world.region === world.region
}

function functionKeys(functionName: string, ctx: Context) {
  const { world, name, qualifier } = parseFunctionName(functionName, ctx.world)
  return { 'lambda:FunctionArn': functionArn(world, name, qualifier) }
}

function checkUnique(
  {
    eventSourceArn,
    functionName,
    qualifier,
  }: Pick<Mapping, 'eventSourceArn' | 'functionName'> & {
    qualifier?: string
  },
  named: string,
  ctx: Context,
): void {
  const other = ctx.tx
    .by(mappings, 'source', eventSourceArn)
    .find((row) => row.functionName === functionName && row.qualifier === qualifier)
  if (!other) return
  throw conflict(
    `An event source mapping with SQS arn (" ${eventSourceArn} ") and function (" ${named} ") ` +
      `already exists. Please update or delete the existing mapping with UUID ${other.uuid}`,
  )
}

function arnOf({ world, functionName, qualifier }: Mapping): string {
  return functionArn(world, functionName, qualifier)
}

function shown(row: Mapping): Shown {
  const { uuid, world, filters, maximumConcurrency: MaximumConcurrency } = row
  return {
    UUID: uuid,
    BatchSize: row.batchSize,
    MaximumBatchingWindowInSeconds: row.windowSeconds,
    EventSourceArn: row.eventSourceArn,
    EventSourceMappingArn: mappingArn(world, uuid),
    FunctionArn: arnOf(row),
    FunctionResponseTypes: row.reportsItemFailures ? ['ReportBatchItemFailures'] : [],
    ...(filters.length > 0 && {
      FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) },
    }),
    ...(MaximumConcurrency !== undefined && { ScalingConfig: { MaximumConcurrency } }),
    ...(row.kmsKeyArn && { KMSKeyArn: row.kmsKeyArn }),
    LastModified: row.lastModified,
    State: row.state,
    StateTransitionReason: USER_ACTION,
  }
}
