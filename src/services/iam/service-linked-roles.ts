/** Service-linked roles: made for a service, which alone may assume and shape them. */
import type {
  CreateServiceLinkedRoleRequest,
  CreateServiceLinkedRoleResponse,
  DeleteServiceLinkedRoleRequest,
  DeleteServiceLinkedRoleResponse,
  GetServiceLinkedRoleDeletionStatusRequest,
  GetServiceLinkedRoleDeletionStatusResponse,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { awsManagedPolicy } from './aws-managed.ts'
import { ask, found, iamArn, newId, ROLE, save, wholeSeconds } from './entities.ts'
import { invalidInput, noSuchEntity } from './errors.ts'
import { type LinkedRole, linkedRoleOf } from './linked-roles.ts'
import { brief, DEFAULT_SESSION_SECONDS, removeRole } from './roles.ts'
import { keyOf, type Role, roleDeletions, roles } from './state.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html */
export function createServiceLinkedRole(
  { AWSServiceName: service, Description, CustomSuffix }: Checked<CreateServiceLinkedRoleRequest>,
  ctx: Context,
): Answer<CreateServiceLinkedRoleResponse> {
  const linked = linkedRoleOf(service)
  const suffix = CustomSuffix === undefined ? '' : `_${CustomSuffix}`
  const name = `AWSServiceRoleFor${linked?.name ?? service}${suffix}`
  const path = `/aws-service-role/${service}/`
  const arn = iamArn(`role${path}${name}`, ctx)
  ask(ctx, arn, { 'iam:AWSServiceName': service })
  if (!linked) throw invalidInput(`Service role for ${service} is not known to Windtunnel.`)
  if (CustomSuffix !== undefined && !linked.takesSuffix) {
    throw invalidInput(`Custom suffix is not allowed for ${service}`)
  }
  if (ctx.tx.has(roles, keyOf(name))) {
    throw invalidInput(
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    )
  }
  const description = Description || linked.description
  const role: Role = {
    name,
    path,
    arn,
    id: newId(ROLE, ctx),
    createdAt: wholeSeconds(ctx.now),
    tags: [],
    ...(description && { description }),
    trust: trustOf(service),
    trusted: {},
    maxSessionSeconds: DEFAULT_SESSION_SECONDS,
    linkedService: service,
    inline: {},
    attached: policyOf(linked),
  }
  save(ROLE, role, ctx)
  return { Role: brief(role) }
}

/** Nothing uses the role that we know of, so the deletion has succeeded when it is asked for. */
export function deleteServiceLinkedRole(
  { RoleName }: Checked<DeleteServiceLinkedRoleRequest>,
  ctx: Context,
): DeleteServiceLinkedRoleResponse {
  const role = found(ROLE, RoleName, ctx)
  if (role.linkedService === undefined) {
    throw invalidInput(`The role ${role.name} is not a service-linked role.`)
  }
  removeRole(role, ctx)
  const DeletionTaskId = `task${role.path}${role.name}/${ctx.ids.uuid()}`
  ctx.tx.put(roleDeletions, DeletionTaskId, { id: DeletionTaskId })
  return { DeletionTaskId }
}

export function getServiceLinkedRoleDeletionStatus(
  { DeletionTaskId }: Checked<GetServiceLinkedRoleDeletionStatusRequest>,
  ctx: Context,
): GetServiceLinkedRoleDeletionStatusResponse {
  const [, ...path] = DeletionTaskId.split('/').slice(0, -1)
  ask(ctx, iamArn(`role/${path.join('/')}`, ctx))
  if (!ctx.tx.has(roleDeletions, DeletionTaskId)) {
    throw noSuchEntity(`Deletion task with id ${DeletionTaskId} cannot be found.`)
  }
  return { Status: 'SUCCEEDED' }
}

function trustOf(service: string): string {
  const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }
  return JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
}

function policyOf({ policy }: LinkedRole): string[] {
  const arn = `arn:aws:iam::aws:policy/aws-service-role/${policy}`
  return awsManagedPolicy(arn) ? [arn] : []
}
