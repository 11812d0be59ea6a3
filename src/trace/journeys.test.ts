import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatJourney } from './format.ts'
import { journeys } from './journeys.ts'
import type { Step, TraceRecord } from './record.ts'

const step = (text: string): Step => ({ kind: 'note', text })
const record = (id: string, at: number, cause?: string): TraceRecord => ({
  id,
  journey: 'j',
  at,
  account: '000000000000',
  region: 'us-east-1',
  refs: [],
  step: step(id),
  ...(cause !== undefined && { cause }),
})

it('A journey begins with its earliest record, even when that is told last', () => {
  const [journey] = journeys([record('invocation', 1002, 'call'), record('call', 1000)])
  assert.ok(journey)
  assert.deepEqual([journey.from, journey.to], [1000, 1002])
  const text = formatJourney(journey)
  assert.match(text, /\+0\.000s call\n {2}\+0\.002s invocation/)
})
