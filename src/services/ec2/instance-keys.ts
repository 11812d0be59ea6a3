/** Condition keys of instances and of the network that they are launched into. */
import type { ConditionKeys } from '../../aws/authority.ts'
import { resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { ec2Arn } from './ids.ts'
import type { Instance } from './instance-rows.ts'
import type { SecurityGroup, Subnet } from './network/rows.ts'
import { tagsOf } from './tag-rows.ts'

/**
 * As the service authorization reference lists them for `instance`; tags are those that it has.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function instanceKeys(instance: Instance, ctx: Context): ConditionKeys {
  const tags = tagsOf(instance.InstanceId, ctx) ?? []
  return {
    'ec2:InstanceID': instance.InstanceId,
    ...launchKeys(instance, ctx),
    ...resourceTagKeys(tags),
    ...resourceTagKeys(tags, 'ec2'),
  }
}

/** The keys that an instance has before it exists. */
export function launchKeys(
  instance: Omit<Instance, 'InstanceId' | 'VolumeIds' | 'NetworkInterfaceIds'>,
  ctx: Context,
): ConditionKeys {
  const { MetadataOptions, Placement } = instance
  const hopLimit = MetadataOptions?.HttpPutResponseHopLimit
  return {
    'ec2:AvailabilityZone': Placement.AvailabilityZone,
    'ec2:AvailabilityZoneId': Placement.AvailabilityZoneId,
    'ec2:EbsOptimized': String(instance.EbsOptimized ?? false),
    'ec2:InstanceMarketType': instance.InstanceLifecycle ?? 'on-demand',
    'ec2:InstanceMetadataTags': MetadataOptions?.InstanceMetadataTags,
    'ec2:InstanceProfile': instance.IamInstanceProfile?.Arn,
    'ec2:InstanceType': instance.InstanceType,
    'ec2:MetadataHttpEndpoint': MetadataOptions?.HttpEndpoint,
    'ec2:MetadataHttpPutResponseHopLimit': hopLimit === undefined ? undefined : String(hopLimit),
    'ec2:MetadataHttpTokens': MetadataOptions?.HttpTokens,
    'ec2:PlacementGroup': Placement.GroupName
      ? ec2Arn('placement-group', Placement.GroupName, ctx)
      : undefined,
    'ec2:Region': ctx.region,
    'ec2:RootDeviceType': instance.RootDeviceType,
    'ec2:Tenancy': Placement.Tenancy,
  }
}

export function subnetKeys(subnet: Subnet, ctx: Context): ConditionKeys {
  const tags = tagsOf(subnet.SubnetId, ctx) ?? []
  return {
    'ec2:AvailabilityZone': subnet.AvailabilityZone,
    'ec2:Region': ctx.region,
    'ec2:SubnetID': subnet.SubnetId,
    'ec2:Vpc': ec2Arn('vpc', subnet.VpcId, ctx),
    ...resourceTagKeys(tags),
    ...resourceTagKeys(tags, 'ec2'),
  }
}

export function securityGroupKeys(group: SecurityGroup, ctx: Context): ConditionKeys {
  const tags = tagsOf(group.GroupId, ctx) ?? []
  return {
    'ec2:Region': ctx.region,
    'ec2:SecurityGroupID': group.GroupId,
    'ec2:Vpc': ec2Arn('vpc', group.VpcId, ctx),
    ...resourceTagKeys(tags),
    ...resourceTagKeys(tags, 'ec2'),
  }
}

/** Of an interface that a launch creates. */
export function interfaceKeys(
  subnet: Subnet,
  associatePublicIp: boolean,
  ctx: Context,
): ConditionKeys {
  return {
    'ec2:AssociatePublicIpAddress': String(associatePublicIp),
    'ec2:AvailabilityZone': subnet.AvailabilityZone,
    'ec2:Region': ctx.region,
    'ec2:Subnet': ec2Arn('subnet', subnet.SubnetId, ctx),
    'ec2:Vpc': ec2Arn('vpc', subnet.VpcId, ctx),
  }
}
