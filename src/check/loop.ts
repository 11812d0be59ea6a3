/** Automations that start themselves: what the function does is what its rule waits for. */
import type { Deployment } from '../deployment.ts'
import { compilePattern } from '../services/events/pattern/index.ts'
import type { DeployedFunction, DeployedRole, DeployedRule } from '../services/ports.ts'
import type { TraceRecord } from '../trace/record.ts'
import { CAUSING, consequencesOf } from './causes.ts'
import type { Finding } from './finding.ts'
import { MAX_JUDGED_SUB_RULES, obstacleIn } from './possible.ts'
import { decideForRole } from './role-policies.ts'
import { functionTarget } from './target-not-allowed.ts'

/** What tells one event of CloudTrail from another. */
const OF_CALLS = ['source', 'detail.eventName', 'detail.eventSource']

export function loops({ rules, functions, roles, records }: Deployment): Finding[] {
  const followed = eventsAfterRules(records)
  return rules.flatMap((rule) => {
    const { enabled, pattern } = rule
    if (!enabled || pattern === undefined) return []
    const after = followed.get(rule.name) ?? NOTHING
    return rule.targets.flatMap(({ arn }) => {
      const target = functions.find(({ name }) => name === functionTarget(arn)?.name)
      const role = roles.find((each) => each.arn === target?.roleArn)
      if (!target || !role) return []
      if (after.matched.size > 0) return [happened(rule, target, after.matched)]
      const seen = callsOf(target, role, records)
      const actions = seen.length > 0 ? seen : allowedTo(role)
      const causing = actions.filter((action) => mayMatch(pattern, action, after.unmatched))
      return causing.length > 0 ? [possible(rule, target, causing, seen.length > 0)] : []
    })
  })
}

/** Detail-types of events that followed from deliveries of a rule. */
interface After {
  /** By the rule itself. */
  readonly matched: Set<string>
  readonly unmatched: Set<string>
}

const NOTHING: After = { matched: new Set(), unmatched: new Set() }

function eventsAfterRules(records: readonly TraceRecord[]): Map<string, After> {
  const byId = new Map(records.map((record) => [record.id, record]))
  const after = new Map<string, After>()
  for (const { step, cause } of records) {
    if (step.kind !== 'event') continue
    for (let at = byId.get(cause ?? ''); at; at = byId.get(at.cause ?? '')) {
      if (at.step.kind !== 'delivery') continue
      const { rule } = at.step
      const own = after.get(rule) ?? { matched: new Set(), unmatched: new Set() }
      after.set(rule, own)
      const which = step.matched.includes(rule) ? own.matched : own.unmatched
      which.add(step.event['detail-type'])
    }
  }
  return after
}

/** What the function was seen to call, and was allowed to. */
function callsOf({ name }: DeployedFunction, role: DeployedRole, records: readonly TraceRecord[]) {
  const session = `:assumed-role/${role.name}/${name}`
  const calls = records.flatMap(({ step }) =>
    step.kind === 'call' && step.caller.endsWith(session) && !step.error
      ? [`${step.service}:${step.operation}`]
      : [],
  )
  return [...new Set(calls)]
}

function allowedTo(role: DeployedRole): string[] {
  return CAUSING.filter((action) => {
    const { decision } = decideForRole(role, action, '*')
    return decision.allowed || namesIt(role, action)
  })
}

/** Whether a statement allows the action on some resources, or under some condition. */
function namesIt({ policies }: DeployedRole, action: string): boolean {
  return policies.some((policy) => policy.covering(action.toLowerCase()).allow.length > 0)
}

/** An event that the trace has of the automation, and that the rule let pass, is none to fear. */
function mayMatch(pattern: string, action: string, passed: ReadonlySet<string>): boolean {
  const { subRules } = compilePattern(pattern)
  if (subRules.length > MAX_JUDGED_SUB_RULES) return false
  return consequencesOf(action).some(
    ({ entry, document }) =>
      !passed.has(entry.detailType) &&
      subRules.some((subRule) => !obstacleIn(subRule, entry, document, OF_CALLS)),
  )
}

function happened(
  rule: DeployedRule,
  { name }: DeployedFunction,
  detailTypes: ReadonlySet<string>,
): Finding {
  return {
    kind: 'loop',
    level: 'error',
    subject: rule.arn,
    what: `Rule ${rule.name} starts itself again: what function ${name} does is what it waits for.`,
    why: `The trace has ${[...detailTypes].join(', ')} that it matched and that it had led to.`,
    mend: stopping(rule),
  }
}

function possible(
  rule: DeployedRule,
  { name }: DeployedFunction,
  actions: readonly string[],
  seen: boolean,
): Finding {
  const does = seen ? 'was seen to call' : 'has a role that may call'
  const why =
    `Function ${name} ${does} ${actions.join(', ')}, whose events the rule's pattern can match. ` +
    "Narrow the pattern, or the function's role."
  return {
    kind: 'loop',
    level: 'warning',
    subject: rule.arn,
    what: `Rule ${rule.name} may start itself again through function ${name}.`,
    why,
    mend: stopping(rule),
  }
}

/** Only its author can say what the automation should leave alone; until then it stands still. */
function stopping({ name, bus }: DeployedRule): string[] {
  const words = ['aws', 'events', 'disable-rule', '--name', name]
  return bus === 'default' ? words : [...words, '--event-bus-name', bus]
}
