import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compilePattern, matchesPattern, PatternError, PatternSet } from './index.ts'

interface RecordedCase {
  name: string
  patternText?: string
  /** Patterns of which any is to match. */
  patternTexts?: string[]
  eventText?: string
  expect: 'match' | 'nomatch' | 'error'
  error?: string
  awsError?: string
  awsErrorRaw?: string
  awsErrorCode?: string
}

const DATA = new URL('../../../../../shared/data/', import.meta.url)
const skip = existsSync(DATA) ? false : 'the recorded cases (../shared/data) are not here'

function recordedCases(file: string): RecordedCase[] {
  return JSON.parse(readFileSync(new URL(file, DATA), 'utf8'))
}

function verdict(recorded: RecordedCase): string {
  const texts = recorded.patternTexts ?? [recorded.patternText!]
  try {
    const patterns = texts.map(compilePattern)
    if (recorded.eventText === undefined) return 'valid'
    const set = new PatternSet<number>()
    for (const [index, pattern] of patterns.entries()) set.add(index, pattern)
    const matched = set.match(recorded.eventText).sort()
    const alone = patterns.flatMap((pattern, index) =>
      matchesPattern(pattern, recorded.eventText!) ? [index] : [],
    )
    assert.deepEqual(matched, alone)
    return matched.length > 0 ? 'match' : 'nomatch'
  } catch (error) {
    if (error instanceof PatternError) return `error: ${error.message}`
    throw error
  }
}

/** It ran with Jackson 2.14, which locates some errors of JSON a character later than AWS does. */
const JSON_ERROR = /Reason: Un(expected (character|close)|recognized character escape)/
const unlocated = (text: string) =>
  JSON_ERROR.test(text) ? text.replaceAll(/column: \d+/g, 'column') : text

test('event-ruler answers the same to the cases of its own tests', { skip }, () => {
  for (const recorded of recordedCases('patterns-event-ruler.json')) {
    const expected =
      recorded.expect === 'error'
        ? `error: Event pattern is not valid. Reason: ${recorded.error}`
        : recorded.expect
    assert.equal(unlocated(verdict(recorded)), unlocated(expected), recorded.name)
  }
})

test('AWS answered the same to the recorded cases', { skip }, () => {
  for (const recorded of recordedCases('patterns-aws-recorded.json')) {
    // What the service asks of events around the matcher is not the language's matter.
    if (recorded.awsErrorCode === 'ValidationException') continue
    const got = verdict(recorded)
    if (recorded.expect === 'error') {
      assert.equal(got.split('\n')[0], `error: ${recorded.awsError!.split('\n')[0]}`, recorded.name)
    } else {
      assert.equal(got, recorded.expect, recorded.name)
    }
  }
})

test('located errors stand where AWS located them', { skip }, () => {
  for (const { name, awsErrorRaw } of recordedCases('patterns-aws-recorded.json')) {
    // The recording has the pattern's text as AWS received it.
    const text = /\[Source: \(String\)"(.*?)"; line: 1, column: \d+\]/.exec(awsErrorRaw ?? '')?.[1]
    if (text === undefined || text.includes('<')) continue
    assert.throws(() => compilePattern(text), { message: awsErrorRaw }, name)
  }
})
