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
  groupIdRequired,
  inputForForeignBus,
  invalidParameterBecause,
  limitExceeded,
  roleRequired,
} from './errors.ts'
import { validateInput } from './input/input.ts'
import { pageOf } from './pages.ts'
import { passRole } from './roles.ts'
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
  for (const target of Targets) validateTarget(target, ctx.account)
  const targets = new Map([...rule.targets, ...Targets].map((target) => [target.Id, target]))
  if (targets.size > MAX_TARGETS_PER_RULE) throw limitExceeded()
  const passed = new Set(Targets.map(({ RoleArn }) => RoleArn).filter((role) => role !== undefined))
  for (const roleArn of passed) passRole(roleArn, arn, roles, ctx)
  putRuleRow({ ...rule, targets: [...targets.values()] }, ctx)
  ctx.record({ kind: 'change', resource: arn, to: 'targets put' }, [Rule, ...arns])
  return { FailedEntryCount: 0, FailedEntries: [] }
}

function validateTarget(target: Target, account: string): void {
  const { Id = '', Arn = '', RoleArn, SqsParameters, Input, InputPath, InputTransformer } = target
  const found = parseArn(Arn)
  if (!found) {
    throw invalidParameterBecause('TargetArn', 'Provided Arn is not in correct format.')
  }
  if (RoleArn === undefined && NEED_ROLE.has(found.service)) throw roleRequired(Arn)
  if (found.service === 'sqs' && Arn.endsWith('.fifo') && !SqsParameters?.MessageGroupId) {
    throw groupIdRequired(Id)
  }
  const isForeignBus = found.resource.startsWith('event-bus/') && found.account !== account
  if (isForeignBus && (Input ?? InputPath ?? InputTransformer)) throw inputForForeignBus()
  validateInput(target)
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

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html */
export function removeTargets(
  { Rule, EventBusName, Ids, Force }: Checked<RemoveTargetsRequest>,
  request: Context,
): RemoveTargetsResponse {
  const ref = ruleRef(Rule, EventBusName, request)
  const { arn, ctx } = ref
  const rule = allowedExistingRule('events:RemoveTargets', ref)
  mayChange(rule, Force)
  const known = new Set(rule.targets.map(({ Id }) => Id))
  const targets = rule.targets.filter(({ Id }) => !Ids.includes(Id ?? ''))
  putRuleRow({ ...rule, targets }, ctx)
  ctx.record({ kind: 'change', resource: arn, to: 'targets removed' }, [Rule])
  const FailedEntries = Ids.filter((id) => !known.has(id)).map((TargetId) => ({
    TargetId,
    ErrorCode: 'ResourceNotFoundException',
    ErrorMessage: `Rule ${Rule} does not have any target with id ${TargetId}.`,
  }))
  return { FailedEntryCount: FailedEntries.length, FailedEntries }
}
