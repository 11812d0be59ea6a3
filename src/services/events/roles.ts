/** Roles that users hand to the service: who may, and what the service then does under them. */
import type { Context } from '../../aws/context.ts'
import type { RoleSender, Roles } from '../ports.ts'
import { roleNotAssumable } from './errors.ts'
import { EVENTS_PRINCIPAL } from './names.ts'

/** Asks iam:PassRole of the caller, for a role that EventBridge is to use for a rule. */
export function passRole(roleArn: string, ruleArn: string, ctx: Context): void {
  const keys = { 'iam:PassedToService': EVENTS_PRINCIPAL, 'iam:AssociatedResourceArn': ruleArn }
  ctx.allow('iam:PassRole', roleArn, { keys })
}

/** The same for a role that must let EventBridge assume it; throws ValidationException if not. */
export function passAssumableRole(
  roleArn: string,
  ruleArn: string,
  roles: Roles,
  ctx: Context,
): void {
  passRole(roleArn, ruleArn, ctx)
  if (!roles.caller(roleSender(roleArn, ruleArn), ctx)) throw roleNotAssumable(roleArn)
}

const MAX_SESSION_NAME_CHARACTERS = 64

/** EventBridge acting for a rule. AWS names its sessions by something opaque. */
export function roleSender(roleArn: string, ruleArn: string): RoleSender {
  const name = ruleArn.slice(ruleArn.lastIndexOf('/') + 1)
  const sessionName = name.slice(0, MAX_SESSION_NAME_CHARACTERS)
  return { roleArn, service: EVENTS_PRINCIPAL, sessionName, onBehalfOf: ruleArn }
}
