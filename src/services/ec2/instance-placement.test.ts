import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreatePlacementGroupCommand,
  ModifyInstancePlacementCommand,
  ModifyPrivateDnsNameOptionsCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, ec2Cloud, running } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'

test('a stopped instance goes into a placement group, and out of it', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  await on.ec2.send(new CreatePlacementGroupCommand({ GroupName: 'close', Strategy: 'cluster' }))
  const move = new ModifyInstancePlacementCommand({ InstanceId, GroupName: 'close' })
  assert.equal(
    await fault(on.ec2.send(move)),
    `IncorrectInstanceState: The instance '${InstanceId}' is not in the 'stopped' state.`,
  )
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
  await on.cloud.advance(1)
  assert.equal((await on.ec2.send(move)).Return, true)
  assert.equal((await describe(on, InstanceId)).Placement?.GroupName, 'close')
  await on.ec2.send(new ModifyInstancePlacementCommand({ InstanceId, GroupName: '' }))
  assert.equal((await describe(on, InstanceId)).Placement?.GroupName, '')
  const unknown = new ModifyInstancePlacementCommand({ InstanceId, GroupName: 'far' })
  assert.match(await fault(on.ec2.send(unknown)), /^InvalidPlacementGroup.Unknown/)
  const nothing = new ModifyInstancePlacementCommand({ InstanceId })
  assert.match(await fault(on.ec2.send(nothing)), /^MissingParameter/)
})

test('the names of an instance in the DNS, the state of its enclave and its recovery', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on, {
    PrivateDnsNameOptions: { EnableResourceNameDnsARecord: true },
    EnclaveOptions: { Enabled: true },
    MaintenanceOptions: { AutoRecovery: 'disabled' },
  })
  const shown = await describe(on, InstanceId)
  assert.deepEqual(shown.EnclaveOptions, { Enabled: true })
  assert.equal(shown.MaintenanceOptions?.AutoRecovery, 'disabled')
  const names = { HostnameType: 'ip-name', EnableResourceNameDnsAAAARecord: false }
  const asked = { ...names, EnableResourceNameDnsARecord: true }
  assert.deepEqual(shown.PrivateDnsNameOptions, asked)
  const off = { InstanceId, EnableResourceNameDnsARecord: false }
  await on.ec2.send(new ModifyPrivateDnsNameOptionsCommand(off))
  const after = { ...names, EnableResourceNameDnsARecord: false }
  assert.deepEqual((await describe(on, InstanceId)).PrivateDnsNameOptions, after)
  const rename = { InstanceId, PrivateDnsHostnameType: 'resource-name' } as const
  const refused = await fault(on.ec2.send(new ModifyPrivateDnsNameOptionsCommand(rename)))
  assert.match(refused, /^IncorrectInstanceState/)
})
