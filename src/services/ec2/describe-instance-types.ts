/** DescribeInstanceTypes. */
import type {
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  InstanceTypeInfo,
  InstanceTypeOffering,
  LocationType,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { invalidCombination } from './errors.ts'
import { checkedFilters, type Fields, type FilterValue, predicate } from './filters.ts'
import { instanceType, instanceTypeNames } from './instance-types.ts'
import { pageOfList } from './pagination.ts'
import { zonesOf } from './regions.ts'

type Path = readonly string[]

/** The value at a path of members; lists on the way give all of theirs. */
function at(value: unknown, [member, ...rest]: Path): FilterValue {
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) {
    const path = member === undefined ? [] : [member, ...rest]
    return value.map((item) => at(item, path))
  }
  if (member === undefined) return value as FilterValue
  return at((value as Record<string, unknown>)[member], rest)
}

/** Filters by the path of the member that they look at. */
const PATHS: Readonly<Record<string, string>> = {
  'auto-recovery-supported': 'AutoRecoverySupported',
  'bare-metal': 'BareMetal',
  'burstable-performance-supported': 'BurstablePerformanceSupported',
  'current-generation': 'CurrentGeneration',
  'dedicated-hosts-supported': 'DedicatedHostsSupported',
  'ebs-info.attachment-limit-type': 'EbsInfo.AttachmentLimitType',
  'ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps':
    'EbsInfo.EbsOptimizedInfo.BaselineBandwidthInMbps',
  'ebs-info.ebs-optimized-info.baseline-iops': 'EbsInfo.EbsOptimizedInfo.BaselineIops',
  'ebs-info.ebs-optimized-info.baseline-throughput-in-mbps':
    'EbsInfo.EbsOptimizedInfo.BaselineThroughputInMBps',
  'ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps':
    'EbsInfo.EbsOptimizedInfo.MaximumBandwidthInMbps',
  'ebs-info.ebs-optimized-info.maximum-iops': 'EbsInfo.EbsOptimizedInfo.MaximumIops',
  'ebs-info.ebs-optimized-info.maximum-throughput-in-mbps':
    'EbsInfo.EbsOptimizedInfo.MaximumThroughputInMBps',
  'ebs-info.ebs-optimized-support': 'EbsInfo.EbsOptimizedSupport',
  'ebs-info.encryption-support': 'EbsInfo.EncryptionSupport',
  'ebs-info.maximum-ebs-attachments': 'EbsInfo.MaximumEbsAttachments',
  'ebs-info.nvme-support': 'EbsInfo.NvmeSupport',
  'free-tier-eligible': 'FreeTierEligible',
  'hibernation-supported': 'HibernationSupported',
  hypervisor: 'Hypervisor',
  'instance-storage-info.disk.count': 'InstanceStorageInfo.Disks.Count',
  'instance-storage-info.disk.size-in-gb': 'InstanceStorageInfo.Disks.SizeInGB',
  'instance-storage-info.disk.type': 'InstanceStorageInfo.Disks.Type',
  'instance-storage-info.encryption-support': 'InstanceStorageInfo.EncryptionSupport',
  'instance-storage-info.nvme-support': 'InstanceStorageInfo.NvmeSupport',
  'instance-storage-info.total-size-in-gb': 'InstanceStorageInfo.TotalSizeInGB',
  'instance-storage-supported': 'InstanceStorageSupported',
  'instance-type': 'InstanceType',
  'memory-info.size-in-mib': 'MemoryInfo.SizeInMiB',
  'network-info.bandwidth-weightings': 'NetworkInfo.BandwidthWeightings',
  'network-info.efa-info.maximum-efa-interfaces': 'NetworkInfo.EfaInfo.MaximumEfaInterfaces',
  'network-info.efa-supported': 'NetworkInfo.EfaSupported',
  'network-info.ena-support': 'NetworkInfo.EnaSupport',
  'network-info.encryption-in-transit-supported': 'NetworkInfo.EncryptionInTransitSupported',
  'network-info.flexible-ena-queues-support': 'NetworkInfo.FlexibleEnaQueuesSupport',
  'network-info.ipv4-addresses-per-interface': 'NetworkInfo.Ipv4AddressesPerInterface',
  'network-info.ipv6-addresses-per-interface': 'NetworkInfo.Ipv6AddressesPerInterface',
  'network-info.ipv6-supported': 'NetworkInfo.Ipv6Supported',
  'network-info.maximum-network-cards': 'NetworkInfo.MaximumNetworkCards',
  'network-info.maximum-network-interfaces': 'NetworkInfo.MaximumNetworkInterfaces',
  'network-info.network-performance': 'NetworkInfo.NetworkPerformance',
  'nitro-enclaves-support': 'NitroEnclavesSupport',
  'nitro-tpm-info.supported-versions': 'NitroTpmInfo.SupportedVersions',
  'nitro-tpm-support': 'NitroTpmSupport',
  'processor-info.supported-architecture': 'ProcessorInfo.SupportedArchitectures',
  'processor-info.supported-features': 'ProcessorInfo.SupportedFeatures',
  'processor-info.sustained-clock-speed-in-ghz': 'ProcessorInfo.SustainedClockSpeedInGhz',
  'reboot-migration-support': 'RebootMigrationSupport',
  'supported-boot-mode': 'SupportedBootModes',
  'supported-root-device-type': 'SupportedRootDeviceTypes',
  'supported-usage-class': 'SupportedUsageClasses',
  'supported-virtualization-type': 'SupportedVirtualizationTypes',
  'vcpu-info.default-cores': 'VCpuInfo.DefaultCores',
  'vcpu-info.default-threads-per-core': 'VCpuInfo.DefaultThreadsPerCore',
  'vcpu-info.default-vcpus': 'VCpuInfo.DefaultVCpus',
  'vcpu-info.valid-cores': 'VCpuInfo.ValidCores',
  'vcpu-info.valid-threads-per-core': 'VCpuInfo.ValidThreadsPerCore',
}

const FIELDS: Fields<InstanceTypeInfo> = Object.fromEntries(
  Object.entries(PATHS).map(([name, path]) => {
    const members = path.split('.')
    return [name, (info: InstanceTypeInfo) => at(info, members)]
  }),
)

const BOUNDS = { least: 5, most: 100 }

/** Types by name, or all that match; every region offers every type. */
export function describeInstanceTypes(
  input: DescribeInstanceTypesRequest,
  ctx: Context,
): DescribeInstanceTypesResult {
  ctx.allow('ec2:DescribeInstanceTypes', '*')
  const wanted: readonly string[] = input.InstanceTypes ?? []
  if (wanted.length > 0 && input.MaxResults !== undefined) {
    throw invalidCombination(
      'The parameter instanceTypes cannot be used with the parameter maxResults',
    )
  }
  const unknown = wanted.filter((name) => !instanceType(name))
  if (unknown.length > 0) {
    throw new AwsError(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    )
  }
  const tests = checkedFilters(input.Filters).map((filter) => predicate(filter, FIELDS))
  const names = wanted.length > 0 ? [...new Set(wanted)] : instanceTypeNames()
  const found = names
    .flatMap((name) => instanceType(name) ?? [])
    .filter((info) => tests.every((test) => test(info, ctx)))
  // Without MaxResults, pages are as long as they can be.
  const MaxResults = wanted.length > 0 ? undefined : (input.MaxResults ?? BOUNDS.most)
  const { rows, NextToken } = pageOfList(found, { ...input, MaxResults }, BOUNDS)
  return { InstanceTypes: rows, NextToken }
}

const OFFERING_FIELDS: Fields<InstanceTypeOffering> = {
  'instance-type': ({ InstanceType }) => InstanceType,
  location: ({ Location }) => Location,
}

const OFFERING_BOUNDS = { least: 5, most: 1000 }

/** Every type is offered everywhere: by region, or by zone when asked so. */
export function describeInstanceTypeOfferings(
  input: DescribeInstanceTypeOfferingsRequest,
  ctx: Context,
): DescribeInstanceTypeOfferingsResult {
  ctx.allow('ec2:DescribeInstanceTypeOfferings', '*')
  const { LocationType = 'region', MaxResults = OFFERING_BOUNDS.most, NextToken } = input
  const tests = checkedFilters(input.Filters).map((filter) => predicate(filter, OFFERING_FIELDS))
  const offerings = locationsOf(LocationType, ctx)
    .flatMap((Location) =>
      instanceTypeNames().map((name): InstanceTypeOffering => {
        return {
          InstanceType: name as InstanceTypeOffering['InstanceType'],
          LocationType,
          Location,
        }
      }),
    )
    .filter((offering) => tests.every((test) => test(offering, ctx)))
  const page = pageOfList(offerings, { MaxResults, NextToken }, OFFERING_BOUNDS)
  return { InstanceTypeOfferings: page.rows, NextToken: page.NextToken }
}

function locationsOf(type: LocationType, { region }: Context): string[] {
  if (type === 'availability-zone') return zonesOf(region).map(({ name }) => name)
  if (type === 'availability-zone-id') return zonesOf(region).map(({ id }) => id)
  return type === 'region' ? [region] : []
}
