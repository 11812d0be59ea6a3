/** The resources that a record names, as LookupEvents lists them. */
import type { CloudTrailRecord } from './record.ts'

/** Types by the member that names such a resource. */
const TYPES: Readonly<Record<string, string>> = {
  allocationId: 'AWS::EC2::EIP',
  functionName: 'AWS::Lambda::Function',
  groupId: 'AWS::EC2::SecurityGroup',
  groupName: 'AWS::IAM::Group',
  imageId: 'AWS::EC2::Ami',
  instanceId: 'AWS::EC2::Instance',
  instanceProfileName: 'AWS::IAM::InstanceProfile',
  internetGatewayId: 'AWS::EC2::InternetGateway',
  keyName: 'AWS::EC2::KeyPair',
  networkAclId: 'AWS::EC2::NetworkAcl',
  networkInterfaceId: 'AWS::EC2::NetworkInterface',
  policyArn: 'AWS::IAM::Policy',
  roleArn: 'AWS::IAM::Role',
  roleName: 'AWS::IAM::Role',
  routeTableId: 'AWS::EC2::RouteTable',
  snapshotId: 'AWS::EC2::Snapshot',
  subnetId: 'AWS::EC2::Subnet',
  userName: 'AWS::IAM::User',
  volumeId: 'AWS::EC2::Volume',
  vpcId: 'AWS::EC2::VPC',
}

export interface NamedResource {
  readonly ResourceType: string
  readonly ResourceName: string
}

export function resourcesOf({
  requestParameters,
  responseElements,
  eventSource,
}: CloudTrailRecord) {
  const found = new Map<string, NamedResource>()
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    for (const [member, part] of Object.entries(value)) {
      const type = typeof part === 'string' ? typeOf(member, eventSource) : undefined
      if (type === undefined) visit(part)
      else found.set(`${type} ${part}`, { ResourceType: type, ResourceName: String(part) })
    }
  }
  visit(requestParameters)
  visit(responseElements)
  return [...found.values()]
}

/** EC2's groups are security groups, rules and queues are called `name` by their own services. */
function typeOf(member: string, eventSource: string): string | undefined {
  if (eventSource === 'events.amazonaws.com' && member === 'name') return 'AWS::Events::Rule'
  if (eventSource === 'ec2.amazonaws.com' && member === 'groupName') return undefined
  return Object.hasOwn(TYPES, member) ? TYPES[member] : undefined
}
