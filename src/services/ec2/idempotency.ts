/**
 * Requests that carry a ClientToken happen once.
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
import { createHash } from 'node:crypto'
import { idempotentParameterMismatch, invalidValue } from './errors.ts'

const MAX_TOKEN_LENGTH = 64

/** What a resource keeps of the request that made it. */
export interface RequestIdentity {
  readonly ClientToken?: string
  /** Of all parameters but the token. */
  readonly RequestDigest?: string
}

interface Idempotent {
  ClientToken?: string | undefined
  DryRun?: boolean | undefined
}

/** What to keep of a request; empty when it has no token. */
export function identityOf(input: Idempotent): RequestIdentity {
  const { ClientToken, DryRun: _, ...rest } = input
  if (!ClientToken) return {}
  if (ClientToken.length > MAX_TOKEN_LENGTH) {
    throw invalidValue(`ClientToken cannot be longer than ${MAX_TOKEN_LENGTH} characters.`)
  }
  const RequestDigest = createHash('sha256').update(canonical(rest)).digest('base64url')
  return { ClientToken, RequestDigest }
}

/** Throws when an earlier request had the same token and other parameters. */
export function checkRepeated(earlier: RequestIdentity, now: RequestIdentity): void {
  if (earlier.RequestDigest !== now.RequestDigest) throw idempotentParameterMismatch()
}

/** The one of these that an earlier request with the same token made, with the same parameters. */
export function earlier<T extends RequestIdentity>(
  rows: Iterable<T>,
  now: RequestIdentity,
): T | undefined {
  if (now.ClientToken === undefined) return undefined
  for (const row of rows) {
    if (row.ClientToken !== now.ClientToken) continue
    checkRepeated(row, now)
    return row
  }
  return undefined
}

/** The order of members says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
