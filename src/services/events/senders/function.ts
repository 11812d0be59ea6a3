/** Delivery to Lambda functions, their versions and aliases. */
import { EVENTS_PRINCIPAL } from '../names.ts'
import type { Result, Shipment } from './result.ts'

/**
 * Asynchronously, let in by the function's resource-based policy. UNCERTAIN: a role of the target
 * is not used, as the guide's page on permissions says.
 */
export function invokeFunction({ rule, target, payload, parts, ctx, cause }: Shipment): Result {
  const sender = { service: EVENTS_PRINCIPAL, sourceArn: rule.arn }
  return parts.invoker.invoke(target.Arn, payload, sender, ctx, cause)
}
