/** Inputs for EC2, whose models require little of what its operations need. */
import type { Inputs, Values } from './inputs.ts'
import type { World } from './world.ts'

/** An Ed25519 key of zeros: the form is all that is looked at. */
const PUBLIC_KEY = Buffer.from(`ssh-ed25519 ${'AAAAC3NzaC1lZDI1NTE5AAAAI'.padEnd(67, 'A')}D test`)

const TAGS = [{ Key: 'team', Value: 'blue' }]

export function ec2Values(world: World): Values {
  return {
    InstanceId: world.instance,
    InstanceIds: [world.instance],
    VolumeId: world.volume,
    SnapshotId: world.snapshot,
    ImageId: world.image,
    VpcId: world.vpc,
    SubnetId: world.subnet,
    GroupId: world.group,
    NetworkInterfaceId: world.networkInterface,
    RouteTableId: world.routeTable,
    InternetGatewayId: world.internetGateway,
    EgressOnlyInternetGatewayId: world.egressGateway,
    NetworkAclId: world.acl,
    NatGatewayId: world.natGateway,
    DhcpOptionsId: world.dhcpOptions,
    AllocationId: world.address,
    CidrBlock: '10.0.1.0/24',
    AvailabilityZone: 'us-east-1a',
    Resources: [world.instance],
    SourceRegion: 'us-east-1',
    SourceSnapshotId: world.snapshot,
    SourceImageId: world.image,
    Name: 'copy',
    KeyName: 'key',
  }
}

export function ec2Inputs(world: World): Inputs {
  const template = { LaunchTemplateId: world.template }
  const rule = { IpProtocol: 'tcp', FromPort: 1, ToPort: 2, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }
  const entry = { Egress: false, RuleNumber: 10, RuleAction: 'allow', Protocol: '-1' }
  const route = { RouteTableId: world.routeTable, DestinationCidrBlock: '0.0.0.0/0' }
  const { instance: InstanceId, networkInterface: NetworkInterfaceId } = world
  return {
    ...tagging(world),
    ...spot(world),
    AllocateAddress: { Domain: 'vpc' },
    AssignPrivateIpAddresses: { SecondaryPrivateIpAddressCount: 1 },
    UnassignPrivateIpAddresses: { PrivateIpAddresses: ['10.0.0.200'] },
    AssociateAddress: { AllocationId: world.address, InstanceId },
    DisassociateAddress: { AssociationId: world.addressAssociation },
    ReleaseAddress: { AllocationId: world.address },
    AssociateRouteTable: { SubnetId: world.subnet },
    DisassociateRouteTable: { AssociationId: world.routeTableAssociation },
    ReplaceRouteTableAssociation: { AssociationId: world.routeTableAssociation },
    AssociateVpcCidrBlock: { CidrBlock: '10.1.0.0/16' },
    DisassociateVpcCidrBlock: { AssociationId: world.cidrAssociation },
    AttachNetworkInterface: { DeviceIndex: 1 },
    DetachNetworkInterface: { AttachmentId: world.attachment },
    AuthorizeSecurityGroupEgress: { IpPermissions: [rule] },
    AuthorizeSecurityGroupIngress: { GroupId: world.group, IpPermissions: [rule] },
    RevokeSecurityGroupEgress: { IpPermissions: [rule] },
    RevokeSecurityGroupIngress: { GroupId: world.group, IpPermissions: [rule] },
    UpdateSecurityGroupRuleDescriptionsEgress: { GroupId: world.group, IpPermissions: [rule] },
    UpdateSecurityGroupRuleDescriptionsIngress: { GroupId: world.group, IpPermissions: [rule] },
    ModifySecurityGroupRules: {
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: world.groupRule,
          SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 1, ToPort: 2, CidrIpv4: '10.0.0.0/8' },
        },
      ],
    },
    CreateDefaultSubnet: { AvailabilityZone: 'us-east-1a' },
    CreateDhcpOptions: { DhcpConfigurations: [{ Key: 'domain-name', Values: ['example.com'] }] },
    CreateNatGateway: { SubnetId: world.subnet, AllocationId: world.address },
    CreateNetworkAclEntry: { ...entry, CidrBlock: '10.0.0.0/8' },
    ReplaceNetworkAclEntry: { ...entry, RuleNumber: 100, CidrBlock: '0.0.0.0/0' },
    DeleteNetworkAclEntry: { Egress: false, RuleNumber: 100 },
    ReplaceNetworkAclAssociation: { AssociationId: world.aclAssociation },
    CreateRoute: {
      ...route,
      DestinationCidrBlock: '10.9.0.0/16',
      GatewayId: world.internetGateway,
    },
    ReplaceRoute: { ...route, GatewayId: world.internetGateway },
    DeleteRoute: route,
    CreateSecurityGroup: { GroupName: 'group-2', Description: 'd', VpcId: world.vpc },
    DeleteSecurityGroup: { GroupId: world.group },
    CreateVpc: { CidrBlock: '10.5.0.0/16' },
    DescribeNetworkInterfaceAttribute: { NetworkInterfaceId, Attribute: 'description' },
    ModifyNetworkInterfaceAttribute: { Description: { Value: 'd' } },
    ModifySubnetAttribute: { MapPublicIpOnLaunch: { Value: true } },
    DescribeVpcAttribute: { Attribute: 'enableDnsSupport' },
    ModifyVpcAttribute: { EnableDnsSupport: { Value: true } },
    CreateFleet: {
      LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { ...template, Version: '$Latest' } }],
      TargetCapacitySpecification: {
        TotalTargetCapacity: 1,
        DefaultTargetCapacityType: 'on-demand',
      },
      Type: 'instant',
    },
    DeleteFleets: { FleetIds: ['fleet-0123456789abcdef0'], TerminateInstances: false },
    ...compute(world),
  }
}

function settled(world: World): Inputs {
  const { vpc: VpcId, routeTable, prefixList } = world
  return {
    CreateFlowLogs: {
      ResourceType: 'VPC',
      ResourceIds: [VpcId],
      TrafficType: 'ALL',
      LogGroupName: 'group',
      DeliverLogsPermissionArn: world.role,
    },
    CreateReplaceRootVolumeTask: { SnapshotId: world.snapshot },
    DescribeFleetInstances: { FleetId: world.fleet },
    ModifyFleet: { FleetId: world.fleet },
    DeleteFlowLogs: { FlowLogIds: [world.flowLog] },
    CreateVpcEndpoint: {
      ServiceName: 'com.amazonaws.us-east-1.s3',
      RouteTableIds: [routeTable],
    },
    DeleteVpcEndpoints: { VpcEndpointIds: [world.endpoint] },
    ModifyVpcEndpoint: { VpcEndpointId: world.endpoint },
    GetManagedPrefixListEntries: { PrefixListId: prefixList },
    LockSnapshot: { LockMode: 'governance', LockDuration: 1 },
    ModifyInstancePlacement: { Tenancy: 'default' },
    RestoreSnapshotTier: { PermanentRestore: true },
  }
}

function spot({ publicImage, spotRequest }: World): Inputs {
  return {
    CancelSpotInstanceRequests: { SpotInstanceRequestIds: [spotRequest] },
    RequestSpotInstances: {
      LaunchSpecification: { ImageId: publicImage, InstanceType: 't3.micro' },
    },
  }
}

function tagging({ instance }: World): Inputs {
  return { CreateTags: { Tags: TAGS }, DeleteTags: { Resources: [instance], Tags: TAGS } }
}

function compute(world: World): Inputs {
  const template = { LaunchTemplateId: world.template }
  const profile = { IamInstanceProfile: { Name: 'profile' } }
  const association = { AssociationId: world.profileAssociation }
  const fastRestore = { AvailabilityZones: ['us-east-1a'], SourceSnapshotIds: [world.snapshot] }
  const imageAttribute = { Attribute: 'description' }
  const snapshotAttribute = { Attribute: 'createVolumePermission' }
  return {
    ...settled(world),
    AssociateIamInstanceProfile: profile,
    DisassociateIamInstanceProfile: association,
    ReplaceIamInstanceProfileAssociation: { ...association, ...profile },
    DeleteKeyPair: { KeyName: 'key' },
    ImportKeyPair: { KeyName: 'key-3', PublicKeyMaterial: PUBLIC_KEY },
    DisableFastSnapshotRestores: fastRestore,
    EnableFastSnapshotRestores: fastRestore,
    CreateKeyPair: { KeyName: 'key-2' },
    CreateLaunchTemplate: {
      LaunchTemplateName: 'template-2',
      LaunchTemplateData: { InstanceType: 't3.micro' },
    },
    CreateLaunchTemplateVersion: { ...template, LaunchTemplateData: { InstanceType: 't3.micro' } },
    DeleteLaunchTemplate: template,
    DeleteLaunchTemplateVersions: { ...template, Versions: ['1'] },
    ModifyLaunchTemplate: { ...template, DefaultVersion: '1' },
    CreatePlacementGroup: { GroupName: 'placement-2', Strategy: 'cluster' },
    DeletePlacementGroup: { GroupName: 'placement' },
    AttachVolume: { Device: '/dev/sdf' },
    CreateImage: { Name: 'another' },
    CreateSnapshots: { InstanceSpecification: { InstanceId: world.instance } },
    CreateVolume: { AvailabilityZone: 'us-east-1a', Size: 1 },
    DescribeImageAttribute: imageAttribute,
    ModifyImageAttribute: { Description: { Value: 'd' } },
    ResetImageAttribute: { Attribute: 'launchPermission' },
    DescribeInstanceAttribute: { Attribute: 'instanceType' },
    ModifyInstanceAttribute: { DisableApiTermination: { Value: false } },
    ResetInstanceAttribute: { Attribute: 'sourceDestCheck' },
    DescribeSnapshotAttribute: snapshotAttribute,
    ModifySnapshotAttribute: {
      ...snapshotAttribute,
      OperationType: 'add',
      UserIds: ['111122223333'],
    },
    ResetSnapshotAttribute: snapshotAttribute,
    DescribeVolumeAttribute: { Attribute: 'autoEnableIO' },
    ModifyVolumeAttribute: { AutoEnableIO: { Value: true } },
    ModifyInstanceCreditSpecification: {
      InstanceCreditSpecifications: [{ InstanceId: world.instance, CpuCredits: 'standard' }],
    },
    ModifyInstanceMaintenanceOptions: { AutoRecovery: 'default' },
    ModifyInstanceMetadataOptions: { HttpTokens: 'required' },
    ModifyVolume: { Size: 2 },
    RegisterImage: {
      Name: 'registered',
      RootDeviceName: '/dev/xvda',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: world.snapshot } }],
    },
    RunInstances: {
      ImageId: world.publicImage,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      KeyName: 'key',
      TagSpecifications: [{ ResourceType: 'instance', Tags: TAGS }],
      ...profile,
    },
    DetachVolume: { VolumeId: world.volume },
  }
}
