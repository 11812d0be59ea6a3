/** Names of events, and what comes near to one that is unknown. */

/** `EC2 AMI State Change` → `ec2-ami-state-change`; what ends in "Notification" does without it. */
export function kebab(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .replace(/-notification$/, '')
}

const MAX_SUGGESTIONS = 3
/** Of 1, for names that are the same. */
const LEAST_LIKENESS = 0.3

/** The names that are most like this one, the best first. */
export function similar(name: string, names: readonly string[]): string[] {
  return names
    .map((each) => ({ each, score: likeness(name, each) }))
    .filter(({ score }) => score >= LEAST_LIKENESS)
    .sort((a, b) => b.score - a.score)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ each }) => each)
}

/** Of two names, from 0 to 1. Sørensen and Dice: twice the pairs in common, by all pairs. */
export function likeness(name: string, other: string): number {
  const a = pairsOf(kebab(name))
  const b = pairsOf(kebab(other))
  return (2 * a.intersection(b).size) / (a.size + b.size || 1)
}

function pairsOf(text: string): Set<string> {
  return new Set(Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2)))
}
