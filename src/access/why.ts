/** A refusal as people read it: who asked what, each policy in order, and what decided. */
import { isoMillis } from '../clock.ts'
import {
  describeFailure,
  type Evaluation,
  type ExaminedPolicy,
  type ExaminedStatement,
} from '../policy/index.ts'
import type { Palette } from '../trace/format.ts'
import type { Refusal } from './refusals.ts'

export function formatRefusal({ at, what, told, evaluations }: Refusal, palette: Palette): string {
  const { strong, faint, bad } = palette
  const lines = evaluations.flatMap((evaluation) => ['', ...formatEvaluation(evaluation, palette)])
  const missing =
    evaluations.length === 0 ? ['', 'The trace does not keep how it was decided.'] : []
  return [`${bad('✗')} ${strong(what)} ${faint(isoMillis(at))}`, told, ...lines, ...missing].join(
    '\n',
  )
}

function formatEvaluation(evaluation: Evaluation, palette: Palette): string[] {
  const { principal, action, resource, keys, policies } = evaluation
  const context = Object.entries(keys)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
    .sort()
  const nearest = nearestOf(evaluation)
  return [
    `  principal  ${principal}`,
    `  action     ${action}`,
    `  resource   ${resource}`,
    ...context.map((line, index) =>
      palette.faint(`  ${index === 0 ? 'context  ' : '         '}  ${line}`),
    ),
    '  policies, as they were then, in the order in which they are considered:',
    ...(policies.length === 0 ? ['    none'] : []),
    ...policies.flatMap((policy) => formatPolicy(policy, action, nearest, palette)),
    `  decision   ${palette.bad(decisionText(evaluation))}`,
  ]
}

function formatPolicy(
  { policyType, policy, statements, others }: ExaminedPolicy,
  action: string,
  nearest: readonly ExaminedStatement[],
  palette: Palette,
): string[] {
  const count = others === 1 ? 'One statement does' : `${others} statements do`
  return [
    `    ${palette.strong(`${policyType} ${policy}`)}`,
    ...statements.map((statement) => {
      const prefix = nearest.includes(statement) ? 'nearest: ' : ''
      return `      ${prefix}${formatStatement(statement, palette)}`
    }),
    ...(others > 0 ? [palette.faint(`      ${count} not cover ${action}.`)] : []),
  ]
}

/** The statements that would have allowed it and failed in least. */
function nearestOf({ policies, decision }: Evaluation): ExaminedStatement[] {
  if (decision.reason !== 'implicitDeny') return []
  const misses = policies
    .filter(({ policyType }) => policyType === decision.policyType)
    .flatMap(({ statements }) => statements.filter(isMiss))
  const fewest = Math.min(...misses.map(({ failures }) => failures.length))
  return misses.filter(({ failures }) => failures.length === fewest)
}

function isMiss({ effect, applies }: ExaminedStatement): boolean {
  return effect === 'Allow' && !applies
}

function formatStatement(
  { index, sid, effect, applies, failures }: ExaminedStatement,
  { good, bad }: Palette,
): string {
  const title = `statement ${index + 1}${sid === undefined ? '' : ` (${sid})`}`
  if (applies) return `${title} ${effect === 'Allow' ? good('allows') : bad('denies')} it`
  const verb = effect === 'Allow' ? 'allows the action, but' : 'denies the action, but'
  return `${title} ${verb} ${failures.map(describeFailure).join(', and ')}`
}

function decisionText({ decision, action }: Evaluation): string {
  const { reason, policyType, statements } = decision
  if (reason === 'implicitDeny') return `implicit deny: no ${policyType} allows ${action}`
  const [statement] = statements
  const { index = 0, policy = '' } = statement ?? {}
  return `explicit deny by statement ${index + 1} of ${policyType} ${policy}`.trimEnd()
}
