/** Queues and messages for tests, through the real client. */
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { TestCloud } from './cloud.ts'

export class TestQueue {
  readonly sqs: SQSClient
  readonly url: string
  readonly arn: string

  constructor(sqs: SQSClient, url: string, name: string) {
    this.sqs = sqs
    this.url = url
    this.arn = `arn:aws:sqs:us-east-1:000000000000:${name}`
  }

  send(MessageBody: string, more: Partial<SendMessageCommandInput> = {}) {
    return this.sqs.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody, ...more }))
  }

  async receive(more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
    const input = { MaxNumberOfMessages: 10, ...more, QueueUrl: this.url }
    const { Messages } = await this.sqs.send(new ReceiveMessageCommand(input))
    return Messages ?? []
  }

  async bodies(more: Partial<ReceiveMessageCommandInput> = {}): Promise<(string | undefined)[]> {
    return (await this.receive(more)).map(({ Body }) => Body)
  }

  delete({ ReceiptHandle }: Message) {
    return this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle }))
  }

  async attributes(): Promise<Record<string, string>> {
    const { Attributes } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.url, AttributeNames: ['All'] }),
    )
    return Attributes ?? {}
  }

  /** Visible, in flight, delayed. */
  async counts(): Promise<number[]> {
    const attributes = await this.attributes()
    return ['', 'NotVisible', 'Delayed'].map((kind) =>
      Number(attributes[`ApproximateNumberOfMessages${kind}`]),
    )
  }
}

export async function queue(
  cloud: TestCloud,
  name = 'jobs',
  Attributes: Record<string, string> = {},
): Promise<TestQueue> {
  const sqs = cloud.client(SQSClient)
  const fifo = name.endsWith('.fifo') && { FifoQueue: 'true' }
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { ...fifo, ...Attributes } }),
  )
  return new TestQueue(sqs, QueueUrl ?? '', name)
}
