/** Archives: events of a bus that are kept to be replayed. */
import type {
  CreateArchiveRequest,
  CreateArchiveResponse,
  DeleteArchiveRequest,
  DescribeArchiveRequest,
  DescribeArchiveResponse,
  ListArchivesRequest,
  ListArchivesResponse,
  UpdateArchiveRequest,
  UpdateArchiveResponse,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import {
  type Archive,
  allArchives,
  bookExpiry,
  contentsOf,
  dropArchive,
  existingArchive,
  findArchive,
  putArchive,
} from './archive-rows.ts'
import { dropArchiveRule, putArchiveRule } from './archive-rule.ts'
import { existingBus } from './buses.ts'
import { archiveExists, nothingToUpdate } from './errors.ts'
import { archiveArn, busName } from './names.ts'
import { pageOf } from './pages.ts'
import { validPattern } from './patterns.ts'

const ENABLED = 'ENABLED'

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html */
export function createArchive(
  input: Checked<CreateArchiveRequest>,
  ctx: Context,
): Answer<CreateArchiveResponse> {
  const { ArchiveName: name, EventSourceArn, EventPattern, RetentionDays = 0 } = input
  const arn = archiveArn(ctx.world, name)
  ctx.allow('events:CreateArchive', arn)
  if (findArchive(name, ctx.tx)) throw archiveExists(name)
  const bus = existingBus(busName(EventSourceArn, ctx.world).name, ctx)
  if (EventPattern) validPattern(EventPattern)
  const archive: Archive = {
    name,
    arn,
    bus: bus.name,
    busArn: bus.arn,
    description: input.Description,
    pattern: EventPattern || undefined,
    retentionDays: RetentionDays,
    kmsKeyIdentifier: input.KmsKeyIdentifier,
    createdAt: ctx.now,
  }
  putArchive(archive, ctx.tx)
  putArchiveRule(archive, ctx)
  bookExpiry(archive, ctx)
  ctx.record({ kind: 'change', resource: arn, to: 'created' }, [name])
  return stateOf(archive)
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateArchive.html */
export function updateArchive(
  input: Checked<UpdateArchiveRequest>,
  ctx: Context,
): Answer<UpdateArchiveResponse> {
  const { ArchiveName: name, EventPattern, RetentionDays, Description } = input
  ctx.allow('events:UpdateArchive', archiveArn(ctx.world, name))
  const changes = [EventPattern, RetentionDays, Description]
  if (changes.every((change) => change === undefined)) throw nothingToUpdate()
  const before = existingArchive(name, ctx.tx)
  if (EventPattern) validPattern(EventPattern)
  const archive: Archive = {
    ...before,
    pattern: EventPattern ?? before.pattern,
    retentionDays: RetentionDays ?? before.retentionDays,
    description: Description ?? before.description,
    kmsKeyIdentifier: input.KmsKeyIdentifier ?? before.kmsKeyIdentifier,
  }
  putArchive(archive, ctx.tx)
  putArchiveRule(archive, ctx)
  ctx.record({ kind: 'change', resource: archive.arn, to: 'updated' }, [name])
  return stateOf(archive)
}

function stateOf({ arn, createdAt }: Archive): Answer<CreateArchiveResponse> {
  return { ArchiveArn: arn, State: ENABLED, CreationTime: createdAt }
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeArchive.html */
export function describeArchive(
  { ArchiveName: name }: Checked<DescribeArchiveRequest>,
  ctx: Context,
): Answer<DescribeArchiveResponse> {
  ctx.allow('events:DescribeArchive', archiveArn(ctx.world, name))
  const archive = existingArchive(name, ctx.tx)
  return {
    ...summary(archive, ctx),
    ArchiveArn: archive.arn,
    Description: archive.description,
    EventPattern: archive.pattern,
    KmsKeyIdentifier: archive.kmsKeyIdentifier,
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListArchives.html */
export function listArchives(
  input: ListArchivesRequest,
  ctx: Context,
): Answer<ListArchivesResponse> {
  const { NamePrefix = '', EventSourceArn, State } = input
  ctx.allow('events:ListArchives', archiveArn(ctx.world, `${NamePrefix}*`))
  if (EventSourceArn) existingBus(busName(EventSourceArn, ctx.world).name, ctx)
  const found = allArchives(ctx.tx).filter(
    ({ name, busArn }) =>
      name.startsWith(NamePrefix) &&
      (EventSourceArn === undefined || EventSourceArn === busArn) &&
      (State === undefined || State === ENABLED),
  )
  const { items, NextToken } = pageOf(found, ({ name }) => name, input)
  return { Archives: items.map((archive) => summary(archive, ctx)), NextToken }
}

function summary(archive: Archive, { tx }: Context) {
  const { events, bytes } = contentsOf(archive, tx)
  return {
    ArchiveName: archive.name,
    EventSourceArn: archive.busArn,
    State: ENABLED,
    RetentionDays: archive.retentionDays,
    SizeBytes: bytes,
    EventCount: events,
    CreationTime: archive.createdAt,
  } as const
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteArchive.html */
export function deleteArchive(
  { ArchiveName: name }: Checked<DeleteArchiveRequest>,
  ctx: Context,
): object {
  ctx.allow('events:DeleteArchive', archiveArn(ctx.world, name))
  const archive = existingArchive(name, ctx.tx)
  dropArchiveRule(archive, ctx)
  dropArchive(archive, ctx.tx)
  ctx.record({ kind: 'change', resource: archive.arn, to: 'deleted' }, [name])
  return {}
}
