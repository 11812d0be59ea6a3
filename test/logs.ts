/** Log groups for tests, through the real client. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  type CreateLogGroupCommandInput,
  CreateLogStreamCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import type { TestCloud } from './cloud.ts'

export class TestGroup {
  readonly logs: CloudWatchLogsClient
  readonly name: string
  readonly #cloud: TestCloud

  constructor(cloud: TestCloud, name: string) {
    this.logs = cloud.client(CloudWatchLogsClient)
    this.name = name
    this.#cloud = cloud
  }

  /** Creates a stream and writes messages of this moment to it. */
  async put(logStreamName: string, ...messages: string[]): Promise<void> {
    const stream = { logGroupName: this.name, logStreamName }
    await this.logs.send(new CreateLogStreamCommand(stream))
    if (messages.length === 0) return
    const timestamp = this.#cloud.clock.now()
    const logEvents = messages.map((message) => ({ timestamp, message }))
    await this.logs.send(new PutLogEventsCommand({ ...stream, logEvents }))
  }

  /** All messages of a stream, oldest first. */
  async messages(logStreamName: string): Promise<(string | undefined)[]> {
    const stream = { logGroupName: this.name, logStreamName }
    const { events } = await this.logs.send(new GetLogEventsCommand(stream))
    return events?.map(({ message }) => message) ?? []
  }
}

export async function logGroup(
  cloud: TestCloud,
  logGroupName = 'g',
  settings: Partial<CreateLogGroupCommandInput> = {},
): Promise<TestGroup> {
  const logs = cloud.client(CloudWatchLogsClient)
  await logs.send(new CreateLogGroupCommand({ logGroupName, ...settings }))
  return new TestGroup(cloud, logGroupName)
}
