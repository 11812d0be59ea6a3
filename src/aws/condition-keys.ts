/**
 * The condition keys that AWS adds to every request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
import { isoSeconds, MS_PER_SECOND } from '../clock.ts'
import type { ContextEntry } from '../policy/index.ts'
import type { ConditionKeys } from './authority.ts'
import type { RequestFacts } from './context.ts'

/** Keys of the request itself; those of its principal are added by the authority. */
export function requestKeys({ sourceIp, userAgent, world }: RequestFacts, now: number) {
  return {
    // Dates cost more to write than most decisions: only for a policy that asks.
    'aws:CurrentTime': () => isoSeconds(now),
    'aws:EpochTime': String(Math.floor(now / MS_PER_SECOND)),
    'aws:RequestedRegion': world.region,
    // The server listens on plain HTTP.
    'aws:SecureTransport': 'false',
    'aws:SourceIp': sourceIp,
    'aws:UserAgent': userAgent,
    'aws:ViaAWSService': 'false',
  } satisfies Record<string, ContextEntry>
}

/** `aws:RequestTag/key` of each tag and `aws:TagKeys`, for operations that set tags. */
export function requestTagKeys(tags: readonly { Key?: string; Value?: string }[]): ConditionKeys {
  const keys: Record<string, string | string[]> = {}
  for (const { Key, Value } of tags) keys[`aws:RequestTag/${Key}`] = Value ?? ''
  if (tags.length > 0) keys['aws:TagKeys'] = tags.map(({ Key }) => Key ?? '')
  return keys
}

/** `aws:ResourceTag/key` of each tag that a resource has; `prefix` for a service's own keys. */
export function resourceTagKeys(
  tags: readonly { Key?: string; Value?: string }[],
  prefix = 'aws',
): ConditionKeys {
  return Object.fromEntries(tags.map(({ Key, Value }) => [`${prefix}:ResourceTag/${Key}`, Value]))
}

/** Keys by which a permission can sensibly be narrowed, beside the tags of its resource. */
const NARROWING = new Set(['iam:PassedToService', 'ec2:CreateAction'])

/** What the trace keeps of an action's keys: those that a least policy may ask for. */
export function narrowingKeys(keys: ConditionKeys): Record<string, string> | undefined {
  let found: Record<string, string> | undefined
  for (const key in keys) {
    const value = keys[key]
    if (typeof value !== 'string') continue
    if (!NARROWING.has(key) && !key.startsWith('aws:ResourceTag/')) continue
    found ??= {}
    found[key] = value
  }
  return found
}
