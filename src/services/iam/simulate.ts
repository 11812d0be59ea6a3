/** The policy simulator: what a principal, or a set of policies, would allow. */
import type {
  ContextEntry,
  EvaluationResult,
  GetContextKeysForCustomPolicyRequest,
  GetContextKeysForPolicyResponse,
  GetContextKeysForPrincipalPolicyRequest,
  Statement as MatchedStatement,
  PolicyEvaluationDecisionType,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
  SimulatePrincipalPolicyRequest,
} from '@aws-sdk/client-iam'
import { parseArn } from '../../arn.ts'
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import {
  type Decision,
  evaluate,
  type Policies,
  type Policy,
  type Principal,
  requestContext,
} from '../../policy/index.ts'
import { boundaryPolicyOf, identityPoliciesOf } from './authority.ts'
import { inlineName, readPolicy } from './documents.ts'
import { ask, GROUP, type Kind, nameInArn, ROLE, USER } from './entities.ts'
import { invalidInput } from './errors.ts'
import { groupsOf } from './groups.ts'
import { policyAt } from './managed-policies.ts'
import { type PageRequest, pageInOrder } from './paging.ts'
import { principalKeys, roleCaller, userCaller } from './principals.ts'
import { type Group, keyOf, type PolicyHolder, type Role, type User } from './state.ts'
import { statementSpans } from './statement-positions.ts'

/** The name of the session that stands for a role. */
const SIMULATED_SESSION = 'simulation'

/** Whom a simulation is about, and by what. */
interface Simulation {
  principal: Principal
  policies: Policies
  /** The condition keys that the principal brings along. */
  keys: ConditionKeys
  /** By the names that decisions give policies. */
  sources: Sources
  /** Nobody calls: the caller's account is that of every resource. */
  isAnywhere?: true
}

interface PolicySource {
  /** As answers name the policy: `role_ROLE_POLICY` for an inline one. */
  id: string
  /** The text, to tell where statements stand. */
  document: string
}

type Sources = ReadonlyMap<string, PolicySource>

type Source =
  | { kind: 'user'; holder: User }
  | { kind: 'role'; holder: Role }
  | { kind: 'group'; holder: Group }

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html */
export function simulatePrincipalPolicy(
  input: Checked<SimulatePrincipalPolicyRequest>,
  ctx: Context,
): SimulatePolicyResponse {
  ask(ctx, input.PolicySourceArn)
  const source = sourceAt(input.PolicySourceArn, ctx)
  const given = readInputs(input.PolicyInputList, 'PolicyInputList')
  const boundaries = readInputs(
    input.PermissionsBoundaryPolicyInputList,
    'PermissionsBoundaryPolicyInputList',
  )
  const boundary = boundaries[0] ?? boundaryOfSource(source, ctx)
  const policies: Policies = {
    identity: [...policiesOfSource(source, ctx), ...given],
    ...(boundary && { boundary }),
    ...resourcePolicy(input.ResourcePolicy),
  }
  const sources = new Map([...sourcesOf(source, ctx), ...sourcesOfInputs(input)])
  if (source.kind !== 'user') needsCaller(input)
  const actor = input.CallerArn === undefined ? actorOf(source, ctx) : actorAt(input.CallerArn, ctx)
  return simulate({ ...actor, policies, sources }, input, ctx)
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html */
export function simulateCustomPolicy(
  input: Checked<SimulateCustomPolicyRequest>,
  ctx: Context,
): SimulatePolicyResponse {
  ask(ctx, '*')
  needsCaller(input)
  const [boundary] = readInputs(
    input.PermissionsBoundaryPolicyInputList,
    'PermissionsBoundaryPolicyInputList',
  )
  const policies: Policies = {
    identity: readInputs(input.PolicyInputList, 'PolicyInputList'),
    ...(boundary && { boundary }),
    ...resourcePolicy(input.ResourcePolicy),
  }
  const sources = new Map(sourcesOfInputs(input))
  const { CallerArn } = input
  if (CallerArn !== undefined) {
    return simulate({ ...actorAt(CallerArn, ctx), policies, sources }, input, ctx)
  }
  const actor = actorAt(`arn:aws:iam::${ctx.account}:user/simulated`, ctx)
  return simulate({ ...actor, policies, sources, isAnywhere: true }, input, ctx)
}

type Actor = Pick<Simulation, 'principal' | 'keys'>

/** The user that a request names as the caller, whatever policies are simulated. */
function actorAt(arn: string, ctx: Context): Actor {
  const account = parseArn(arn)?.account ?? ctx.account
  return {
    principal: { type: 'user', account, arn },
    keys: { 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': account },
  }
}

function needsCaller({ ResourcePolicy, CallerArn }: Inputs): void {
  if (ResourcePolicy !== undefined && CallerArn === undefined) {
    throw invalidInput('CallerArn must be specified if ResourcePolicy is specified.')
  }
}

export function getContextKeysForCustomPolicy(
  { PolicyInputList }: Checked<GetContextKeysForCustomPolicyRequest>,
  ctx: Context,
): GetContextKeysForPolicyResponse {
  ask(ctx, '*')
  return { ContextKeyNames: keyNamesIn(readInputs(PolicyInputList, 'PolicyInputList')) }
}

export function getContextKeysForPrincipalPolicy(
  { PolicySourceArn, PolicyInputList }: Checked<GetContextKeysForPrincipalPolicyRequest>,
  ctx: Context,
): GetContextKeysForPolicyResponse {
  ask(ctx, PolicySourceArn)
  const source = sourceAt(PolicySourceArn, ctx)
  const given = readInputs(PolicyInputList, 'PolicyInputList')
  return { ContextKeyNames: keyNamesIn([...policiesOfSource(source, ctx), ...given]) }
}

interface Scenario extends PageRequest {
  ActionNames: string[]
  ResourceArns?: string[]
  ResourceOwner?: string
  ContextEntries?: ContextEntry[]
}

function simulate(simulation: Simulation, scenario: Scenario, ctx: Context) {
  const { ActionNames, ResourceArns = ['*'] } = scenario
  const pairs = ActionNames.flatMap((action) =>
    ResourceArns.map((resource) => ({ action, resource })),
  )
  const { items, ...page } = pageInOrder(pairs, scenario)
  const owner = parseArn(scenario.ResourceOwner ?? '')?.account ?? ctx.account
  const results = items.map(({ action, resource }) =>
    resultOf(simulation, action, resource, owner, scenario.ContextEntries ?? []),
  )
  return { EvaluationResults: results, ...page }
}

/**
 * Of all resources there is one result. Of one by its ARN there are the details too, and what is
 * missing is told there (API_EvaluationResult). UNCERTAIN: what the details of a decision across
 * accounts are called, so that they stay empty.
 */
function resultOf(
  simulation: Simulation,
  action: string,
  resource: string,
  owner: string,
  entries: readonly ContextEntry[],
): EvaluationResult {
  const { principal, policies, keys, sources, isAnywhere } = simulation
  const context = requestContext({ ...keys, ...contextOf(entries) })
  const { account = '' } = parseArn(resource) ?? {}
  const resourceAccount = /^\d{12}$/.test(account) ? account : owner
  const asked = { principal, action, resource, context }
  const decision = evaluate({ ...asked, ...(!isAnywhere && { resourceAccount }) }, policies)
  const decided: PolicyEvaluationDecisionType =
    decision.reason === 'allowed' ? 'allowed' : decision.reason
  const { boundary } = policies
  const MatchedStatements = matchedStatements(decision, sources)
  const MissingContextValues = keyNamesIn(allOf(policies), action).filter(
    (name) => context.get(name.toLowerCase()) === undefined,
  )
  const limit = boundary && {
    PermissionsBoundaryDecisionDetail: {
      AllowedByPermissionsBoundary: evaluate(asked, { identity: [boundary] }).allowed,
    },
  }
  const result = {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decided,
    MatchedStatements,
    MissingContextValues,
    ...limit,
    OrganizationsDecisionDetail: { AllowedByOrganizations: true },
  }
  if (resource === '*') return result
  const specific = {
    EvalResourceName: resource,
    EvalResourceDecision: decided,
    MatchedStatements,
    MissingContextValues,
    ...limit,
  }
  const details = { EvalDecisionDetails: {}, ResourceSpecificResults: [specific] }
  return { ...result, MissingContextValues: [], ...details }
}

function matchedStatements({ statements }: Decision, sources: Sources): MatchedStatement[] {
  return statements.map(({ policy, policyType, index }) => {
    // As recorded from AWS, where the SDK's types list other values.
    const type = policyType === 'resource-based policy' ? 'Resource Policy' : 'IAM Policy'
    const source = sources.get(policy)
    return {
      SourcePolicyId: source?.id ?? policy,
      SourcePolicyType: type as MatchedStatement['SourcePolicyType'],
      ...statementSpans(source?.document ?? '')[index],
    }
  })
}

function contextOf(entries: readonly ContextEntry[]): ConditionKeys {
  return Object.fromEntries(
    entries.map(({ ContextKeyName = '', ContextKeyValues = [], ContextKeyType = 'string' }) => [
      ContextKeyName,
      ContextKeyType.endsWith('List') ? ContextKeyValues : ContextKeyValues[0],
    ]),
  )
}

/** The condition keys that statements ask for, all or those that cover an action. */
function keyNamesIn(policies: readonly Policy[], action?: string): string[] {
  const statements = policies.flatMap((policy) => {
    if (action === undefined) return policy.statements
    const { allow, deny } = policy.covering(action.toLowerCase())
    return [...allow, ...deny]
  })
  const inConditions = statements.flatMap(({ conditions }) => conditions.map(({ key }) => key))
  const inResources = statements.flatMap(({ document }) =>
    [...(document.Resource ?? []), ...(document.NotResource ?? [])].flatMap(variablesIn),
  )
  return [...new Set([...inConditions, ...inResources])]
}

function variablesIn(text: string): string[] {
  return [...text.matchAll(/\$\{\s*([\w:/.-]+)\s*[,}]/g)].map(([, name = '']) => name)
}

function allOf({ identity = [], boundary, resource }: Policies): Policy[] {
  return [...identity, ...(boundary ? [boundary] : []), ...(resource ? [resource] : [])]
}

function resourcePolicy(document: string | undefined): Pick<Policies, 'resource'> {
  if (document === undefined) return {}
  return { resource: readPolicy(document, 'resource', 'ResourcePolicy') }
}

function readInputs(documents: readonly string[] = [], list: string): Policy[] {
  return documents.map((document, index) =>
    readPolicy(document, 'identity', `${list}.${index + 1}`),
  )
}

interface Inputs {
  PolicyInputList?: string[]
  PermissionsBoundaryPolicyInputList?: string[]
  ResourcePolicy?: string
  CallerArn?: string
}

function sourcesOfInputs(inputs: Inputs): [name: string, source: PolicySource][] {
  const { PolicyInputList = [], PermissionsBoundaryPolicyInputList = [], ResourcePolicy } = inputs
  const lists = { PolicyInputList, PermissionsBoundaryPolicyInputList }
  const named = Object.entries(lists).flatMap(([list, documents]) =>
    documents.map((document, index) => [`${list}.${index + 1}`, document] as const),
  )
  return [...named, ['ResourcePolicy', ResourcePolicy ?? ''] as const].map(([id, document]) => [
    id,
    { id, document },
  ])
}

function sourceAt(arn: string, ctx: Context): Source {
  const [kind = '', ...rest] = parseArn(arn)?.resource.split('/') ?? []
  const name = rest.at(-1) ?? ''
  const at = <T extends PolicyHolder>(known: Kind<T>): T => {
    const holder = ctx.tx.get(known.table, keyOf(nameInArn(arn) ?? ''))
    if (holder?.arn !== arn) throw known.notFound(name)
    return holder
  }
  switch (kind) {
    case 'user':
      return { kind, holder: at(USER) }
    case 'role':
      return { kind, holder: at(ROLE) }
    case 'group':
      return { kind, holder: at(GROUP) }
    default:
      throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`)
  }
}

function policiesOfSource({ holder }: Source, ctx: Context): readonly Policy[] {
  return identityPoliciesOf(holder, ctx.tx)
}

function boundaryOfSource({ holder }: Source, ctx: Context): Policy | undefined {
  return holder.boundary === undefined ? undefined : boundaryPolicyOf(holder.boundary, ctx.tx)
}

function actorOf(source: Source, { account }: Context): Actor {
  const { holder } = source
  if (source.kind === 'group') {
    // A group is no principal: what it allows is asked as if by a user who has nothing else.
    return { principal: { type: 'user', account, arn: holder.arn }, keys: {} }
  }
  const caller =
    source.kind === 'user'
      ? userCaller(source.holder, account, '')
      : roleCaller(source.holder, account, SIMULATED_SESSION)
  return { principal: caller.principal, keys: principalKeys(caller, source.holder) }
}

/** Where a principal's policies come from: managed ones, its own and its groups' inline ones. */
function sourcesOf(source: Source, ctx: Context): [name: string, source: PolicySource][] {
  const { boundary = '' } = source.holder
  const managed = [...policiesOfSource(source, ctx).map(({ name }) => name), boundary]
    .flatMap((arn) => policyAt(arn, ctx.tx) ?? [])
    .map(({ name, arn, versions, defaultVersion }): [string, PolicySource] => {
      const document = versions.find(({ id }) => id === defaultVersion)?.document ?? ''
      return [arn, { id: name, document }]
    })
  const inherited = source.kind === 'user' ? groupsOf(source.holder, ctx) : []
  return [
    ...managed,
    ...inlineSources(source.kind, source.holder),
    ...inherited.flatMap((group) => inlineSources('group', group)),
  ]
}

function inlineSources(kind: Source['kind'], holder: PolicyHolder): [string, PolicySource][] {
  return Object.entries(holder.inline).map(([name, document]) => [
    inlineName(name, holder),
    { id: `${kind}_${holder.name}_${name}`, document },
  ])
}
