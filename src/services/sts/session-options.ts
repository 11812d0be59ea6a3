/** What the operations that open a session have in common: session policies and tags. */
import type { PolicyDescriptorType, Tag } from '@aws-sdk/client-sts'
import type { ConditionKeys } from '../../aws/authority.ts'
import { requestTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { PolicyError, parsePolicy } from '../../policy/index.ts'
import type { SessionCredentials, SessionGrant, Sessions } from '../ports.ts'
import { invalidValue, validationError } from './errors.ts'

const MAX_POLICY_ARNS = 10
/** Of the session policy and the ARNs together, before packing. */
const MAX_POLICY_CHARACTERS = 2048
const ALL_PERCENT = 100

interface PolicyOptions {
  Policy?: string
  PolicyArns?: readonly PolicyDescriptorType[]
  Tags?: readonly Tag[]
}

interface ReadPolicies {
  grant: Pick<SessionGrant, 'policies' | 'policyArns'>
  /** In percent of what is allowed; absent when there are neither policies nor tags. */
  PackedPolicySize?: number
}

/** Managed policies are those of `ctx`'s account, which is the role's. */
export function readSessionPolicies(
  { Policy, PolicyArns = [], Tags = [] }: PolicyOptions,
  sessions: Sessions,
  ctx: Context,
): ReadPolicies {
  if (Policy === undefined && PolicyArns.length + Tags.length === 0) return { grant: {} }
  if (PolicyArns.length > MAX_POLICY_ARNS) {
    throw validationError(`You can specify up to ${MAX_POLICY_ARNS} managed policy ARNs.`)
  }
  if (Policy !== undefined) checkDocument(Policy)
  const policyArns = PolicyArns.map(({ arn = '' }) => arn)
  for (const arn of policyArns) {
    if (!sessions.hasPolicy(arn, ctx)) {
      throw validationError(`Policy ${arn} does not exist or is not attachable.`)
    }
  }
  // How AWS packs is not published; the share of the unpacked limit is what can be told.
  const percent = (texts: readonly string[]) =>
    Math.ceil((ALL_PERCENT * texts.join('').length) / MAX_POLICY_CHARACTERS)
  const ofPolicies = percent([Policy ?? '', ...policyArns])
  if (ofPolicies > ALL_PERCENT) {
    throw new AwsError(
      'PackedPolicyTooLarge',
      `Packed policy consumes ${ofPolicies}% of allotted space, please use smaller policy.`,
    )
  }
  const ofTags = percent(Tags.flatMap(({ Key = '', Value = '' }) => [Key, Value]))
  const PackedPolicySize = Math.min(ofPolicies + ofTags, ALL_PERCENT)
  const grant = { policies: Policy === undefined ? [] : [Policy], policyArns }
  return { grant, PackedPolicySize }
}

function checkDocument(document: string): void {
  try {
    parsePolicy(document, 'session')
  } catch (error) {
    if (error instanceof PolicyError) throw new AwsError(error.code, error.message)
    throw error
  }
}

export interface ReadTags {
  grant: Required<Pick<SessionGrant, 'tags' | 'transitive'>>
  keys: ConditionKeys
}

/** STS takes what IAM takes (id_session-tags). UNCERTAIN: the wording. */
const RESERVED_PREFIX = /^aws:/i

/** Tags of a session, with those that it inherits from the caller's. */
export function readSessionTags(
  tags: readonly Tag[] = [],
  transitiveKeys: readonly string[] = [],
  sessions: Sessions,
  ctx: Context,
): ReadTags {
  const given = tags.map(({ Key = '', Value = '' }) => ({ Key, Value }))
  const names = new Set(given.map(({ Key }) => Key.toLowerCase()))
  if (given.some(({ Key }) => RESERVED_PREFIX.test(Key))) {
    throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use.")
  }
  if (names.size < given.length) {
    throw invalidValue('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  if (transitiveKeys.some((key) => !names.has(key.toLowerCase()))) {
    throw invalidValue('The specified transitive tag key must be included in the requested tags.')
  }
  const current = sessions.current(ctx)
  const passedOn = new Set(current?.transitive.map((key) => key.toLowerCase()))
  const inherited = current?.tags.filter(({ Key }) => passedOn.has(Key.toLowerCase())) ?? []
  if (inherited.some(({ Key }) => names.has(Key.toLowerCase()))) {
    throw invalidValue(
      "One of the specified transitive tag keys can't be set because it conflicts with a " +
        'transitive tag key from the calling session.',
    )
  }
  const transitive = [...inherited.map(({ Key }) => Key), ...transitiveKeys]
  const keys = {
    ...requestTagKeys(given),
    'sts:TransitiveTagKeys': transitiveKeys.length > 0 ? transitiveKeys : undefined,
  }
  return { grant: { tags: [...inherited, ...given], transitive }, keys }
}

export function wireCredentials(credentials: SessionCredentials) {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiresAt,
  }
}
