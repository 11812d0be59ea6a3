import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  EC2Client,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { type Ec2Cloud, ec2Cloud, run, running } from '../../../test/ec2.ts'
import { allow, deny } from '../../../test/policies.ts'
import { user } from '../../../test/principals.ts'
import { decodeDecision } from '../../aws/authorization-message.ts'

let users = 0

/** The same cloud for a user with these policies. */
async function as(on: Ec2Cloud, ...policies: string[]): Promise<Ec2Cloud> {
  const credentials = await user(on.cloud, `eva-${++users}`, ...policies)
  return { ...on, ec2: on.cloud.client(EC2Client, { credentials }) }
}

const RUN = 'ec2:RunInstances'

test('a refusal says who may not do what, with the decision encoded', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const eva = await as(on)
  const error = await failure(eva.ec2.send(new StopInstancesCommand({ InstanceIds: [id] })))
  assert.equal(error.name, 'UnauthorizedOperation')
  assert.equal(
    error.$metadata && (error.$metadata as { httpStatusCode: number }).httpStatusCode,
    403,
  )
  const instanceArn = `arn:aws:ec2:us-east-1:000000000000:instance/${id}`
  const [plain, encoded = ''] = error.message.split(' Encoded authorization failure message: ')
  assert.equal(
    plain,
    'You are not authorized to perform this operation. User: ' +
      `arn:aws:iam::000000000000:user/eva-${users} is not authorized to perform: ` +
      `ec2:StopInstances on resource: ${instanceArn} because no identity-based policy allows the ` +
      'ec2:StopInstances action.',
  )
  const { allowed, explicitDeny, context } = JSON.parse(decodeDecision(encoded) ?? '{}')
  assert.deepEqual(
    [allowed, explicitDeny, context.action, context.resource],
    [false, false, 'ec2:StopInstances', instanceArn],
  )
  const type = context.conditions.items.find(
    ({ key }: { key: string }) => key === 'ec2:InstanceType',
  )
  assert.deepEqual(type.values.items, [{ value: 't3.micro' }])
})

test('describing has no encoded part, and unknown ids come first', async () => {
  const on = await ec2Cloud()
  const eva = await as(on)
  const error = await failure(eva.ec2.send(new DescribeInstancesCommand({})))
  assert.equal(error.name, 'UnauthorizedOperation')
  assert.doesNotMatch(error.message, /Encoded/)
  assert.match(error.message, /is not authorized to perform: ec2:DescribeInstances because no/)
  const InstanceIds = ['i-0123456789abcdef0']
  const unknown = await failure(eva.ec2.send(new StopInstancesCommand({ InstanceIds })))
  assert.equal(unknown.name, 'InvalidInstanceID.NotFound')
})

test('a dry run tells whether it is allowed', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const input = { InstanceIds: [id], DryRun: true }
  const eva = await as(on)
  const refused = await failure(eva.ec2.send(new StopInstancesCommand(input)))
  assert.equal(refused.name, 'UnauthorizedOperation')
  const ivo = await as(on, allow('ec2:StopInstances'))
  const wouldDo = await failure(ivo.ec2.send(new StopInstancesCommand(input)))
  assert.equal(wouldDo.name, 'DryRunOperation')
})

test('tags of the instance decide', async () => {
  const on = await ec2Cloud()
  const tagged = (Value: string) => ({
    TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'team', Value }] }],
  })
  const blue = await running(on, tagged('blue'))
  const red = await running(on, tagged('red'))
  for (const key of ['aws:ResourceTag/team', 'ec2:ResourceTag/team']) {
    const eva = await as(on, allow('ec2:StopInstances', '*', { StringEquals: { [key]: 'blue' } }))
    const stop = (id: string) => eva.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
    await stop(blue)
    assert.equal((await failure(stop(red))).name, 'UnauthorizedOperation')
  }
})

test('a launch asks for everything that it uses', async () => {
  const on = await ec2Cloud()
  const arns = ['image', 'network-interface', 'security-group', 'subnet', 'volume', 'key-pair']
  const base = arns.map((type) => `arn:aws:ec2:*:*:${type}/*`)
  const small = allow(RUN, 'arn:aws:ec2:*:*:instance/*', {
    StringEquals: { 'ec2:InstanceType': 't3.micro' },
  })
  const rest = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: RUN, Resource: base }],
  })
  const eva = await as(on, small, rest)
  await run(eva)
  const large = await failure(run(eva, { InstanceType: 'm5.large' }))
  assert.match(
    large.message,
    /ec2:RunInstances on resource: arn:aws:ec2:us-east-1:000000000000:instance\/\*/,
  )
  const withoutVolumes = await as(on, allow(RUN), deny(RUN, 'arn:aws:ec2:*:*:volume/*'))
  assert.match((await failure(run(withoutVolumes))).message, /volume\/\* with an explicit deny/)
})

test('tagging at launch asks for ec2:CreateTags, of this action', async () => {
  const on = await ec2Cloud()
  const input = {
    TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'a', Value: 'b' }] }],
  }
  const eva = await as(on, allow(RUN))
  const error = await failure(run(eva, input))
  assert.match(error.message, /ec2:CreateTags on resource: .*instance\/\*/)
  const condition = { StringEquals: { 'ec2:CreateAction': 'RunInstances' } }
  const ivo = await as(on, allow(RUN), allow('ec2:CreateTags', '*', condition))
  const [instance] = await run(ivo, input)
  const Tags = [{ Key: 'c', Value: 'd' }]
  const later = ivo.ec2.send(
    new CreateTagsCommand({ Resources: [instance?.InstanceId ?? ''], Tags }),
  )
  assert.equal((await failure(later)).name, 'UnauthorizedOperation')
})

test('a snapshot asks for the volume and the snapshot', async () => {
  const on = await ec2Cloud()
  const { VolumeId } = await on.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 }),
  )
  await on.cloud.advance(1)
  const create = async (resource: string) => {
    const eva = await as(on, allow('ec2:CreateSnapshot', resource))
    return failure(eva.ec2.send(new CreateSnapshotCommand({ VolumeId })))
  }
  assert.match((await create('arn:aws:ec2:*:*:volume/*')).message, /::snapshot\/\*/)
  assert.match((await create('arn:aws:ec2:*::snapshot/*')).message, /volume\/vol-/)
})
