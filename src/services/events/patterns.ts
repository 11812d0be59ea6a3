/** Event patterns as the service takes them: checked, and read for condition keys. */
import type { TestEventPatternRequest, TestEventPatternResponse } from '@aws-sdk/client-eventbridge'
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { invalidParameter, invalidPattern, limitExceeded } from './errors.ts'
import {
  type CompiledPattern,
  compilePattern,
  EventError,
  matchesPattern,
  PatternError,
} from './pattern/index.ts'

const MAX_PATTERN_CHARACTERS = 2048
const REQUIRED_MEMBERS = ['id', 'account', 'source', 'time', 'region', 'detail-type']

/** Throws InvalidEventPatternException with the text that AWS answers. */
export function validPattern(text: string): CompiledPattern {
  if (text.length > MAX_PATTERN_CHARACTERS) throw limitExceeded()
  try {
    return compilePattern(text)
  } catch (error) {
    if (error instanceof PatternError) throw invalidPattern(error.message)
    throw error
  }
}

/**
 * Needs an event with all members of the envelope but `resources` and `detail`.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
 */
export function testEventPattern(
  { EventPattern, Event }: Checked<TestEventPatternRequest>,
  ctx: Context,
): TestEventPatternResponse {
  ctx.allow('events:TestEventPattern', '*')
  const pattern = validPattern(EventPattern)
  const event = parseObject(Event)
  if (!event || REQUIRED_MEMBERS.some((name) => event[name] === undefined)) {
    throw invalidParameter('Event')
  }
  try {
    return { Result: matchesPattern(pattern, Event) }
  } catch (error) {
    if (error instanceof EventError) throw invalidParameter('Event')
    throw error
  }
}

/** A JSON object's members; undefined when the text is something else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/**
 * What a rule's pattern asks for, as condition keys of PutRule.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
 */
export function patternKeys(text: string | undefined): ConditionKeys {
  const pattern = text === undefined ? undefined : parseObject(text)
  if (!pattern) return {}
  const at = (...path: string[]) =>
    strings(path.reduce<unknown>((value, name) => (value as Members)?.[name], pattern))
  return {
    'events:source': at('source'),
    'events:detail-type': at('detail-type'),
    'events:detail.service': at('detail', 'service'),
    'events:detail.eventTypeCode': at('detail', 'eventTypeCode'),
    'events:detail.userIdentity.principalId': at('detail', 'userIdentity', 'principalId'),
  }
}

type Members = Record<string, unknown> | undefined

function strings(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.filter((each) => typeof each === 'string')
}
