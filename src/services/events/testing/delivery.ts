/** Queues, roles and rules for tests of delivery, made through the SDKs of a whole cloud. */
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { TestCloud } from '../../../../test/cloud.ts'
import type { DeliveryStep } from '../../../trace/record.ts'

export const ENTRY = {
  Source: 'core.update-account-command',
  DetailType: 'core.update-account-command',
  Detail: '{"command": "update-account", "payload": {"acc_id": "0a787ecb-4015", "sf_id": "baz"}}',
}
export const PATTERN = JSON.stringify({ source: [ENTRY.Source] })

interface Place {
  account?: string
  region?: string
}

export function settingsOf({ account = '000000000000', region = 'us-east-1' }: Place) {
  return { region, credentials: { accessKeyId: account, secretAccessKey: 'test' } }
}

/** A user of the cloud in an account and region. */
export class Actor {
  readonly cloud: TestCloud
  readonly events: EventBridgeClient
  readonly sqs: SQSClient
  readonly iam: IAMClient
  readonly account: string
  readonly region: string

  constructor(cloud: TestCloud, { account = '000000000000', region = 'us-east-1' }: Place = {}) {
    const settings = settingsOf({ account, region })
    this.cloud = cloud
    this.account = account
    this.region = region
    this.events = cloud.client(EventBridgeClient, settings)
    this.sqs = cloud.client(SQSClient, settings)
    this.iam = cloud.client(IAMClient, settings)
  }

  /** Makes a queue that rules of its account may send to, unless said otherwise. */
  async queue(name: string, { open = true, fifo = false } = {}): Promise<string> {
    const QueueName = fifo ? `${name}.fifo` : name
    const arn = `arn:aws:sqs:${this.region}:${this.account}:${QueueName}`
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
      Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:events:*:${this.account}:rule/*` } },
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    const Attributes = {
      ...(open && { Policy }),
      ...(fifo && { FifoQueue: 'true', ContentBasedDeduplication: 'true' }),
    }
    await this.sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
    return arn
  }

  /** Takes up to ten messages off a queue. */
  async receive(queueArn: string): Promise<Message[]> {
    const [, , , , account, name] = queueArn.split(':')
    const QueueUrl = `${this.cloud.endpoint}/${account}/${name}`
    const all = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }
    const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand(all))
    for (const { ReceiptHandle } of Messages) {
      await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    }
    return Messages
  }

  /** A rule that matches ENTRY, with these targets. */
  async rule(Name: string, targets: Omit<Target, 'Id'>[], EventBusName?: string): Promise<string> {
    const rule = { Name, EventPattern: PATTERN, EventBusName }
    const { RuleArn = '' } = await this.events.send(new PutRuleCommand(rule))
    const Targets = targets.map((target, n) => ({ ...target, Id: `target-${n}` }))
    await this.events.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets }))
    return RuleArn
  }

  /** A role that EventBridge can assume, with one statement of a policy. */
  async role(RoleName: string, statement?: object): Promise<string> {
    const trust = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }
    const AssumeRolePolicyDocument = policy(trust)
    await this.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
    if (statement) {
      const put = { RoleName, PolicyName: 'own', PolicyDocument: policy(statement) }
      await this.iam.send(new PutRolePolicyCommand(put))
    }
    return `arn:aws:iam::${this.account}:role/${RoleName}`
  }

  /** Puts an event and lets it be delivered; returns its id. */
  async put(entry: object = {}): Promise<string> {
    const Entries = [{ ...ENTRY, ...entry }]
    const result = await this.events.send(new PutEventsCommand({ Entries }))
    await this.cloud.settle()
    return result.Entries?.[0]?.EventId ?? ''
  }
}

export function policy(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

/** The attempts to deliver an event, in order. */
export function deliveries({ trace }: TestCloud, eventId: string): DeliveryStep[] {
  return trace
    .records()
    .filter(({ refs }) => refs.includes(eventId))
    .flatMap(({ step }) => (step.kind === 'delivery' ? [step] : []))
}
