import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { convert, SERVICES } from '../scripts/models.ts'
import { checkedPattern } from '../scripts/patterns.ts'
import { textOf } from '../src/aws/model.ts'

for (const service of Object.keys(SERVICES)) {
  test(`dist/models/${service}.jsonl is what the build would make now`, async () => {
    const built = readFileSync(new URL(`../dist/models/${service}.jsonl`, import.meta.url), 'utf8')
    const { model } = await convert(service)
    assert.ok(built === textOf(model), 'out of date: run "npm run build"')
  })
}

test('a pattern that JavaScript reads otherwise, or never ends with, is refused', () => {
  assert.equal(checkedPattern('[\\.\\-_A-Za-z0-9]+'), undefined)
  assert.equal(checkedPattern('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*'), undefined)
  assert.match(checkedPattern('(?i)abc') ?? '', /Java-only/)
  assert.match(checkedPattern('[a-z]*+b') ?? '', /Java-only/)
  assert.match(checkedPattern('([ ]+[a ]+)*x') ?? '', /backtracks/)
  assert.match(checkedPattern('[z-a]') ?? '', /not a JavaScript pattern/)
})
