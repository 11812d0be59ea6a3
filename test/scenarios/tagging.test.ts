/**
 * Automations that listen to API calls. auto-tag (GorillaStack) names the creator of whatever is
 * made, under a role that it assumes; delivery through SNS is left out, since there is no SNS.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateVolumeCommand,
  DescribeTagsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { automation } from '../automation.ts'
import { failure, type TestCloud, testCloud } from '../cloud.ts'
import { publicImage } from '../ec2.ts'
import { role, user } from '../principals.ts'

const ACCOUNT = '000000000000'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/AutoTagMasterRole`
const SECONDS = 5

/** With the callbacks of old, as the original. */
const AUTO_TAG = `
  const { EC2Client, DescribeInstancesCommand, CreateTagsCommand } = require('@aws-sdk/client-ec2')
  const { STSClient, AssumeRoleCommand } = require('@aws-sdk/client-sts')

  async function clientOf(region) {
    const assume = new AssumeRoleCommand({ RoleArn: process.env.ROLE, RoleSessionName: 'AutoTag' })
    const { Credentials: c } = await new STSClient({ region }).send(assume)
    const credentials = {
      accessKeyId: c.AccessKeyId, secretAccessKey: c.SecretAccessKey, sessionToken: c.SessionToken,
    }
    return new EC2Client({ region, credentials })
  }

  async function resourcesOf(detail, ec2) {
    if (detail.eventName === 'CreateVolume') return [detail.responseElements.volumeId]
    const InstanceIds = detail.responseElements.instancesSet.items.map((item) => item.instanceId)
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }))
    return Reservations.flatMap(({ Instances }) => Instances).flatMap((instance) => [
      instance.InstanceId,
      ...instance.BlockDeviceMappings.map(({ Ebs }) => Ebs.VolumeId),
      ...instance.NetworkInterfaces.map((each) => each.NetworkInterfaceId),
    ])
  }

  exports.handler = async ({ detail }) => {
    if (detail.errorCode) return 'skipped: ' + detail.errorCode
    const ec2 = await clientOf(detail.awsRegion)
    const Resources = await resourcesOf(detail, ec2)
    const Tags = [
      { Key: 'AutoTag_Creator', Value: detail.userIdentity.arn },
      { Key: 'AutoTag_CreateTime', Value: detail.eventTime },
    ]
    await ec2.send(new CreateTagsCommand({ Resources, Tags }))
  }`

async function autoTag(cloud: TestCloud): Promise<void> {
  const statement = (rest: object) => ({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', ...rest },
  })
  const trust = statement({ Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' })
  const may = statement({ Action: ['ec2:DescribeInstances', 'ec2:CreateTags'], Resource: '*' })
  await role(cloud, 'AutoTagMasterRole', JSON.stringify(trust), JSON.stringify(may))
  await automation(cloud.clientConfig, {
    name: 'autotag',
    source: AUTO_TAG,
    pattern: {
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['ec2.amazonaws.com', 'autoscaling.amazonaws.com'],
        eventName: ['RunInstances', 'CreateVolume', 'CreateSnapshot', 'CreateAutoScalingGroup'],
      },
    },
    statements: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: ROLE }],
    Environment: { Variables: { ROLE } },
  })
}

async function tagged(cloud: TestCloud, key: string): Promise<string[]> {
  const Filters = [{ Name: 'key', Values: [key] }]
  const { Tags = [] } = await cloud.client(EC2Client).send(new DescribeTagsCommand({ Filters }))
  return Tags.map(({ ResourceType, Value }) => `${ResourceType} ${Value}`).sort()
}

const LAUNCH = {
  ImageId: publicImage(),
  InstanceType: 't3.micro',
  MinCount: 1,
  MaxCount: 1,
} as const

describe('the creator of a resource as its tag (auto-tag)', () => {
  it('goes on an instance, its volumes and its interfaces', async () => {
    const cloud = await testCloud()
    await autoTag(cloud)
    const allow = { Effect: 'Allow', Action: 'ec2:*', Resource: '*' }
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: allow })
    const credentials = await user(cloud, 'ada', policy)
    const ec2 = cloud.client(EC2Client, { credentials })
    await ec2.send(new RunInstancesCommand(LAUNCH))
    await cloud.advance(SECONDS)
    const ada = `arn:aws:iam::${ACCOUNT}:user/ada`
    assert.deepEqual(await tagged(cloud, 'AutoTag_Creator'), [
      `instance ${ada}`,
      `network-interface ${ada}`,
      `volume ${ada}`,
    ])
    await ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 }))
    await cloud.advance(SECONDS)
    assert.equal((await tagged(cloud, 'AutoTag_Creator')).length, 4)
  })

  it('is not asked of calls that were refused', async () => {
    const cloud = await testCloud()
    await autoTag(cloud)
    const credentials = await user(cloud, 'eve')
    const launch = cloud.client(EC2Client, { credentials }).send(new RunInstancesCommand(LAUNCH))
    await failure(launch)
    await cloud.advance(SECONDS)
    const ends = cloud.trace
      .records()
      .flatMap(({ step }) => (step.kind === 'invocation' && step.phase === 'end' ? [step] : []))
    assert.deepEqual(
      ends.map(({ outcome, function: name }) => [name.split(':').at(-1), outcome]),
      [['autotag', 'success']],
    )
    const refused = cloud.trace.records().filter(({ step }) => step.kind === 'call' && step.error)
    assert.equal(refused.length, 1)
    assert.deepEqual(await tagged(cloud, 'AutoTag_Creator'), [])
  })
})
