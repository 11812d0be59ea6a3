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
  const wanted = pairsOf(kebab(name))
  return names
    .map((each) => ({ each, likeness: likeness(wanted, pairsOf(each)) }))
    .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ each }) => each)
}

/** Sørensen and Dice: twice the pairs of letters in common, by all pairs. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return (2 * a.intersection(b).size) / (a.size + b.size || 1)
}

function pairsOf(text: string): Set<string> {
  return new Set(Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2)))
}
