/** What CloudWatch Logs keeps: groups, streams and events. */
import type { LogGroupClass } from '@aws-sdk/client-cloudwatch-logs'
import { spool, table } from '../../store/store.ts'

export type Tags = Readonly<Record<string, string>>

export interface LogGroup {
  readonly name: string
  readonly createdAt: number
  readonly logGroupClass: LogGroupClass
  readonly retentionInDays?: number
  readonly kmsKeyId?: string
  readonly deletionProtectionEnabled: boolean
  readonly tags: Tags
  /** True while a row of the agenda will look for expired events. */
  readonly expiryBooked: boolean
}

/** By name. */
export const groups = table<LogGroup>('logs.groups')

export interface LogStream {
  readonly group: string
  readonly name: string
  /** Also the partition of its events. */
  readonly arn: string
  readonly createdAt: number
  /** Of the oldest and newest events that are kept. */
  readonly firstEventAt?: number
  readonly lastEventAt?: number
  readonly lastIngestedAt?: number
  readonly bytes: number
}

/** By ARN. */
export const streams = table<LogStream>('logs.streams', {
  indexes: { group: ({ group }) => group },
})

export interface LogEvent {
  readonly message: string
  readonly ingestedAt: number
}

/** Partition: the stream's ARN. Order: the timestamp. */
export const events = spool<LogEvent>('logs.events')

const EVENT_OVERHEAD_BYTES = 26

/** What an event counts against limits, and into the group's stored bytes. */
export function bytesOf(message: string): number {
  return Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES
}
