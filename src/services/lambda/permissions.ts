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
import { findAlias, putAlias } from './aliases.ts'
import {
  conflict,
  invalidParameter,
  noSuchResource,
  notFound,
  preconditionFailed,
} from './errors.ts'
import { allowedAddress, existingQualified, findFunction, putFunction } from './functions.ts'
import { addressArn, type FunctionAddress, LATEST, qualifiedKey } from './names.ts'
import {
  deletePolicy,
  type FunctionPolicy,
  type PolicyStatement,
  policies,
  policyDocument,
} from './policies.ts'
import { principalOf } from './principals.ts'

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 20 KB */
const MAX_POLICY_BYTES = 20_480

export function addPermission(
  input: Checked<AddPermissionRequest>,
  ctx: Context,
): AddPermissionResponse {
  checkQualifier(input.Qualifier)
  const { address, there } = allowedAddress('AddPermission', input, ctx)
  const { name, qualifier } = address
  const target = targetOf(address, there)
  const before = there.tx.get(policies, qualifiedKey(name, qualifier))
  checkPolicyRevision(input.RevisionId, target)
  if (before?.statements.some(({ Sid }) => Sid === input.StatementId)) {
    throw conflict(
      `The statement id (${input.StatementId}) provided already exists. Please provide a new ` +
        'statement id, or remove the existing statement.',
    )
  }
  const statement = statementOf(input, addressArn(address))
  const after = {
    functionName: name,
    ...(qualifier !== undefined && { qualifier }),
    statements: [...(before?.statements ?? []), statement],
  }
  checkSize(after)
  there.tx.put(policies, qualifiedKey(name, qualifier), after)
  target.revise(there)
  return { Statement: JSON.stringify(statement) }
}

export function getPolicy(input: Checked<GetPolicyRequest>, ctx: Context): GetPolicyResponse {
  const { address, there } = allowedAddress('GetPolicy', input, ctx)
  const row = there.tx.get(policies, qualifiedKey(address.name, address.qualifier))
  if (!row) throw noSuchResource()
  const { revisionId: RevisionId } = targetOf(address, there)
  return { Policy: JSON.stringify(policyDocument(row.statements)), RevisionId }
}

export function removePermission(input: Checked<RemovePermissionRequest>, ctx: Context): object {
  const { address, there } = allowedAddress('RemovePermission', input, ctx)
  const { name, qualifier } = address
  if (!findFunction({ ...address, qualifier: undefined }, there)) {
    throw notFound(`No policy found for: ${addressArn(address)}`)
  }
  const target = targetOf(address, there)
  const row = there.tx.get(policies, qualifiedKey(name, qualifier))
  if (!row) throw notFound('No policy is associated with the given resource.')
  const statements = row.statements.filter(({ Sid }) => Sid !== input.StatementId)
  if (statements.length === row.statements.length) {
    throw notFound(`Statement ${input.StatementId} is not found in resource policy.`)
  }
  checkPolicyRevision(input.RevisionId, target)
  if (statements.length === 0) deletePolicy(name, qualifier, there)
  else there.tx.put(policies, qualifiedKey(name, qualifier), { ...row, statements })
  target.revise(there)
  return {}
}

/** What has the policy, whose revision changes with it: a function, a version or an alias. */
interface Target {
  revisionId: string
  revise(there: Context): void
}

function targetOf(address: FunctionAddress, there: Context): Target {
  const { name, qualifier } = address
  const alias = qualifier === undefined ? undefined : findAlias(name, qualifier, there)
  if (alias) {
    return { revisionId: alias.revisionId, revise: (ctx) => void putAlias(alias, ctx) }
  }
  const found = existingQualified(address, there)
  return { revisionId: found.revisionId, revise: (ctx) => void putFunction(found, ctx) }
}

function checkPolicyRevision(given: string | undefined, { revisionId }: Target): void {
  if (given !== undefined && given !== revisionId) throw preconditionFailed('GetPolicy')
}

function checkSize(policy: FunctionPolicy): void {
  const bytes = Buffer.byteLength(JSON.stringify(policyDocument(policy.statements)))
  if (bytes <= MAX_POLICY_BYTES) return
  const text = `The final policy size (${bytes}) is bigger than the limit (${MAX_POLICY_BYTES}).`
  throw new AwsError('PolicyLengthExceededException', text, { fields: { Type: 'User' } })
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
    ...(input.InvokedViaFunctionUrl && { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }),
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
