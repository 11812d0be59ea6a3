/** Event buses: the default one, which every account has in every region, and custom ones. */
import type {
  CreateEventBusRequest,
  CreateEventBusResponse,
  DeadLetterConfig,
  DescribeEventBusRequest,
  DescribeEventBusResponse,
  ListEventBusesRequest,
  ListEventBusesResponse,
  UpdateEventBusRequest,
  UpdateEventBusResponse,
} from '@aws-sdk/client-eventbridge'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { notImplemented } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { type Tx, table } from '../../store/store.ts'
import { busExists, limitExceeded, noBus, slashInBusName } from './errors.ts'
import { busArn, busName, DEFAULT_BUS } from './names.ts'
import { pageOf } from './pages.ts'
import { dropTags, putTags } from './tag-rows.ts'

const MAX_BUSES = 100

export interface Bus {
  name: string
  arn: string
  /** Milliseconds since the epoch. */
  createdAt: number
  modifiedAt: number
  description?: string
  /** Told only: there is no AWS KMS here whose refusal could be felt. */
  kmsKeyIdentifier?: string
  /** For events that the key cannot encrypt or decrypt, and no others: so nothing comes here. */
  deadLetterConfig?: DeadLetterConfig
  /** What goes to the deliveries of logs that CloudWatch Logs sets up; there are none here. */
  logConfig?: CreateEventBusRequest['LogConfig']
  /** The bus policy, as JSON text. */
  policy?: string
}

const buses = table<Bus>('events.buses')

/** A bus of this world; the default bus comes to be when it is first looked for. */
export function findBus(name: string, ctx: Context): Bus | undefined {
  const found = ctx.tx.get(buses, name)
  if (found || name !== DEFAULT_BUS) return found
  const { now } = ctx
  const bus = { name, arn: busArn(ctx.world, name), createdAt: now, modifiedAt: now }
  ctx.tx.put(buses, name, bus)
  return bus
}

/** Throws ResourceNotFoundException when there is no such bus. */
export function existingBus(name: string, ctx: Context): Bus {
  const bus = findBus(name, ctx)
  if (!bus) throw noBus(name)
  return bus
}

export function putBus(bus: Bus, tx: Tx): void {
  tx.put(buses, bus.name, bus)
}

export function dropBus({ name, arn }: Bus, tx: Tx): void {
  tx.delete(buses, name)
  dropTags(arn, tx)
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html */
export function createEventBus(
  input: Checked<CreateEventBusRequest>,
  ctx: Context,
): CreateEventBusResponse {
  const { Name, Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig, Tags = [] } = input
  const arn = busArn(ctx.world, Name)
  ctx.allow('events:CreateEventBus', arn, { keys: requestTagKeys(Tags) })
  if (input.EventSourceName)
    throw notImplemented('events', 'CreateEventBus for a partner event source')
  if (Name.includes('/')) throw slashInBusName()
  if (findBus(Name, ctx)) throw busExists(Name)
  if (ctx.tx.count(buses) >= MAX_BUSES) throw limitExceeded()
  const bus: Bus = {
    name: Name,
    arn,
    createdAt: ctx.now,
    modifiedAt: ctx.now,
    description: Description,
    kmsKeyIdentifier: KmsKeyIdentifier,
    deadLetterConfig: DeadLetterConfig,
    logConfig: LogConfig,
  }
  putBus(bus, ctx.tx)
  putTags(arn, Tags, ctx.tx)
  ctx.record({ kind: 'change', resource: arn, to: 'created' }, [Name])
  return { EventBusArn: arn, Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig }
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateEventBus.html */
export function updateEventBus(
  { Name, Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig }: UpdateEventBusRequest,
  ctx: Context,
): UpdateEventBusResponse {
  const name = Name ?? DEFAULT_BUS
  ctx.allow('events:UpdateEventBus', busArn(ctx.world, name))
  const bus = existingBus(name, ctx)
  putBus(
    {
      ...bus,
      modifiedAt: ctx.now,
      description: Description ?? bus.description,
      kmsKeyIdentifier: KmsKeyIdentifier ?? bus.kmsKeyIdentifier,
      deadLetterConfig: DeadLetterConfig ?? bus.deadLetterConfig,
      logConfig: LogConfig ?? bus.logConfig,
    },
    ctx.tx,
  )
  return { Name: name, Arn: bus.arn, Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig }
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html */
export function describeEventBus(
  { Name }: DescribeEventBusRequest,
  request: Context,
): Answer<DescribeEventBusResponse> {
  const { world, name } = busName(Name, request.world)
  const ctx = request.in(world)
  ctx.allow('events:DescribeEventBus', busArn(world, name))
  const bus = existingBus(name, ctx)
  return {
    ...summary(bus),
    KmsKeyIdentifier: bus.kmsKeyIdentifier,
    DeadLetterConfig: bus.deadLetterConfig,
    LogConfig: bus.logConfig,
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html */
export function listEventBuses(
  input: ListEventBusesRequest,
  ctx: Context,
): Answer<ListEventBusesResponse> {
  ctx.allow('events:ListEventBuses', '*')
  findBus(DEFAULT_BUS, ctx)
  const all = [...ctx.tx.all(buses)].filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
  const { items, NextToken } = pageOf(all, ({ name }) => name, input)
  return { EventBuses: items.map(summary), NextToken }
}

function summary({ name, arn, description, policy, createdAt, modifiedAt }: Bus) {
  return {
    Name: name,
    Arn: arn,
    Description: description,
    Policy: policy,
    CreationTime: createdAt,
    LastModifiedTime: modifiedAt,
  }
}
