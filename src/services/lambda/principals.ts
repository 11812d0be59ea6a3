/** Who a statement of a resource-based policy is for. */
import { invalidParameter } from './errors.ts'
import type { PolicyStatement } from './policies.ts'

/** The `Principal` that AWS writes for what was given: a service, an account, an ARN or `*`. */
export function principalOf(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*'
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` }
  if (/^arn:aws[\w-]*:(iam|sts)::\d{12}:/.test(principal)) return { AWS: principal }
  if (/^[\w-]+(\.[\w-]+)*\.(amazonaws\.com(\.cn)?|alexa\.com)$/.test(principal)) {
    return { Service: principal }
  }
  throw invalidParameter(
    'The provided principal was invalid. Please check the principal and try again.',
  )
}
