/** Public automations around Spot Instances, and the timeline of an interruption. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateLogGroupCommand,
  CloudWatchLogsClient as LogsClient,
} from '@aws-sdk/client-cloudwatch-logs'
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { InstanceStateChange } from '../../src/catalogue/index.ts'
import { automation } from '../automation.ts'
import { type TestCloud, testCloud } from '../cloud.ts'
import { publicImage } from '../ec2.ts'
import { deploy, invoke } from '../functions.ts'
import { TestGroup } from '../logs.ts'
import { watch } from '../rules.ts'

const SECONDS = 5
const WARNING = 'EC2 Spot Instance Interruption Warning'
const STATE_CHANGE = 'EC2 Instance State-change Notification'

async function spotInstance(cloud: TestCloud, tags: Record<string, string> = {}) {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  const { Instances } = await cloud.client(EC2Client).send(
    new RunInstancesCommand({
      ImageId: publicImage(),
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      InstanceMarketOptions: { MarketType: 'spot' },
      ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
    }),
  )
  await cloud.advance(SECONDS)
  return Instances?.[0]?.InstanceId ?? ''
}

async function interrupt(cloud: TestCloud, body: object) {
  const request = { method: 'POST', body: JSON.stringify(body) }
  return await fetch(`${cloud.endpoint}/_windtunnel/spot/interrupt`, request)
}

describe('an interruption', () => {
  it('is a recommendation, a warning, two minutes, and the end', async () => {
    const cloud = await testCloud()
    const events = await watch(cloud, { source: ['aws.ec2'] })
    const id = await spotInstance(cloud)
    await events.seen()
    const begin = cloud.clock.now()
    assert.equal((await interrupt(cloud, { instanceIds: [id] })).status, 200)
    await cloud.advance(300)
    const seen = (await events.seen()).map(({ time, detail, ...event }) => [
      (Date.parse(time) - begin) / 1000,
      event['detail-type'],
      (detail as InstanceStateChange['detail']).state,
    ])
    assert.deepEqual(seen, [
      [0, 'EC2 Instance Rebalance Recommendation', undefined],
      [120, WARNING, undefined],
      [240, STATE_CHANGE, 'shutting-down'],
      [240, 'AWS Service Event via CloudTrail', undefined],
      [240, STATE_CHANGE, 'terminated'],
      [240, 'EBS Volume Notification', undefined],
    ])
  })

  it('can come without a recommendation; mistakes are told', async () => {
    const cloud = await testCloud()
    const id = await spotInstance(cloud)
    const events = await watch(cloud, { source: ['aws.ec2'] })
    await interrupt(cloud, { instanceIds: [id], rebalance: false })
    const [warning] = await events.seen()
    assert.equal(warning?.['detail-type'], WARNING)
    for (const body of [{}, { instanceIds: [] }, { instanceIds: ['i-1'] }, { instanceIds: id }]) {
      assert.equal((await interrupt(cloud, body)).status, 400)
    }
  })
})

describe('interruptions into a log (ec2-spot-interruption-logging-insights)', () => {
  const handler = `
    const { EC2Client, DescribeInstancesCommand } = require('@aws-sdk/client-ec2')
    const logs = require('@aws-sdk/client-cloudwatch-logs')
    exports.handler = async ({ detail, region, time }) => {
      const InstanceIds = [detail['instance-id']]
      const ec2 = new EC2Client({ region })
      const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }))
      const [instance] = Reservations[0].Instances
      const team = instance.Tags.find(({ Key }) => Key === 'team').Value
      const where = { logGroupName: '/spot', logStreamName: InstanceIds[0] }
      const client = new logs.CloudWatchLogsClient({ region })
      await client.send(new logs.CreateLogStreamCommand(where))
      const { InstanceType, InstanceLifecycle, Placement } = instance
      const message = [InstanceType, InstanceLifecycle, Placement.AvailabilityZone, team].join(' ')
      const logEvents = [{ timestamp: Date.parse(time), message }]
      await client.send(new logs.PutLogEventsCommand({ ...where, logEvents }))
    }`

  it('name the instance with its tags, two minutes before it ends', async () => {
    const cloud = await testCloud()
    await cloud.client(LogsClient).send(new CreateLogGroupCommand({ logGroupName: '/spot' }))
    const may = ['ec2:DescribeInstances', 'logs:CreateLogStream', 'logs:PutLogEvents']
    await automation(cloud.clientConfig, {
      source: handler,
      pattern: { source: ['aws.ec2'], 'detail-type': [WARNING] },
      statements: [{ Effect: 'Allow', Action: may, Resource: '*' }],
    })
    const id = await spotInstance(cloud, { team: 'a' })
    await interrupt(cloud, { instanceIds: [id] })
    await cloud.advance(130)
    const lines = await new TestGroup(cloud, '/spot').messages(id)
    assert.deepEqual(lines, ['t3.micro spot us-east-1a a'])
  })
})

describe('Spot requests by a function (sample-apps/ec2-spot)', () => {
  const handler = `
    const ec2 = require('@aws-sdk/client-ec2')
    const client = new ec2.EC2Client({})
    exports.handler = async ({ ImageId, ids }) => {
      if (!ids) {
        const LaunchSpecification = { ImageId, InstanceType: 't3.micro' }
        const request = { InstanceCount: 1, LaunchSpecification, SpotPrice: '1' }
        const made = await client.send(new ec2.RequestSpotInstancesCommand(request))
        return made.SpotInstanceRequests.map(({ SpotInstanceRequestId }) => SpotInstanceRequestId)
      }
      const requests = { SpotInstanceRequestIds: ids }
      const found = await client.send(new ec2.DescribeSpotInstanceRequestsCommand(requests))
      const states = found.SpotInstanceRequests.map(({ State }) => State)
      if (states.includes('open')) return states
      await client.send(new ec2.CancelSpotInstanceRequestsCommand(requests))
      const InstanceIds = found.SpotInstanceRequests.map(({ InstanceId }) => InstanceId)
      await client.send(new ec2.TerminateInstancesCommand({ InstanceIds }))
      return InstanceIds
    }`

  it('are made, waited for, cancelled, and their instances terminated', async () => {
    const cloud = await testCloud({ timing: 'aws' })
    const statements = [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }]
    await deploy(cloud, 'spot', handler, { statements })
    await cloud.advance(60)
    const made = await invoke(cloud, 'spot', { ImageId: publicImage() })
    const ids = made.payload as string[]
    assert.deepEqual((await invoke(cloud, 'spot', { ids })).payload, ['open'])
    await cloud.advance(60)
    const InstanceIds = (await invoke(cloud, 'spot', { ids })).payload as string[]
    await cloud.advance(60)
    const describe = new DescribeInstancesCommand({ InstanceIds })
    const { Reservations } = await cloud.client(EC2Client).send(describe)
    assert.equal(Reservations?.[0]?.Instances?.[0]?.State?.Name, 'terminated')
  })
})

/** Its DNS, SSM and DynamoDB parts are left out, as there are no such services. */
describe('a game server on Spot Instances (a Minecraft bot)', () => {
  const starter = `
    const ec2 = require('@aws-sdk/client-ec2')
    const client = new ec2.EC2Client({})
    exports.handler = async ({ detail: { ImageId } }) => {
      const { SpotPriceHistory } = await client.send(new ec2.DescribeSpotPriceHistoryCommand({
        InstanceTypes: ['t3.medium'], ProductDescriptions: ['Linux/UNIX'], StartTime: new Date(),
      }))
      const [cheapest] = SpotPriceHistory.sort((a, b) => a.SpotPrice - b.SpotPrice)
      const role = [{ Key: 'mc:role', Value: 'server' }]
      await client.send(new ec2.RunInstancesCommand({
        ImageId, InstanceType: 't3.medium', MinCount: 1, MaxCount: 1,
        Placement: { AvailabilityZone: cheapest.AvailabilityZone },
        InstanceMarketOptions: { MarketType: 'spot' },
        BlockDeviceMappings: [
          { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 1, DeleteOnTermination: false } },
        ],
        TagSpecifications: ['instance', 'volume'].map((ResourceType) => (
          { ResourceType, Tags: role }
        )),
      }))
    }`
  const saver = `
    const ec2 = require('@aws-sdk/client-ec2')
    const client = new ec2.EC2Client({})
    exports.handler = async (event) => {
      const Filters = [
        { Name: 'tag:mc:role', Values: ['server'] },
        { Name: 'status', Values: ['available'] },
      ]
      if (event['detail-type'].startsWith('EC2')) {
        const { Volumes } = await client.send(new ec2.DescribeVolumesCommand({ Filters }))
        for (const { VolumeId, Tags } of Volumes) {
          const TagSpecifications = [{ ResourceType: 'snapshot', Tags }]
          await client.send(new ec2.CreateSnapshotCommand({ VolumeId, TagSpecifications }))
        }
        return
      }
      const SnapshotIds = [event.detail.snapshot_id.split('/').pop()]
      const { Snapshots } = await client.send(new ec2.DescribeSnapshotsCommand({ SnapshotIds }))
      const VolumeId = Snapshots[0].VolumeId
      // Events may come twice: a volume that is gone is fine.
      await client.send(new ec2.DeleteVolumeCommand({ VolumeId })).catch((error) => {
        if (error.name !== 'InvalidVolume.NotFound') throw error
      })
    }`

  it('starts where it is cheapest, and is saved when it is taken away', async () => {
    const cloud = await testCloud()
    const config = cloud.clientConfig
    const ec2 = cloud.client(EC2Client)
    const tick = 'MC Watchdog Tick'
    const reads = ['ec2:Describe*', 'ec2:RunInstances', 'ec2:CreateTags', 'ec2:CreateSnapshot']
    const mayRead = { Effect: 'Allow', Action: reads, Resource: '*' }
    const Condition = { StringEquals: { 'ec2:ResourceTag/mc:role': 'server' } }
    const mayDelete = { Effect: 'Allow', Action: 'ec2:DeleteVolume', Resource: '*', Condition }
    await automation(config, {
      name: 'starter',
      source: starter,
      pattern: { 'detail-type': [tick] },
      statements: [mayRead],
    })
    await automation(config, {
      name: 'saver',
      source: saver,
      pattern: {
        'detail-type': [STATE_CHANGE, 'EBS Snapshot Notification'],
        detail: { $or: [{ state: ['terminated'] }, { event: ['createSnapshot'] }] },
      },
      statements: [mayRead, mayDelete],
    })
    const Detail = JSON.stringify({ ImageId: publicImage() })
    const Entries = [{ Source: 'mc.bot', DetailType: tick, Detail }]
    await cloud.client(EventBridgeClient).send(new PutEventsCommand({ Entries }))
    await cloud.advance(SECONDS)
    const Filters = [{ Name: 'instance-lifecycle', Values: ['spot'] }]
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters }))
    const id = Reservations?.[0]?.Instances?.[0]?.InstanceId ?? ''
    const saved = await watch(cloud, { detail: { event: ['createSnapshot', 'deleteVolume'] } })
    await interrupt(cloud, { instanceIds: [id], rebalance: false })
    await cloud.advance(130)
    const told = (await saved.seen()).map(({ detail }) => (detail as { event: string }).event)
    // The root volume goes with the instance; the world is saved first.
    assert.deepEqual(told, ['deleteVolume', 'createSnapshot', 'deleteVolume'])
  })
})
