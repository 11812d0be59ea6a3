/** What locks and tiers of snapshots, and fleets, send by themselves: whole documents. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateFleetCommand,
  CreateLaunchTemplateCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeFleetInstancesCommand,
  type EC2Client,
  LockSnapshotCommand,
  ModifySnapshotTierCommand,
  RestoreSnapshotTierCommand,
} from '@aws-sdk/client-ec2'
import { CATALOGUE } from '../../src/catalogue/index.ts'
import type { TestCloud } from '../cloud.ts'
import { ACCOUNT, ec2Cloud, publicImage, REGION } from '../ec2.ts'
import { FLEET_EVENTS, isExpected, LOCK_AND_TIER_EVENTS, type Members } from '../event-documents.ts'
import { watch } from '../rules.ts'

const SETTLED_SECONDS = 5
const DAY_SECONDS = 86_400

async function snapshotOf(cloud: TestCloud, ec2: EC2Client): Promise<string> {
  const volume = { AvailabilityZone: `${REGION}a`, Size: 1 }
  const { VolumeId } = await ec2.send(new CreateVolumeCommand(volume))
  await cloud.advance(SETTLED_SECONDS)
  const { SnapshotId = '' } = await ec2.send(new CreateSnapshotCommand({ VolumeId }))
  await cloud.advance(SETTLED_SECONDS)
  return SnapshotId
}

test('locks and tiers of snapshots', async () => {
  const { cloud, ec2 } = await ec2Cloud()
  const all = await watch(cloud, { source: ['aws.ec2'], account: [ACCOUNT] })
  const locked = await snapshotOf(cloud, ec2)
  const lock = { LockMode: 'compliance', LockDuration: 1, CoolOffPeriod: 1 } as const
  await ec2.send(new LockSnapshotCommand({ SnapshotId: locked, ...lock }))
  await cloud.advance(DAY_SECONDS + DAY_SECONDS)
  const SnapshotId = await snapshotOf(cloud, ec2)
  await ec2.send(new ModifySnapshotTierCommand({ SnapshotId, StorageTier: 'archive' }))
  await cloud.advance(SETTLED_SECONDS)
  await ec2.send(new RestoreSnapshotTierCommand({ SnapshotId, TemporaryRestoreDays: 1 }))
  await cloud.advance(DAY_SECONDS + SETTLED_SECONDS)
  await ec2.send(new RestoreSnapshotTierCommand({ SnapshotId, PermanentRestore: true }))
  await cloud.advance(SETTLED_SECONDS)
  const events = await all.seen()
  for (const name of LOCK_AND_TIER_EVENTS) {
    const isLock = /lock|cool/.test(name)
    const id = isLock ? locked : SnapshotId
    const arn = `arn:aws:ec2:${isLock ? '' : REGION}:${isLock ? REGION : ''}:snapshot/${id}`
    const set: Members = { 'detail.snapshot_id': arn }
    if (isLock) set['detail.cooOffPeriod'] = lock.CoolOffPeriod
    const { detailType } = CATALOGUE[name] ?? {}
    const found = events.filter((event) => event['detail-type'] === detailType)
    const matching = found.filter((event) => isExpected(event, name, set))
    assert.equal(matching.length, 1, `${name}: ${JSON.stringify(found, null, 1)}`)
  }
})

test('fleets', async () => {
  const { cloud, ec2 } = await ec2Cloud()
  const all = await watch(cloud, { source: ['aws.ec2fleet'] })
  const ImageId = publicImage()
  const LaunchTemplateData = { ImageId, InstanceType: 't3.micro' as const }
  const template = { LaunchTemplateName: 'web', LaunchTemplateData }
  await ec2.send(new CreateLaunchTemplateCommand(template))
  const LaunchTemplateSpecification = { LaunchTemplateName: 'web', Version: '$Default' }
  const create = (overrides: object) =>
    ec2.send(
      new CreateFleetCommand({
        LaunchTemplateConfigs: [{ LaunchTemplateSpecification, ...overrides }],
        TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: 'spot' },
      }),
    )
  const { FleetId = '' } = await create({})
  // An instance type of another architecture than the image's.
  const { FleetId: unusable = '' } = await create({ Overrides: [{ InstanceType: 'm6g.large' }] })
  await cloud.advance(SETTLED_SECONDS)
  const { ActiveInstances } = await ec2.send(new DescribeFleetInstancesCommand({ FleetId }))
  const events = await all.seen()
  const [one] = ActiveInstances ?? []
  const detail = (kind: string) =>
    (events.find((event) => event['detail-type'] === `EC2 Fleet ${kind}`)?.detail ?? {}) as Members
  const expected: Record<(typeof FLEET_EVENTS)[number], Members> = {
    'ec2-fleet-state-change': {},
    'ec2-fleet-spot-instance-request-change': {
      'detail.spot-instance-request-id': one?.SpotInstanceRequestId,
      'detail.sub-type': 'submitted',
      'detail.description': `SpotInstanceRequestId ${one?.SpotInstanceRequestId}`,
    },
    'ec2-fleet-instance-change': {
      'detail.instance-id': one?.InstanceId,
      'detail.description': JSON.stringify({
        instanceType: 't3.micro',
        image: ImageId,
        productDescription: 'Linux/UNIX',
        availabilityZone: JSON.parse(String(detail('Instance Change').description))
          .availabilityZone,
      }),
    },
    'ec2-fleet-information': {
      'detail.description': detail('Information').description,
      'detail.sub-type': 'launchSpecUnusable',
    },
  }
  for (const name of FLEET_EVENTS) {
    const { detailType } = CATALOGUE[name] ?? {}
    const found = events.filter((event) => event['detail-type'] === detailType)
    const id = name === 'ec2-fleet-information' ? unusable : FleetId
    const resources = [`arn:aws:ec2:${REGION}:${ACCOUNT}:fleet/${id}`]
    const set = { resources, ...expected[name] }
    const matching = found.filter((event) => isExpected(event, name, set))
    assert.equal(matching.length, 1, `${name}: ${JSON.stringify(found, null, 1)}`)
  }
})
