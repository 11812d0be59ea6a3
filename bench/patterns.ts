/**
 * Matches the synthetic CityLots2 workload and large rule sets, and prints how fast, beside
 * event-ruler. JSON.parse of the same events in the same run is the floor, and the yardstick by
 * which event-ruler's figures, measured on another machine, are compared.
 *
 *   npm run bench:patterns -- [events of each row]
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compilePattern, PatternSet } from '../src/services/events/pattern/index.ts'

const WORKLOAD = new URL('../../shared/bench/patterns/', import.meta.url)
const DATA = join(tmpdir(), 'windtunnel-bench-patterns')
const LOTS = join(DATA, 'citylots2.jsonl')
const SCALE = join(DATA, 'scale')
const ALL_LOTS = 213_068
const ROUNDS = 3
const REMOVED_RULES = 1000

/** Thousand events a second that event-ruler matched, and JSON.parse parsed, in one run. */
const EVENT_RULER: Readonly<Record<string, number>> = {
  EXACT: 179,
  WILDCARD: 159,
  PREFIX: 195,
  PREFIX_EQUALS_IGNORE_CASE: 203,
  SUFFIX: 196,
  SUFFIX_EQUALS_IGNORE_CASE: 233,
  EQUALS_IGNORE_CASE: 177,
  NUMERIC: 116,
  ANYTHING_BUT: 135,
  // Of its four variants, 125 to 168 was noted: the most of it for each.
  ANYTHING_BUT_IGNORE_CASE: 168,
  ANYTHING_BUT_PREFIX: 168,
  ANYTHING_BUT_SUFFIX: 168,
  ANYTHING_BUT_WILDCARD: 168,
  COMPLEX_ARRAYS: 34,
  PARTIAL_COMBO: 46,
  COMBO: 18,
}
const JSON_PARSE = 100

/** Families of rules, in sizes, with event-ruler's microseconds an event where measured. */
const SCALING: readonly (readonly [family: string, size: number, eventRuler?: number])[] = [
  ['aws', 1, 5.5],
  ['aws', 1000, 9.4],
  ['aws', 10_000, 8.5],
  ['aws', 100_000, 12.1],
  ['exact', 1],
  ['exact', 100_000, 11.7],
  ['numeric', 1],
  ['numeric', 100_000, 11.4],
  ['prefix', 1],
  ['prefix', 100_000, 12.4],
  ['wildcard', 1],
  ['wildcard', 10_000, 21],
  ['wildcard', 100_000],
  ['multi', 1],
  ['multi', 98_000, 11.8],
  ['awsmix', 10, 11.8],
  ['awsmix', 10_000, 50.7],
]

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

interface Ruleset {
  rules: string[]
  matches: number[]
}

function main(): void {
  if (!existsSync(WORKLOAD)) {
    console.log('The workload (../shared/bench/patterns) is not here.')
    return
  }
  makeData()
  const count = Number(process.argv[2] ?? ALL_LOTS)
  benchKinds(readLines(LOTS, count))
  benchScaling()
}

function makeData(): void {
  mkdirSync(SCALE, { recursive: true })
  const make = (script: string, ...args: string[]) =>
    execFileSync(process.execPath, [fileURLToPath(new URL(script, WORKLOAD)), ...args])
  if (!existsSync(LOTS)) make('gen-citylots2.mjs', LOTS)
  if (!existsSync(join(SCALE, 'aws.jsonl'))) make('gen-scale.mjs', LOTS, SCALE)
}

function readLines(path: string, count = Number.POSITIVE_INFINITY): string[] {
  const lines = readFileSync(path, 'latin1').split('\n', Math.min(count, 2 ** 31))
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** Microseconds of CPU that each item takes. */
function microseconds<T>(items: readonly T[], work: (item: T) => void): number {
  const start = process.cpuUsage()
  for (const item of items) work(item)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / items.length
}

/** The best of some rounds of matching, and of parsing in between, on the same busy machine. */
function bestRound(
  events: readonly string[],
  set: PatternSet<number>,
): { matching: number; floor: number } {
  let matching = Number.POSITIVE_INFINITY
  let floor = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    floor = Math.min(floor, microseconds(events, JSON.parse))
    matching = Math.min(
      matching,
      microseconds(events, (event) => set.match(event)),
    )
  }
  return { matching, floor }
}

function benchKinds(events: readonly string[]): void {
  const rulesets: Record<string, Ruleset> = JSON.parse(
    readFileSync(new URL('rulesets.json', WORKLOAD), 'utf8'),
  )
  const rows = Object.entries(rulesets).map(([name, ruleset]) => {
    const set = new PatternSet<number>()
    for (const [index, text] of ruleset.rules.entries()) set.add(index, compilePattern(text))
    if (events.length === ALL_LOTS) check(name, set, events, ruleset.matches)
    const { matching, floor } = bestRound(events, set)
    const theirs = EVENT_RULER[name]! / JSON_PARSE
    return {
      kind: name,
      'thousand events/s': Math.round(1000 / matching),
      'JSON.parse': Math.round(1000 / floor),
      'times JSON.parse': round(floor / matching),
      "event-ruler's": theirs,
      ahead: `${round(floor / matching / theirs)}x`,
    }
  })
  console.log(`The kinds of patterns, ${events.length} events`)
  console.table(rows)
}

/** Counts the matches of each rule, as event-ruler's own benchmark does. */
function check(
  name: string,
  set: PatternSet<number>,
  events: readonly string[],
  expected: readonly number[],
): void {
  const counts = expected.map(() => 0)
  for (const event of events) for (const index of set.match(event)) counts[index]!++
  if (counts.join() !== expected.join()) {
    throw new Error(`${name} matched ${counts} events, not ${expected}`)
  }
}

function benchScaling(): void {
  const rows = SCALING.map(([family, size, theirs]) => {
    const events = readLines(join(SCALE, family.startsWith('aws') ? 'aws.jsonl' : 'lots.jsonl'))
    const rules = readLines(join(SCALE, `${family}.rules`), size).map(compilePattern)
    const before = heapBytes()
    const set = new PatternSet<number>()
    const indexes = Array.from(rules.keys())
    const adding = microseconds(indexes, (index) => set.add(index, rules[index]!))
    const bytes = (heapBytes() - before) / rules.length
    const { matching, floor } = bestRound(events, set)
    const removing = microseconds(indexes.slice(-REMOVED_RULES), (index) => set.remove(index))
    const isMany = rules.length >= REMOVED_RULES
    return {
      family,
      rules: rules.length,
      'µs/event': round(matching),
      'JSON.parse': round(floor),
      "event-ruler's": theirs ?? '',
      'µs to add': isMany ? round(adding) : '',
      'µs to remove': isMany ? round(removing) : '',
      'bytes/rule': isMany ? Math.round(bytes) : '',
    }
  })
  console.log("Rules by the thousand; event-ruler's microseconds are of a run elsewhere")
  console.table(rows)
}

function heapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

function round(number: number): number {
  return Number(number.toPrecision(3))
}

main()
