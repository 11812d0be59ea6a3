/** The forms in which callers name a function: its name, a partial and a full ARN, a qualifier. */
import { arn, parseArn } from '../../arn.ts'
import type { World } from '../../store/store.ts'
import { invalidParameter, notFound, validationError } from './errors.ts'

export const LATEST = '$LATEST'
export const SERVICE_PRINCIPAL = 'lambda.amazonaws.com'

export interface FunctionAddress {
  world: World
  name: string
  /** A version, an alias, or undefined when none was named. */
  qualifier: string | undefined
}

/** Aliases are never all digits. */
export function isVersionNumber(qualifier: string): boolean {
  return /^\d+$/.test(qualifier)
}

/** The form of an alias's name, which AWS checks where it also takes what is none. */
export function isAliasName(qualifier: string): boolean {
  return !isVersionNumber(qualifier) && /^[\w-]+$/.test(qualifier)
}

/** The key of what belongs to a function or one of its qualifiers. */
export function qualifiedKey(name: string, qualifier: string | undefined): string {
  return qualifier === undefined ? name : `${name}:${qualifier}`
}

/** The ARN of a function, with a qualifier when one is given. */
export function functionArn({ account, region }: World, name: string, qualifier?: string): string {
  const suffix = qualifier === undefined ? '' : `:${qualifier}`
  return arn('lambda', region, account, `function:${name}${suffix}`)
}

export function addressArn({ world, name, qualifier }: FunctionAddress): string {
  return functionArn(world, name, qualifier)
}

/** The same, where a function without a qualifier is called by `$LATEST`. */
export function qualifiedArn({ world, name, qualifier = LATEST }: FunctionAddress): string {
  return functionArn(world, name, qualifier)
}

/**
 * A name, with what may stand before it and behind it: `arn:aws:lambda:`, region, account,
 * `function:`; a qualifier. The model's pattern has checked the whole.
 */
const NAME = new RegExp(
  '^(?:arn:aws[a-z-]*:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\\d):)?(?:(\\d{12}):)?' +
    '(?:function:)?([^:]+)(?::(.+))?$',
)

/** Reads `FunctionName` and `Qualifier` of a request; `here` is where it was sent. */
export function parseFunctionName(text: string, here: World, qualifier?: string): FunctionAddress {
  const [, region = here.region, account = here.account, name, derived] = NAME.exec(text) ?? []
  if (name === undefined) throw validationError(`${text} does not name a function`)
  if (region !== here.region) {
    const [there, local] = [region, here.region].map((name) => `'${name}'`)
    throw notFound(`Functions from ${there} are not reachable in this region (${local})`)
  }
  if (qualifier !== undefined && derived !== undefined && derived !== qualifier) {
    throw invalidParameter(
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
  }
  return { world: { account, region }, name, qualifier: qualifier ?? derived }
}

/** The address in a function's ARN; undefined when it is the ARN of something else. */
export function parseFunctionArn(text: string): FunctionAddress | undefined {
  const parts = parseArn(text)
  if (parts?.service !== 'lambda') return undefined
  const [kind, name, qualifier, ...more] = parts.resource.split(':')
  if (kind !== 'function' || !name || more.length > 0) return undefined
  return { world: { account: parts.account, region: parts.region }, name, qualifier }
}
