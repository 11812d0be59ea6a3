/** What SQS keeps: queues, their messages, and which of those are in flight. */
import { type Spooled, spool, table } from '../../store/store.ts'
import type { Cause } from '../../trace/record.ts'
import type { StoredAttributes } from './message-attributes.ts'
import { readRedrivePolicy } from './redrive-policy.ts'
import type { Attributes } from './settings.ts'

export interface Queue {
  readonly name: string
  /** Also the partition of its messages. */
  readonly arn: string
  readonly isFifo: boolean
  /** All that are set or have a default. */
  readonly attributes: Attributes
  readonly tags: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly modifiedAt: number
  readonly purgedAt?: number
}

/** By name. */
export const queues = table<Queue>('sqs.queues', {
  indexes: { deadLetters: ({ attributes }) => readRedrivePolicy(attributes)?.deadLetterTargetArn },
})

/** What its sender says of a message. */
export interface Content {
  readonly body: string
  readonly attributes?: StoredAttributes | undefined
  readonly traceHeader?: string | undefined
  readonly senderId: string
  readonly groupId?: string | undefined
  readonly deduplicationId?: string | undefined
}

export interface Message extends Content {
  readonly messageId: string
  /** The record of its sending: what receivers do follows from it. */
  readonly cause: Cause
  readonly sentAt: number
  readonly receives: number
  /** Of these, how many were before a redrive brought it to this queue. */
  readonly receivesElsewhere?: number
  readonly firstReceivedAt?: number
  /** The row of `inFlight` that its last receive made: what the receipt handle names. */
  readonly receipt?: number
  /** The row of `inFlight` that counts: another once the visibility of a visible one is changed. */
  readonly hold?: number
  /** The queue that gave it up. */
  readonly deadLetterSource?: string
}

export type FiledMessage = Spooled<Message>

export interface Hold {
  /** When the message was received. */
  readonly since: number
}

/**
 * Partition: the queue's ARN. Order: the time from which it can be received. A FIFO queue's
 * messages keep their order for ever: when they can be received is their group's to say.
 */
export const messages = spool<Message>('sqs.messages')
/** Same partitions. Order: the end of the visibility timeout; what is past no longer counts. */
export const inFlight = spool<Hold>('sqs.inFlight')
