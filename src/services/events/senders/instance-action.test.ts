import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import {
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { type TestCloud, testCloud } from '../../../../test/cloud.ts'
import { Actor, deliveries } from '../testing/delivery.ts'

describe('built-in EC2 targets', () => {
  let cloud: TestCloud
  let user: Actor
  let ec2: EC2Client

  beforeEach(async () => {
    cloud = await testCloud({ timing: 'instant' })
    user = new Actor(cloud)
    ec2 = cloud.client(EC2Client)
  })

  const target = (name: string) => `arn:aws:events:us-east-1:000000000000:target/${name}`
  const role = (Action: string) => user.role('role', { Effect: 'Allow', Action, Resource: '*' })

  async function instance(): Promise<string> {
    const launch = { ImageId: 'ami-0123456789abcdef0', MinCount: 1, MaxCount: 1 }
    const { Instances } = await ec2.send(new RunInstancesCommand(launch))
    await cloud.settle()
    return Instances?.[0]?.InstanceId ?? ''
  }

  async function stateOf(id: string) {
    const found = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
    return found.Reservations?.[0]?.Instances?.[0]?.State?.Name
  }

  for (const [name, action, state] of [
    ['stop-instances', 'ec2:StopInstances', 'stopped'],
    ['terminate-instances', 'ec2:TerminateInstances', 'terminated'],
    ['reboot-instances', 'ec2:RebootInstances', 'running'],
  ] as const) {
    it(`${name} works under the role of the target`, async () => {
      const id = await instance()
      const Input = JSON.stringify(id)
      await user.rule('rule', [{ Arn: target(name), RoleArn: await role(action), Input }])
      const [step] = deliveries(cloud, await user.put())
      assert.equal(step?.outcome, 'accepted')
      assert.equal(await stateOf(id), state)
    })
  }

  it('create-snapshot takes the id of a volume', async () => {
    const volume = { AvailabilityZone: 'us-east-1a', Size: 1 }
    const { VolumeId } = await ec2.send(new CreateVolumeCommand(volume))
    await cloud.settle()
    const RoleArn = await role('ec2:CreateSnapshot')
    const Input = JSON.stringify(VolumeId)
    await user.rule('rule', [{ Arn: target('create-snapshot'), RoleArn, Input }])
    const [step] = deliveries(cloud, await user.put())
    assert.equal(step?.outcome, 'accepted')
    const own = new DescribeSnapshotsCommand({ OwnerIds: ['self'] })
    assert.equal((await ec2.send(own)).Snapshots?.[0]?.VolumeId, VolumeId)
  })

  it('take the id out of the event', async () => {
    const id = await instance()
    const RoleArn = await role('ec2:StopInstances')
    const InputPath = '$.detail.instance-id'
    await user.rule('rule', [{ Arn: target('stop-instances'), RoleArn, InputPath }])
    await user.put({ Detail: JSON.stringify({ 'instance-id': id }) })
    assert.equal(await stateOf(id), 'stopped')
  })

  it('fail without the permission, and say which call was refused', async () => {
    const id = await instance()
    const RoleArn = await role('ec2:DescribeInstances')
    const Input = JSON.stringify(id)
    await user.rule('rule', [{ Arn: target('stop-instances'), RoleArn, Input }])
    const [step] = deliveries(cloud, await user.put())
    assert.equal(step?.errorCode, 'NO_PERMISSIONS')
    assert.match(step?.because ?? '', /^Denied: no identity-based policy allows ec2:StopInstances/)
    assert.equal(await stateOf(id), 'running')
  })

  it('fail with an input that is no id', async () => {
    const RoleArn = await role('ec2:StopInstances')
    await user.rule('rule', [{ Arn: target('stop-instances'), RoleArn }])
    const [step] = deliveries(cloud, await user.put())
    assert.equal(step?.errorCode, 'INVALID_PARAMETER')
  })
})
