/** EC2's part of what the provider asks: resources of the seed system, in the provider's order. */
import {
  AttachVolumeCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DeleteLaunchTemplateCommand,
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeleteSubnetCommand,
  DeleteVolumeCommand,
  DeleteVpcCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  DetachVolumeCommand,
  GetInstanceUefiDataCommand,
  type InstanceAttributeName,
  ModifyInstanceAttributeCommand,
  ModifyVpcAttributeCommand,
  type ResourceType,
  RevokeSecurityGroupEgressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type VpcAttributeName,
} from '@aws-sdk/client-ec2'
import { type Answers, answered, type Provider } from './clients.ts'

const named = (ResourceType: ResourceType, Value: string) => [
  { ResourceType, Tags: [{ Key: 'Name', Value }] },
]
const filter = (Name: string, ...Values: string[]) => [{ Name, Values }]

export interface Ec2State {
  vpc: string
  subnet: string
  group: string
  template: string
  /** One with settings of its own, one from the template. */
  plain: string
  templated: string
  volume: string
  snapshot: string
}

/** The data sources of the plan. */
export async function readData({ ec2 }: Provider): Promise<{ zone: string; image: string }> {
  const zones = new DescribeAvailabilityZonesCommand({ Filters: filter('state', 'available') })
  const { AvailabilityZones } = await ec2.send(zones)
  const Filters = [
    ...filter('name', 'al2023-ami-2023.*-x86_64'),
    ...filter('virtualization-type', 'hvm'),
  ]
  const { Images = [] } = await ec2.send(
    new DescribeImagesCommand({ Owners: ['amazon'], Filters, IncludeDeprecated: false }),
  )
  const [newest] = Images.sort((a, b) => ((a.CreationDate ?? '') < (b.CreationDate ?? '') ? 1 : -1))
  return { zone: AvailabilityZones?.[0]?.ZoneName ?? '', image: newest?.ImageId ?? '' }
}

export async function applyEc2(provider: Provider): Promise<Ec2State> {
  const data = await readData(provider)
  const vpc = await applyVpc(provider)
  const subnet = await applySubnet(provider, vpc, data.zone)
  const group = await applyGroup(provider, vpc)
  const template = await applyTemplate(provider, data.image)
  const { plain, templated } = await applyInstances(provider, {
    ...data,
    subnet,
    group,
    template,
  })
  const { volume, snapshot } = await applyVolume(provider, data.zone, plain)
  return { vpc, subnet, group, template, plain, templated, volume, snapshot }
}

async function applyVpc({ ec2 }: Provider): Promise<string> {
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({
      CidrBlock: '10.20.0.0/16',
      AmazonProvidedIpv6CidrBlock: false,
      InstanceTenancy: 'default',
      TagSpecifications: named('vpc', 'seed'),
    }),
  )
  const VpcId = Vpc?.VpcId ?? ''
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }))
  return VpcId
}

async function applySubnet({ ec2 }: Provider, VpcId: string, zone: string): Promise<string> {
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({
      VpcId,
      CidrBlock: '10.20.1.0/24',
      AvailabilityZone: zone,
      TagSpecifications: named('subnet', 'seed'),
    }),
  )
  return Subnet?.SubnetId ?? ''
}

/** The provider takes off the rule that AWS adds to a new group, for IPv4 and then for IPv6. */
async function applyGroup({ ec2 }: Provider, VpcId: string): Promise<string> {
  const { GroupId = '' } = await ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: 'seed',
      Description: 'seed group',
      VpcId,
      TagSpecifications: named('security-group', 'seed'),
    }),
  )
  const all = { IpProtocol: '-1', FromPort: 0, ToPort: 0 }
  const everywhere = [{ CidrIp: '0.0.0.0/0' }]
  await ec2.send(
    new RevokeSecurityGroupEgressCommand({
      GroupId,
      IpPermissions: [{ ...all, IpRanges: everywhere }],
    }),
  )
  try {
    const IpPermissions = [{ ...all, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }]
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions }))
  } catch (error) {
    // The provider goes on when there is no such rule, and fails on anything else.
    if (!(error instanceof Error) || error.name !== 'InvalidPermission.NotFound') throw error
  }
  const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }
  const out = { IpProtocol: '-1', IpRanges: everywhere }
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }))
  await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: [out] }))
  return GroupId
}

async function applyTemplate({ ec2 }: Provider, ImageId: string): Promise<string> {
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      ClientToken: 'terraform-20260101000000000000000001',
      LaunchTemplateName: 'seed',
      LaunchTemplateData: {
        ImageId,
        InstanceType: 't3.micro',
        UserData: Buffer.from('#!/bin/sh\n').toString('base64'),
        TagSpecifications: named('instance', 'from-template'),
      },
      TagSpecifications: named('launch-template', 'seed'),
    }),
  )
  return LaunchTemplate?.LaunchTemplateId ?? ''
}

async function applyInstances(
  { ec2, cloud }: Provider,
  made: { zone: string; image: string; subnet: string; group: string; template: string },
): Promise<{ plain: string; templated: string }> {
  const common = {
    MinCount: 1,
    MaxCount: 1,
    DisableApiTermination: false,
    EbsOptimized: false,
    Monitoring: { Enabled: false },
    SubnetId: made.subnet,
    SecurityGroupIds: [made.group],
  }
  const first = await ec2.send(
    new RunInstancesCommand({
      ...common,
      ClientToken: 'terraform-20260101000000000000000002',
      ImageId: made.image,
      InstanceType: 't3.micro',
      CreditSpecification: { CpuCredits: 'standard' },
      HibernationOptions: { Configured: false },
      Placement: { AvailabilityZone: made.zone },
      UserData: Buffer.from('#!/bin/sh\necho plain\n').toString('base64'),
      TagSpecifications: [...named('instance', 'plain'), ...named('volume', 'plain-root')],
    }),
  )
  const second = await ec2.send(
    new RunInstancesCommand({
      ...common,
      ClientToken: 'terraform-20260101000000000000000003',
      LaunchTemplate: { LaunchTemplateId: made.template, Version: '$Latest' },
      TagSpecifications: named('instance', 'templated'),
    }),
  )
  await cloud.advance(10)
  const id = ({ Instances }: typeof first) => Instances?.[0]?.InstanceId ?? ''
  return { plain: id(first), templated: id(second) }
}

async function applyVolume({ ec2, cloud }: Provider, AvailabilityZone: string, InstanceId: string) {
  const { VolumeId } = await ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone,
      ClientToken: 'terraform-20260101000000000000000004',
      Size: 4,
      VolumeType: 'gp3',
      TagSpecifications: named('volume', 'seed'),
    }),
  )
  await cloud.advance(10)
  await ec2.send(new AttachVolumeCommand({ Device: '/dev/sdh', InstanceId, VolumeId }))
  await cloud.advance(10)
  const { SnapshotId } = await ec2.send(
    new CreateSnapshotCommand({
      VolumeId,
      Description: 'seed snapshot',
      TagSpecifications: named('snapshot', 'seed'),
    }),
  )
  await cloud.advance(60)
  return { volume: VolumeId ?? '', snapshot: SnapshotId ?? '' }
}

const ATTRIBUTES: readonly InstanceAttributeName[] = [
  'disableApiStop',
  'disableApiTermination',
  'instanceInitiatedShutdownBehavior',
  'userData',
]
const VPC_ATTRIBUTES: readonly VpcAttributeName[] = [
  'enableDnsHostnames',
  'enableDnsSupport',
  'enableNetworkAddressUsageMetrics',
]

/** The reads of a refresh, by which the provider tells whether anything has changed. */
export async function readEc2(provider: Provider, state: Ec2State): Promise<Answers> {
  const answers: Answers = {}
  await readNetwork(provider, state, answers)
  for (const id of [state.plain, state.templated]) await readInstance(provider, id, answers)
  const { ec2 } = provider
  const LaunchTemplateId = state.template
  const templates = new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [LaunchTemplateId] })
  answered('template', await ec2.send(templates), answers)
  const versions = { LaunchTemplateId, Versions: ['1'] }
  const version = await ec2.send(new DescribeLaunchTemplateVersionsCommand(versions))
  answered('template version', version, answers)
  const VolumeIds = [state.volume]
  answered('volume', await ec2.send(new DescribeVolumesCommand({ VolumeIds })), answers)
  const SnapshotIds = [state.snapshot]
  answered('snapshot', await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds })), answers)
  return answers
}

async function readNetwork({ ec2 }: Provider, state: Ec2State, answers: Answers): Promise<void> {
  const VpcId = state.vpc
  const VpcIds = [VpcId]
  answered('vpc', await ec2.send(new DescribeVpcsCommand({ VpcIds })), answers)
  for (const Attribute of VPC_ATTRIBUTES) {
    const command = new DescribeVpcAttributeCommand({ VpcId, Attribute })
    answered(Attribute, await ec2.send(command), answers)
  }
  const ofVpc = filter('vpc-id', VpcId)
  const Filters = [...filter('default', 'true'), ...ofVpc]
  answered('default acl', await ec2.send(new DescribeNetworkAclsCommand({ Filters })), answers)
  const main = { Filters: [...filter('association.main', 'true'), ...ofVpc] }
  answered('main routes', await ec2.send(new DescribeRouteTablesCommand(main)), answers)
  const usual = { Filters: [...filter('group-name', 'default'), ...ofVpc] }
  answered('default group', await ec2.send(new DescribeSecurityGroupsCommand(usual)), answers)
  const SubnetIds = [state.subnet]
  answered('subnet', await ec2.send(new DescribeSubnetsCommand({ SubnetIds })), answers)
  const GroupIds = [state.group]
  answered('group', await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds })), answers)
}

async function readInstance({ ec2 }: Provider, id: string, answers: Answers): Promise<void> {
  const InstanceIds = [id]
  answered(id, await ec2.send(new DescribeInstancesCommand({ InstanceIds })), answers)
  const InstanceTypes = ['t3.micro' as const]
  answered('type', await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes })), answers)
  const credits = await ec2.send(new DescribeInstanceCreditSpecificationsCommand({ InstanceIds }))
  answered(`${id} credits`, credits, answers)
  for (const Attribute of ATTRIBUTES) {
    const command = new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute })
    answered(`${id} ${Attribute}`, await ec2.send(command), answers)
  }
  // This is how the provider learns of the template that an instance came from.
  const Filters = [
    ...filter('resource-id', id),
    ...filter('key', 'aws:ec2launchtemplate:id', 'aws:ec2launchtemplate:version'),
  ]
  answered(`${id} template`, await ec2.send(new DescribeTagsCommand({ Filters })), answers)
  const attached = { Filters: filter('attachment.instance-id', id) }
  answered(`${id} volumes`, await ec2.send(new DescribeVolumesCommand(attached)), answers)
}

/** Takes the system down again, each resource before what it stands on. */
export async function destroyEc2(provider: Provider, state: Ec2State): Promise<void> {
  const { ec2, cloud } = provider
  const { snapshot: SnapshotId, volume: VolumeId, plain: InstanceId } = state
  await ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
  await ec2.send(
    new DetachVolumeCommand({ Device: '/dev/sdh', Force: false, InstanceId, VolumeId }),
  )
  await cloud.advance(10)
  await ec2.send(new DeleteVolumeCommand({ VolumeId }))
  for (const id of [state.plain, state.templated]) await terminate(provider, id)
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: state.template }))
  const ofGroup = { Filters: filter('group-id', state.group) }
  const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand(ofGroup))
  if (NetworkInterfaces?.length !== 0) throw new Error('interfaces are left in the group')
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId: state.group }))
  await ec2.send(
    new DescribeNetworkInterfacesCommand({ Filters: filter('subnet-id', state.subnet) }),
  )
  await ec2.send(new DeleteSubnetCommand({ SubnetId: state.subnet }))
  await ec2.send(new DeleteVpcCommand({ VpcId: state.vpc }))
}

async function terminate({ ec2, cloud }: Provider, InstanceId: string): Promise<void> {
  const DisableApiTermination = { Value: false }
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination }))
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }))
  await cloud.advance(10)
}

/** The reads that have to fail for the provider to believe that all is gone, with their codes. */
export function gone({ ec2 }: Provider, state: Ec2State): Record<string, () => Promise<unknown>> {
  const GroupIds = [state.group]
  const VolumeIds = [state.volume]
  const VpcIds = [state.vpc]
  const InstanceId = 'i-00000000000000000'
  return {
    'InvalidGroup.NotFound': () => ec2.send(new DescribeSecurityGroupsCommand({ GroupIds })),
    'InvalidVolume.NotFound': () => ec2.send(new DescribeVolumesCommand({ VolumeIds })),
    'InvalidVpcID.NotFound': () => ec2.send(new DescribeVpcsCommand({ VpcIds })),
    'InvalidInstanceID.NotFound': () => ec2.send(new GetInstanceUefiDataCommand({ InstanceId })),
  }
}
