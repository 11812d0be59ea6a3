/**
 * Findings as SARIF 2.1.0, which CI systems read.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import { commandLine, type Finding, type FindingKind } from './finding.ts'

const RULES: Readonly<Record<FindingKind, string>> = {
  'pattern-matches-nothing': 'An event pattern can match no event that AWS sends.',
  'target-not-allowed': "A function's policy does not let a rule in whose target it is.",
  'permission-for-no-rule': 'A permission names a rule that is not there.',
  'role-not-assumable': 'Lambda cannot assume the role of a function.',
  'logs-not-allowed': 'The role of a function may not write its logs.',
  'dead-letters-not-allowed': 'EventBridge may not write to the dead-letter queue of a target.',
  loop: 'An automation starts itself again.',
}

export function sarif(findings: readonly Finding[], version: string): object {
  const rules = Object.entries(RULES).map(([id, text]) => ({ id, shortDescription: { text } }))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Windtunnel', version, rules } },
        results: findings.map(resultOf),
      },
    ],
  }
}

/** What has the finding is no file: it is named as a logical location. */
function resultOf({ kind, level, subject, what, why, mend }: Finding) {
  const text = [what, why, ...(mend ? [`Mend it: ${commandLine(mend)}`] : [])].join('\n')
  const name = subject.slice(subject.lastIndexOf('/') + 1)
  const logical = { name, fullyQualifiedName: subject, kind: 'resource' }
  return {
    ruleId: kind,
    level,
    message: { text },
    locations: [{ logicalLocations: [logical] }],
  }
}
