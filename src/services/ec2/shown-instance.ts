/** An instance as DescribeInstances and RunInstances answer it. */
import type {
  CpuOptions,
  InstanceBlockDeviceMapping,
  Instance as SdkInstance,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer } from '../../aws/service.ts'
import { type Instance, stateOf } from './instance-rows.ts'
import { instanceType } from './instance-types.ts'
import { interfacesOf, shownInterface } from './network/interfaces.ts'
import { tagsOf } from './tag-rows.ts'
import { volumes } from './volume-rows.ts'

const CAPACITY = { CapacityReservationPreference: 'open' } as const
const NO_ENCLAVE = { Enabled: false }
export const DNS_OPTIONS = {
  HostnameType: 'ip-name',
  EnableResourceNameDnsARecord: false,
  EnableResourceNameDnsAAAARecord: false,
} as const
const MAINTENANCE = { AutoRecovery: 'default', RebootMigration: 'default' } as const
const BANDWIDTH = { BandwidthWeighting: 'default' } as const
const NO_OPERATOR = { Managed: false }

/**
 * Long answers show thousands of instances: the row is spread first and all else is named, which
 * makes the object several times as fast as any other order.
 */
export function shownInstance(instance: Instance, ctx: Context): Answer<SdkInstance> {
  const { StateName, Monitoring, MetadataOptions, RunningSince } = instance
  const interfaces = interfacesOf(instance, ctx)
  const [primary] = interfaces
  const launching = StateName === 'pending' && RunningSince === undefined
  return {
    ...instance,
    State: stateOf(StateName),
    Monitoring: launching && Monitoring?.State === 'enabled' ? { State: 'pending' } : Monitoring,
    MetadataOptions: { ...MetadataOptions, State: launching ? 'pending' : 'applied' },
    CpuOptions: instance.CpuOptions ?? cpuOptionsOf(instance.InstanceType),
    EnaSupport: enaSupport(instance.InstanceType),
    BlockDeviceMappings: blockDevicesOf(instance, ctx),
    NetworkInterfaces: interfaces.map(shownInterface),
    SecurityGroups: primary?.Groups ?? [],
    SourceDestCheck: primary?.SourceDestCheck,
    PrivateDnsName: primary?.PrivateDnsName ?? '',
    PrivateIpAddress: primary?.PrivateIpAddress,
    PublicDnsName: primary?.Association?.PublicDnsName ?? '',
    PublicIpAddress: primary?.Association?.PublicIp,
    Tags: tagsOf(instance.InstanceId, ctx),
    // AWS says so of Nitro types too.
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    ProductCodes: [],
    CapacityReservationSpecification: CAPACITY,
    EnclaveOptions: instance.EnclaveOptions ?? NO_ENCLAVE,
    PrivateDnsNameOptions: instance.PrivateDnsNameOptions ?? DNS_OPTIONS,
    MaintenanceOptions: instance.MaintenanceOptions ?? MAINTENANCE,
    NetworkPerformanceOptions: BANDWIDTH,
    Operator: NO_OPERATOR,
  }
}

/**
 * An instance as RunInstances answers it: its volumes are not mapped yet, its interfaces are being
 * attached, and no public address is known.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
 */
export function launchingInstance(instance: Instance, ctx: Context): Answer<SdkInstance> {
  const { PublicIpAddress: _, ...shown } = shownInstance(instance, ctx)
  return {
    ...shown,
    PublicDnsName: '',
    BlockDeviceMappings: [],
    NetworkInterfaces: shown.NetworkInterfaces?.map(({ Association: _own, ...each }) => ({
      ...each,
      Attachment: each.Attachment && { ...each.Attachment, Status: 'attaching' as const },
      PrivateIpAddresses: each.PrivateIpAddresses?.map(({ Association: _, ...rest }) => rest),
    })),
  }
}

export function blockDevicesOf(
  { InstanceId, VolumeIds }: Instance,
  ctx: Context,
): Answer<InstanceBlockDeviceMapping>[] {
  return VolumeIds.flatMap((id) => {
    const attachments = ctx.tx.get(volumes, id)?.Attachments ?? []
    const found = attachments.find((attachment) => attachment.InstanceId === InstanceId)
    if (!found) return []
    const { Device: DeviceName, State, AttachTime, DeleteOnTermination } = found
    const Status = State === 'busy' ? 'detaching' : State
    return [{ DeviceName, Ebs: { AttachTime, DeleteOnTermination, Status, VolumeId: id } }]
  })
}

const cpuOptions = new Map<string, CpuOptions>()

function cpuOptionsOf(type: string): CpuOptions {
  const known = cpuOptions.get(type)
  if (known) return known
  const { DefaultCores, DefaultThreadsPerCore } = instanceType(type)?.VCpuInfo ?? {}
  const found = { CoreCount: DefaultCores, ThreadsPerCore: DefaultThreadsPerCore }
  cpuOptions.set(type, found)
  return found
}

export function enaSupport(type: string): boolean {
  return instanceType(type)?.NetworkInfo?.EnaSupport !== 'unsupported'
}
