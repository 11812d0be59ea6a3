/** What a RunInstances request asks for, checked and complete, before anything is made. */
import type {
  InstanceMetadataOptionsRequest,
  InstanceTypeInfo,
  ResourceType,
  RunInstancesRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'
import type { InstanceProfile } from '../ports.ts'
import { metadataDefaults } from './account-settings.ts'
import { type Device, plannedDevices } from './block-devices.ts'
import { invalidParameter, invalidValue, missingParameter, unsupportedOperation } from './errors.ts'
import { identityOf } from './idempotency.ts'
import { newId } from './ids.ts'
import { type ImageRow, images, launchableImage } from './images.ts'
import { profileOf, requestedProfile } from './instance-profiles.ts'
import type { Instance } from './instance-rows.ts'
import { instanceType } from './instance-types.ts'
import { type KeyPair, keyPairNamed } from './key-pair-rows.ts'
import { noAddressLeft, runsOut } from './network/addresses.ts'
import { type PlannedInterface, plannedInterfaces } from './network/placement.ts'
import { type PlacementGroup, requestedPlacementGroup } from './placement-group-rows.ts'
import { zonesOf } from './regions.ts'
import { type Settings, wholeSeconds } from './settings.ts'
import { DNS_OPTIONS } from './shown-instance.ts'
import { type MarketOptions, marketOptions } from './spot/market-options.ts'
import { type RequestedTags, tagsFor } from './tag-specifications.ts'

/** As documented for requests that name none. */
const DEFAULT_INSTANCE_TYPE = 'm1.small'
const MAX_USER_DATA_BYTES = 16_384
const TAGGED_AT_LAUNCH: readonly ResourceType[] = [
  'instance',
  'volume',
  'network-interface',
  'spot-instances-request',
]
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/

export interface LaunchPlan extends Uses {
  readonly image: ImageRow
  readonly type: InstanceTypeInfo
  readonly interfaces: readonly PlannedInterface[]
  readonly devices: readonly Device[]
  readonly tags: RequestedTags
  /** Of instances in the Spot market. */
  readonly market: MarketOptions | undefined
  /** How many instances there will be. */
  readonly count: number
  /** An instance without what makes each one different. */
  readonly template: Omit<
    Instance,
    'InstanceId' | 'AmiLaunchIndex' | 'VolumeIds' | 'NetworkInterfaceIds'
  >
}

type Input = Checked<RunInstancesRequest>

/** Throws AWS's errors for what cannot be launched. */
export function planLaunch(input: Input, ctx: Context, settings: Settings): LaunchPlan {
  checkCounts(input)
  checkUserData(input.UserData)
  if (!input.ImageId) throw missingParameter('ImageId')
  const type = offeredType(input.InstanceType ?? DEFAULT_INSTANCE_TYPE)
  const [architecture] = type.ProcessorInfo?.SupportedArchitectures ?? []
  const launchable = launchableImage(input.ImageId, architecture, ctx, settings)
  const image = fitting(launchable, type, ctx)
  const market = marketOptions(input.InstanceMarketOptions, ctx)
  const tags = tagsFor(input.TagSpecifications, TAGGED_AT_LAUNCH)
  const interfaces = plannedInterfaces(input, input.Placement?.AvailabilityZone, ctx)
  const [primary] = interfaces
  if (!primary) throw missingParameter('subnetId')
  const uses = usesOf(input, ctx, settings)
  return {
    image,
    type,
    interfaces,
    devices: plannedDevices(image, input.BlockDeviceMappings, ctx),
    tags,
    market,
    count: affordable(input, interfaces),
    ...uses,
    template: {
      ...template(input, image, type, primary, ctx),
      ...(market && { InstanceLifecycle: 'spot' }),
      ...(uses.profile && profileOf(uses.profile, ctx)),
    },
  }
}

/** What a launch names and does not make. */
interface Uses {
  readonly profile: InstanceProfile | undefined
  readonly keyPair: KeyPair | undefined
  readonly placementGroup: PlacementGroup | undefined
}

function usesOf(input: Input, ctx: Context, settings: Settings): Uses {
  const { IamInstanceProfile, KeyName, Placement } = input
  return {
    profile: IamInstanceProfile && requestedProfile(IamInstanceProfile, ctx, settings),
    keyPair: KeyName ? keyPairNamed(KeyName, ctx) : undefined,
    placementGroup: requestedPlacementGroup(Placement, ctx),
  }
}

function checkCounts({ MinCount, MaxCount }: Input): void {
  if (MinCount < 1) {
    throw invalidParameter('minCount', ` ${MinCount} `, 'Expecting a value greater than 0.')
  }
  if (MaxCount < MinCount) {
    throw invalidParameter(
      'maxCount',
      ` ${MaxCount} `,
      `Expecting a value greater than or equal to minCount ( ${MinCount} ).`,
    )
  }
}

function checkUserData(userData: string | undefined): void {
  if (userData === undefined) return
  if (!BASE64.test(userData)) {
    throw new AwsError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.')
  }
  if (Buffer.byteLength(userData, 'base64') > MAX_USER_DATA_BYTES) {
    throw invalidValue(`User data is limited to ${MAX_USER_DATA_BYTES} bytes`)
  }
}

/** Throws for a type that is not offered. */
export function offeredType(name: string): InstanceTypeInfo {
  const type = instanceType(name)
  if (type) return type
  throw new AwsError(
    'Unsupported',
    'The requested configuration is currently not supported. Please check the documentation for ' +
      'supported configurations.',
  )
}

/** The image, if the type can run it; an adopted one becomes whatever the type runs. */
function fitting(image: ImageRow, type: InstanceTypeInfo, ctx: Context): ImageRow {
  const runs = type.ProcessorInfo?.SupportedArchitectures ?? []
  if (runs.some((architecture) => architecture === image.Architecture)) return image
  if (image.Adopted && (runs[0] === 'arm64' || runs[0] === 'x86_64')) {
    const adopted = { ...image, Architecture: runs[0] }
    ctx.tx.put(images, image.ImageId, adopted)
    return adopted
  }
  throw invalidValue(
    `The architecture '${runs.join(',')}' of the specified instance type does not match the ` +
      `architecture '${image.Architecture}' of the specified AMI. Specify an instance type and ` +
      'an AMI that have matching architectures, and try again. You can use ' +
      "'describe-instance-types' or 'describe-images' to discover the architecture of the " +
      'instance type or AMI.',
  )
}

/** As many as addresses allow, at most MaxCount; throws when that is less than MinCount. */
function affordable({ MinCount, MaxCount }: Input, interfaces: readonly PlannedInterface[]) {
  const perSubnet = new Map<string, number>()
  let count = MaxCount
  for (const { subnet } of interfaces) {
    const wanted = (perSubnet.get(subnet.SubnetId) ?? 0) + 1
    perSubnet.set(subnet.SubnetId, wanted)
    if (!runsOut(subnet)) continue
    count = Math.min(count, Math.floor(subnet.AvailableIpAddressCount / wanted))
    if (count < MinCount) throw noAddressLeft(subnet)
  }
  return count
}

function template(
  input: Input,
  image: ImageRow,
  type: InstanceTypeInfo,
  { subnet }: PlannedInterface,
  ctx: Context,
): LaunchPlan['template'] {
  const { AvailabilityZone, AvailabilityZoneId } = subnet
  const { Tenancy = 'default', PartitionNumber } = input.Placement ?? {}
  const GroupName = requestedPlacementGroup(input.Placement, ctx)?.GroupName ?? ''
  return {
    ImageId: image.ImageId,
    InstanceType: input.InstanceType ?? DEFAULT_INSTANCE_TYPE,
    StateName: 'pending',
    LaunchTime: wholeSeconds(ctx.now),
    ReservationId: newId({ prefix: 'r' }, ctx),
    Placement: { AvailabilityZone, AvailabilityZoneId, GroupName, Tenancy, PartitionNumber },
    ...identityOf(input),
    ...(input.KeyName && { KeyName: input.KeyName }),
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    Architecture: image.Architecture,
    ...(image.Platform && { Platform: image.Platform }),
    PlatformDetails: image.PlatformDetails,
    UsageOperation: image.UsageOperation,
    UsageOperationUpdateTime: wholeSeconds(ctx.now),
    RootDeviceName: image.RootDeviceName,
    RootDeviceType: image.RootDeviceType,
    ...(image.BootMode && { BootMode: image.BootMode }),
    Monitoring: { State: input.Monitoring?.Enabled ? 'enabled' : 'disabled' },
    EbsOptimized: input.EbsOptimized ?? false,
    HibernationOptions: { Configured: input.HibernationOptions?.Configured ?? false },
    MetadataOptions: metadataOptions(input.MetadataOptions, image, ctx),
    ...(input.UserData && { UserData: input.UserData }),
    ...creditsOf(input, type),
    DisableApiTermination: input.DisableApiTermination ?? false,
    DisableApiStop: input.DisableApiStop ?? false,
    InstanceInitiatedShutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
    ...cpuOptions(input, type),
    ...nameAndCare(input),
  }
}

/**
 * What the launch says goes before what the account decided, and that before what the AMI says.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
 */
function metadataOptions(
  asked: InstanceMetadataOptionsRequest = {},
  { ImdsSupport }: ImageRow,
  ctx: Context,
) {
  const v2 = ImdsSupport === 'v2.0'
  const { HttpTokensEnforced, ...ofAccount } = metadataDefaults(ctx)
  const chosen = { ...ofAccount, ...definedOf(asked) }
  const HttpTokens = chosen.HttpTokens ?? (v2 ? 'required' : 'optional')
  if (HttpTokensEnforced === 'enabled' && HttpTokens !== 'required') {
    // UNCERTAIN: the launch is documented to fail, not in which words.
    throw unsupportedOperation('The account requires that instances use IMDSv2 only.')
  }
  return {
    HttpTokens,
    HttpPutResponseHopLimit: chosen.HttpPutResponseHopLimit ?? (v2 ? 2 : 1),
    HttpEndpoint: chosen.HttpEndpoint ?? 'enabled',
    HttpProtocolIpv6: chosen.HttpProtocolIpv6 ?? 'disabled',
    InstanceMetadataTags: chosen.InstanceMetadataTags ?? 'disabled',
  } as const
}

function definedOf<T extends object>(members: T): Partial<T> {
  const defined = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(defined) as Partial<T>
}

/** The credit option of an instance: the one chosen, or that of its family. */
export function creditsOf(
  input: Pick<RunInstancesRequest, 'CreditSpecification'>,
  type: InstanceTypeInfo,
): Pick<Instance, 'CpuCredits'> {
  if (!type.BurstablePerformanceSupported) return {}
  const usual = type.InstanceType?.startsWith('t2.') ? 'standard' : 'unlimited'
  return { CpuCredits: input.CreditSpecification?.CpuCredits ?? usual }
}

/** Kept only where the request says something. */
function nameAndCare({ EnclaveOptions, MaintenanceOptions, PrivateDnsNameOptions }: Input) {
  return {
    ...(EnclaveOptions && { EnclaveOptions: { Enabled: EnclaveOptions.Enabled ?? false } }),
    ...(MaintenanceOptions && {
      MaintenanceOptions: {
        AutoRecovery: MaintenanceOptions.AutoRecovery ?? 'default',
        RebootMigration: 'default',
      } as const,
    }),
    ...(PrivateDnsNameOptions && {
      PrivateDnsNameOptions: { ...DNS_OPTIONS, ...definedOf(PrivateDnsNameOptions) },
    }),
  }
}

/** Kept only where it differs from what the type has. */
function cpuOptions({ CpuOptions }: Input, type: InstanceTypeInfo): Pick<Instance, 'CpuOptions'> {
  if (!CpuOptions) return {}
  const { DefaultCores, DefaultThreadsPerCore } = type.VCpuInfo ?? {}
  const CoreCount = CpuOptions.CoreCount ?? DefaultCores
  const ThreadsPerCore = CpuOptions.ThreadsPerCore ?? DefaultThreadsPerCore
  return { CpuOptions: { CoreCount, ThreadsPerCore } }
}

/** The zone of an instance's primary interface. */
export function zoneOf({ interfaces: [primary] }: LaunchPlan, { region }: Context) {
  const zone = zonesOf(region).find(({ name }) => name === primary?.subnet.AvailabilityZone)
  if (!zone) throw new Error('a subnet lies in no zone of its region')
  return zone
}
