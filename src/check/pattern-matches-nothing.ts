/** Rules whose pattern can match no event that AWS sends, and what was probably meant. */
import { CATALOGUE, likeness } from '../catalogue/index.ts'
import type { Deployment } from '../deployment.ts'
import {
  type CompiledPattern,
  compilePattern,
  matchesPattern,
} from '../services/events/pattern/index.ts'
import type { DeployedRule } from '../services/ports.ts'
import { API_CALL } from './catalogue-fields.ts'
import { corrected } from './corrected-pattern.ts'
import type { Finding } from './finding.ts'
import { inWords, MAX_JUDGED_SUB_RULES, type Obstacle, obstacle } from './possible.ts'

const ENTRIES = Object.values(CATALOGUE)
const SOURCES: ReadonlySet<string> = new Set(ENTRIES.map(({ source }) => source))
const DETAIL_TYPES: ReadonlySet<string> = new Set(ENTRIES.map(({ detailType }) => detailType))

export function patternsThatMatchNothing({ rules }: Deployment): Finding[] {
  return rules.flatMap((rule) => {
    if (rule.pattern === undefined || !rule.enabled) return []
    const obstacles = nearestMisses(rule.pattern)
    return obstacles ? [finding(rule, rule.pattern, obstacles)] : []
  })
}

/** What keeps a pattern from matching anything, the nearest event first; undefined if it may. */
export function nearestMisses(pattern: string): readonly Obstacle[] | undefined {
  const { subRules } = compilePattern(pattern)
  if (subRules.length > MAX_JUDGED_SUB_RULES) return undefined
  let first: readonly Obstacle[] | undefined
  for (const subRule of subRules) {
    const obstacles = isJudged(subRule) ? nearestOf(subRule) : undefined
    if (!obstacles) return undefined
    first ??= obstacles
  }
  return first
}

type SubRule = CompiledPattern['subRules'][number]

/** Whether all that a conjunction can match is in the catalogue: the rest is not ours to judge. */
function isJudged(subRule: SubRule): boolean {
  const source = subRule.filter(({ path }) => path === 'source')
  const detailType = subRule.filter(({ path }) => path === 'detail-type')
  if (source.length === 0) return false
  const accepts = (document: object, fields: SubRule) =>
    matchesPattern({ text: '', subRules: [fields] }, JSON.stringify(document))
  const known = [...SOURCES].some((each) => accepts({ source: each }, source))
  const exact = source[0]?.alternatives.every(
    (condition) => condition.kind === 'exact' && condition.text.startsWith('aws.'),
  )
  if (!exact) return false
  const isOfCatalogue =
    detailType.length > 0 &&
    [...DETAIL_TYPES].some(
      (each) => each !== API_CALL && accepts({ 'detail-type': each }, detailType),
    )
  return known || isOfCatalogue
}

/** The obstacles of all entries, the nearest first; undefined when there is one without. */
function nearestOf(subRule: SubRule): Obstacle[] | undefined {
  const wanted = subRule
    .filter(({ path }) => path === 'detail-type')
    .flatMap(({ alternatives }) =>
      alternatives.flatMap((condition) => (condition.kind === 'exact' ? [condition.text] : [])),
    )
  const likely = ENTRIES.filter(({ detailType }) => wanted.includes(detailType))
  const found: Obstacle[] = []
  for (const entry of new Set([...likely, ...ENTRIES])) {
    const each = obstacle(subRule, entry)
    if (!each) return undefined
    found.push(each)
  }
  const ranks = new Map(found.map((each) => [each, distance(each, wanted)]))
  return found.sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))
}

/** More than any entry has fields. */
const OTHER_SOURCE = 100
const OTHER_TYPE = 1000

/** Of the same detail-type and source, else of one whose name begins alike or resembles it. */
function distance({ mismatches, entry }: Obstacle, wanted: readonly string[]): number {
  const fields = mismatches.map(({ field }) => field)
  const source = fields.includes('source') ? OTHER_SOURCE : 0
  if (!fields.includes('detail-type')) return source + mismatches.length
  const resemblance = wanted.map(
    (each) => commonWords(each, entry.detailType) + likeness(each, entry.detailType),
  )
  return OTHER_TYPE + source + mismatches.length - 10 * Math.max(0, ...resemblance)
}

/** Words that two names begin with: what an event is about comes first. */
function commonWords(name: string, other: string): number {
  const words = (text: string) => text.toLowerCase().split(/[^a-z0-9]+/)
  const ofOther = words(other)
  const at = words(name).findIndex((word, index) => word !== ofOther[index])
  return at === -1 ? ofOther.length : at
}

function finding(rule: DeployedRule, pattern: string, obstacles: readonly Obstacle[]): Finding {
  const [nearest] = obstacles
  const { detailType, source } = nearest?.entry ?? { detailType: '', source: '' }
  const meant = meantBy(pattern, obstacles)
  return {
    kind: 'pattern-matches-nothing',
    level: 'error',
    subject: rule.arn,
    what: `The pattern of rule ${rule.name} can match no event.`,
    why: `Nearest to it is ${detailType} of ${source}: ${nearest ? inWords(nearest) : ''}.`,
    ...(meant !== undefined && { mend: putRule(rule, meant) }),
  }
}

/** The pattern for the nearest entry that it can be made to fit, of those it misses by little. */
function meantBy(pattern: string, obstacles: readonly Obstacle[]): string | undefined {
  const fewest = Math.min(...obstacles.map(({ mismatches }) => mismatches.length))
  const close = obstacles.filter(
    ({ mismatches, entry }, index) =>
      index === 0 || (mismatches.length === fewest && Object.keys(entry.detail).length > 0),
  )
  for (const { entry } of close) {
    const meant = corrected(pattern, entry)
    if (meant !== undefined && nearestMisses(meant) === undefined) return meant
  }
  return undefined
}

/** PutRule replaces all but targets and tags, so what the rule has is said again. */
function putRule({ name, bus, description, roleArn, schedule }: DeployedRule, pattern: string) {
  return [
    ...['aws', 'events', 'put-rule', '--name', name, '--event-pattern', pattern],
    ...(bus === 'default' ? [] : ['--event-bus-name', bus]),
    ...(description === undefined ? [] : ['--description', description]),
    ...(roleArn === undefined ? [] : ['--role-arn', roleArn]),
    ...(schedule === undefined ? [] : ['--schedule-expression', schedule]),
  ]
}
