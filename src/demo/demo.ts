/** `windtunnel demo`: the main job, from an instance's start to the calls that its event causes. */
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DescribeImagesCommand,
  type EC2Client,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import colours from 'picocolors'
import { PALETTE } from '../cli/palette.ts'
import { MS_PER_SECOND } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Step } from '../trace/record.ts'
import { DemoAccount } from './account.ts'
import { hasBoto3, keepBackup, tagOwner } from './functions.ts'
import { Timeline } from './timeline.ts'

const STARTED = {
  name: 'instance-started',
  pattern: {
    source: ['aws.ec2'],
    'detail-type': ['EC2 Instance State-change Notification'],
    detail: { state: ['running'] },
  },
}
const BACKED_UP = {
  name: 'snapshot-done',
  pattern: {
    source: ['aws.ec2'],
    'detail-type': ['EBS Snapshot Notification'],
    detail: { event: ['createSnapshot'], result: ['succeeded'] },
  },
}

const SOON_MS = 5 * MS_PER_SECOND

/** Runs the demo on a cloud of its own; sets the exit code to 1 unless every step happened. */
export async function demo(): Promise<void> {
  const { openCloud } = await import('../cloud.ts')
  const cloud = await openCloud({ port: 0, data: undefined, timing: 'fast' })
  try {
    const timeline = new Timeline(cloud.trace, PALETTE)
    console.log(`Windtunnel serves ${cloud.endpoint} for this demo.`)
    await play(cloud)
    report(timeline)
  } finally {
    await cloud.close()
  }
}

async function play(cloud: Cloud): Promise<void> {
  const account = new DemoAccount(cloud.endpoint, cloud.config.region)
  const { ec2 } = account

  title('Set up: an execution role, two functions, two rules with a target each')
  const role = await account.role()
  const backup = keepBackup(await account.succeeds(hasBoto3, role))
  const rules = [
    { ...STARTED, target: await account.deploy(tagOwner, role) },
    { ...BACKED_UP, target: await account.deploy(backup, role) },
  ]
  for (const rule of rules) await account.rule(rule)
  await account.permit(BACKED_UP.name, backup.name)
  console.log(`  ${tagOwner.name} (${tagOwner.runtime}), ${backup.name} (${backup.runtime})`)

  title(`Launch an instance. ${STARTED.name} matches, but ${tagOwner.name} does not let it in yet`)
  const instance = await launch(ec2)
  await rest(cloud)

  title(`aws lambda add-permission, then stop and start the instance: now ${tagOwner.name} runs`)
  await account.permit(STARTED.name, tagOwner.name)
  await ec2.send(new StopInstancesCommand({ InstanceIds: [instance] }))
  await rest(cloud)
  await ec2.send(new StartInstancesCommand({ InstanceIds: [instance] }))
  await rest(cloud)

  title(`Create a volume and a snapshot of it: ${backup.name} keeps the snapshot`)
  const AvailabilityZone = `${cloud.config.region}a`
  const volume = await ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 8 }))
  await rest(cloud)
  const { VolumeId } = volume
  const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId }))
  await rest(cloud)

  title('Terminate the instance and clean up')
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance] }))
  await ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
  await ec2.send(new DeleteVolumeCommand({ VolumeId }))
  await rest(cloud)
  await account.cleanUp()
}

/** Waits for what is under way or about to happen; an hour hence is not. */
async function rest({ agenda, clock }: Cloud): Promise<void> {
  for (;;) {
    await agenda.settle()
    const due = agenda.nextDue
    if (due === undefined || due - clock.now() > SOON_MS) return
    await clock.until(due)
  }
}

async function launch(ec2: EC2Client): Promise<string> {
  const { Images } = await ec2.send(
    new DescribeImagesCommand({
      Owners: ['amazon'],
      Filters: [
        { Name: 'name', Values: ['al2023-ami-2023*'] },
        { Name: 'architecture', Values: ['x86_64'] },
      ],
    }),
  )
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: Images?.[0]?.ImageId,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
    }),
  )
  return Instances?.[0]?.InstanceId ?? ''
}

/** What must have happened, as the trace has it. */
const EXPECTED: [string, (step: Step) => boolean][] = [
  ['the rule was refused without the permission', (step) => isDelivery(step, 'NO_PERMISSIONS')],
  ['the rule was let in with it', (step) => isDelivery(step, undefined)],
  [`${tagOwner.name} ran`, (step) => ranWell(step, tagOwner.name)],
  ['keep-backup ran', (step) => ranWell(step, 'keep-backup')],
  ['a function tagged what it was told of', (step) => isCall(step, 'CreateTags', undefined)],
  ['a call was denied', (step) => isCall(step, 'StopInstances', 'UnauthorizedOperation')],
  ['functions wrote to their logs', (step) => step.kind === 'log'],
  ['the instance was terminated', (step) => step.kind === 'change' && step.to === 'terminated'],
]

function report(timeline: Timeline): void {
  title('What happened')
  for (const [what, is] of EXPECTED) {
    const seen = timeline.saw(is)
    console.log(`  ${seen ? colours.green('✓') : colours.red('✗')} ${what}`)
    if (!seen) process.exitCode = 1
  }
}

function isDelivery(step: Step, errorCode: string | undefined): boolean {
  return step.kind === 'delivery' && step.errorCode === errorCode
}

function ranWell(step: Step, name: string): boolean {
  return step.kind === 'invocation' && step.function === name && step.outcome === 'success'
}

function isCall(step: Step, operation: string, code: string | undefined): boolean {
  const byFunction = step.kind === 'call' && step.caller.includes(':assumed-role/')
  return byFunction && step.operation === operation && step.error?.code === code
}

function title(text: string): void {
  console.log(`\n${colours.bold(text)}`)
}
