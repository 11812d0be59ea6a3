/** Queue attributes that users set: which there are, and what values they take. */
import { PolicyError, parsePolicy } from '../../policy/index.ts'
import { invalidAttribute, onlyForFifo, twoEncryptions, unknownAttribute } from './errors.ts'

export type Attributes = Readonly<Record<string, string>>

export const MAX_MESSAGE_BYTES = 1_048_576
export const MAX_VISIBILITY_S = 43_200
export const MAX_DELAY_S = 900
export const MAX_WAIT_S = 20

/** What a queue has that nobody set. */
const DEFAULTS: Attributes = {
  VisibilityTimeout: '30',
  MaximumMessageSize: String(MAX_MESSAGE_BYTES),
  MessageRetentionPeriod: '345600',
  DelaySeconds: '0',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
}
const FIFO_DEFAULTS: Attributes = {
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
}

type Check = (value: string) => boolean

const between =
  (least: number, most: number): Check =>
  (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value)

/** SQS API reference, SetQueueAttributes. */
const CHECKS: Readonly<Record<string, Check>> = {
  VisibilityTimeout: between(0, MAX_VISIBILITY_S),
  MaximumMessageSize: between(1024, MAX_MESSAGE_BYTES),
  MessageRetentionPeriod: between(60, 1_209_600),
  DelaySeconds: between(0, MAX_DELAY_S),
  ReceiveMessageWaitTimeSeconds: between(0, MAX_WAIT_S),
  Policy: isPolicy,
  // redrive.ts looks into these two.
  RedrivePolicy: () => true,
  RedriveAllowPolicy: () => true,
  KmsMasterKeyId: () => true,
  KmsDataKeyReusePeriodSeconds: between(60, 86_400),
  SqsManagedSseEnabled: oneOf('true', 'false'),
}
const FIFO_CHECKS: Readonly<Record<string, Check>> = {
  ContentBasedDeduplication: oneOf('true', 'false'),
  DeduplicationScope: oneOf('queue', 'messageGroup'),
  FifoThroughputLimit: oneOf('perQueue', 'perMessageGroupId'),
}
const HIGH_THROUGHPUT: readonly string[] = ['DeduplicationScope', 'FifoThroughputLimit']
/** What a queue tells about itself. */
const COMPUTED: readonly string[] = [
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
]
const ALL_NAMES = new Set([
  'All',
  'FifoQueue',
  ...COMPUTED,
  ...Object.keys(CHECKS),
  ...Object.keys(FIFO_CHECKS),
])
/** An empty value takes these away. */
const REMOVABLE: readonly string[] = [
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
]

function isPolicy(value: string): boolean {
  try {
    parsePolicy(value, 'resource')
    return true
  } catch (error) {
    if (error instanceof PolicyError) return false
    throw error
  }
}

/** Throws for names that no queue has. */
export function checkNames(names: readonly string[]): void {
  const unknown = names.find((name) => !ALL_NAMES.has(name))
  if (unknown !== undefined) throw unknownAttribute(unknown)
}

const BOOLEANS: readonly string[] = [
  'FifoQueue',
  'ContentBasedDeduplication',
  'SqsManagedSseEnabled',
]

/** Booleans may be written in any case, and are kept in lower case. */
export function normalAttributes(given: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      BOOLEANS.includes(name) ? value.toLowerCase() : value,
    ]),
  )
}

/** Throws for attributes that a queue of this kind does not have, and for values out of range. */
export function checkAttributes(attributes: Attributes, isFifo: boolean): void {
  for (const [name, value] of Object.entries(attributes)) {
    const check = CHECKS[name] ?? (isFifo ? FIFO_CHECKS[name] : undefined)
    if (!check) throw HIGH_THROUGHPUT.includes(name) ? onlyForFifo(name) : unknownAttribute(name)
    if (value === '' && REMOVABLE.includes(name)) continue
    if (!check(value)) throw invalidAttribute(name)
  }
  if (attributes.KmsMasterKeyId && attributes.SqsManagedSseEnabled === 'true') {
    throw twoEncryptions()
  }
}

/** What was set with what is set now; empty values take away. */
export function withAttributes(known: Attributes, added: Attributes): Attributes {
  const merged = { ...known, ...added }
  // The two kinds of encryption exclude each other.
  if (added.KmsMasterKeyId) merged.SqsManagedSseEnabled = 'false'
  else if (added.SqsManagedSseEnabled === 'true') merged.KmsMasterKeyId = ''
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''))
}

/** All attributes that are set or have a default; those of a key only with a key. */
export function effectiveAttributes(set: Attributes, isFifo: boolean): Attributes {
  const { KmsDataKeyReusePeriodSeconds = '300', ...kept } = set
  return {
    ...DEFAULTS,
    ...(isFifo && FIFO_DEFAULTS),
    ...(set.KmsMasterKeyId && { KmsDataKeyReusePeriodSeconds }),
    ...kept,
  }
}
