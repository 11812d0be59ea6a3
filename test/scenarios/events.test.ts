/**
 * Every event that something here sends by itself, as a rule's target receives it: whole documents,
 * compared with the catalogue's, so that neither can be wrong alone.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AttachVolumeCommand,
  CopySnapshotCommand,
  CreateImageCommand,
  CreateSnapshotCommand,
  CreateSnapshotsCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeSpotInstanceRequestsCommand,
  DetachVolumeCommand,
  DisableSnapshotBlockPublicAccessCommand,
  type EC2Client,
  EnableFastSnapshotRestoresCommand,
  EnableSnapshotBlockPublicAccessCommand,
  ModifySnapshotAttributeCommand,
  ModifyVolumeCommand,
  RequestSpotInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CATALOGUE } from '../../src/catalogue/index.ts'
import type { TestCloud } from '../cloud.ts'
import { ACCOUNT, ec2Cloud, publicImage, REGION, run } from '../ec2.ts'
import { FLEET_EVENTS, isExpected, LOCK_AND_TIER_EVENTS, type Members } from '../event-documents.ts'
import { watch } from '../rules.ts'

const OTHER_ACCOUNT = '111122223333'
const AvailabilityZone = 'us-east-1a'
const SETTLED_SECONDS = 5
/** Recommendation, warning and reclaim, and what follows. */
const INTERRUPTED_SECONDS = 300

interface Made {
  instance: string
  spot: string
  request: string
  volume: string
  restored: string
  snapshot: string
  copy: string
  set: string[]
  image: string
}

/** Goes through every life cycle; returns the ids of what it made. */
async function story(cloud: TestCloud, ec2: EC2Client): Promise<Made> {
  const pass = (seconds = SETTLED_SECONDS) => cloud.advance(seconds)
  const [first] = await run({ cloud, ec2 })
  const instance = first?.InstanceId ?? ''
  const InstanceIds = [instance]
  const LaunchSpecification = { ImageId: publicImage(), InstanceType: 't3.micro' as const }
  const spot = await ec2.send(new RequestSpotInstancesCommand({ LaunchSpecification }))
  const request = spot.SpotInstanceRequests?.[0]?.SpotInstanceRequestId ?? ''
  await pass()
  const create = new CreateVolumeCommand({ AvailabilityZone, Size: 1, VolumeType: 'gp2' })
  const { VolumeId: volume = '' } = await ec2.send(create)
  await pass()
  const Device = '/dev/sdf'
  await ec2.send(new AttachVolumeCommand({ VolumeId: volume, InstanceId: instance, Device }))
  await pass()
  await ec2.send(new ModifyVolumeCommand({ VolumeId: volume, VolumeType: 'gp3' }))
  const snap = await ec2.send(new CreateSnapshotCommand({ VolumeId: volume }))
  const InstanceSpecification = { InstanceId: instance }
  const several = await ec2.send(new CreateSnapshotsCommand({ InstanceSpecification }))
  await pass()
  const { snapshot, copy, restored } = await snapshots(cloud, ec2, snap.SnapshotId ?? '')
  const image = await ec2.send(new CreateImageCommand({ InstanceId: instance, Name: 'image' }))
  await ec2.send(new DetachVolumeCommand({ VolumeId: volume }))
  await pass()
  await ec2.send(new DeleteVolumeCommand({ VolumeId: volume }))
  const Tags = [{ Key: 'Schedule', Value: 'office' }]
  await ec2.send(new CreateTagsCommand({ Resources: InstanceIds, Tags }))
  await ec2.send(new StopInstancesCommand({ InstanceIds }))
  await pass()
  const { InstanceId = '' } = await interrupted(cloud, ec2, request)
  await ec2.send(new TerminateInstancesCommand({ InstanceIds }))
  await pass()
  const set = several.Snapshots?.map(({ SnapshotId = '' }) => SnapshotId) ?? []
  const ids = { snapshot, copy, restored, set, image: image.ImageId ?? '' }
  return { instance, spot: InstanceId, request, volume, ...ids }
}

async function snapshots(cloud: TestCloud, ec2: EC2Client, snapshot: string) {
  const copied = await ec2.send(
    new CopySnapshotCommand({ SourceRegion: REGION, SourceSnapshotId: snapshot }),
  )
  const share = { SnapshotId: snapshot, OperationType: 'add' as const, UserIds: [OTHER_ACCOUNT] }
  const Attribute = 'createVolumePermission' as const
  await ec2.send(new ModifySnapshotAttributeCommand({ Attribute, ...share }))
  const restore = new CreateVolumeCommand({ AvailabilityZone, SnapshotId: snapshot })
  const { VolumeId: restored = '' } = await ec2.send(restore)
  const SourceSnapshotIds = [snapshot]
  const AvailabilityZones = [AvailabilityZone]
  await ec2.send(new EnableFastSnapshotRestoresCommand({ SourceSnapshotIds, AvailabilityZones }))
  const State = 'block-all-sharing'
  await ec2.send(new EnableSnapshotBlockPublicAccessCommand({ State }))
  await ec2.send(new DisableSnapshotBlockPublicAccessCommand({}))
  await cloud.advance(SETTLED_SECONDS)
  return { snapshot, copy: copied.SnapshotId ?? '', restored }
}

async function interrupted(cloud: TestCloud, ec2: EC2Client, request: string) {
  const ask = new DescribeSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [request] })
  const { SpotInstanceRequests } = await ec2.send(ask)
  const { InstanceId } = SpotInstanceRequests?.[0] ?? {}
  await cloud.interruptSpot({ instanceIds: [InstanceId ?? ''] })
  await cloud.advance(INTERRUPTED_SECONDS)
  return { InstanceId }
}

/** What each event of the story says; its other members are those of the catalogue's example. */
function expectations(made: Made): Record<string, Members> {
  const { instance, spot, request, volume, restored, snapshot, copy, set, image } = made
  const [one = '', ...others] = set
  assert.equal(others.length, 1)
  const snapshotArn = (id: string) => `arn:aws:ec2::${REGION}:snapshot/${id}`
  const sourceVolume = `arn:aws:ec2::${REGION}:volume/${volume}`
  const volumeArn = (id: string) => [`arn:aws:ec2:${REGION}:${ACCOUNT}:volume/${id}`]
  return {
    'ec2-instance-state-change': { 'detail.instance-id': instance, 'detail.state': 'stopped' },
    'ec2-spot-instance-request-fulfillment': {
      'detail.instance-id': spot,
      'detail.spot-instance-request-id': request,
    },
    'ec2-instance-rebalance-recommendation': { 'detail.instance-id': spot },
    'ec2-spot-instance-interruption-warning': { 'detail.instance-id': spot },
    'ec2-bid-evicted': { 'detail.serviceEventDetails.instanceIdSet': [spot] },
    'ec2-ami-state-change': { 'detail.ImageId': image },
    'ebs-volume-create': { resources: volumeArn(volume) },
    'ebs-volume-attach': { resources: volumeArn(volume) },
    'ebs-volume-modify': { resources: volumeArn(volume) },
    'ebs-volume-delete': { resources: volumeArn(volume) },
    'ebs-volume-initialize': { resources: volumeArn(restored) },
    'ebs-snapshot-create': {
      'detail.snapshot_id': snapshotArn(snapshot),
      'detail.source': sourceVolume,
    },
    'ebs-snapshot-copy': {
      'detail.snapshot_id': snapshotArn(copy),
      'detail.source': snapshotArn(snapshot),
      // The first copy is a whole one.
      'detail.incremental': 'false',
    },
    'ebs-multi-volume-snapshots-completion-status': {
      'detail.snapshots.0.snapshot_id': snapshotArn(one),
      'detail.snapshots.1.snapshot_id': snapshotArn(others[0] ?? ''),
    },
    'ebs-fast-snapshot-restore-state-change': { 'detail.snapshot-id': snapshot },
    'ebs-snapshot-block-public-access-enabled': {},
    'ebs-snapshot-block-public-access-disabled': {},
    'tag-change-on-resource': {
      resources: [`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${instance}`],
    },
  }
}

test('the events of every life cycle are those of the catalogue', async () => {
  const { cloud, ec2 } = await ec2Cloud()
  const all = await watch(cloud, { account: [ACCOUNT] })
  const made = await story(cloud, ec2)
  const events = await all.seen()
  const expected = expectations(made)
  for (const [name, set] of Object.entries(expected)) {
    const { detailType } = CATALOGUE[name] ?? {}
    const found = events.filter((event) => event['detail-type'] === detailType)
    const matching = found.filter((event) => isExpected(event, name, set))
    assert.equal(matching.length, 1, `${name}: ${JSON.stringify(found, null, 1)}`)
  }
  // These have tests of their own; locks, tiers and fleets in fleet-events.test.ts.
  const others = ['scheduled-event', 'aws-api-call-via-cloudtrail', 'ebs-snapshot-share']
  const living = Object.entries(CATALOGUE).flatMap(([name, { lives }]) => (lives ? [name] : []))
  const told = [...Object.keys(expected), ...others, ...LOCK_AND_TIER_EVENTS, ...FLEET_EVENTS]
  assert.deepEqual(living.sort(), told.sort())
})

test('a snapshot that is shared is told to the account that may use it', async () => {
  const { cloud, ec2 } = await ec2Cloud()
  const theirs = await watch(cloud, { source: ['aws.ec2'] }, { account: OTHER_ACCOUNT })
  const create = new CreateVolumeCommand({ AvailabilityZone, Size: 1 })
  const { VolumeId } = await ec2.send(create)
  await cloud.advance(SETTLED_SECONDS)
  const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId }))
  await cloud.advance(SETTLED_SECONDS)
  const share = { SnapshotId, OperationType: 'add' as const, UserIds: [OTHER_ACCOUNT] }
  await ec2.send(
    new ModifySnapshotAttributeCommand({ Attribute: 'createVolumePermission', ...share }),
  )
  const [event, ...more] = await theirs.seen()
  assert.equal(more.length, 0)
  assert.ok(event)
  const set = {
    'detail.snapshot_id': `arn:aws:ec2::${REGION}:snapshot/${SnapshotId}`,
    'detail.source': ACCOUNT,
  }
  assert.equal(event.account, OTHER_ACCOUNT)
  assert.ok(isExpected(event, 'ebs-snapshot-share', set), JSON.stringify(event))
})

test('the scheduled event goes to its own rule', async () => {
  const { cloud } = await ec2Cloud()
  const events = cloud.client(EventBridgeClient)
  const seen = await watch(cloud, { source: ['nobody'] })
  const rule = { Name: 'my-schedule', ScheduleExpression: 'rate(1 minute)' }
  await events.send(new PutRuleCommand(rule))
  const Arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:watched`
  await events.send(new PutTargetsCommand({ Rule: rule.Name, Targets: [{ Id: '1', Arn }] }))
  await cloud.advance(60)
  const [event] = await seen.seen()
  assert.ok(event)
  assert.ok(isExpected(event, 'scheduled-event', {}), JSON.stringify(event))
})
