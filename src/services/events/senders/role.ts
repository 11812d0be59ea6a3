/** Roles of targets: who sends, and whether it was the role itself that could not be used. */
import type { RoleSender, ServiceSender } from '../../ports.ts'
import { EVENTS_PRINCIPAL } from '../names.ts'
import { roleSender } from '../roles.ts'
import type { Result, Shipment } from './result.ts'

/** EventBridge acting for a rule: under the target's role, where it has one, else as itself. */
export function senderFor({ rule, target: { RoleArn } }: Shipment): RoleSender | ServiceSender {
  return RoleArn === undefined
    ? { service: EVENTS_PRINCIPAL, sourceArn: rule.arn }
    : roleSender(RoleArn, rule.arn)
}

/** Tells a refusal of what the role may not do from one that EventBridge may not assume it. */
export function blamingRole(result: Result, { rule, target, parts, ctx }: Shipment): Result {
  if (result.accepted || target.RoleArn === undefined) return result
  const role = parts.roles.caller(roleSender(target.RoleArn, rule.arn), ctx)
  return role ? result : { ...result, code: 'FAILED_TO_ASSUME_ROLE' }
}
