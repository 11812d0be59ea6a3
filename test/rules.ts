/** Rules whose target is a queue: what a test sees of the events that matched. */
import { PutRuleCommand, PutTargetsCommand, type RuleState } from '@aws-sdk/client-eventbridge'
import type { EventDocument } from '../src/catalogue/index.ts'
import { Actor } from '../src/services/events/testing/delivery.ts'
import type { TestCloud } from './cloud.ts'

export interface Watch {
  /** The documents that have come since it was last asked. */
  seen(): Promise<EventDocument[]>
}

export interface WatchOptions {
  name?: string
  state?: RuleState
  account?: string
  region?: string
}

/** Makes a rule on the default bus that sends what matches to a queue. */
export async function watch(
  cloud: TestCloud,
  pattern: object,
  { name = 'watched', state, ...place }: WatchOptions = {},
): Promise<Watch> {
  const user = new Actor(cloud, place)
  const Arn = await user.queue(name)
  const EventPattern = JSON.stringify(pattern)
  await user.events.send(new PutRuleCommand({ Name: name, EventPattern, State: state }))
  await user.events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'queue', Arn }] }))
  return {
    async seen() {
      await cloud.settle()
      const documents: EventDocument[] = []
      for (;;) {
        const messages = await user.receive(Arn)
        if (messages.length === 0) return documents
        documents.push(...messages.map(({ Body }) => JSON.parse(Body ?? '')))
      }
    },
  }
}
