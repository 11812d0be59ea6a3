/** Policy documents: checked when they come, compiled once a row, encoded when they go. */
import { AwsError } from '../../aws/errors.ts'
import { type Policy, PolicyError, type PolicyKind, parsePolicy } from '../../policy/index.ts'
import type { ManagedPolicy, PolicyHolder, Role } from './state.ts'

/** Throws MalformedPolicyDocument with the engine's, that is AWS's, wording. */
export function readPolicy(document: string, kind: PolicyKind, name = ''): Policy {
  try {
    return parsePolicy(document, kind, name)
  } catch (error) {
    if (error instanceof PolicyError) throw new AwsError(error.code, error.message)
    throw error
  }
}

/** What counts against the quotas: characters that are no white space. */
export function sizeOf(document: string): number {
  return document.replace(/\s/g, '').length
}

/** Answers carry documents URL-encoded as RFC 3986 has it. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

export function inlinePoliciesOf(holder: PolicyHolder): readonly Policy[] {
  return cached(inlineByHolder, holder, () =>
    Object.entries(holder.inline).map(([name, document]) =>
      parsePolicy(document, 'identity', inlineName(name, holder)),
    ),
  )
}

/** How decisions name an inline policy. */
export function inlineName(policy: string, { name }: PolicyHolder): string {
  return `${policy} (inline of ${name})`
}

/** The policy that a managed policy's default version states. */
export function defaultPolicy(managed: ManagedPolicy): Policy {
  return cached(defaults, managed, () => {
    const { versions, defaultVersion, arn } = managed
    const version = versions.find(({ id }) => id === defaultVersion)
    if (!version) throw new Error(`${arn} has no version ${defaultVersion}`)
    return parsePolicy(version.document, 'identity', arn)
  })
}

export function trustPolicyOf(role: Role): Policy {
  return cached(trusts, role, () => parsePolicy(role.trust, 'trust', `of ${role.arn}`))
}

// Rows are never changed in place, so what a row compiles to holds as long as the row.
const inlineByHolder = new WeakMap<PolicyHolder, readonly Policy[]>()
const defaults = new WeakMap<ManagedPolicy, Policy>()
const trusts = new WeakMap<Role, Policy>()

function cached<K extends object, V>(cache: WeakMap<K, V>, key: K, make: () => V): V {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  cache.set(key, made)
  return made
}
