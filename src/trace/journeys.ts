/** Gathers records to journeys: all that one cause led to, as a tree. */
import type { TraceRecord } from './record.ts'

export interface Journey {
  id: string
  /** Milliseconds since the epoch of its first and last record. */
  from: number
  to: number
  /** In the order in which they happened. */
  records: TraceRecord[]
}

/** The journeys of these records, oldest first; with an id only those that it appears in. */
export function journeys(records: readonly TraceRecord[], id?: string): Journey[] {
  const found = new Map<string, Journey>()
  const wanted = new Set<string>()
  for (const record of records) {
    let journey = found.get(record.journey)
    if (!journey) {
      journey = { id: record.journey, from: record.at, to: record.at, records: [] }
      found.set(record.journey, journey)
    }
    journey.records.push(record)
    // A call that waits is recorded at its end, behind what it led to.
    journey.from = Math.min(journey.from, record.at)
    journey.to = Math.max(journey.to, record.at)
    if (id === undefined || names(record, id)) wanted.add(record.journey)
  }
  return [...found.values()].filter((journey) => wanted.has(journey.id))
}

function names(record: TraceRecord, id: string): boolean {
  return record.refs.includes(id) || record.id === id || record.journey === id
}

export interface Node {
  record: TraceRecord
  children: Node[]
}

/** The records as trees; a record whose cause is not kept any more is a root. */
export function forest(records: readonly TraceRecord[]): Node[] {
  const nodes = new Map(records.map((record) => [record.id, { record, children: [] as Node[] }]))
  const roots: Node[] = []
  for (const node of nodes.values()) {
    const parent = node.record.cause === undefined ? undefined : nodes.get(node.record.cause)
    if (parent) parent.children.push(node)
    else roots.push(node)
  }
  return roots
}
