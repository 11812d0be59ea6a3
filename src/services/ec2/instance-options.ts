/** Options of instances that can change while they run: metadata, monitoring, CPU credits. */
import type {
  DescribeInstanceCreditSpecificationsRequest,
  DescribeInstanceCreditSpecificationsResult,
  GetInstanceUefiDataRequest,
  ModifyInstanceCreditSpecificationRequest,
  ModifyInstanceCreditSpecificationResult,
  ModifyInstanceMaintenanceOptionsRequest,
  ModifyInstanceMaintenanceOptionsResult,
  ModifyInstanceMetadataOptionsRequest,
  ModifyInstanceMetadataOptionsResult,
  MonitorInstancesRequest,
  MonitorInstancesResult,
  UnsuccessfulInstanceCreditSpecificationItem,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { invalidParameter, unsupportedOperation } from './errors.ts'
import { allExisting, ec2Arn, existing, INSTANCE } from './ids.ts'
import { isBurstable } from './instance-attributes.ts'
import { INSTANCES } from './instance-fields.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import { list, listByIds } from './listing.ts'

const MAX_HOP_LIMIT = 64

function allowed(action: string, instance: Instance, ctx: Context): Instance {
  ctx.allow(action, ec2Arn('instance', instance.InstanceId, ctx), {
    keys: instanceKeys(instance, ctx),
  })
  return instance
}

/** Changes what is given; the rest stays. */
export function modifyInstanceMetadataOptions(
  input: Checked<ModifyInstanceMetadataOptionsRequest>,
  ctx: Context,
): Answer<ModifyInstanceMetadataOptionsResult> {
  const { InstanceId, HttpPutResponseHopLimit: hops } = input
  const row = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  const instance = allowed('ec2:ModifyInstanceMetadataOptions', row, ctx)
  if (hops !== undefined && (hops < 1 || hops > MAX_HOP_LIMIT)) {
    throw invalidParameter('httpPutResponseHopLimit', hops)
  }
  const before = instance.MetadataOptions
  const MetadataOptions = {
    HttpTokens: input.HttpTokens ?? before?.HttpTokens,
    HttpPutResponseHopLimit: hops ?? before?.HttpPutResponseHopLimit,
    HttpEndpoint: input.HttpEndpoint ?? before?.HttpEndpoint,
    HttpProtocolIpv6: input.HttpProtocolIpv6 ?? before?.HttpProtocolIpv6,
    InstanceMetadataTags: input.InstanceMetadataTags ?? before?.InstanceMetadataTags,
  }
  ctx.tx.put(instances, InstanceId, { ...instance, MetadataOptions })
  return { InstanceId, InstanceMetadataOptions: { ...MetadataOptions, State: 'pending' } }
}

/** Whether an instance recovers by itself, and moves when its host has to be rebooted. */
export function modifyInstanceMaintenanceOptions(
  { InstanceId, AutoRecovery, RebootMigration }: Checked<ModifyInstanceMaintenanceOptionsRequest>,
  ctx: Context,
): Answer<ModifyInstanceMaintenanceOptionsResult> {
  const row = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  const instance = allowed('ec2:ModifyInstanceMaintenanceOptions', row, ctx)
  const before = instance.MaintenanceOptions
  const MaintenanceOptions = {
    AutoRecovery: AutoRecovery ?? before?.AutoRecovery ?? 'default',
    RebootMigration: RebootMigration ?? before?.RebootMigration ?? 'default',
  }
  ctx.tx.put(instances, InstanceId, { ...instance, MaintenanceOptions })
  return { InstanceId, ...MaintenanceOptions }
}

/** Switches detailed monitoring on. The answer says `pending`, as the change takes a moment. */
export function monitorInstances(
  { InstanceIds }: Checked<MonitorInstancesRequest>,
  ctx: Context,
): Answer<MonitorInstancesResult> {
  return setMonitoring('ec2:MonitorInstances', InstanceIds, 'enabled', 'pending', ctx)
}

/** Switches detailed monitoring off. */
export function unmonitorInstances(
  { InstanceIds }: Checked<MonitorInstancesRequest>,
  ctx: Context,
): Answer<MonitorInstancesResult> {
  return setMonitoring('ec2:UnmonitorInstances', InstanceIds, 'disabled', 'disabling', ctx)
}

function setMonitoring(
  action: string,
  ids: readonly string[],
  to: 'enabled' | 'disabled',
  shown: 'pending' | 'disabling',
  ctx: Context,
): Answer<MonitorInstancesResult> {
  const rows = allExisting(INSTANCE, instances, ids, 'instanceId', ctx)
  for (const row of rows) allowed(action, row, ctx)
  const InstanceMonitorings = rows.map((row) => {
    const { InstanceId, Monitoring } = row
    ctx.tx.put(instances, InstanceId, { ...row, Monitoring: { State: to } })
    return { InstanceId, Monitoring: { State: Monitoring?.State === to ? to : shown } }
  })
  return { InstanceMonitorings }
}

/** Changes the credit option of instances; those that cannot are told apart. */
export function modifyInstanceCreditSpecification(
  input: Checked<ModifyInstanceCreditSpecificationRequest>,
  ctx: Context,
): Answer<ModifyInstanceCreditSpecificationResult> {
  const done: { InstanceId: string }[] = []
  const failed: UnsuccessfulInstanceCreditSpecificationItem[] = []
  for (const { InstanceId = '', CpuCredits } of input.InstanceCreditSpecifications) {
    const row = ctx.tx.get(instances, InstanceId)
    const arnOf = ec2Arn('instance', InstanceId, ctx)
    ctx.allow('ec2:ModifyInstanceCreditSpecification', arnOf, {
      keys: row && instanceKeys(row, ctx),
    })
    if (CpuCredits !== 'standard' && CpuCredits !== 'unlimited') {
      throw invalidParameter('CpuCredits', CpuCredits)
    }
    if (row && isBurstable(row.InstanceType)) {
      ctx.tx.put(instances, InstanceId, { ...row, CpuCredits })
      done.push({ InstanceId })
    } else failed.push({ InstanceId, Error: creditError(InstanceId, row) })
  }
  return {
    SuccessfulInstanceCreditSpecifications: done,
    UnsuccessfulInstanceCreditSpecifications: failed,
  }
}

function creditError(id: string, row: Instance | undefined) {
  if (!row) {
    const { code, message } = INSTANCE.missing([id])
    return { Code: code as never, Message: message }
  }
  return {
    Code: 'InstanceCreditSpecification.NotSupported' as const,
    Message: `The instance type ${row.InstanceType} does not support CPU credits.`,
  }
}

/** The credit options of burstable instances. */
export function describeInstanceCreditSpecifications(
  input: DescribeInstanceCreditSpecificationsRequest,
  ctx: Context,
): Answer<DescribeInstanceCreditSpecificationsResult> {
  ctx.allow('ec2:DescribeInstanceCreditSpecifications', '*')
  const ids = input.InstanceIds ?? []
  const parameters = { set: 'instancesSet', one: 'instanceId' }
  const { rows, NextToken } =
    ids.length > 0
      ? { rows: listByIds(INSTANCES, ids, input, parameters, ctx), NextToken: undefined }
      : list(INSTANCES, input, ctx)
  const unsupported = ids.length > 0 && rows.find(({ CpuCredits }) => !CpuCredits)
  if (unsupported) {
    throw new AwsError(
      'InvalidInstanceID.NotSupported',
      `The instance '${unsupported.InstanceId}' does not support CPU credits.`,
    )
  }
  const InstanceCreditSpecifications = rows.flatMap(({ InstanceId, CpuCredits }) =>
    CpuCredits ? [{ InstanceId, CpuCredits }] : [],
  )
  return { InstanceCreditSpecifications, NextToken }
}

/** There is no firmware behind our instances, so the variables that it keeps are not either. */
export function getInstanceUefiData(
  { InstanceId }: Checked<GetInstanceUefiDataRequest>,
  ctx: Context,
): object {
  const row = existing(INSTANCE, instances, InstanceId, 'instanceId', ctx)
  allowed('ec2:GetInstanceUefiData', row, ctx)
  throw unsupportedOperation('Windtunnel keeps no UEFI data of instances.')
}
