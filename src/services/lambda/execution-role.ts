/** A function's execution role: who may give it, and what a configuration needs of it. */
import { parseArn } from '../../arn.ts'
import type { Access, Context } from '../../aws/context.ts'
import type { RoleSender, Roles } from '../ports.ts'
import { accessDenied, invalidParameter } from './errors.ts'
import type { LambdaFunction } from './functions.ts'
import { SERVICE_PRINCIPAL } from './names.ts'

/** As AWS writes a service's name in its refusals. */
const SERVICE_TITLES: Readonly<Record<string, string>> = {
  sqs: 'SQS',
  sns: 'SNS',
  s3: 'S3',
  lambda: 'Lambda',
  events: 'EventBridge',
  ec2: 'EC2',
}

/** A function's calls to other services, in its own name. */
export function senderOf({
  settings: { role },
  name,
}: Pick<LambdaFunction, 'settings' | 'name'>): RoleSender {
  return senderAs({ role, name })
}

/** The role of a function, by the function's name. */
export interface RoleHolder {
  role: string
  name: string
}

/** A name of one character is too short for a session, and is made longer (recorded). */
function senderAs({ role: roleArn, name }: RoleHolder): RoleSender {
  const sessionName = name.length > 1 ? name : `${name}@lambda_function`
  return { roleArn, service: SERVICE_PRINCIPAL, sessionName }
}

/** Asks whether the caller may give a function this role. */
export function allowPassRole(role: string, ctx: Context): void {
  if (parseArn(role)?.account !== ctx.account) {
    throw accessDenied('Cross-account pass role is not allowed.')
  }
  ctx.allow('iam:PassRole', role, { keys: { 'iam:PassedToService': SERVICE_PRINCIPAL } })
}

export function checkAssumable(role: string, roles: Roles, ctx: Context): void {
  if (roles.assumable(role, SERVICE_PRINCIPAL, ctx)) return
  throw invalidParameter('The role defined for the function cannot be assumed by Lambda.')
}

/** Throws AWS's refusal of a configuration unless the role may do `action` to `resource`. */
export function checkRoleMay(
  action: string,
  resource: string,
  holder: RoleHolder,
  roles: Roles,
  ctx: Context,
  access: Access = {},
): void {
  if (roles.decide(senderAs(holder), action, resource, ctx, access).allowed) return
  const [service = '', call] = action.split(':')
  throw invalidParameter(
    `The provided execution role does not have permissions to call ${call} on ` +
      SERVICE_TITLES[service],
  )
}
