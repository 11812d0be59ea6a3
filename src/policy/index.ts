/**
 * The IAM policy language: parse policies, decide requests, explain decisions. Pure: it reads
 * nothing but its arguments.
 *
 * ```ts
 * import { parsePolicy, evaluate, denialText, … } from 'aws-windtunnel/policy'
 *
 * const team = parsePolicy(
 *   {
 *     Version: '2012-10-17',
 *     Statement: {
 *       Effect: 'Allow',
 *       Action: 'ec2:StopInstances',
 *       Resource: '*',
 *       Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
 *     },
 *   },
 *   'identity',
 *   'team-policy',
 * )
 * const account = '111122223333'
 * const request = {
 *   principal: { type: 'user', account, arn: `arn:aws:iam::${account}:user/eva` },
 *   action: 'ec2:StopInstances',
 *   resource: 'arn:aws:ec2:us-east-1:111122223333:instance/i-0abc',
 *   context: requestContext({ 'aws:ResourceTag/team': 'red' }),
 * } as const
 * const decision = evaluate(request, { identity: [team] })
 * decision.allowed // false
 * denialText(request, decision) // 'User: arn:aws:iam::111122223333:user/eva is not authorized …'
 * describeDecision(request, { identity: [team] }, decision)
 * // 'Denied: no identity-based policy allows ec2:StopInstances on arn:aws:ec2:….'
 * // 'Statement 1 of identity-based policy team-policy allows the action, but its condition
 * //  StringEquals aws:ResourceTag/team "blue" did not hold: the request has "red".'
 * ```
 */
export { type ContextEntry, requestContext } from './context.ts'
export { denialText } from './denial.ts'
export { evaluate, type Policies } from './evaluate.ts'
export {
  type Evaluation,
  type ExaminedPolicy,
  type ExaminedStatement,
  examine,
} from './examine.ts'
export {
  describeDecision,
  describeFailure,
  type Failure,
  type NearMiss,
  nearestMisses,
} from './explain.ts'
export { type Policy, parsePolicy } from './policy.ts'
export { principalKeys, principalName } from './principal-keys.ts'
export type {
  AccessRequest,
  ConditionElement,
  ContextValue,
  Decision,
  Effect,
  PolicyDocument,
  PolicyKind,
  PolicyType,
  Principal,
  PrincipalElement,
  PrincipalKind,
  RequestContext,
  StatementDocument,
  StatementRef,
} from './types.ts'
export { PolicyError } from './types.ts'
export { type Matcher, wildcard } from './wildcard.ts'
