/** Documents that are made from the code are what would be made now. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EVENTS_FILE, eventsDocument } from '../scripts/events.ts'

test('docs/EVENTS.md is current', () => {
  const text = readFileSync(EVENTS_FILE, 'utf8')
  assert.ok(text === eventsDocument(), 'out of date: run "node scripts/events.ts"')
})
