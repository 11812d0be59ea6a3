/** Bus policies: who else may put events on a bus. */
import type { PutPermissionRequest, RemovePermissionRequest } from '@aws-sdk/client-eventbridge'
import { parseArn, partitionOf } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import { type Policy, PolicyError, parsePolicy } from '../../policy/index.ts'
import { type Bus, existingBus, putBus } from './buses.ts'
import {
  invalidParameterBecause,
  noStatement,
  notThisBus,
  policyTooLong,
  requiredParameter,
} from './errors.ts'
import { busArn, DEFAULT_BUS } from './names.ts'
import { parseObject } from './patterns.ts'

const MAX_POLICY_CHARACTERS = 10_240
const PUT_EVENTS = 'events:PutEvents'

/** Compiled once for each row, since rows are never changed in place. */
const compiled = new WeakMap<Bus, Policy>()

export function busPolicy(bus: Bus): Policy | undefined {
  if (bus.policy === undefined) return undefined
  const known = compiled.get(bus)
  if (known) return known
  const policy = parsePolicy(bus.policy, 'resource', bus.arn)
  compiled.set(bus, policy)
  return policy
}

/**
 * Adds a statement, in place of the one of the same id, or with `Policy` replaces the policy.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
 */
export function putPermission(input: PutPermissionRequest, ctx: Context): object {
  const name = input.EventBusName ?? DEFAULT_BUS
  ctx.allow('events:PutPermission', busArn(ctx.world, name))
  const bus = existingBus(name, ctx)
  setPolicy(bus, input.Policy ?? withStatement(bus, input, ctx), ctx)
  return {}
}

function withStatement(bus: Bus, input: PutPermissionRequest, { world }: Context): string {
  const { Principal, StatementId, Action = PUT_EVENTS, Condition } = input
  if (StatementId === undefined) throw requiredParameter('StatementId')
  if (Principal === undefined) throw requiredParameter('Principal')
  if (Action !== PUT_EVENTS) {
    throw invalidParameterBecause(
      'Action',
      `Provided value in parameter 'action' is not supported.`,
    )
  }
  const root = `arn:${partitionOf(world.region)}:iam::${Principal}:root`
  const condition = Condition && {
    Condition: { [Condition.Type ?? '']: { [Condition.Key ?? '']: Condition.Value } },
  }
  const statement = {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: root },
    Action,
    Resource: bus.arn,
    ...condition,
  }
  const others = statementsOf(bus).filter(({ Sid }) => Sid !== StatementId)
  return policyText([...others, statement])
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemovePermission.html */
export function removePermission(input: RemovePermissionRequest, ctx: Context): object {
  const { EventBusName: name = DEFAULT_BUS, StatementId, RemoveAllPermissions } = input
  ctx.allow('events:RemovePermission', busArn(ctx.world, name))
  const bus = existingBus(name, ctx)
  if (RemoveAllPermissions) {
    setPolicy(bus, undefined, ctx)
    return {}
  }
  if (StatementId === undefined) throw requiredParameter('StatementId')
  const all = statementsOf(bus)
  const left = all.filter(({ Sid }) => Sid !== StatementId)
  if (left.length === all.length) throw noStatement()
  setPolicy(bus, left.length === 0 ? undefined : policyText(left), ctx)
  return {}
}

interface Statement {
  Sid?: string
  Resource?: unknown
}

function statementsOf({ policy }: Bus): Statement[] {
  const found = policy === undefined ? undefined : parseObject(policy)?.Statement
  if (Array.isArray(found)) return found
  return found === undefined ? [] : [found as Statement]
}

/** Throws ValidationException for a statement on another bus. */
function checkResources(bus: Bus): void {
  for (const named of statementsOf(bus).flatMap(({ Resource }) => Resource)) {
    const relativeId = parseArn(String(named))?.resource ?? ''
    const isBus = relativeId.startsWith('event-bus/') && !/[*?]/.test(relativeId)
    if (isBus && relativeId !== `event-bus/${bus.name}`) throw notThisBus(relativeId, String(named))
  }
}

function policyText(Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

function setPolicy(bus: Bus, policy: string | undefined, ctx: Context): void {
  const changed = { ...bus, policy, modifiedAt: ctx.now }
  if (policy !== undefined) {
    if (policy.length > MAX_POLICY_CHARACTERS) throw policyTooLong()
    try {
      busPolicy(changed)
    } catch (error) {
      if (error instanceof PolicyError) throw invalidParameterBecause('Policy', error.message)
      throw error
    }
    checkResources(changed)
  }
  putBus(changed, ctx.tx)
  ctx.record({ kind: 'change', resource: bus.arn, to: 'policy changed' }, [bus.name])
}
