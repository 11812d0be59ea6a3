import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AllocateAddressCommand,
  AssignPrivateIpAddressesCommand,
  AssociateAddressCommand,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  DeleteNetworkInterfaceCommand,
  DescribeAddressesAttributeCommand,
  DescribeAddressesCommand,
  DescribeNetworkInterfaceAttributeCommand,
  DescribeNetworkInterfacesCommand,
  DetachNetworkInterfaceCommand,
  DisassociateAddressCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ReleaseAddressCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, type Ec2Cloud, ec2Cloud, run, running } from '../../../../test/ec2.ts'
import { fault, newGroup, newSubnet, newVpc } from '../../../../test/network.ts'

async function interfaceOf({ ec2 }: Ec2Cloud, id: string) {
  const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] })
  const { NetworkInterfaces } = await ec2.send(command)
  return NetworkInterfaces?.[0]
}

test('an interface is created, attached, detached and deleted', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const SubnetId = await newSubnet(on, VpcId)
  const Tags = [{ Key: 'Name', Value: 'second' }]
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId,
      Groups: [await newGroup(on, VpcId)],
      PrivateIpAddress: '10.0.0.10',
      SecondaryPrivateIpAddressCount: 2,
      TagSpecifications: [{ ResourceType: 'network-interface', Tags }],
    }),
  )
  const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId ?? ''
  assert.equal(NetworkInterface?.Status, 'pending')
  assert.equal(NetworkInterface?.PrivateIpAddress, '10.0.0.10')
  assert.equal(NetworkInterface?.PrivateIpAddresses?.length, 3)
  assert.deepEqual(NetworkInterface?.TagSet, Tags)
  assert.equal((await interfaceOf(on, NetworkInterfaceId))?.Status, 'available')
  const InstanceId = await running(on, { SubnetId })
  const attach = (DeviceIndex: number) =>
    ec2.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId, InstanceId, DeviceIndex }))
  assert.equal(
    await fault(attach(0)),
    `InvalidParameterValue: Instance '${InstanceId}' already has an interface attached at device ` +
      "index '0'.",
  )
  const { AttachmentId } = await attach(1)
  assert.equal((await describe(on, InstanceId)).NetworkInterfaces?.length, 2)
  assert.equal(
    await fault(attach(1)),
    `InvalidNetworkInterface.InUse: Interface: [${NetworkInterfaceId}] in use.`,
  )
  const remove = new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })
  assert.equal(
    await fault(ec2.send(remove)),
    `InvalidParameterValue: Network interface '${NetworkInterfaceId}' is currently in use.`,
  )
  await ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId }))
  assert.equal((await describe(on, InstanceId)).NetworkInterfaces?.length, 1)
  await ec2.send(remove)
  assert.match(await fault(interfaceOf(on, NetworkInterfaceId)), /^InvalidNetworkInterfaceID\.NotF/)
})

test('the primary interface stays; an instance may be launched with a given one', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const SubnetId = await newSubnet(on, await newVpc(on))
  const command = new CreateNetworkInterfaceCommand({ SubnetId, Description: 'kept' })
  const { NetworkInterface } = await ec2.send(command)
  const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId ?? ''
  const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId }]
  const InstanceId = await running(on, { NetworkInterfaces })
  const { PrivateIpAddress } = await describe(on, InstanceId)
  assert.equal(PrivateIpAddress, NetworkInterface?.PrivateIpAddress)
  const held = await interfaceOf(on, NetworkInterfaceId)
  const AttachmentId = held?.Attachment?.AttachmentId
  assert.match(
    await fault(ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId }))),
    /^OperationNotPermitted: The network interface at device index 0 and networkCard index 0 c/,
  )
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }))
  await on.cloud.advance(1)
  const kept = await interfaceOf(on, NetworkInterfaceId)
  assert.equal(kept?.Status, 'available')
  assert.equal(kept?.Attachment, undefined)
})

test('attributes and addresses of an interface change', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const VpcId = await newVpc(on)
  const SubnetId = await newSubnet(on, VpcId)
  const [instance] = await run(on, { SubnetId, InstanceType: 't3.large' })
  const NetworkInterfaceId = instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? ''
  const modify = (change: object) =>
    ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, ...change }))
  await modify({ SourceDestCheck: { Value: false } })
  await modify({ Groups: [await newGroup(on, VpcId)] })
  const described = await describe(on, instance?.InstanceId ?? '')
  assert.equal(described.SourceDestCheck, false)
  assert.deepEqual(
    described.SecurityGroups?.map(({ GroupName }) => GroupName),
    ['web'],
  )
  const Attribute = 'sourceDestCheck'
  const { SourceDestCheck } = await ec2.send(
    new DescribeNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Attribute }),
  )
  assert.equal(SourceDestCheck?.Value, false)
  const { AssignedPrivateIpAddresses } = await ec2.send(
    new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, SecondaryPrivateIpAddressCount: 2 }),
  )
  assert.equal(AssignedPrivateIpAddresses?.length, 2)
  assert.equal(
    await fault(
      ec2.send(
        new AssignPrivateIpAddressesCommand({
          NetworkInterfaceId,
          SecondaryPrivateIpAddressCount: 70_000,
        }),
      ),
    ),
    'PrivateIpAddressLimitExceeded: Number of private addresses will exceed limit.',
  )
  const taken = instance?.PrivateIpAddress ?? ''
  assert.equal(
    await fault(
      ec2.send(
        new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, PrivateIpAddresses: [taken] }),
      ),
    ),
    `InvalidIPAddress.InUse: Address ${taken} is in use.`,
  )
})

test('an address of the account stays with an instance that stops', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const id = await running(on)
  const { PublicIpAddress: lent } = await describe(on, id)
  const Tags = [{ Key: 'Name', Value: 'front' }]
  const TagSpecifications = [{ ResourceType: 'elastic-ip' as const, Tags }]
  const allocate = new AllocateAddressCommand({ TagSpecifications })
  const { AllocationId, PublicIp } = await ec2.send(allocate)
  const { AssociationId } = await ec2.send(
    new AssociateAddressCommand({ AllocationId, InstanceId: id }),
  )
  const { PublicIpAddress, NetworkInterfaces } = await describe(on, id)
  assert.equal(PublicIpAddress, PublicIp)
  assert.notEqual(PublicIpAddress, lent)
  assert.equal(NetworkInterfaces?.[0]?.Association?.IpOwnerId, '000000000000')
  const { Addresses } = await ec2.send(
    new DescribeAddressesCommand({ Filters: [{ Name: 'instance-id', Values: [id] }] }),
  )
  assert.deepEqual(Addresses, [
    {
      AllocationId,
      AssociationId,
      Domain: 'vpc',
      InstanceId: id,
      NetworkBorderGroup: 'us-east-1',
      NetworkInterfaceId: NetworkInterfaces?.[0]?.NetworkInterfaceId,
      NetworkInterfaceOwnerId: '000000000000',
      PrivateIpAddress: NetworkInterfaces?.[0]?.PrivateIpAddress,
      PublicIp,
      PublicIpv4Pool: 'amazon',
      Tags,
    },
  ])
  await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
  await on.cloud.advance(1)
  assert.equal((await describe(on, id)).PublicIpAddress, PublicIp)
  assert.equal(
    await fault(ec2.send(new ReleaseAddressCommand({ AllocationId }))),
    `InvalidIPAddress.InUse: Address ${PublicIp} is in use.`,
  )
  await ec2.send(new DisassociateAddressCommand({ AssociationId }))
  assert.equal((await describe(on, id)).PublicIpAddress, undefined)
  await ec2.send(new ReleaseAddressCommand({ AllocationId }))
  assert.equal(
    await fault(ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId ?? ''] }))),
    `InvalidAllocationID.NotFound: The allocation ID '${AllocationId}' does not exist`,
  )
})

test('an address moves unless that is forbidden, and is free without its instance', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const [first, second] = [await running(on), await running(on)]
  const { AllocationId } = await ec2.send(new AllocateAddressCommand({}))
  const associate = (InstanceId: string, more = {}) =>
    ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId, ...more }))
  const { AssociationId } = await associate(first)
  assert.equal(
    await fault(associate(second, { AllowReassociation: false })),
    `Resource.AlreadyAssociated: resource ${AllocationId} is already associated with ` +
      `associate-id ${AssociationId}`,
  )
  await associate(second)
  assert.ok((await describe(on, first)).PublicIpAddress, 'gets another from Amazon')
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [second] }))
  await on.cloud.advance(1)
  const { Addresses } = await ec2.send(new DescribeAddressesCommand({}))
  assert.equal(Addresses?.[0]?.AssociationId, undefined)
  const attribute = await ec2.send(
    new DescribeAddressesAttributeCommand({
      AllocationIds: [AllocationId ?? ''],
      Attribute: 'domain-name',
    }),
  )
  assert.equal(attribute.Addresses?.[0]?.PtrRecord, undefined)
})

test('an address needs a way to the internet', async () => {
  const on = await ec2Cloud()
  const VpcId = await newVpc(on)
  const InstanceId = await running(on, { SubnetId: await newSubnet(on, VpcId) })
  const { AllocationId } = await on.ec2.send(new AllocateAddressCommand({}))
  assert.equal(
    await fault(on.ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId }))),
    `Gateway.NotAttached: Network ${VpcId} is not attached to any internet gateway`,
  )
})
