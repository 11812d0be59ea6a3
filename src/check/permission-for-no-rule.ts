/** Permissions that name a rule which is not there, as a SourceArn with a slip in it does. */
import { parseArn } from '../arn.ts'
import type { Deployment } from '../deployment.ts'
import { type StatementDocument, wildcard } from '../policy/index.ts'
import type { DeployedFunction } from '../services/ports.ts'
import type { Finding } from './finding.ts'
import { EVENTS_PRINCIPAL } from './target-not-allowed.ts'

export function permissionsForNoRule({ rules, functions, world }: Deployment): Finding[] {
  const isThere = (source: string) => {
    // A rule of another account or region is not seen from here.
    const { account, region } = parseArn(source) ?? {}
    if (account !== world.account || region !== world.region) return true
    const matches = wildcard(source)
    return rules.some(({ arn }) => matches(arn))
  }
  return functions.flatMap((each) =>
    each.policies.flatMap(({ qualifier, policy }) =>
      policy.document.Statement.filter(isForEvents).flatMap((statement) => {
        const sources = sourceArns(statement)
        const isOfNone = sources.length > 0 && !sources.some(isThere)
        return isOfNone ? [finding(each, qualifier, statement, sources)] : []
      }),
    ),
  )
}

function isForEvents({ Principal }: StatementDocument): boolean {
  return Principal?.Service?.includes(EVENTS_PRINCIPAL) === true
}

function sourceArns({ Condition = {} }: StatementDocument): string[] {
  return Object.values(Condition).flatMap((keys) =>
    Object.entries(keys).flatMap(([key, values]) =>
      key.toLowerCase() === 'aws:sourcearn' ? values : [],
    ),
  )
}

function finding(
  { name, arn }: DeployedFunction,
  qualifier: string | undefined,
  { Sid = '' }: StatementDocument,
  sources: readonly string[],
): Finding {
  return {
    kind: 'permission-for-no-rule',
    level: 'warning',
    subject: arn,
    what: `Statement ${Sid} of the policy of function ${name} lets in no rule that there is.`,
    why: `There is no rule ${sources.join(' or ')}.`,
    mend: [
      ...['aws', 'lambda', 'remove-permission', '--function-name', name],
      ...(qualifier === undefined ? [] : ['--qualifier', qualifier]),
      ...['--statement-id', Sid],
    ],
  }
}
