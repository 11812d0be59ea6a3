/** Delivery to Lambda functions, their versions and aliases. */
import type { Result, Shipment } from './result.ts'
import { blamingRole, senderFor } from './role.ts'

/**
 * Asynchronously, under the target's role where it has one, else let in by the function's
 * resource-based policy. A function of another account needs both.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html
 */
export function invokeFunction(shipment: Shipment): Result {
  const { target, event, payload, parts, ctx, cause } = shipment
  const asked = { payload, traceHeader: event.traceHeader }
  const result = parts.invoker.invoke(target.Arn, asked, senderFor(shipment), ctx, cause)
  return blamingRole(result, shipment)
}
