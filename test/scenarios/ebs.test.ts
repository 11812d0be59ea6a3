/** Public automations whose work is on volumes, snapshots and fleets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateFleetCommand,
  CreateLaunchTemplateCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
  paginateDescribeInstances,
  RunInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { automation } from '../automation.ts'
import { type TestCloud, testCloud } from '../cloud.ts'

const IMAGE = 'ami-0abcdef1234567890'
const allow = (...Action: string[]) => [{ Effect: 'Allow', Action, Resource: '*' }]

async function launch(cloud: TestCloud): Promise<string> {
  const call = new RunInstancesCommand({ ImageId: IMAGE, MinCount: 1, MaxCount: 1 })
  const { Instances } = await cloud.client(EC2Client).send(call)
  await cloud.advance(60)
  return Instances?.[0]?.InstanceId ?? ''
}

async function volume(cloud: TestCloud): Promise<string> {
  const call = new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8 })
  const { VolumeId } = await cloud.client(EC2Client).send(call)
  await cloud.advance(60)
  return VolumeId ?? ''
}

describe('automations on EBS and fleets', () => {
  it('copies each completed snapshot to another region (A11, the AWS sample)', async () => {
    const cloud = await testCloud()
    await automation(cloud.clientConfig, {
      source: `
        const { CopySnapshotCommand, EC2Client } = require('@aws-sdk/client-ec2')
        exports.handler = async ({ detail, region }) => {
          const SourceSnapshotId = detail.snapshot_id.split('/')[1]
          const there = new EC2Client({ region: 'us-west-2' })
          await there.send(new CopySnapshotCommand({
            SourceRegion: region, SourceSnapshotId, Description: 'Snapshot copied by Lambda',
          }))
        }`,
      pattern: {
        source: ['aws.ec2'],
        'detail-type': ['EBS Snapshot Notification'],
        detail: { event: ['createSnapshot'], result: ['succeeded'] },
      },
      statements: allow('ec2:CopySnapshot'),
    })
    const VolumeId = await volume(cloud)
    await cloud.client(EC2Client).send(new CreateSnapshotCommand({ VolumeId }))
    await cloud.advance(600)
    const west = cloud.client(EC2Client, { region: 'us-west-2' })
    const mine = new DescribeSnapshotsCommand({ OwnerIds: ['self'] })
    const { Snapshots = [] } = await west.send(mine)
    assert.deepEqual(
      Snapshots.map(({ State, Description }) => [State, Description]),
      [['completed', 'Snapshot copied by Lambda']],
    )
    const copied = cloud.trace.records().find(({ region, step }) => {
      const isEvent = step.kind === 'event' && region === 'us-west-2'
      return isEvent && JSON.stringify(step.event).includes('"event":"copySnapshot"')
    })
    assert.ok(copied, 'the copy is an event of the destination region')
  })

  it('makes every new volume gp3 (B19)', async () => {
    const cloud = await testCloud()
    await automation(cloud.clientConfig, {
      source: `
        const { EC2Client, ModifyVolumeCommand } = require('@aws-sdk/client-ec2')
        exports.handler = async ({ resources }) => {
          const VolumeId = resources[0].split('/')[1]
          await new EC2Client({}).send(new ModifyVolumeCommand({ VolumeId, VolumeType: 'gp3' }))
        }`,
      pattern: {
        source: ['aws.ec2'],
        'detail-type': ['EBS Volume Notification'],
        detail: { event: ['createVolume'] },
      },
      statements: allow('ec2:ModifyVolume'),
    })
    const VolumeIds = [await volume(cloud)]
    await cloud.advance(86_400)
    const { Volumes } = await cloud
      .client(EC2Client)
      .send(new DescribeVolumesCommand({ VolumeIds }))
    assert.equal(Volumes?.[0]?.VolumeType, 'gp3')
  })

  it('has one function behind two rules, with a statement for each (B20)', async () => {
    const cloud = await testCloud()
    const started = {
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification'],
      detail: { state: ['running'] },
    }
    const source = 'exports.handler = async (event) => console.log(event["detail-type"])'
    const { functionArn } = await automation(cloud.clientConfig, { source, pattern: started })
    const events = cloud.client(EventBridgeClient)
    const made = { source: ['aws.ec2'], detail: { event: ['createVolume'] } }
    const rule = new PutRuleCommand({ Name: 'volumes', EventPattern: JSON.stringify(made) })
    const { RuleArn: SourceArn } = await events.send(rule)
    const Targets = [{ Id: '1', Arn: functionArn }]
    await events.send(new PutTargetsCommand({ Rule: 'volumes', Targets }))
    const second = {
      FunctionName: functionArn,
      StatementId: 'volumes',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn,
    }
    await cloud.client(LambdaClient).send(new AddPermissionCommand(second))
    await launch(cloud)
    const lines = cloud.trace
      .records()
      .flatMap(({ step }) => (step.kind === 'log' ? step.lines : []))
      .filter((line) => line.includes('\tINFO\t'))
      .map((line) => line.split('\t').at(-1))
    const kinds = ['EBS Volume Notification', 'EC2 Instance State-change Notification']
    assert.deepEqual(lines.sort(), kinds)
  })

  it('snapshots a volume when its instance stops, without a function (C6)', async () => {
    const cloud = await testCloud()
    const iam = cloud.client(IAMClient)
    const RoleName = 'events-role'
    const trust = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }
    const document = (Statement: unknown) => JSON.stringify({ Version: '2012-10-17', Statement })
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }),
    )
    const PolicyDocument = document(allow('ec2:CreateSnapshot'))
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }))
    const id = await launch(cloud)
    const ec2 = cloud.client(EC2Client)
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
    const [device] = Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings ?? []
    const EventPattern = JSON.stringify({
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification'],
      detail: { state: ['shutting-down', 'stopping'], 'instance-id': [id] },
    })
    const events = cloud.client(EventBridgeClient)
    await events.send(new PutRuleCommand({ Name: 'backup', EventPattern }))
    const Arn = 'arn:aws:events:us-east-1:000000000000:target/create-snapshot'
    const Input = JSON.stringify(device?.Ebs?.VolumeId)
    const Targets = [{ Id: '1', Arn, RoleArn: Role?.Arn, Input }]
    await events.send(new PutTargetsCommand({ Rule: 'backup', Targets }))
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
    await cloud.advance(600)
    const mine = new DescribeSnapshotsCommand({ OwnerIds: ['self'] })
    const { Snapshots = [] } = await ec2.send(mine)
    assert.deepEqual(
      Snapshots.map(({ VolumeId, State }) => [VolumeId, State]),
      [[device?.Ebs?.VolumeId, 'completed']],
    )
  })

  it('scales runners in by a schedule, page by page (A4, its EC2 calls)', async () => {
    const cloud = await testCloud()
    const ec2 = cloud.client(EC2Client)
    await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: 'runner',
        LaunchTemplateData: { ImageId: IMAGE, InstanceType: 't3.micro' },
      }),
    )
    const LaunchTemplateSpecification = { LaunchTemplateName: 'runner', Version: '$Latest' }
    const fleet = await ec2.send(
      new CreateFleetCommand({
        Type: 'instant',
        LaunchTemplateConfigs: [{ LaunchTemplateSpecification }],
        TargetCapacitySpecification: {
          TotalTargetCapacity: 7,
          DefaultTargetCapacityType: 'on-demand',
        },
        TagSpecifications: [
          { ResourceType: 'instance', Tags: [{ Key: 'ghr:Application', Value: 'runner' }] },
        ],
      }),
    )
    assert.equal(fleet.Instances?.[0]?.InstanceIds?.length, 7)
    await automation(cloud.clientConfig, {
      source: `
        const { EC2Client, paginateDescribeInstances, TerminateInstancesCommand } =
          require('@aws-sdk/client-ec2')
        const ec2 = new EC2Client({})
        exports.handler = async () => {
          const Filters = [
            { Name: 'tag:ghr:Application', Values: ['runner'] },
            { Name: 'instance-state-name', Values: ['running', 'pending'] },
          ]
          const InstanceIds = []
          const pages = paginateDescribeInstances({ client: ec2, pageSize: 5 }, { Filters })
          for await (const { Reservations } of pages)
            for (const { Instances } of Reservations)
              InstanceIds.push(...Instances.map(({ InstanceId }) => InstanceId))
          if (InstanceIds.length) await ec2.send(new TerminateInstancesCommand({ InstanceIds }))
        }`,
      pattern: { source: ['never'] },
      statements: allow('ec2:DescribeInstances', 'ec2:TerminateInstances'),
    })
    const ScheduleExpression = 'cron(*/5 * * * ? *)'
    const events = cloud.client(EventBridgeClient)
    await events.send(new PutRuleCommand({ Name: 'automation', ScheduleExpression }))
    await cloud.advance(600)
    const states: (string | undefined)[] = []
    for await (const page of paginateDescribeInstances({ client: ec2, pageSize: 5 }, {})) {
      for (const { Instances = [] } of page.Reservations ?? []) {
        states.push(...Instances.map(({ State }) => State?.Name))
      }
    }
    assert.deepEqual(states, Array(7).fill('terminated'))
  })
})
