/**
 * The part of JSONPath that EventBridge knows: names, indices, `*`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import { isContainer } from './json.ts'

const STEP = /\.?(?:\['([^']*)'\]|\["([^"]*)"\]|\[(\d+|\*)\]|([^.[\]]+))/y

/** The value at a path; undefined when nothing is there or the path is none. */
export function valueAt(path: string, root: unknown): unknown {
  const steps = parsePath(path)
  if (!steps) return undefined
  let values = [root]
  for (const step of steps) values = values.flatMap((value) => stepInto(value, step))
  return steps.includes('*') ? values : values[0]
}

function parsePath(path: string): string[] | undefined {
  if (!path.startsWith('$')) return undefined
  const steps: string[] = []
  STEP.lastIndex = 1
  while (STEP.lastIndex < path.length) {
    const found = STEP.exec(path)
    if (!found) return undefined
    steps.push(found[1] ?? found[2] ?? found[3] ?? found[4] ?? '')
  }
  return steps
}

function stepInto(value: unknown, step: string): unknown[] {
  if (!isContainer(value)) return []
  if (step === '*') return Object.values(value)
  return Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : []
}
