/** What is kept of event source mappings: which queue is read for which function, and how. */
import { arn, parseArn } from '../../../arn.ts'
import { table, type World } from '../../../store/store.ts'
import { functionArn } from '../names.ts'

export type MappingState =
  | 'Creating'
  | 'Enabling'
  | 'Enabled'
  | 'Disabling'
  | 'Disabled'
  | 'Updating'
  | 'Deleting'

export interface Mapping {
  uuid: string
  /** Where the mapping and its function are; the queue may be in another account. */
  world: World
  functionName: string
  /** A version or an alias. */
  qualifier?: string
  eventSourceArn: string
  batchSize: number
  windowSeconds: number
  reportsItemFailures: boolean
  /** Patterns, any of which a message must match; none lets all through. */
  filters: string[]
  maximumConcurrency?: number
  kmsKeyArn?: string
  enabled: boolean
  state: MappingState
  /** Changes with every change of the state. */
  stateId: string
  /** Milliseconds since the epoch. */
  lastModified: number
  tags: Record<string, string>
}

/** By UUID; global, since a queue that wakes its readers knows only itself. */
export const mappings = table<Mapping>('lambda.mappings', {
  reach: 'global',
  indexes: {
    source: ({ eventSourceArn }) => eventSourceArn,
    function: ({ world, functionName }) => functionArn(world, functionName),
  },
})

export function mappingArn({ account, region }: World, uuid: string): string {
  return arn('lambda', region, account, `event-source-mapping:${uuid}`)
}

/** The UUID in a mapping's ARN; undefined when it is the ARN of something else. */
export function parseMappingArn(text: string): string | undefined {
  const parts = parseArn(text)
  const [kind, uuid] = parts?.resource.split(':') ?? []
  return parts?.service === 'lambda' && kind === 'event-source-mapping' ? uuid : undefined
}
