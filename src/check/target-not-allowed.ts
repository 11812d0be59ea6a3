/** Functions that are targets of rules and whose policy does not let the rule in. */
import { parseArn } from '../arn.ts'
import { decideForService } from '../aws/service-access.ts'
import type { Deployment } from '../deployment.ts'
import type { DeployedFunction, DeployedRule } from '../services/ports.ts'
import type { Finding } from './finding.ts'

export const EVENTS_PRINCIPAL = 'events.amazonaws.com'

export function targetsNotAllowed({ rules, functions, world }: Deployment): Finding[] {
  return rules
    .filter(({ enabled }) => enabled)
    .flatMap((rule) =>
      rule.targets.flatMap(({ arn }) => {
        const target = functionTarget(arn)
        // Functions of other accounts and regions are not seen from here.
        if (!target || target.account !== world.account || target.region !== world.region) return []
        const found = functions.find(({ name }) => name === target.name)
        return found ? refusal(rule, arn, target.qualifier, found) : [missing(rule, arn)]
      }),
    )
}

interface FunctionTarget {
  account: string
  region: string
  name: string
  qualifier: string | undefined
}

/** Undefined for targets that are no functions. */
export function functionTarget(arn: string): FunctionTarget | undefined {
  const { service, account = '', region = '', resource = '' } = parseArn(arn) ?? {}
  const [kind, name, qualifier] = resource.split(':')
  if (service !== 'lambda' || kind !== 'function' || !name) return undefined
  return { account, region, name, qualifier }
}

function missing(rule: DeployedRule, arn: string): Finding {
  return {
    kind: 'target-not-allowed',
    level: 'error',
    subject: rule.arn,
    what: `Rule ${rule.name} has a target that is not there.`,
    why: `There is no function ${arn}.`,
  }
}

function refusal(
  rule: DeployedRule,
  arn: string,
  qualifier: string | undefined,
  { name, policies }: DeployedFunction,
): Finding[] {
  const { allowed, because } = decideForService({
    service: EVENTS_PRINCIPAL,
    action: 'lambda:InvokeFunction',
    resource: arn,
    resourcePolicy: policies.find((each) => each.qualifier === qualifier)?.policy,
    keys: { 'aws:SourceArn': rule.arn },
  })
  if (allowed) return []
  const statements = policies.flatMap(({ policy }) => policy.document.Statement)
  const mend = [
    ...['aws', 'lambda', 'add-permission', '--function-name', name],
    ...(qualifier === undefined ? [] : ['--qualifier', qualifier]),
    ...['--statement-id', newId(rule.name, new Set(statements.map(({ Sid }) => Sid)))],
    ...['--action', 'lambda:InvokeFunction', '--principal', EVENTS_PRINCIPAL],
    ...['--source-arn', rule.arn],
  ]
  return [
    {
      kind: 'target-not-allowed',
      level: 'error',
      subject: rule.arn,
      what: `Rule ${rule.name} may not invoke its target ${name}: every event for it is dropped.`,
      why: because,
      mend,
    },
  ]
}

/** A statement id that no statement has: `rule-NAME`, `rule-NAME-2`, … */
function newId(rule: string, taken: ReadonlySet<string | undefined>): string {
  const id = `rule-${rule.replaceAll('.', '-')}`
  for (let count = 1; ; count++) {
    const each = count === 1 ? id : `${id}-${count}`
    if (!taken.has(each)) return each
  }
}
