/**
 * What an account decides for EBS in a region: encryption by default, and whether snapshots may be
 * public.
 */
import type {
  DisableEbsEncryptionByDefaultResult,
  DisableSnapshotBlockPublicAccessResult,
  EnableSnapshotBlockPublicAccessRequest,
  EnableSnapshotBlockPublicAccessResult,
  GetEbsDefaultKmsKeyIdResult,
  GetEbsEncryptionByDefaultResult,
  GetSnapshotBlockPublicAccessStateResult,
  ModifyEbsDefaultKmsKeyIdRequest,
  SnapshotBlockPublicAccessState,
  SSEType,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import { invalidParameter } from './errors.ts'
import { awsManagedKey, keyArn } from './kms.ts'

interface EbsSettings {
  readonly encryptionByDefault: boolean
  /** An ARN; the key that AWS manages unless set. */
  readonly kmsKeyId?: string
  readonly publicAccess: SnapshotBlockPublicAccessState
}

const settings = table<EbsSettings>('ec2.ebs-settings')
const KEY = 'settings'
const DEFAULTS: EbsSettings = { encryptionByDefault: false, publicAccess: 'unblocked' }

function settingsOf(ctx: Context): EbsSettings {
  return ctx.tx.get(settings, KEY) ?? DEFAULTS
}

function change(changes: Partial<EbsSettings>, ctx: Context): EbsSettings {
  const changed = { ...settingsOf(ctx), ...changes }
  ctx.tx.put(settings, KEY, changed)
  return changed
}

function defaultKey(ctx: Context): string {
  return settingsOf(ctx).kmsKeyId ?? awsManagedKey(ctx)
}

export interface Encryption {
  readonly Encrypted: boolean
  readonly KmsKeyId?: string
  readonly SseType?: SSEType
}

/** How a volume or snapshot is encrypted: as asked, as its source, or as the account decided. */
export function encryptionOf(
  asked: { Encrypted?: boolean | undefined; KmsKeyId?: string | undefined },
  sourceEncrypted: boolean,
  ctx: Context,
): Encryption {
  const Encrypted =
    asked.Encrypted || sourceEncrypted || settingsOf(ctx).encryptionByDefault || false
  if (!Encrypted) {
    if (asked.KmsKeyId === undefined) return { Encrypted }
    throw invalidParameter('KmsKeyId', asked.KmsKeyId, 'The parameter encrypted must be true.')
  }
  const KmsKeyId = asked.KmsKeyId ? keyArn(asked.KmsKeyId, ctx) : defaultKey(ctx)
  return { Encrypted, KmsKeyId, SseType: 'sse-kms' }
}

/** True when snapshots of this region must not be shared with everyone. */
export function isPublicSharingBlocked(ctx: Context): boolean {
  return settingsOf(ctx).publicAccess !== 'unblocked'
}

export function getEbsEncryptionByDefault(
  _: object,
  ctx: Context,
): GetEbsEncryptionByDefaultResult {
  ctx.allow('ec2:GetEbsEncryptionByDefault', '*')
  return { EbsEncryptionByDefault: settingsOf(ctx).encryptionByDefault, SseType: 'sse-kms' }
}

/** New volumes and copies are encrypted from now on. */
export function enableEbsEncryptionByDefault(
  _: object,
  ctx: Context,
): DisableEbsEncryptionByDefaultResult {
  ctx.allow('ec2:EnableEbsEncryptionByDefault', '*')
  return { EbsEncryptionByDefault: change({ encryptionByDefault: true }, ctx).encryptionByDefault }
}

export function disableEbsEncryptionByDefault(
  _: object,
  ctx: Context,
): DisableEbsEncryptionByDefaultResult {
  ctx.allow('ec2:DisableEbsEncryptionByDefault', '*')
  return { EbsEncryptionByDefault: change({ encryptionByDefault: false }, ctx).encryptionByDefault }
}

/** The key of those that name none; AWS's own goes by its alias. */
export function getEbsDefaultKmsKeyId(_: object, ctx: Context): GetEbsDefaultKmsKeyIdResult {
  ctx.allow('ec2:GetEbsDefaultKmsKeyId', '*')
  return { KmsKeyId: settingsOf(ctx).kmsKeyId ?? 'alias/aws/ebs' }
}

export function modifyEbsDefaultKmsKeyId(
  { KmsKeyId }: Checked<ModifyEbsDefaultKmsKeyIdRequest>,
  ctx: Context,
): GetEbsDefaultKmsKeyIdResult {
  ctx.allow('ec2:ModifyEbsDefaultKmsKeyId', '*')
  return { KmsKeyId: change({ kmsKeyId: keyArn(KmsKeyId, ctx) }, ctx).kmsKeyId }
}

export function resetEbsDefaultKmsKeyId(_: object, ctx: Context): GetEbsDefaultKmsKeyIdResult {
  ctx.allow('ec2:ResetEbsDefaultKmsKeyId', '*')
  const { kmsKeyId: _key, ...rest } = settingsOf(ctx)
  ctx.tx.put(settings, KEY, rest)
  return { KmsKeyId: 'alias/aws/ebs' }
}

/** Keeps snapshots from being public: all of them, or those that are not yet. */
export function enableSnapshotBlockPublicAccess(
  { State }: Checked<EnableSnapshotBlockPublicAccessRequest>,
  ctx: Context,
): EnableSnapshotBlockPublicAccessResult {
  ctx.allow('ec2:EnableSnapshotBlockPublicAccess', '*')
  if (State === 'unblocked') throw invalidParameter('State', State)
  change({ publicAccess: State }, ctx)
  publish('Enabled', State, `enabled in '${State}' mode`, ctx)
  return { State }
}

export function disableSnapshotBlockPublicAccess(
  _: object,
  ctx: Context,
): DisableSnapshotBlockPublicAccessResult {
  ctx.allow('ec2:DisableSnapshotBlockPublicAccess', '*')
  change({ publicAccess: 'unblocked' }, ctx)
  publish('Disabled', 'unblocked', 'disabled', ctx)
  return { State: 'unblocked' }
}

export function getSnapshotBlockPublicAccessState(
  _: object,
  ctx: Context,
): GetSnapshotBlockPublicAccessStateResult {
  ctx.allow('ec2:GetSnapshotBlockPublicAccessState', '*')
  return { State: settingsOf(ctx).publicAccess, ManagedBy: 'account' }
}

function publish(
  what: 'Enabled' | 'Disabled',
  SnapshotBlockPublicAccessState: SnapshotBlockPublicAccessState,
  done: string,
  ctx: Context,
): void {
  ctx.publish({
    source: 'aws.ec2',
    detailType: `EBS Snapshot Block Public Access ${what}`,
    resources: [],
    detail: {
      SnapshotBlockPublicAccessState,
      message: `Block Public Access was successfully ${done}`,
    },
  })
}
