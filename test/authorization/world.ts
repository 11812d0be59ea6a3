/** One of everything, so that each operation finds what it acts on. */
import type { TestCloud } from '../cloud.ts'
import { publicImage } from '../ec2.ts'
import { createFunction, createRole, zip } from '../functions.ts'
import { type Call, caller } from './caller.ts'

export type World = Readonly<Record<string, string>>

export async function world(cloud: TestCloud): Promise<World> {
  const call = caller(cloud)
  const accounts = await identities(call)
  const functions = await code(cloud, call)
  const messages = await channels(call, functions.function ?? '')
  const machines = await computers(cloud, call)
  const network = await networks(call, machines)
  const parts = await partsOfVpc(call, network)
  return { ...accounts, ...functions, ...messages, ...machines, ...network, ...parts }
}

async function identities(call: Call): Promise<World> {
  const Statement = { Effect: 'Allow', Action: 'ec2:Describe*', Resource: '*' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement })
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: {
        AWS: 'arn:aws:iam::000000000000:root',
        Service: ['ec2.amazonaws.com', 'events.amazonaws.com', 'lambda.amazonaws.com'],
      },
      Action: 'sts:AssumeRole',
    },
  })
  const named = { UserName: 'ann', GroupName: 'team', RoleName: 'worker', PolicyName: 'inline' }
  await call('iam', 'CreateUser', named)
  await call('iam', 'CreateGroup', named)
  const { Role } = await call('iam', 'CreateRole', { ...named, AssumeRolePolicyDocument: trust })
  await call('iam', 'AddUserToGroup', named)
  for (const holder of ['User', 'Group', 'Role']) {
    await call('iam', `Put${holder}Policy`, { ...named, PolicyDocument: document })
  }
  const policy = { PolicyName: 'managed', PolicyDocument: document }
  const { Policy } = await call('iam', 'CreatePolicy', policy)
  const { Arn: PolicyArn } = Policy
  await call('iam', 'CreatePolicyVersion', { PolicyArn, PolicyDocument: document })
  const { AccessKey } = await call('iam', 'CreateAccessKey', named)
  const profile = { InstanceProfileName: 'profile' }
  await call('iam', 'CreateInstanceProfile', profile)
  await call('iam', 'AddRoleToInstanceProfile', { ...profile, ...named })
  const provider = { Url: 'https://token.example.com', ClientIDList: ['client'] }
  const oidc = await call('iam', 'CreateOpenIDConnectProvider', provider)
  await call('iam', 'CreateServiceLinkedRole', { AWSServiceName: 'spot.amazonaws.com' })
  return {
    document,
    trust,
    role: Role.Arn,
    policy: PolicyArn,
    accessKey: AccessKey.AccessKeyId,
    oidcProvider: oidc.OpenIDConnectProviderArn,
  }
}

async function code(cloud: TestCloud, call: Call): Promise<World> {
  const queues = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
  const Role = await createRole(cloud.clientConfig, 'function-role', [queues])
  const source = 'exports.handler = async () => 1'
  const arn = await createFunction(cloud.clientConfig, 'worker', source, { Role })
  const FunctionName = 'worker'
  await call('lambda', 'PublishVersion', { FunctionName })
  await call('lambda', 'CreateAlias', { FunctionName, Name: 'live', FunctionVersion: '1' })
  await call('lambda', 'CreateFunctionUrlConfig', { FunctionName, AuthType: 'NONE' })
  await call('lambda', 'AddPermission', {
    FunctionName,
    StatementId: 'known',
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
  })
  await call('lambda', 'PutFunctionEventInvokeConfig', { FunctionName, MaximumRetryAttempts: 1 })
  await call('lambda', 'PutProvisionedConcurrencyConfig', {
    FunctionName,
    Qualifier: '1',
    ProvisionedConcurrentExecutions: 1,
  })
  const layer = await call('lambda', 'PublishLayerVersion', {
    LayerName: 'layer',
    Content: { ZipFile: zip({ 'a.js': '' }) },
  })
  await call('lambda', 'AddLayerVersionPermission', {
    LayerName: 'layer',
    VersionNumber: 1,
    StatementId: 'known',
    Action: 'lambda:GetLayerVersion',
    Principal: '111122223333',
  })
  return { function: arn, functionRole: Role, layerVersion: layer.LayerVersionArn }
}

async function channels(call: Call, functionArn: string): Promise<World> {
  const queue = await call('sqs', 'CreateQueue', { QueueName: 'jobs' })
  const { Attributes } = await call('sqs', 'GetQueueAttributes', {
    QueueUrl: queue.QueueUrl,
    AttributeNames: ['QueueArn'],
  })
  const EventSourceArn = Attributes.QueueArn
  const mapping = { EventSourceArn, FunctionName: 'worker' }
  const { UUID } = await call('lambda', 'CreateEventSourceMapping', mapping)
  await call('logs', 'CreateLogGroup', { logGroupName: 'group' })
  await call('logs', 'CreateLogStream', { logGroupName: 'group', logStreamName: 'stream' })
  const bus = await call('events', 'CreateEventBus', { Name: 'bus' })
  const pattern = '{"source":["aws.ec2"]}'
  const rule = await call('events', 'PutRule', { Name: 'rule', EventPattern: pattern })
  const Targets = [{ Id: 'function', Arn: functionArn }]
  await call('events', 'PutTargets', { Rule: 'rule', Targets })
  const archive = await call('events', 'CreateArchive', {
    ArchiveName: 'archive',
    EventSourceArn: bus.EventBusArn,
  })
  const replay = {
    EventSourceArn: archive.ArchiveArn,
    EventStartTime: new Date(0),
    EventEndTime: new Date(1000),
    Destination: { Arn: bus.EventBusArn },
  }
  await call('events', 'StartReplay', { ReplayName: 'replay', ...replay })
  return {
    queue: EventSourceArn,
    queueUrl: queue.QueueUrl,
    mapping: UUID,
    pattern,
    rule: rule.RuleArn,
    bus: bus.EventBusArn,
    archive: archive.ArchiveArn,
  }
}

async function computers(cloud: TestCloud, call: Call): Promise<World> {
  const image = publicImage()
  const launchOnce = { ImageId: image, InstanceType: 't3.micro' }
  const launch = { ...launchOnce, MinCount: 1, MaxCount: 1 }
  const { Instances } = await call('ec2', 'RunInstances', launch)
  const { InstanceId, SubnetId, VpcId } = Instances[0]
  const zone = { AvailabilityZone: 'us-east-1a', Size: 1 }
  const { VolumeId } = await call('ec2', 'CreateVolume', zone)
  await cloud.advance(1)
  const snapshot = await call('ec2', 'CreateSnapshot', { VolumeId })
  const own = await call('ec2', 'CreateImage', { InstanceId, Name: 'own' })
  await call('ec2', 'CreateKeyPair', { KeyName: 'key' })
  const template = await call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'template',
    LaunchTemplateData: launchOnce,
  })
  await call('ec2', 'CreatePlacementGroup', { GroupName: 'placement', Strategy: 'cluster' })
  const spot = await call('ec2', 'RequestSpotInstances', { LaunchSpecification: launchOnce })
  const profile = { InstanceId, IamInstanceProfile: { Name: 'profile' } }
  const associated = await call('ec2', 'AssociateIamInstanceProfile', profile)
  const fleet = await call('ec2', 'CreateFleet', {
    LaunchTemplateConfigs: [
      {
        LaunchTemplateSpecification: {
          LaunchTemplateId: template.LaunchTemplate.LaunchTemplateId,
          Version: '1',
        },
      },
    ],
    TargetCapacitySpecification: { TotalTargetCapacity: 0 },
  })
  await cloud.advance(60)
  return {
    fleet: fleet.FleetId,
    image: own.ImageId,
    publicImage: image,
    instance: InstanceId,
    defaultSubnet: SubnetId,
    defaultVpc: VpcId,
    volume: VolumeId,
    snapshot: snapshot.SnapshotId,
    template: template.LaunchTemplate.LaunchTemplateId,
    spotRequest: spot.SpotInstanceRequests[0].SpotInstanceRequestId,
    profileAssociation: associated.IamInstanceProfileAssociation.AssociationId,
  }
}

async function partsOfVpc(call: Call, { vpc: VpcId, subnet }: World): Promise<World> {
  const ServiceName = 'com.amazonaws.us-east-1.s3'
  const { VpcEndpoint } = await call('ec2', 'CreateVpcEndpoint', { VpcId, ServiceName })
  const { FlowLogIds } = await call('ec2', 'CreateFlowLogs', {
    ResourceType: 'Subnet',
    ResourceIds: [subnet],
    TrafficType: 'ALL',
    LogDestinationType: 's3',
    LogDestination: 'arn:aws:s3:::bucket',
  })
  const { PrefixLists } = await call('ec2', 'DescribePrefixLists', {})
  return {
    endpoint: VpcEndpoint.VpcEndpointId,
    flowLog: FlowLogIds[0],
    prefixList: PrefixLists[0].PrefixListId,
  }
}

async function networks(call: Call, { instance = '', defaultSubnet: here }: World): Promise<World> {
  const { Vpc } = await call('ec2', 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
  const { VpcId } = Vpc
  const { Subnet } = await call('ec2', 'CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' })
  const { SubnetId } = Subnet
  const group = await call('ec2', 'CreateSecurityGroup', {
    VpcId,
    GroupName: 'group',
    Description: 'of the test',
  })
  const { GroupId } = group
  const open = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }
  const ingress = { GroupId, IpPermissions: [open] }
  const rules = await call('ec2', 'AuthorizeSecurityGroupIngress', ingress)
  const card = await call('ec2', 'CreateNetworkInterface', { SubnetId })
  const { NetworkInterfaceId } = card.NetworkInterface
  const second = await call('ec2', 'CreateNetworkInterface', { SubnetId: here })
  const attached = await call('ec2', 'AttachNetworkInterface', {
    NetworkInterfaceId: second.NetworkInterface.NetworkInterfaceId,
    InstanceId: instance,
    DeviceIndex: 1,
  })
  const block = await call('ec2', 'AssociateVpcCidrBlock', { VpcId, CidrBlock: '10.8.0.0/16' })
  const table = await call('ec2', 'CreateRouteTable', { VpcId })
  const { RouteTableId } = table.RouteTable
  const tied = await call('ec2', 'AssociateRouteTable', { RouteTableId, SubnetId })
  const gateway = await call('ec2', 'CreateInternetGateway')
  const { InternetGatewayId } = gateway.InternetGateway
  await call('ec2', 'AttachInternetGateway', { InternetGatewayId, VpcId })
  const route = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId }
  await call('ec2', 'CreateRoute', route)
  const egress = await call('ec2', 'CreateEgressOnlyInternetGateway', { VpcId })
  const acls = await call('ec2', 'DescribeNetworkAcls', {
    Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
  })
  const [usedAcl] = acls.NetworkAcls
  const acl = await call('ec2', 'CreateNetworkAcl', { VpcId })
  const address = await call('ec2', 'AllocateAddress', { Domain: 'vpc' })
  const { AllocationId } = address
  const at = { AllocationId, InstanceId: instance }
  const associated = await call('ec2', 'AssociateAddress', at)
  const spare = await call('ec2', 'AllocateAddress', { Domain: 'vpc' })
  const nat = await call('ec2', 'CreateNatGateway', { SubnetId, AllocationId: spare.AllocationId })
  const options = await call('ec2', 'CreateDhcpOptions', {
    DhcpConfigurations: [{ Key: 'domain-name', Values: ['example.com'] }],
  })
  return {
    vpc: VpcId,
    subnet: SubnetId,
    group: GroupId,
    groupRule: rules.SecurityGroupRules[0].SecurityGroupRuleId,
    cidrAssociation: block.CidrBlockAssociation.AssociationId,
    networkInterface: NetworkInterfaceId,
    attachment: attached.AttachmentId,
    routeTable: RouteTableId,
    routeTableAssociation: tied.AssociationId,
    internetGateway: InternetGatewayId,
    egressGateway: egress.EgressOnlyInternetGateway.EgressOnlyInternetGatewayId,
    acl: acl.NetworkAcl.NetworkAclId,
    aclAssociation: usedAcl.Associations[0].NetworkAclAssociationId,
    address: AllocationId,
    addressAssociation: associated.AssociationId,
    natGateway: nat.NatGateway.NatGatewayId,
    dhcpOptions: options.DhcpOptions.DhcpOptionsId,
  }
}
