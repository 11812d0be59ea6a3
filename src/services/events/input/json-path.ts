/**
 * The part of JSONPath that EventBridge knows: names behind dots, indices and `[*]`. What else it
 * refuses is as recorded of the real service: `$['name']`, `$.*`, `$..name`, `[-1]`, `[0:2]`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import { isContainer } from './json.ts'

const PATH = /^\$(?:\.[^.[\]*'"]+|\[(?:\d+|\*)\])*$/
const STEP = /\.([^.[\]]+)|\[(\d+|\*)\]/g

export function isPath(text: string): boolean {
  return PATH.test(text)
}

/** The value at a path; undefined when nothing is there or the path is none. */
export function valueAt(path: string, root: unknown): unknown {
  if (!isPath(path)) return undefined
  const steps = Array.from(path.matchAll(STEP), ([, name, index = '']) => name ?? index)
  let values = [root]
  for (const step of steps) values = values.flatMap((value) => stepInto(value, step))
  return steps.includes('*') ? values : values[0]
}

function stepInto(value: unknown, step: string): unknown[] {
  if (!isContainer(value)) return []
  if (step === '*') return Object.values(value)
  return Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : []
}
