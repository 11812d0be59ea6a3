import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateImageCommand,
  DescribeImageAttributeCommand,
  DisableImageBlockPublicAccessCommand,
  EnableImageBlockPublicAccessCommand,
  EnableSerialConsoleAccessCommand,
  GetConsoleOutputCommand,
  GetImageBlockPublicAccessStateCommand,
  GetInstanceMetadataDefaultsCommand,
  GetPasswordDataCommand,
  GetSerialConsoleAccessStatusCommand,
  ModifyImageAttributeCommand,
  ModifyInstanceMetadataDefaultsCommand,
} from '@aws-sdk/client-ec2'
import { describe, ec2Cloud, run, running } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'

test('launches have the metadata options of the account, where they name none', async () => {
  const on = await ec2Cloud()
  const defaults = async () => {
    const { AccountLevel } = await on.ec2.send(new GetInstanceMetadataDefaultsCommand({}))
    return AccountLevel
  }
  assert.deepEqual(await defaults(), { ManagedBy: 'account' })
  const change = { HttpTokens: 'required', HttpPutResponseHopLimit: 3 } as const
  const { Return } = await on.ec2.send(new ModifyInstanceMetadataDefaultsCommand(change))
  assert.equal(Return, true)
  const [first] = await run(on)
  assert.equal(first?.MetadataOptions?.HttpTokens, 'required')
  assert.equal(first?.MetadataOptions?.HttpPutResponseHopLimit, 3)
  const [second] = await run(on, { MetadataOptions: { HttpTokens: 'optional' } })
  assert.equal(second?.MetadataOptions?.HttpTokens, 'optional')
  const enforce = new ModifyInstanceMetadataDefaultsCommand({
    HttpTokensEnforced: 'enabled',
    HttpPutResponseHopLimit: -1,
  })
  await on.ec2.send(enforce)
  const held = { HttpTokens: 'required', HttpTokensEnforced: 'enabled', ManagedBy: 'account' }
  assert.deepEqual(await defaults(), held)
  const refused = await fault(run(on, { MetadataOptions: { HttpTokens: 'optional' } }))
  assert.match(refused, /^UnsupportedOperation/)
  const tooFar = new ModifyInstanceMetadataDefaultsCommand({ HttpPutResponseHopLimit: 65 })
  assert.match(await fault(on.ec2.send(tooFar)), /^InvalidParameterValue/)
})

test('an AMI is made public only once that is not blocked any more', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const { ImageId = '' } = await on.ec2.send(new CreateImageCommand({ InstanceId, Name: 'web' }))
  const state = async () => {
    const answer = await on.ec2.send(new GetImageBlockPublicAccessStateCommand({}))
    return answer.ImageBlockPublicAccessState
  }
  const open = new ModifyImageAttributeCommand({
    ImageId,
    LaunchPermission: { Add: [{ Group: 'all' }] },
  })
  assert.equal(await state(), 'block-new-sharing')
  assert.equal(
    await fault(on.ec2.send(open)),
    "OperationNotPermitted: You can't publicly share this image because block public access for " +
      'AMIs is enabled',
  )
  await on.ec2.send(new DisableImageBlockPublicAccessCommand({}))
  assert.equal(await state(), 'unblocked')
  await on.ec2.send(open)
  const ask = new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' })
  assert.deepEqual((await on.ec2.send(ask)).LaunchPermissions, [{ Group: 'all' }])
  const block = { ImageBlockPublicAccessState: 'block-new-sharing' } as const
  const blocked = await on.ec2.send(new EnableImageBlockPublicAccessCommand(block))
  assert.equal(blocked.ImageBlockPublicAccessState, 'block-new-sharing')
  // What was public stays so.
  assert.deepEqual((await on.ec2.send(ask)).LaunchPermissions, [{ Group: 'all' }])
})

test('the serial console is closed until it is opened', async () => {
  const { ec2 } = await ec2Cloud()
  const before = await ec2.send(new GetSerialConsoleAccessStatusCommand({}))
  assert.equal(before.SerialConsoleAccessEnabled, false)
  await ec2.send(new EnableSerialConsoleAccessCommand({}))
  const after = await ec2.send(new GetSerialConsoleAccessStatusCommand({}))
  assert.deepEqual([after.SerialConsoleAccessEnabled, after.ManagedBy], [true, 'account'])
})

test('consoles have nothing to show, and no password', async () => {
  const on = await ec2Cloud()
  const InstanceId = await running(on)
  const output = await on.ec2.send(new GetConsoleOutputCommand({ InstanceId }))
  assert.deepEqual([output.InstanceId, output.Output], [InstanceId, undefined])
  const password = await on.ec2.send(new GetPasswordDataCommand({ InstanceId }))
  const { LaunchTime } = await describe(on, InstanceId)
  assert.deepEqual([password.PasswordData, password.Timestamp], ['', LaunchTime])
})
