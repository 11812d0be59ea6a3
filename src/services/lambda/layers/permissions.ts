/** Who may use a version of a layer. */
import type {
  AddLayerVersionPermissionRequest,
  AddLayerVersionPermissionResponse,
  GetLayerVersionPolicyRequest,
  GetLayerVersionPolicyResponse,
  RemoveLayerVersionPermissionRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../../aws/context.ts'
import type { Checked } from '../../../aws/service.ts'
import { conflict, notFound, preconditionFailed } from '../errors.ts'
import { type PolicyStatement, policyDocument } from '../policies.ts'
import { principalOf } from '../principals.ts'
import { versionAddress } from './operations.ts'
import { findLayerVersion, type LayerVersion, layerArn, putLayerVersion } from './versions.ts'

export function addLayerVersionPermission(
  input: Checked<AddLayerVersionPermissionRequest>,
  ctx: Context,
): AddLayerVersionPermissionResponse {
  const { found, arn, there } = allowedVersion('AddLayerVersionPermission', input, ctx)
  const { policy } = found
  if (policy?.statements.some(({ Sid }) => Sid === input.StatementId)) {
    throw conflict(
      `The statement id (${input.StatementId}) provided already exists. Please provide a new ` +
        'statement id, or remove the existing statement.',
    )
  }
  checkRevision(input.RevisionId, found)
  const statement: PolicyStatement = {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: arn,
    ...(input.OrganizationId && {
      Condition: { StringEquals: { 'aws:PrincipalOrgID': input.OrganizationId } },
    }),
  }
  const revisionId = ctx.ids.uuid()
  const statements = [...(policy?.statements ?? []), statement]
  putLayerVersion({ ...found, policy: { statements, revisionId } }, there)
  return { Statement: JSON.stringify(statement), RevisionId: revisionId }
}

export function getLayerVersionPolicy(
  input: Checked<GetLayerVersionPolicyRequest>,
  ctx: Context,
): GetLayerVersionPolicyResponse {
  const { policy } = allowedVersion('GetLayerVersionPolicy', input, ctx).found
  if (!policy) throw notFound('No policy is associated with the given resource.')
  const Policy = JSON.stringify(policyDocument(policy.statements))
  return { Policy, RevisionId: policy.revisionId }
}

export function removeLayerVersionPermission(
  input: Checked<RemoveLayerVersionPermissionRequest>,
  ctx: Context,
): object {
  const { found, there } = allowedVersion('RemoveLayerVersionPermission', input, ctx)
  const { policy, ...rest } = found
  const statements = policy?.statements.filter(({ Sid }) => Sid !== input.StatementId) ?? []
  if (statements.length === (policy?.statements.length ?? 0)) {
    throw notFound(`Statement ${input.StatementId} is not found in resource policy.`)
  }
  checkRevision(input.RevisionId, found)
  const kept = statements.length > 0 && { policy: { statements, revisionId: ctx.ids.uuid() } }
  putLayerVersion({ ...rest, ...kept }, there)
  return {}
}

function allowedVersion(
  action: string,
  input: { LayerName: string; VersionNumber: number },
  ctx: Context,
) {
  const address = versionAddress(input, ctx)
  const { world, layerName, version } = address
  const arn = layerArn(world, layerName, version)
  ctx.allow(`lambda:${action}`, arn)
  const found = findLayerVersion(address, ctx)
  if (!found) throw notFound(`Layer version ${arn} does not exist.`)
  return { found, arn, there: ctx.in(world) }
}

function checkRevision(given: string | undefined, { policy }: LayerVersion): void {
  if (given === undefined || given === policy?.revisionId) return
  throw preconditionFailed('GetLayerPolicy')
}
