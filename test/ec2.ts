/** What EC2's tests share. */
import {
  DescribeInstancesCommand,
  EC2Client,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2'
import type { Config } from '../src/config.ts'
import { publicImages } from '../src/services/ec2/image-catalogue.ts'
import type { EventStep } from '../src/trace/record.ts'
import { type TestCloud, testCloud } from './cloud.ts'

export const ACCOUNT = '000000000000'
export const REGION = 'us-east-1'

export interface Ec2Cloud {
  readonly cloud: TestCloud
  readonly ec2: EC2Client
}

export async function ec2Cloud(config: Partial<Config> = {}): Promise<Ec2Cloud> {
  const cloud = await testCloud(config)
  return { cloud, ec2: cloud.client(EC2Client) }
}

/** The id of a public AMI by the start of its name. */
export function publicImage(name = 'al2023-ami-2023.9.20251110.1-kernel-6.1-x86_64'): string {
  const images = [...publicImages(REGION).values()]
  return images.find(({ Name }) => Name?.startsWith(name))?.ImageId ?? ''
}

/** Launches instances and returns them as RunInstances answered. */
export async function run(
  { ec2 }: Ec2Cloud,
  input: Partial<RunInstancesCommandInput> = {},
): Promise<(Instance & { InstanceId: string })[]> {
  const command = new RunInstancesCommand({
    ImageId: publicImage(),
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    ...input,
  })
  const { Instances = [] } = await ec2.send(command)
  return Instances as (Instance & { InstanceId: string })[]
}

/** Launches one instance and waits until it runs; returns its id. */
export async function running(
  on: Ec2Cloud,
  input: Partial<RunInstancesCommandInput> = {},
): Promise<string> {
  const [instance] = await run(on, input)
  await on.cloud.advance(1)
  return instance?.InstanceId ?? ''
}

export async function describe({ ec2 }: Ec2Cloud, InstanceId: string): Promise<Instance> {
  const command = new DescribeInstancesCommand({ InstanceIds: [InstanceId] })
  const { Reservations } = await ec2.send(command)
  return Reservations?.[0]?.Instances?.[0] ?? {}
}

/** Envelopes of the events of a detail-type, oldest first, with their ids blanked. */
export function eventsOf({ cloud }: Ec2Cloud, detailType: string): Record<string, unknown>[] {
  return cloud.trace
    .records()
    .map(({ step }) => step)
    .filter((step): step is EventStep => step.kind === 'event')
    .map(({ event }) => event)
    .filter((event) => event['detail-type'] === detailType)
    .map((event) => ({ ...event, id: '' }))
}

/** The states that events of an instance told of, in their order. */
export function statesOf(on: Ec2Cloud, instanceId: string): string[] {
  return eventsOf(on, 'EC2 Instance State-change Notification')
    .map(({ detail }) => detail as { 'instance-id': string; state: string })
    .filter((detail) => detail['instance-id'] === instanceId)
    .map(({ state }) => state)
}
