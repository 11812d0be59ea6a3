/** Finds the operation of a REST request by its method, path and fixed query parameters. */
import type { Model, OperationModel } from '../model.ts'

interface Route {
  operation: OperationModel
  method: string
  /** A label's name in braces, or the segment itself. */
  segments: string[]
  fixed: [name: string, value: string][]
  literals: number
}

const routes = new WeakMap<Model, Route[]>()

const LABEL = /^\{(\w+)(\+?)\}$/

/** A slash at the end makes no difference: the models have some paths with one. */
const split = (path: string) => path.replace(/^\//, '').replace(/\/$/, '').split('/')

function routesOf(model: Model): Route[] {
  const known = routes.get(model)
  if (known) return known
  const made: Route[] = []
  for (const name of model.operationNames) {
    const operation = model.operation(name)
    if (!operation?.http) continue
    const [path = '', query = ''] = operation.http.path.split('?')
    const segments = split(path)
    const fixed = [...new URLSearchParams(query)]
    const literals = segments.filter((segment) => !LABEL.test(segment)).length + fixed.length
    made.push({ operation, method: operation.http.method, segments, fixed, literals })
  }
  // The most specific route first.
  made.sort((a, b) => b.literals - a.literals)
  routes.set(model, made)
  return made
}

function matchLabels(route: Route, parts: readonly string[]): Map<string, string> | undefined {
  const labels = new Map<string, string>()
  for (const [i, segment] of route.segments.entries()) {
    const label = LABEL.exec(segment)
    const part = parts[i]
    if (part === undefined) return undefined
    if (!label) {
      if (part !== segment) return undefined
    } else if (label[2] === '+') {
      labels.set(label[1]!, parts.slice(i).join('/'))
      return labels
    } else if (part === '') return undefined
    else labels.set(label[1]!, part)
  }
  return parts.length === route.segments.length ? labels : undefined
}

export interface Routed {
  operation: OperationModel
  /** Raw, still percent-encoded. */
  labels: ReadonlyMap<string, string>
}

export function route(
  model: Model,
  method: string,
  path: string,
  query: string,
): Routed | undefined {
  const parts = split(path)
  const parameters = new URLSearchParams(query)
  for (const candidate of routesOf(model)) {
    if (candidate.method !== method) continue
    if (candidate.fixed.some(([name, value]) => parameters.get(name) !== value)) continue
    const labels = matchLabels(candidate, parts)
    if (labels) return { operation: candidate.operation, labels }
  }
  return undefined
}
