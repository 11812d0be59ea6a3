/** Warns of what is deployed before anything runs: one kind of finding a file. */
import type { Deployment } from '../deployment.ts'
import { deadLettersNotAllowed } from './dead-letters-not-allowed.ts'
import type { Finding } from './finding.ts'
import { logsNotAllowed } from './logs-not-allowed.ts'
import { loops } from './loop.ts'
import { patternsThatMatchNothing } from './pattern-matches-nothing.ts'
import { permissionsForNoRule } from './permission-for-no-rule.ts'
import { rolesNotAssumable } from './role-not-assumable.ts'
import { targetsNotAllowed } from './target-not-allowed.ts'

export { commandLine, type Finding, type FindingKind } from './finding.ts'

const CHECKS: readonly ((deployment: Deployment) => Finding[])[] = [
  patternsThatMatchNothing,
  targetsNotAllowed,
  permissionsForNoRule,
  rolesNotAssumable,
  logsNotAllowed,
  deadLettersNotAllowed,
  loops,
]

/** Errors first. */
export function check(deployment: Deployment): Finding[] {
  const findings = CHECKS.flatMap((each) => each(deployment))
  return findings.sort((a, b) => Number(b.level === 'error') - Number(a.level === 'error'))
}
