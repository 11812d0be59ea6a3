/** ModifyInstanceAttribute, DescribeInstanceAttribute and ResetInstanceAttribute. */
import type {
  DescribeInstanceAttributeRequest,
  InstanceAttribute,
  InstanceAttributeName,
  InstanceBlockDeviceMappingSpecification,
  ModifyInstanceAttributeRequest,
  ResetInstanceAttributeRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import {
  incorrectInstanceState,
  invalidCombination,
  invalidParameter,
  invalidValue,
  unsupportedOperation,
} from './errors.ts'
import { allExisting, ec2Arn, existing, INSTANCE, SECURITY_GROUP } from './ids.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import { instanceType } from './instance-types.ts'
import { creditsOf, offeredType } from './launch-plan.ts'
import { primaryInterface } from './network/interfaces.ts'
import { type NetworkInterface, networkInterfaces, securityGroups } from './network/rows.ts'
import { blockDevicesOf, enaSupport } from './shown-instance.ts'
import { putVolume, volumes } from './volume-rows.ts'

type Input = Checked<ModifyInstanceAttributeRequest>
type Change = (instance: Instance, ctx: Context) => Instance

/** Attributes that only a stopped instance can change. */
const WHEN_STOPPED = new Set<InstanceAttributeName>([
  'ebsOptimized',
  'enaSupport',
  'instanceType',
  'kernel',
  'ramdisk',
  'sriovNetSupport',
  'userData',
])

/** Changes one attribute, given by its own member or by Attribute and Value. */
export function modifyInstanceAttribute(input: Input, ctx: Context): object {
  const instance = existing(INSTANCE, instances, input.InstanceId, 'instanceId', ctx)
  const [attribute, change, ...others] = changesOf(input)
  ctx.allow('ec2:ModifyInstanceAttribute', ec2Arn('instance', instance.InstanceId, ctx), {
    keys: { ...instanceKeys(instance, ctx), 'ec2:Attribute': attribute },
  })
  if (!attribute || !change) throw invalidCombination('No attributes specified.')
  if (others.length > 0) {
    throw invalidCombination('Fields for multiple attribute types specified')
  }
  if (instance.StateName === 'terminated') throw INSTANCE.missing([instance.InstanceId])
  if (WHEN_STOPPED.has(attribute) && instance.StateName !== 'stopped') {
    throw incorrectInstanceState(
      `The instance '${instance.InstanceId}' is not in the 'stopped' state.`,
    )
  }
  ctx.tx.put(instances, instance.InstanceId, change(instance, ctx))
  return {}
}

/** The attributes that a request sets, each with what it does. */
function changesOf(input: Input): (InstanceAttributeName | Change)[] & Changes {
  const given: [InstanceAttributeName, Change][] = []
  const { Attribute, Value } = input
  if (Attribute !== undefined && Value !== undefined) given.push(byName(Attribute, Value))
  for (const [member, attribute, set] of SETTERS) {
    const value = (input[member] as { Value?: unknown } | undefined)?.Value
    if (value !== undefined) given.push([attribute, (instance, ctx) => set(instance, value, ctx)])
  }
  const { BlockDeviceMappings, Groups } = input
  if (BlockDeviceMappings && BlockDeviceMappings.length > 0) {
    given.push(['blockDeviceMapping', setDeleteOnTermination(BlockDeviceMappings)])
  }
  if (Groups && Groups.length > 0) given.push(['groupSet', setGroups(Groups)])
  return given.flat() as (InstanceAttributeName | Change)[] & Changes
}

type Changes = readonly [InstanceAttributeName?, Change?, ...unknown[]]

type Setter = (instance: Instance, value: unknown, ctx: Context) => Instance

const setBehavior: Setter = (instance, value) => {
  if (value === 'stop' || value === 'terminate') {
    return { ...instance, InstanceInitiatedShutdownBehavior: value }
  }
  throw invalidParameter('instanceInitiatedShutdownBehavior', value)
}

const setUserData: Setter = (instance, value) => ({
  ...instance,
  UserData: value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value),
})

/**
 * "Most commonly encountered when trying to set the InstanceType attribute to an unrecognized
 * value", says the reference of the code; the wording is that of RunInstances (UNCERTAIN).
 */
function invalidAttributeValue(text: string): AwsError {
  return new AwsError('InvalidInstanceAttributeValue', text)
}

/** The new type must run what the old one ran. */
const setType: Setter = (instance, value) => {
  if (!instanceType(String(value))) {
    throw invalidAttributeValue(`Invalid value '${value}' for InstanceType.`)
  }
  const type = offeredType(String(value))
  const runs = type.ProcessorInfo?.SupportedArchitectures ?? []
  if (!runs.some((architecture) => architecture === instance.Architecture)) {
    throw invalidValue(
      `The architecture '${runs.join(',')}' of the specified instance type does not match the ` +
        `architecture '${instance.Architecture}' of the instance.`,
    )
  }
  const { CpuOptions: _, CpuCredits, ...rest } = instance
  const chosen = { CreditSpecification: { CpuCredits } }
  return { ...rest, InstanceType: String(value) as never, ...creditsOf(chosen, type) }
}

const setSourceDestCheck: Setter = (instance, value, ctx) => {
  changePrimary(instance, (row) => ({ ...row, SourceDestCheck: value === true }), ctx)
  return instance
}

const refused =
  (what: string): Setter =>
  () => {
    throw unsupportedOperation(`Windtunnel does not change ${what} of instances.`)
  }

const SETTERS: readonly [keyof Input, InstanceAttributeName, Setter][] = [
  ['DisableApiStop', 'disableApiStop', (i, on) => ({ ...i, DisableApiStop: on === true })],
  [
    'DisableApiTermination',
    'disableApiTermination',
    (i, on) => ({ ...i, DisableApiTermination: on === true }),
  ],
  ['EbsOptimized', 'ebsOptimized', (i, on) => ({ ...i, EbsOptimized: on === true })],
  ['EnaSupport', 'enaSupport', refused('the network driver')],
  ['InstanceInitiatedShutdownBehavior', 'instanceInitiatedShutdownBehavior', setBehavior],
  ['InstanceType', 'instanceType', setType],
  ['Kernel', 'kernel', refused('the kernel')],
  ['Ramdisk', 'ramdisk', refused('the RAM disk')],
  ['SourceDestCheck', 'sourceDestCheck', setSourceDestCheck],
  ['SriovNetSupport', 'sriovNetSupport', refused('the network driver')],
  ['UserData', 'userData', setUserData],
]

const BOOLEANS = new Set<InstanceAttributeName>([
  'disableApiStop',
  'disableApiTermination',
  'ebsOptimized',
  'enaSupport',
  'sourceDestCheck',
])

/** The older form of the request, whose values are all texts. */
function byName(name: InstanceAttributeName, text: string): [InstanceAttributeName, Change] {
  const setter = SETTERS.find(([, attribute]) => attribute === name)
  if (!setter) throw invalidParameter('attribute', name)
  const value = BOOLEANS.has(name) ? text.toLowerCase() === 'true' : text
  return [name, (instance, ctx) => setter[2](instance, value, ctx)]
}

function setDeleteOnTermination(mappings: InstanceBlockDeviceMappingSpecification[]): Change {
  return (instance, ctx) => {
    for (const { DeviceName, Ebs } of mappings) {
      const device = blockDevicesOf(instance, ctx).find((each) => each.DeviceName === DeviceName)
      const volume = ctx.tx.get(volumes, device?.Ebs?.VolumeId ?? '')
      if (!volume) {
        throw invalidAttributeValue(`No device is currently mapped at ${DeviceName}`)
      }
      const { DeleteOnTermination = true } = Ebs ?? {}
      const Attachments = volume.Attachments.map((attachment) =>
        attachment.InstanceId === instance.InstanceId
          ? { ...attachment, DeleteOnTermination }
          : attachment,
      )
      putVolume({ ...volume, Attachments }, volume.State, ctx)
    }
    return instance
  }
}

function setGroups(ids: readonly string[]): Change {
  return (instance, ctx) => {
    const groups = allExisting(SECURITY_GROUP, securityGroups, ids, 'groupId', ctx)
    const Groups = groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName }))
    changePrimary(instance, (row) => ({ ...row, Groups }), ctx)
    return instance
  }
}

function changePrimary(
  instance: Instance,
  change: (row: NetworkInterface) => NetworkInterface,
  ctx: Context,
): void {
  const row = primaryInterface(instance, ctx)
  if (row) ctx.tx.put(networkInterfaces, row.NetworkInterfaceId, change(row))
}

type Read = (instance: Instance, ctx: Context) => Answer<InstanceAttribute>

const READERS: Readonly<Record<InstanceAttributeName, Read>> = {
  blockDeviceMapping: (i, ctx) => ({ BlockDeviceMappings: blockDevicesOf(i, ctx) }),
  disableApiStop: (i) => ({ DisableApiStop: { Value: i.DisableApiStop } }),
  disableApiTermination: (i) => ({ DisableApiTermination: { Value: i.DisableApiTermination } }),
  ebsOptimized: (i) => ({ EbsOptimized: { Value: i.EbsOptimized } }),
  enaSupport: (i) => ({ EnaSupport: { Value: enaSupport(i.InstanceType) } }),
  enclaveOptions: (i) => ({ EnclaveOptions: i.EnclaveOptions ?? { Enabled: false } }),
  groupSet: (i, ctx) => ({ Groups: primaryInterface(i, ctx)?.Groups ?? [] }),
  instanceInitiatedShutdownBehavior: (i) => ({
    InstanceInitiatedShutdownBehavior: { Value: i.InstanceInitiatedShutdownBehavior },
  }),
  instanceType: (i) => ({ InstanceType: { Value: i.InstanceType } }),
  kernel: () => ({ KernelId: {} }),
  productCodes: () => ({ ProductCodes: [] }),
  ramdisk: () => ({ RamdiskId: {} }),
  rootDeviceName: (i) => ({ RootDeviceName: { Value: i.RootDeviceName } }),
  sourceDestCheck: (i, ctx) => ({
    SourceDestCheck: { Value: primaryInterface(i, ctx)?.SourceDestCheck ?? true },
  }),
  sriovNetSupport: () => ({ SriovNetSupport: {} }),
  userData: (i) => ({ UserData: i.UserData === undefined ? {} : { Value: i.UserData } }),
}

/** One attribute of an instance. */
export function describeInstanceAttribute(
  { InstanceId, Attribute }: Checked<DescribeInstanceAttributeRequest>,
  ctx: Context,
): Answer<InstanceAttribute> {
  const instance = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  ctx.allow('ec2:DescribeInstanceAttribute', ec2Arn('instance', InstanceId, ctx), {
    keys: { ...instanceKeys(instance, ctx), 'ec2:Attribute': Attribute },
  })
  return { InstanceId, ...READERS[Attribute](instance, ctx) }
}

/** Only the source/destination check has a default that can be gone back to here. */
export function resetInstanceAttribute(
  { InstanceId, Attribute }: Checked<ResetInstanceAttributeRequest>,
  ctx: Context,
): object {
  const instance = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  ctx.allow('ec2:ResetInstanceAttribute', ec2Arn('instance', InstanceId, ctx), {
    keys: { ...instanceKeys(instance, ctx), 'ec2:Attribute': Attribute },
  })
  if (Attribute === 'kernel' || Attribute === 'ramdisk') {
    throw unsupportedOperation('Windtunnel does not change the kernel of instances.')
  }
  if (Attribute !== 'sourceDestCheck') throw invalidParameter('attribute', Attribute)
  changePrimary(instance, (row) => ({ ...row, SourceDestCheck: true }), ctx)
  return {}
}

/** True for types that earn CPU credits. */
export function isBurstable(type: string): boolean {
  return instanceType(type)?.BurstablePerformanceSupported ?? false
}
