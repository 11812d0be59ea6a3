/** ModifyInstancePlacement and ModifyPrivateDnsNameOptions. */
import type {
  ModifyInstancePlacementRequest,
  ModifyInstancePlacementResult,
  ModifyPrivateDnsNameOptionsRequest,
  ModifyPrivateDnsNameOptionsResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { incorrectInstanceState, missingParameter, unsupportedOperation } from './errors.ts'
import { ec2Arn, existing, INSTANCE } from './ids.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import { requestedPlacementGroup } from './placement-group-rows.ts'
import { placementGroupKeys } from './placement-groups.ts'
import { DNS_OPTIONS } from './shown-instance.ts'

function stopped(instance: Instance): void {
  if (instance.StateName === 'stopped') return
  throw incorrectInstanceState(
    `The instance '${instance.InstanceId}' is not in the 'stopped' state.`,
  )
}

/** Moves a stopped instance into a placement group, or out of one with an empty name. */
export function modifyInstancePlacement(
  input: Checked<ModifyInstancePlacementRequest>,
  ctx: Context,
): ModifyInstancePlacementResult {
  const { InstanceId, GroupName, GroupId, PartitionNumber, Tenancy } = input
  const instance = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  const action = 'ec2:ModifyInstancePlacement'
  ctx.allow(action, ec2Arn('instance', InstanceId, ctx), { keys: instanceKeys(instance, ctx) })
  const leaves = GroupName === ''
  const group = leaves ? undefined : requestedPlacementGroup({ GroupName, GroupId }, ctx)
  if (group) {
    const arn = ec2Arn('placement-group', group.GroupName, ctx)
    ctx.allow(action, arn, { keys: placementGroupKeys(group, ctx) })
  }
  if (input.HostId || input.HostResourceGroupArn || input.Affinity || Tenancy === 'host') {
    throw unsupportedOperation('Windtunnel has no dedicated hosts.')
  }
  if (!leaves && !group && Tenancy === undefined) throw missingParameter('groupName')
  stopped(instance)
  const Placement = {
    ...instance.Placement,
    ...(leaves && { GroupName: '', PartitionNumber: undefined }),
    ...(group && { GroupName: group.GroupName, PartitionNumber }),
    ...(Tenancy && { Tenancy }),
  }
  ctx.tx.put(instances, InstanceId, { ...instance, Placement })
  return { Return: true }
}

/** What names an instance has in the DNS of its VPC; what is given changes. */
export function modifyPrivateDnsNameOptions(
  input: Checked<ModifyPrivateDnsNameOptionsRequest>,
  ctx: Context,
): ModifyPrivateDnsNameOptionsResult {
  const { InstanceId, PrivateDnsHostnameType, EnableResourceNameDnsARecord } = input
  const instance = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  ctx.allow('ec2:ModifyPrivateDnsNameOptions', ec2Arn('instance', InstanceId, ctx), {
    keys: instanceKeys(instance, ctx),
  })
  const before = instance.PrivateDnsNameOptions ?? DNS_OPTIONS
  if (PrivateDnsHostnameType !== undefined && PrivateDnsHostnameType !== before.HostnameType) {
    stopped(instance)
  }
  const PrivateDnsNameOptions = {
    HostnameType: PrivateDnsHostnameType ?? before.HostnameType,
    EnableResourceNameDnsARecord:
      EnableResourceNameDnsARecord ?? before.EnableResourceNameDnsARecord,
    EnableResourceNameDnsAAAARecord:
      input.EnableResourceNameDnsAAAARecord ?? before.EnableResourceNameDnsAAAARecord,
  }
  ctx.tx.put(instances, InstanceId, { ...instance, PrivateDnsNameOptions })
  return { Return: true }
}
