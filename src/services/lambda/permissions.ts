/** AddPermission, GetPolicy, RemovePermission. */
import type {
  AddPermissionRequest,
  AddPermissionResponse,
  GetPolicyRequest,
  GetPolicyResponse,
  RemovePermissionRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'
import { conflict, invalidParameter, notFound, preconditionFailed } from './errors.ts'
import { allowedFunction, findFunction, putFunction } from './functions.ts'
import { addressArn, functionArn, LATEST, parseFunctionName } from './names.ts'
import { documentOf, type PolicyStatement, policies, policyKey, policyOf } from './policies.ts'

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 20 KB */
const MAX_POLICY_BYTES = 20_480

export function addPermission(
  input: Checked<AddPermissionRequest>,
  ctx: Context,
): AddPermissionResponse {
  checkQualifier(input.Qualifier)
  const { address, found, there } = allowedFunction('AddPermission', input, ctx)
  const { name, qualifier } = address
  const key = policyKey(name, qualifier)
  const before = there.tx.get(policies, key)
  if (input.RevisionId !== undefined && input.RevisionId !== found.revisionId) {
    throw preconditionFailed('GetFunction/GetAlias')
  }
  if (before?.statements.some(({ Sid }) => Sid === input.StatementId)) {
    throw conflict(
      `The statement id (${input.StatementId}) provided already exists. Please provide a new ` +
        'statement id, or remove the existing statement.',
    )
  }
  const statement = statementOf(input, addressArn(address))
  const { revisionId } = putFunction(found, there)
  const after = {
    functionName: name,
    ...(qualifier !== undefined && { qualifier }),
    statements: [...(before?.statements ?? []), statement],
    revisionId,
  }
  if (Buffer.byteLength(JSON.stringify(documentOf(after))) > MAX_POLICY_BYTES) {
    const text = `The final policy size (${JSON.stringify(documentOf(after)).length}) is bigger than the limit (${MAX_POLICY_BYTES}).`
    throw new AwsError('PolicyLengthExceededException', text, { fields: { Type: 'User' } })
  }
  there.tx.put(policies, key, after)
  return { Statement: JSON.stringify(statement) }
}

export function getPolicy(input: Checked<GetPolicyRequest>, ctx: Context): GetPolicyResponse {
  const address = parseFunctionName(input.FunctionName, ctx.world, input.Qualifier)
  const { name, qualifier, world } = address
  const there = ctx.in(world)
  const resourcePolicy = policyOf(name, qualifier, there)
  ctx.allow('lambda:GetPolicy', functionArn(world, name), { resourcePolicy })
  const row = there.tx.get(policies, policyKey(name, qualifier))
  if (!row) throw notFound('The resource you requested does not exist.')
  return { Policy: JSON.stringify(documentOf(row)), RevisionId: row.revisionId }
}

export function removePermission(input: Checked<RemovePermissionRequest>, ctx: Context): object {
  const address = parseFunctionName(input.FunctionName, ctx.world, input.Qualifier)
  const { name, qualifier, world } = address
  const there = ctx.in(world)
  const resourcePolicy = policyOf(name, qualifier, there)
  ctx.allow('lambda:RemovePermission', functionArn(world, name), { resourcePolicy })
  const found = findFunction({ ...address, qualifier: undefined }, ctx)
  if (!found) throw notFound(`No policy found for: ${addressArn(address)}`)
  const key = policyKey(name, qualifier)
  const row = there.tx.get(policies, key)
  if (!row) throw notFound('No policy is associated with the given resource.')
  const statements = row.statements.filter(({ Sid }) => Sid !== input.StatementId)
  if (statements.length === row.statements.length) {
    throw notFound(`Statement ${input.StatementId} is not found in resource policy.`)
  }
  if (input.RevisionId !== undefined && input.RevisionId !== row.revisionId) {
    throw preconditionFailed('GetPolicy')
  }
  const { revisionId } = putFunction(found, there)
  if (statements.length === 0) there.tx.delete(policies, key)
  else there.tx.put(policies, key, { ...row, statements, revisionId })
  return {}
}

function checkQualifier(qualifier: string | undefined): void {
  if (qualifier !== LATEST) return
  throw invalidParameter('We currently do not support adding policies for $LATEST.')
}

/** The condition has StringEquals first, then ArnLike, as recorded. */
function statementOf(input: Checked<AddPermissionRequest>, resource: string): PolicyStatement {
  const equals = {
    ...(input.SourceAccount && { 'AWS:SourceAccount': input.SourceAccount }),
    ...(input.PrincipalOrgID && { 'aws:PrincipalOrgID': input.PrincipalOrgID }),
    ...(input.EventSourceToken && { 'lambda:EventSourceToken': input.EventSourceToken }),
    ...(input.FunctionUrlAuthType && { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
  }
  const condition = {
    ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
    ...(input.SourceArn && { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
  }
  return {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: resource,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  }
}

function principalOf(principal: string): PolicyStatement['Principal'] {
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
