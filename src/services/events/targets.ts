/** Targets of rules. */
import type {
  ListTargetsByRuleRequest,
  ListTargetsByRuleResponse,
  PutTargetsRequest,
  PutTargetsResponse,
  RemoveTargetsRequest,
  RemoveTargetsResponse,
  Target,
} from '@aws-sdk/client-eventbridge'
import { parseArn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import type { Roles } from '../ports.ts'
import {
  busTargetsItself,
  foreignTarget,
  groupIdRequired,
  inputForBus,
  inputForLogGroup,
  invalidParameterBecause,
  limitExceeded,
  retryPolicyForBus,
  roleNotSupported,
  roleRequired,
} from './errors.ts'
import { validateInput } from './input/input.ts'
import { busArn } from './names.ts'
import { pageOf } from './pages.ts'
import { passAssumableRole, passRole } from './roles.ts'
import { putRuleRow } from './rule-rows.ts'
import { allowedExistingRule, mayChange, ruleRef } from './rules.ts'

const MAX_TARGETS_PER_RULE = 5

/** Services that EventBridge reaches only under a role. */
const NEED_ROLE: ReadonlySet<string> = new Set([
  'batch',
  'codebuild',
  'codepipeline',
  'ecs',
  'events',
  'firehose',
  'glue',
  'inspector',
  'kinesis',
  'redshift',
  'redshift-serverless',
  'sagemaker',
  'ssm',
  'states',
])

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/
/** Services for whose targets AWS tries the role only when there is an event (recorded). */
const ROLE_UNTRIED: ReadonlySet<string> = new Set(['ecs', 'events', 'lambda', 'sns', 'sqs'])

/**
 * Adds targets, each in place of the one of the same id.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
 */
export function putTargets(
  { Rule, EventBusName, Targets }: Checked<PutTargetsRequest>,
  request: Context,
  roles: Roles,
): PutTargetsResponse {
  const ref = ruleRef(Rule, EventBusName, request)
  const { arn, ctx } = ref
  const arns = Targets.map(({ Arn }) => Arn ?? '')
  const rule = allowedExistingRule('events:PutTargets', ref, { 'events:TargetArn': arns })
  mayChange(rule, false)
  const home = busArn(ctx.world, ref.bus)
  for (const target of Targets) validateTarget(target, home)
  if (request.account !== ctx.account && !Targets.every(isBus)) throw foreignTarget()
  const targets = new Map([...rule.targets, ...Targets].map((target) => [target.Id, target]))
  if (targets.size > MAX_TARGETS_PER_RULE) throw limitExceeded()
  for (const { Arn, RoleArn } of Targets) {
    const isTried = !ROLE_UNTRIED.has(parseArn(Arn ?? '')?.service ?? '')
    if (RoleArn && isTried) passAssumableRole(RoleArn, arn, roles, ctx)
    else if (RoleArn) passRole(RoleArn, arn, ctx)
  }
  putRuleRow({ ...rule, targets: [...targets.values()] }, ctx)
  ctx.record({ kind: 'change', resource: arn, to: 'targets put' }, [Rule, ...arns])
  return { FailedEntryCount: 0, FailedEntries: [] }
}

function validateTarget(target: Target, home: string): void {
  const { Id = '', Arn = '', RoleArn, SqsParameters, Input, InputPath } = target
  const { service, region = '' } = parseArn(Arn) ?? {}
  if (service === undefined || (isBus(target) && !REGION.test(region))) {
    throw invalidParameterBecause(Arn, 'Provided Arn is not in correct format.')
  }
  if (RoleArn === undefined && NEED_ROLE.has(service)) throw roleRequired(Arn)
  if (service === 'logs') {
    if (RoleArn !== undefined) throw roleNotSupported(Arn)
    if ((Input ?? InputPath) !== undefined) throw inputForLogGroup(Id)
  }
  if (service === 'sqs' && Arn.endsWith('.fifo') && !SqsParameters?.MessageGroupId) {
    throw groupIdRequired(Id)
  }
  const lettersArn = target.DeadLetterConfig?.Arn
  if (lettersArn !== undefined && parseArn(lettersArn)?.service !== 'sqs') {
    throw invalidParameterBecause(lettersArn, 'Provided Arn is not in correct format.')
  }
  if (isBus(target)) validateBus(target, home)
  validateInput(target)
}

function isBus({ Arn = '' }: Target): boolean {
  return parseArn(Arn)?.resource.startsWith('event-bus/') === true
}

/** Throws ValidationException for what targets that are buses cannot have. */
function validateBus(target: Target, home: string): void {
  const { Id = '', Arn, Input, InputPath, InputTransformer, RetryPolicy } = target
  if (Arn === home) throw busTargetsItself()
  if ((Input ?? InputPath ?? InputTransformer) !== undefined) throw inputForBus(Id)
  if (RetryPolicy) throw retryPolicyForBus()
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html */
export function listTargetsByRule(
  input: Checked<ListTargetsByRuleRequest>,
  request: Context,
): ListTargetsByRuleResponse {
  const ref = ruleRef(input.Rule, input.EventBusName, request)
  const { targets } = allowedExistingRule('events:ListTargetsByRule', ref)
  const { items, NextToken } = pageOf(targets, ({ Id }) => Id ?? '', input)
  return { Targets: items, NextToken }
}

/**
 * Succeeds for ids that the rule does not have.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html
 */
export function removeTargets(
  { Rule, EventBusName, Ids, Force }: Checked<RemoveTargetsRequest>,
  request: Context,
): RemoveTargetsResponse {
  const ref = ruleRef(Rule, EventBusName, request)
  const { arn, ctx } = ref
  const rule = allowedExistingRule('events:RemoveTargets', ref)
  mayChange(rule, Force)
  const targets = rule.targets.filter(({ Id }) => !Ids.includes(Id ?? ''))
  putRuleRow({ ...rule, targets }, ctx)
  ctx.record({ kind: 'change', resource: arn, to: 'targets removed' }, [Rule])
  return { FailedEntryCount: 0, FailedEntries: [] }
}
