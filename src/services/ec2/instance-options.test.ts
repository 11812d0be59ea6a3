import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DescribeInstanceCreditSpecificationsCommand,
  GetInstanceUefiDataCommand,
  ModifyInstanceCreditSpecificationCommand,
  ModifyInstanceMaintenanceOptionsCommand,
  ModifyInstanceMetadataOptionsCommand,
  MonitorInstancesCommand,
  UnmonitorInstancesCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { describe, ec2Cloud, running } from '../../../test/ec2.ts'

test('metadata and maintenance options change one by one', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const changed = await on.ec2.send(
    new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpTokens: 'optional' }),
  )
  const expected = {
    HttpTokens: 'optional',
    HttpPutResponseHopLimit: 2,
    HttpEndpoint: 'enabled',
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: 'disabled',
  }
  assert.deepEqual(changed.InstanceMetadataOptions, { ...expected, State: 'pending' })
  assert.deepEqual((await describe(on, InstanceId)).MetadataOptions, {
    ...expected,
    State: 'applied',
  })
  await on.ec2.send(
    new ModifyInstanceMaintenanceOptionsCommand({ InstanceId, AutoRecovery: 'disabled' }),
  )
  const { MaintenanceOptions } = await describe(on, InstanceId)
  assert.deepEqual(MaintenanceOptions, { AutoRecovery: 'disabled', RebootMigration: 'default' })
})

test('monitoring is switched on and off', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const InstanceIds = [id]
  const enabling = await on.ec2.send(new MonitorInstancesCommand({ InstanceIds }))
  assert.equal(enabling.InstanceMonitorings?.[0]?.Monitoring?.State, 'pending')
  assert.equal((await describe(on, id)).Monitoring?.State, 'enabled')
  const disabling = await on.ec2.send(new UnmonitorInstancesCommand({ InstanceIds }))
  assert.equal(disabling.InstanceMonitorings?.[0]?.Monitoring?.State, 'disabling')
  assert.equal((await describe(on, id)).Monitoring?.State, 'disabled')
})

test('burstable instances have a credit option, others have none', async () => {
  const on = await ec2Cloud()
  const t3 = await running(on)
  const t2 = await running(on, { InstanceType: 't2.micro' })
  const m5 = await running(on, { InstanceType: 'm5.large' })
  const credits = async (...InstanceIds: string[]) => {
    const command = new DescribeInstanceCreditSpecificationsCommand({ InstanceIds })
    const { InstanceCreditSpecifications = [] } = await on.ec2.send(command)
    return InstanceCreditSpecifications.map(({ CpuCredits }) => CpuCredits)
  }
  assert.deepEqual(await credits(t3, t2), ['unlimited', 'standard'])
  assert.deepEqual(await credits(), ['unlimited', 'standard'])
  await failure(credits(m5))
  const { SuccessfulInstanceCreditSpecifications, UnsuccessfulInstanceCreditSpecifications } =
    await on.ec2.send(
      new ModifyInstanceCreditSpecificationCommand({
        InstanceCreditSpecifications: [
          { InstanceId: t2, CpuCredits: 'unlimited' },
          { InstanceId: m5, CpuCredits: 'standard' },
        ],
      }),
    )
  assert.deepEqual(SuccessfulInstanceCreditSpecifications, [{ InstanceId: t2 }])
  assert.equal(
    UnsuccessfulInstanceCreditSpecifications?.[0]?.Error?.Code,
    'InstanceCreditSpecification.NotSupported',
  )
  assert.deepEqual(await credits(t2), ['unlimited'])
})

test('firmware data is asked of instances that exist', async () => {
  const on = await ec2Cloud()
  const data = (InstanceId: string) => on.ec2.send(new GetInstanceUefiDataCommand({ InstanceId }))
  const unknown = await failure(data('i-0123456789abcdef0'))
  assert.equal(unknown.name, 'InvalidInstanceID.NotFound')
  assert.equal((await failure(data(await running(on)))).name, 'UnsupportedOperation')
})
