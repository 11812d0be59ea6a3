/** Rules: what they match or when they run. */
import type {
  DeleteEventBusRequest,
  DeleteRuleRequest,
  DescribeRuleRequest,
  DescribeRuleResponse,
  DisableRuleRequest,
  EnableRuleRequest,
  ListRuleNamesByTargetRequest,
  ListRuleNamesByTargetResponse,
  ListRulesRequest,
  ListRulesResponse,
  PutRuleRequest,
  PutRuleResponse,
  RuleState,
} from '@aws-sdk/client-eventbridge'
import type { ConditionKeys } from '../../aws/authority.ts'
import { requestTagKeys, resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import type { Roles } from '../ports.ts'
import { busPolicy } from './bus-policy.ts'
import { dropBus, findBus } from './buses.ts'
import {
  busHasRules,
  cannotDeleteDefaultBus,
  limitExceeded,
  managedRule,
  noBus,
  noRule,
  nothingToMatch,
  ruleHasTargets,
  scheduleOnCustomBus,
} from './errors.ts'
import { busArn, busName, DEFAULT_BUS, ruleArn } from './names.ts'
import { pageOf } from './pages.ts'
import { patternKeys, validPattern } from './patterns.ts'
import { passAssumableRole } from './roles.ts'
import {
  dropRuleRow,
  findRule,
  putRuleRow,
  type Rule,
  rulesOf,
  rulesWithTarget,
  type Schedule,
} from './rule-rows.ts'
import { startSchedule, validSchedule } from './schedule/schedule.ts'
import { putTags, tagsOf } from './tag-rows.ts'

const MAX_RULES_PER_BUS = 300
const MAX_WILDCARD_RULES_PER_BUS = 30
const WILDCARD = /"wildcard"\s*:/

export interface RuleRef {
  bus: string
  name: string
  arn: string
  /** In the world of the bus. */
  ctx: Context
}

/** The rule that a request names. */
export function ruleRef(name: string, nameOrArn: string | undefined, request: Context): RuleRef {
  const { world, name: bus } = busName(nameOrArn, request.world)
  return { bus, name, arn: ruleArn(world, bus, name), ctx: request.in(world) }
}

/**
 * Asks for an action on a rule, of the caller's policies and the policy of the bus. Returns the
 * rule when there is one; throws ResourceNotFoundException when there is not even the bus.
 */
export function allowedRule(
  action: string,
  { bus: busName, name, arn, ctx }: RuleRef,
  keys: ConditionKeys = {},
): Rule | undefined {
  const rule = findRule(busName, name, ctx.tx)
  const bus = findBus(busName, ctx)
  const resourcePolicy = bus && busPolicy(bus)
  ctx.allow(action, arn, { keys: { ...ruleKeys(rule, ctx), ...keys }, resourcePolicy })
  if (!bus) throw noBus(busName)
  return rule
}

/** The same for a rule that must exist. */
export function allowedExistingRule(action: string, ref: RuleRef, keys?: ConditionKeys): Rule {
  const rule = allowedRule(action, ref, keys)
  if (!rule) throw noRule(ref.name, ref.bus)
  return rule
}

/** Asks for an action on all rules of a bus, which has no condition keys of its own. */
function allowedRules(action: string, { bus: busName, arn, ctx }: RuleRef): void {
  const bus = findBus(busName, ctx)
  ctx.allow(action, arn, { resourcePolicy: bus && busPolicy(bus) })
  if (!bus) throw noBus(busName)
}

function ruleKeys(rule: Rule | undefined, { caller, tx }: Context): ConditionKeys {
  if (!rule) return { 'events:creatorAccount': caller.account }
  return {
    'events:creatorAccount': rule.createdBy,
    'events:ManagedBy': rule.managedBy,
    ...resourceTagKeys(tagsOf(rule.arn, tx)),
  }
}

/** Throws ManagedRuleException when a service made the rule and the request does not insist. */
export function mayChange({ name, managedBy }: Rule, force: boolean | undefined): void {
  if (managedBy !== undefined && !force) throw managedRule(name)
}

/**
 * Makes a rule, or replaces all of one but its targets and tags.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 */
export function putRule(
  input: Checked<PutRuleRequest>,
  request: Context,
  roles: Roles,
): PutRuleResponse {
  const { Name, EventPattern, ScheduleExpression, State = 'ENABLED', Tags = [] } = input
  const ref = ruleRef(Name, input.EventBusName, request)
  const { bus, arn, ctx } = ref
  const keys = { ...patternKeys(EventPattern), ...requestTagKeys(Tags) }
  const before = allowedRule('events:PutRule', ref, keys)
  if (input.RoleArn !== undefined) passAssumableRole(input.RoleArn, arn, roles, ctx)
  if (before) mayChange(before, false)
  if (!EventPattern && !ScheduleExpression) throw nothingToMatch()
  if (EventPattern) validPattern(EventPattern)
  if (ScheduleExpression) validSchedule(ScheduleExpression)
  if (ScheduleExpression !== undefined && bus !== DEFAULT_BUS) throw scheduleOnCustomBus()
  checkLimits(Name, bus, EventPattern, ctx)
  const schedule = ScheduleExpression ? scheduleOf(ScheduleExpression, before, ctx) : undefined
  const rule: Rule = {
    name: Name,
    bus,
    arn,
    state: State,
    pattern: EventPattern || undefined,
    schedule,
    description: input.Description,
    roleArn: input.RoleArn,
    createdBy: before?.createdBy ?? request.account,
    targets: before?.targets ?? [],
  }
  putRuleRow(rule, ctx)
  if (!before) putTags(arn, Tags, ctx.tx)
  if (schedule?.run !== before?.schedule?.run) startSchedule(rule, ctx)
  ctx.record({ kind: 'change', resource: arn, to: before ? 'updated' : 'created' }, [Name])
  return { RuleArn: arn }
}

/** A schedule that stays the same goes on counting. */
function scheduleOf(expression: string, before: Rule | undefined, ctx: Context): Schedule {
  const { schedule, state } = before ?? {}
  const goesOn = schedule?.expression === expression && state !== 'DISABLED'
  return goesOn ? schedule : newSchedule(expression, ctx)
}

function newSchedule(expression: string, { now, ids }: Context): Schedule {
  return { expression, since: now, run: ids.uuid() }
}

function checkLimits(name: string, bus: string, pattern: string | undefined, { tx }: Context) {
  const others = rulesOf(bus, tx).filter((rule) => rule.name !== name)
  if (others.length >= MAX_RULES_PER_BUS) throw limitExceeded()
  if (pattern === undefined || !WILDCARD.test(pattern)) return
  const withWildcards = others.filter((rule) => WILDCARD.test(rule.pattern ?? ''))
  if (withWildcards.length >= MAX_WILDCARD_RULES_PER_BUS) throw limitExceeded()
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html */
export function describeRule(
  { Name, EventBusName }: Checked<DescribeRuleRequest>,
  request: Context,
): DescribeRuleResponse {
  const rule = allowedExistingRule('events:DescribeRule', ruleRef(Name, EventBusName, request))
  return { ...summary(rule), CreatedBy: rule.createdBy }
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html */
export function listRules(input: ListRulesRequest, request: Context): ListRulesResponse {
  const ref = ruleRef(`${input.NamePrefix ?? ''}*`, input.EventBusName, request)
  const { bus, ctx } = ref
  allowedRules('events:ListRules', ref)
  const all = rulesOf(bus, ctx.tx).filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
  const { items, NextToken } = pageOf(all, ({ name }) => name, input)
  return { Rules: items.map(summary), NextToken }
}

function summary(rule: Rule) {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventPattern: rule.pattern,
    State: rule.state,
    Description: rule.description,
    ScheduleExpression: rule.schedule?.expression,
    RoleArn: rule.roleArn,
    ManagedBy: rule.managedBy,
    EventBusName: rule.bus,
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html */
export function listRuleNamesByTarget(
  input: Checked<ListRuleNamesByTargetRequest>,
  request: Context,
): ListRuleNamesByTargetResponse {
  const ref = ruleRef('*', input.EventBusName, request)
  const { bus, ctx } = ref
  allowedRules('events:ListRuleNamesByTarget', ref)
  const names = rulesWithTarget(bus, input.TargetArn, ctx.tx).map(({ name }) => name)
  const { items, NextToken } = pageOf(names, (name) => name, input)
  return { RuleNames: items, NextToken }
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html */
export function enableRule(input: Checked<EnableRuleRequest>, request: Context): object {
  return setState('events:EnableRule', 'ENABLED', input, request)
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html */
export function disableRule(input: Checked<DisableRuleRequest>, request: Context): object {
  return setState('events:DisableRule', 'DISABLED', input, request)
}

/** A schedule that is enabled again counts from then. */
function setState(
  action: string,
  state: RuleState,
  { Name, EventBusName }: Checked<EnableRuleRequest>,
  request: Context,
): object {
  const ref = ruleRef(Name, EventBusName, request)
  const { arn, ctx } = ref
  const before = allowedExistingRule(action, ref)
  mayChange(before, false)
  if (before.state === state) return {}
  const schedule = before.schedule && newSchedule(before.schedule.expression, ctx)
  const rule = { ...before, state, schedule }
  putRuleRow(rule, ctx)
  startSchedule(rule, ctx)
  ctx.record({ kind: 'change', resource: arn, from: before.state, to: state }, [Name])
  return {}
}

/**
 * Succeeds when there is no such rule.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
 */
export function deleteRule(
  { Name, EventBusName, Force }: Checked<DeleteRuleRequest>,
  request: Context,
): object {
  const ref = ruleRef(Name, EventBusName, request)
  const { arn, ctx } = ref
  const rule = allowedRule('events:DeleteRule', ref)
  if (!rule) return {}
  mayChange(rule, Force)
  if (rule.targets.length > 0) throw ruleHasTargets()
  dropRuleRow(rule, ctx)
  ctx.record({ kind: 'change', resource: arn, to: 'deleted' }, [Name])
  return {}
}

/**
 * Succeeds when there is no such bus.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html
 */
export function deleteEventBus({ Name }: Checked<DeleteEventBusRequest>, ctx: Context): object {
  ctx.allow('events:DeleteEventBus', busArn(ctx.world, Name))
  if (Name === DEFAULT_BUS) throw cannotDeleteDefaultBus()
  const bus = findBus(Name, ctx)
  if (!bus) return {}
  if (rulesOf(Name, ctx.tx).length > 0) throw busHasRules()
  dropBus(bus, ctx.tx)
  ctx.record({ kind: 'change', resource: bus.arn, to: 'deleted' }, [Name])
  return {}
}
