// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is a policy variable.
/** The Resource and NotResource elements: patterns of whole ARNs. */
import type { RequestContext } from './types.ts'
import { likeMatcher } from './variables.ts'
import { wildcard } from './wildcard.ts'

const ARN_FIELDS = 6
const LAST_FIELD = ARN_FIELDS - 1

/** The resource of a request, split once for all the patterns that it meets. */
export interface Target {
  readonly arn: string
  /** Absent when the ARN has not the usual number of colons. */
  readonly fields: readonly string[] | undefined
}

export type ResourceMatcher = (target: Target, context: RequestContext) => boolean

export function targetOf(arn: string): Target {
  const fields = arn.split(':')
  return { arn, fields: fields.length === ARN_FIELDS ? fields : undefined }
}

/** A statement without either element, as in a trust policy, covers everything. */
export function resourceMatcher(
  resource: readonly string[] | undefined,
  notResource: readonly string[] | undefined,
  variables: boolean,
): ResourceMatcher {
  const listed = resource ?? notResource
  if (listed === undefined || resource?.includes('*')) return () => true
  const matchers = listed.map((pattern) => patternMatcher(wholeArn(pattern), variables))
  const any: ResourceMatcher = (target, context) => {
    for (const matches of matchers) if (matches(target, context)) return true
    return false
  }
  return resource ? any : (target, context) => !any(target, context)
}

/** AWS completes an ARN of fewer than six fields: `arn:aws:sqs` is `arn:aws:sqs:*:*:*`. */
function wholeArn(pattern: string): string {
  if (!pattern.includes(':') || pattern.includes('${')) return pattern
  const fields = pattern.split(':')
  while (fields.length < ARN_FIELDS) fields.push('*')
  return fields.join(':')
}

/**
 * `*` may stand for colons too. But when pattern and ARN have equally many, each colon of the one
 * is a colon of the other, so comparing field by field is the same, and much faster: the last
 * field, which tells most resources apart, goes first, and a field `*` needs no look.
 */
function patternMatcher(pattern: string, variables: boolean): ResourceMatcher {
  const whole = likeMatcher(pattern, variables)
  const patterns = pattern.split(':')
  if (patterns.length !== ARN_FIELDS || (variables && pattern.includes('${'))) {
    return ({ arn }, context) => whole(arn, context)
  }
  const tests = patterns
    .map((field, index) => ({ index, matches: wildcard(field), isAny: field === '*' }))
    .filter(({ index, isAny }) => index < LAST_FIELD && !isAny)
  const matchesLast = wildcard(patterns[LAST_FIELD] ?? '')
  return ({ arn, fields }, context) => {
    if (fields === undefined) return whole(arn, context)
    if (!matchesLast(fields[LAST_FIELD] ?? '')) return false
    return tests.every(({ index, matches }) => matches(fields[index] ?? ''))
  }
}
