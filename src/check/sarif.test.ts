import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from './finding.ts'
import { sarif } from './sarif.ts'

const FINDING: Finding = {
  kind: 'loop',
  level: 'error',
  subject: 'arn:aws:events:us-east-1:000000000000:rule/again',
  what: 'Rule again starts itself again.',
  why: 'The trace has it.',
  mend: ['aws', 'events', 'disable-rule', '--name', 'again'],
}

interface Log {
  version: string
  runs: {
    tool: { driver: { rules: { id: string }[] } }
    results: { ruleId: string; level: string; message: { text: string } }[]
  }[]
}

test('each finding is a result of a rule that is declared, with its command', () => {
  const { version, runs } = sarif([FINDING], '1.0.0') as Log
  assert.equal(version, '2.1.0')
  const [run] = runs
  assert.ok(run)
  const declared = run.tool.driver.rules.map(({ id }) => id)
  const [result] = run.results
  assert.ok(result && declared.includes(result.ruleId))
  assert.equal(result.level, 'error')
  assert.match(result.message.text, /Mend it: aws events disable-rule --name again$/)
})
