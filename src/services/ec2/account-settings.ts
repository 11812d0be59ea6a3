/**
 * What an account decides for EC2 in a region: defaults of instance metadata, whether AMIs may be
 * public, and access to the serial console.
 */
import type {
  DisableImageBlockPublicAccessResult,
  EnableImageBlockPublicAccessRequest,
  EnableImageBlockPublicAccessResult,
  EnableSerialConsoleAccessResult,
  GetImageBlockPublicAccessStateResult,
  GetInstanceMetadataDefaultsResult,
  GetSerialConsoleAccessStatusResult,
  InstanceMetadataDefaultsResponse,
  ModifyInstanceMetadataDefaultsRequest,
  ModifyInstanceMetadataDefaultsResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import { invalidParameter } from './errors.ts'
import { attributeKeys } from './network/access.ts'

type MetadataDefaults = Omit<InstanceMetadataDefaultsResponse, 'ManagedBy'>

interface AccountSettings {
  /** Members without a preference are absent. */
  readonly metadata: MetadataDefaults
  readonly blocksPublicImages: boolean
  readonly serialConsole: boolean
}

const settings = table<AccountSettings>('ec2.account-settings')
const KEY = 'settings'
/**
 * AMIs of accounts that have no public ones are blocked by default.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-public-access-to-amis.html
 */
const DEFAULTS: AccountSettings = { metadata: {}, blocksPublicImages: true, serialConsole: false }

function settingsOf(ctx: Context): AccountSettings {
  return ctx.tx.get(settings, KEY) ?? DEFAULTS
}

function change(changes: Partial<AccountSettings>, ctx: Context): void {
  ctx.tx.put(settings, KEY, { ...settingsOf(ctx), ...changes })
}

/** What instances have whose launches say nothing of their metadata. */
export function metadataDefaults(ctx: Context): MetadataDefaults {
  return settingsOf(ctx).metadata
}

const NO_PREFERENCE = 'no-preference'
const NO_HOP_LIMIT = -1
const MAX_HOP_LIMIT = 64

/** Changes what is given; the rest stays. */
export function modifyInstanceMetadataDefaults(
  { DryRun: _, ...asked }: ModifyInstanceMetadataDefaultsRequest,
  ctx: Context,
): ModifyInstanceMetadataDefaultsResult {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined)
  const keys = Object.assign({}, ...given.map(([name, value]) => attributeKeys(name, value)))
  // The reference lists the value of each attribute only, not their names.
  const { 'ec2:Attribute': _name, ...values } = keys
  ctx.allow('ec2:ModifyInstanceMetadataDefaults', '*', {
    keys: { 'ec2:Region': ctx.region, ...values },
  })
  const { HttpPutResponseHopLimit: hops = 1 } = asked
  if (hops !== NO_HOP_LIMIT && (hops < 1 || hops > MAX_HOP_LIMIT)) {
    throw invalidParameter('httpPutResponseHopLimit', hops)
  }
  const merged = Object.entries({ ...settingsOf(ctx).metadata, ...Object.fromEntries(given) })
  const metadata = merged.filter(([, value]) => value !== NO_PREFERENCE && value !== NO_HOP_LIMIT)
  change({ metadata: Object.fromEntries(metadata) }, ctx)
  return { Return: true }
}

export function getInstanceMetadataDefaults(
  _: object,
  ctx: Context,
): GetInstanceMetadataDefaultsResult {
  ctx.allow('ec2:GetInstanceMetadataDefaults', '*')
  return { AccountLevel: { ...settingsOf(ctx).metadata, ManagedBy: 'account' } }
}

/** True when AMIs of this region must not be shared with everyone. */
export function blocksPublicImages(ctx: Context): boolean {
  return settingsOf(ctx).blocksPublicImages
}

/** AMIs that are public already stay so. */
export function enableImageBlockPublicAccess(
  { ImageBlockPublicAccessState }: Checked<EnableImageBlockPublicAccessRequest>,
  ctx: Context,
): EnableImageBlockPublicAccessResult {
  ctx.allow('ec2:EnableImageBlockPublicAccess', '*')
  change({ blocksPublicImages: true }, ctx)
  return { ImageBlockPublicAccessState }
}

export function disableImageBlockPublicAccess(
  _: object,
  ctx: Context,
): DisableImageBlockPublicAccessResult {
  ctx.allow('ec2:DisableImageBlockPublicAccess', '*')
  change({ blocksPublicImages: false }, ctx)
  return { ImageBlockPublicAccessState: 'unblocked' }
}

export function getImageBlockPublicAccessState(
  _: object,
  ctx: Context,
): GetImageBlockPublicAccessStateResult {
  ctx.allow('ec2:GetImageBlockPublicAccessState', '*')
  const ImageBlockPublicAccessState = blocksPublicImages(ctx) ? 'block-new-sharing' : 'unblocked'
  return { ImageBlockPublicAccessState, ManagedBy: 'account' }
}

export function enableSerialConsoleAccess(
  _: object,
  ctx: Context,
): EnableSerialConsoleAccessResult {
  ctx.allow('ec2:EnableSerialConsoleAccess', '*')
  change({ serialConsole: true }, ctx)
  return { SerialConsoleAccessEnabled: true }
}

export function disableSerialConsoleAccess(
  _: object,
  ctx: Context,
): EnableSerialConsoleAccessResult {
  ctx.allow('ec2:DisableSerialConsoleAccess', '*')
  change({ serialConsole: false }, ctx)
  return { SerialConsoleAccessEnabled: false }
}

export function getSerialConsoleAccessStatus(
  _: object,
  ctx: Context,
): GetSerialConsoleAccessStatusResult {
  ctx.allow('ec2:GetSerialConsoleAccessStatus', '*')
  const SerialConsoleAccessEnabled = settingsOf(ctx).serialConsole
  return { SerialConsoleAccessEnabled, ManagedBy: 'account' }
}
