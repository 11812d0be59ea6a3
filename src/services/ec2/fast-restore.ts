/**
 * Fast snapshot restore: volumes from such snapshots have all blocks at once.
 * enabling → optimizing → enabled, disabling → disabled, each with its event.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-fast-snapshot-restore.html
 */
import type {
  DescribeFastSnapshotRestoreSuccessItem,
  DescribeFastSnapshotRestoresRequest,
  DescribeFastSnapshotRestoresResult,
  DisableFastSnapshotRestoresRequest,
  DisableFastSnapshotRestoresResult,
  EnableFastSnapshotRestoresRequest,
  EnableFastSnapshotRestoresResult,
  FastSnapshotRestoreStateCode,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import { invalidValue, missingParameter } from './errors.ts'
import { checkedFilters, type Fields, predicate } from './filters.ts'
import { allExisting, ec2Arn, SNAPSHOT } from './ids.ts'
import { pageOfList } from './pagination.ts'
import { zonesOf } from './regions.ts'
import type { Settings } from './settings.ts'
import { snapshotKeys, snapshots } from './snapshot-rows.ts'

type State = FastSnapshotRestoreStateCode

type Restore = Answer<DescribeFastSnapshotRestoreSuccessItem> & {
  readonly SnapshotId: string
  readonly AvailabilityZone: string
  readonly State: State
  readonly EnablingTime: number
}

const restores = table<Restore>('ec2.fast-snapshot-restores')
const keyOf = (snapshotId: string, zone: string) => `${snapshotId}/${zone}`

const BY_USER = 'Client.UserInitiated'
const BY_ITSELF = 'Client.UserInitiated - Lifecycle state transition'
const MEMBERS: Readonly<Record<State, string>> = {
  enabling: 'EnablingTime',
  optimizing: 'OptimizingTime',
  enabled: 'EnabledTime',
  disabling: 'DisablingTime',
  disabled: 'DisabledTime',
}

/** What follows by itself, and after how long. */
const ONWARD: Readonly<Partial<Record<State, { to: State; after: keyof Settings['durations'] }>>> =
  {
    enabling: { to: 'optimizing', after: 'modifyVolumeMs' },
    optimizing: { to: 'enabled', after: 'optimizeVolumeMs' },
    disabling: { to: 'disabled', after: 'modifyVolumeMs' },
  }

function enter(restore: Restore, State: State, message: string, ctx: Context, settings: Settings) {
  const { SnapshotId, AvailabilityZone: zone } = restore
  const changed: Restore = {
    ...restore,
    State,
    StateTransitionReason: message,
    [MEMBERS[State]]: ctx.now,
  }
  ctx.tx.put(restores, keyOf(SnapshotId, zone), changed)
  const because = `fast snapshot restore in ${zone}`
  ctx.record({ kind: 'change', resource: SnapshotId, to: State, because }, [SnapshotId])
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'EBS Fast Snapshot Restore State-change Notification',
    resources: [ec2Arn('snapshot', SnapshotId, ctx)],
    detail: { 'snapshot-id': SnapshotId, state: State, zone, message },
  })
  const next = ONWARD[State]
  if (next) {
    const step: RestoreStep = { snapshotId: SnapshotId, zone, from: State, to: next.to }
    ctx.later(settings.durations[next.after], 'ec2.fast-restore', step)
  }
  return changed
}

export interface RestoreStep {
  readonly snapshotId: string
  readonly zone: string
  /** The state that it is expected to leave. */
  readonly from: State
  readonly to: State
}

/** Goes on to the next state, unless something else has happened meanwhile. */
export function restoreStep(step: RestoreStep, ctx: Context, settings: Settings): void {
  const restore = ctx.tx.get(restores, keyOf(step.snapshotId, step.zone))
  if (restore?.State === step.from) enter(restore, step.to, BY_ITSELF, ctx, settings)
}

/** True when volumes from a snapshot need no initialization in a zone. */
export function isFastRestored(snapshotId: string, zone: string, ctx: Context): boolean {
  return ctx.tx.get(restores, keyOf(snapshotId, zone))?.State === 'enabled'
}

interface Request {
  SourceSnapshotIds: readonly string[]
  AvailabilityZones?: readonly string[] | undefined
  AvailabilityZoneIds?: readonly string[] | undefined
}

/** The zones and own snapshots of a request, once the caller may do this to each of them. */
function checked(action: string, request: Request, ctx: Context) {
  const { AvailabilityZones = [], AvailabilityZoneIds = [], SourceSnapshotIds } = request
  const zones = zonesOf(ctx.region).filter(
    ({ name, id }) => AvailabilityZones.includes(name) || AvailabilityZoneIds.includes(id),
  )
  const asked = AvailabilityZones.length + AvailabilityZoneIds.length
  if (asked === 0) throw missingParameter('AvailabilityZone')
  if (zones.length < new Set([...AvailabilityZones, ...AvailabilityZoneIds]).size) {
    throw invalidValue(`Invalid availability zone: [${AvailabilityZones.join(', ')}]`)
  }
  const rows = allExisting(SNAPSHOT, snapshots, SourceSnapshotIds, 'snapshotId', ctx)
  for (const row of rows) {
    ctx.allow(action, ec2Arn('snapshot', row.SnapshotId, ctx), { keys: snapshotKeys(row, ctx) })
  }
  return rows.flatMap((row) => zones.map((zone) => ({ row, zone })))
}

/** Begins to enable fast restores of snapshots in zones; what is enabled stays. */
export function enableFastSnapshotRestores(
  input: Checked<EnableFastSnapshotRestoresRequest>,
  ctx: Context,
  settings: Settings,
): Answer<EnableFastSnapshotRestoresResult> {
  const Successful = checked('ec2:EnableFastSnapshotRestores', input, ctx).map(({ row, zone }) => {
    const known = ctx.tx.get(restores, keyOf(row.SnapshotId, zone.name))
    if (known && known.State !== 'disabled' && known.State !== 'disabling') return known
    const restore: Restore = {
      SnapshotId: row.SnapshotId,
      AvailabilityZone: zone.name,
      AvailabilityZoneId: zone.id,
      OwnerId: row.OwnerId,
      State: 'enabling',
      EnablingTime: ctx.now,
    }
    return enter(restore, 'enabling', BY_USER, ctx, settings)
  })
  return { Successful, Unsuccessful: [] }
}

/** Begins to disable fast restores; those that are not enabled are told apart. */
export function disableFastSnapshotRestores(
  input: Checked<DisableFastSnapshotRestoresRequest>,
  ctx: Context,
  settings: Settings,
): Answer<DisableFastSnapshotRestoresResult> {
  const Successful: Restore[] = []
  const Unsuccessful: { SnapshotId: string; FastSnapshotRestoreStateErrors: object[] }[] = []
  for (const { row, zone } of checked('ec2:DisableFastSnapshotRestores', input, ctx)) {
    const { SnapshotId } = row
    const known = ctx.tx.get(restores, keyOf(SnapshotId, zone.name))
    if (known && known.State !== 'disabled') {
      const disabling = known.State === 'disabling'
      Successful.push(disabling ? known : enter(known, 'disabling', BY_USER, ctx, settings))
      continue
    }
    const text = `Fast snapshot restore is not enabled for ${SnapshotId} in ${zone.name}.`
    const failed = {
      AvailabilityZone: zone.name,
      AvailabilityZoneId: zone.id,
      Error: { Code: 'InvalidSnapshot.InvalidState', Message: text },
    }
    Unsuccessful.push({ SnapshotId, FastSnapshotRestoreStateErrors: [failed] })
  }
  return { Successful, Unsuccessful }
}

const FIELDS: Fields<Restore> = {
  'availability-zone': ({ AvailabilityZone }) => AvailabilityZone,
  'availability-zone-id': ({ AvailabilityZoneId }) => AvailabilityZoneId,
  'owner-id': ({ OwnerId }) => OwnerId,
  'snapshot-id': ({ SnapshotId }) => SnapshotId,
  state: ({ State }) => State,
}

/** Fast restores that are or were enabled. */
export function describeFastSnapshotRestores(
  input: DescribeFastSnapshotRestoresRequest,
  ctx: Context,
): Answer<DescribeFastSnapshotRestoresResult> {
  ctx.allow('ec2:DescribeFastSnapshotRestores', '*')
  const tests = checkedFilters(input.Filters).map((filter) => predicate(filter, FIELDS))
  const found = [...ctx.tx.all(restores)].filter((row) => tests.every((test) => test(row, ctx)))
  const { rows, NextToken } = pageOfList(found, input, { least: 0, most: 200 })
  return { FastSnapshotRestores: rows, NextToken }
}

/** A snapshot that goes ends its fast restores. */
export function endFastRestores(snapshotId: string, ctx: Context): void {
  for (const { name } of zonesOf(ctx.region)) ctx.tx.delete(restores, keyOf(snapshotId, name))
}
