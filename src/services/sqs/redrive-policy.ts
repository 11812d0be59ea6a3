/** The JSON of redrive policies, and of those that say whose dead letters a queue takes. */
import { invalidAttribute, invalidValue } from './errors.ts'
import type { Attributes } from './settings.ts'

export interface RedrivePolicy {
  deadLetterTargetArn: string
  maxReceiveCount: number
}

const MAX_RECEIVE_COUNT = 1000
const MAX_SOURCE_QUEUES = 10

/** Undefined when the queue has none; throws when it is not valid. */
export function readRedrivePolicy({ RedrivePolicy: text }: Attributes): RedrivePolicy | undefined {
  if (!text) return undefined
  const refuse = (reason: string) => invalidValue(text, 'RedrivePolicy', reason)
  const policy = parsedObject(text)
  if (!policy) throw refuse('Redrive policy is not a valid JSON map.')
  for (const name of ['deadLetterTargetArn', 'maxReceiveCount']) {
    if (policy[name] === undefined) {
      throw refuse(`Redrive policy does not contain mandatory attribute: ${name}.`)
    }
  }
  const count = Number(policy.maxReceiveCount)
  if (!Number.isInteger(count) || count < 1 || count > MAX_RECEIVE_COUNT) {
    throw refuse(
      `Invalid value for maxReceiveCount: ${policy.maxReceiveCount}, valid values are from 1 to ` +
        `${MAX_RECEIVE_COUNT} both inclusive.`,
    )
  }
  return { deadLetterTargetArn: String(policy.deadLetterTargetArn), maxReceiveCount: count }
}

export interface AllowPolicy {
  permission: 'allowAll' | 'denyAll' | 'byQueue'
  sources: readonly string[]
}

/** Undefined when all queues of the account may; throws when it is not valid. */
export function readAllowPolicy({ RedriveAllowPolicy: text }: Attributes): AllowPolicy | undefined {
  if (!text) return undefined
  const { redrivePermission: permission, sourceQueueArns = [] } = parsedObject(text) ?? {}
  const areArns = Array.isArray(sourceQueueArns) && sourceQueueArns.every(isText)
  if (!areArns || sourceQueueArns.length > MAX_SOURCE_QUEUES) {
    throw invalidAttribute('RedriveAllowPolicy')
  }
  const names = permission === 'byQueue'
  if (!names && permission !== 'allowAll' && permission !== 'denyAll') {
    throw invalidAttribute('RedriveAllowPolicy')
  }
  // Sources are given with byQueue, and only with it.
  if (names !== sourceQueueArns.length > 0) throw invalidAttribute('RedriveAllowPolicy')
  return { permission, sources: sourceQueueArns }
}

const isText = (value: unknown): value is string => typeof value === 'string'

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
