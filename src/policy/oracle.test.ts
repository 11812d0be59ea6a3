/**
 * Random policies and requests: the engine against a slow evaluator that follows the evaluation
 * order word by word, on the documents as they are written.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requestContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import { parsePolicy } from './policy.ts'
import type { Principal } from './types.ts'

const A = '111111111111'
const B = '222222222222'
const USER = `arn:aws:iam::${A}:user/u`
const ROLE = `arn:aws:iam::${A}:role/r`
const SESSION = `arn:aws:sts::${A}:assumed-role/r/s`
const FEDERATED = `arn:aws:sts::${A}:federated-user/f`
const SERVICE = 'events.amazonaws.com'

const PRINCIPALS: readonly Principal[] = [
  { type: 'root', account: A },
  { type: 'user', account: A, arn: USER },
  { type: 'assumed-role', account: A, arn: SESSION, roleArn: ROLE },
  { type: 'federated-user', account: A, arn: FEDERATED, federator: USER },
  { type: 'service', service: SERVICE },
  { type: 'anonymous' },
]

interface SlowStatement {
  Effect: 'Allow' | 'Deny'
  Action?: string[]
  NotAction?: string[]
  Resource?: string[]
  NotResource?: string[]
  Principal?: { AWS?: string[]; Service?: string[] }
  Condition?: Record<string, Record<string, string[]>>
}
type SlowPolicy = SlowStatement[]

interface SlowRequest {
  principal: Principal
  action: string
  resource: string
  resourceAccount: string
  team: string | undefined
}

interface World {
  identity: SlowPolicy[]
  boundary: SlowPolicy | undefined
  session: SlowPolicy[] | undefined
  resource: SlowPolicy | undefined
  isTrust: boolean
  serviceControl: SlowPolicy[][] | undefined
}

const like = (pattern: string, text: string) =>
  new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text)

function named(statement: SlowStatement, principal: Principal): string[] {
  const aws = statement.Principal?.AWS ?? []
  if (aws.includes('*')) return ['direct']
  if (principal.type === 'anonymous' || principal.type === 'web-identity') return []
  if (principal.type === 'service') {
    return statement.Principal?.Service?.includes(principal.service) ? ['direct'] : []
  }
  const viaAccount = aws.includes(principal.account) || aws.includes(`arn:aws:iam::${A}:root`)
  const levels = viaAccount ? [principal.type === 'root' ? 'direct' : 'account'] : []
  if (principal.type === 'root') return levels
  if (aws.includes(principal.arn)) levels.push('direct')
  if (principal.type === 'assumed-role' && aws.includes(principal.roleArn)) levels.push('role')
  if (principal.type === 'federated-user' && aws.includes(principal.federator)) levels.push('role')
  return levels
}

function conditionHolds(statement: SlowStatement, team: string | undefined): boolean {
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) => {
    const wanted = Object.values(keys).flat()
    const equal = team !== undefined && wanted.includes(team)
    switch (operator) {
      case 'StringEquals':
        return equal
      case 'StringNotEquals':
        return !equal
      case 'StringEqualsIfExists':
        return team === undefined || equal
      case 'Null':
        return wanted.includes(String(team === undefined))
      default:
        throw new Error(operator)
    }
  })
}

function matching(policy: SlowPolicy, effect: string, request: SlowRequest): SlowStatement[] {
  const { action, resource } = request
  return policy.filter(
    (it) =>
      it.Effect === effect &&
      (it.Action?.some((pattern) => like(pattern, action)) ?? true) &&
      !it.NotAction?.some((pattern) => like(pattern, action)) &&
      (it.Resource?.some((pattern) => like(pattern, resource)) ?? true) &&
      !it.NotResource?.some((pattern) => like(pattern, resource)) &&
      (it.Principal === undefined || named(it, request.principal).length > 0) &&
      conditionHolds(it, request.team),
  )
}

/** The order of the user guide, one sentence a line. */
function slowly(request: SlowRequest, world: World): string {
  const { identity, boundary, session, resource, serviceControl = [] } = world
  const { principal } = request
  const allows = (policies: SlowPolicy[]) =>
    policies.some((policy) => matching(policy, 'Allow', request).length > 0)
  const everything = [
    ...identity,
    ...(boundary ? [boundary] : []),
    ...(session ?? []),
    ...(resource ? [resource] : []),
    ...serviceControl.flat(),
  ]
  if (everything.some((policy) => matching(policy, 'Deny', request).length > 0)) {
    return 'explicitDeny'
  }
  if (!serviceControl.every(allows)) return 'implicitDeny'
  const grants = resource ? matching(resource, 'Allow', request) : []
  const levels = grants.flatMap((grant) => named(grant, principal))
  if (!('account' in principal)) return levels.length > 0 ? 'allowed' : 'implicitDeny'
  const withinAccount = request.resourceAccount === principal.account
  if (withinAccount && levels.includes('direct')) return 'allowed'
  const boundaryAllows = !boundary || principal.type === 'root' || allows([boundary])
  const sessionAllows = session ? allows(session) : principal.type !== 'federated-user'
  const limitsAllow = boundaryAllows && sessionAllows
  if (withinAccount && levels.includes('role')) return limitsAllow ? 'allowed' : 'implicitDeny'
  const own = (principal.type === 'root' || allows(identity)) && limitsAllow
  const mustAllow = world.isTrust || !withinAccount
  return own && (levels.length > 0 || !mustAllow) ? 'allowed' : 'implicitDeny'
}

const oneOf = <Value>(...values: Value[]) => fc.constantFrom(...values)
const some = (...values: string[]) => fc.subarray(values, { minLength: 1, maxLength: 2 })

const actions = some('sts:AssumeRole', 'sts:*', 'sts:?ssume*', 'sts:Get*')
const resources = some(
  '*',
  'arn:aws:iam::1:role/a',
  'arn:aws:iam::1:role/*',
  'arn:aws:iam::*:role/b',
)
const principals = oneOf<SlowStatement['Principal']>(
  { AWS: ['*'] },
  { AWS: [A] },
  { AWS: [`arn:aws:iam::${A}:root`, ROLE] },
  { AWS: [USER] },
  { AWS: [SESSION] },
  { AWS: [FEDERATED, B] },
  { Service: [SERVICE] },
  { AWS: [B], Service: ['ec2.amazonaws.com'] },
)
const conditions = oneOf<SlowStatement['Condition']>(
  undefined,
  undefined,
  { StringEquals: { 'aws:RequestTag/team': ['blue', 'red'] } },
  { StringNotEquals: { 'aws:requesttag/TEAM': ['blue'] } },
  { StringEqualsIfExists: { 'aws:RequestTag/team': ['red'] } },
  { Null: { 'aws:RequestTag/team': ['true'] } },
)
const effects = oneOf<SlowStatement['Effect']>('Allow', 'Allow', 'Allow', 'Deny')

function statements(kind: 'identity' | 'resource' | 'trust'): fc.Arbitrary<SlowPolicy> {
  const statement = fc
    .record({
      Effect: effects,
      actions,
      notAction: oneOf(true, false, false),
      resources,
      notResource: oneOf(true, false, false),
      Principal: principals,
      Condition: conditions,
    })
    .map(
      ({ Effect, notAction, notResource, Principal, Condition, ...lists }): SlowStatement => ({
        Effect,
        ...(notAction ? { NotAction: lists.actions } : { Action: lists.actions }),
        ...(kind !== 'trust' &&
          (notResource ? { NotResource: lists.resources } : { Resource: lists.resources })),
        ...(kind !== 'identity' && { Principal }),
        ...(Condition && { Condition }),
      }),
    )
  return fc.array(statement, { minLength: 1, maxLength: 3 })
}

const identities = fc.array(statements('identity'), { maxLength: 2 })
const worlds: fc.Arbitrary<World> = fc.boolean().chain((isTrust) =>
  fc.record({
    identity: identities,
    boundary: fc.option(statements('identity'), { nil: undefined }),
    session: fc.option(identities, { nil: undefined }),
    resource: fc.option(statements(isTrust ? 'trust' : 'resource'), {
      nil: undefined,
      freq: isTrust ? 1000 : 3,
    }),
    isTrust: fc.constant(isTrust),
    serviceControl: fc.option(fc.array(identities, { minLength: 1, maxLength: 2 }), {
      nil: undefined,
      freq: 1,
    }),
  }),
)
const requests: fc.Arbitrary<SlowRequest> = fc.record({
  principal: oneOf(...PRINCIPALS),
  action: oneOf('sts:AssumeRole', 'sts:GetFederationToken'),
  resource: oneOf('arn:aws:iam::1:role/a', 'arn:aws:iam::1:role/b'),
  resourceAccount: oneOf(A, A, B),
  team: oneOf(undefined, 'blue', 'red', 'Blue'),
})

test('the engine decides as the evaluation order says', () => {
  const seen = new Map<string, number>()
  const compile = (Statement: SlowPolicy, kind: 'identity' | 'resource' | 'trust') =>
    parsePolicy({ Version: '2012-10-17', Statement }, kind)
  const identity = (policy: SlowPolicy) => compile(policy, 'identity')
  fc.assert(
    fc.property(requests, worlds, (request, world) => {
      fc.pre(!world.isTrust || world.resource !== undefined)
      const { team, ...rest } = request
      const { reason, allowed } = evaluate(
        { ...rest, context: requestContext({ 'aws:RequestTag/team': team }) },
        {
          identity: world.identity.map(identity),
          boundary: world.boundary && identity(world.boundary),
          session: world.session?.map(identity),
          resource: world.resource && compile(world.resource, world.isTrust ? 'trust' : 'resource'),
          serviceControl: world.serviceControl?.map((level) => level.map(identity)),
        },
      )
      const expected = slowly(request, world)
      seen.set(expected, (seen.get(expected) ?? 0) + 1)
      assert.equal(reason, expected)
      assert.equal(allowed, expected === 'allowed')
    }),
    { numRuns: 5000 },
  )
  for (const reason of ['allowed', 'explicitDeny', 'implicitDeny']) {
    assert.ok((seen.get(reason) ?? 0) > 300, `${reason} was decided too seldom to be a test`)
  }
})
