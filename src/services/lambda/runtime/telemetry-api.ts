/** What an extension asks of the Telemetry API, checked. Docs: "Lambda Telemetry API reference". */
import { TELEMETRY_TYPES, type TelemetryType } from './telemetry.ts'
import type { Subscription } from './telemetry-subscriber.ts'

const SCHEMA_VERSIONS = ['2022-07-01', '2022-12-13', '2025-01-29']
/** How the subscriber calls its own machine. */
const HOSTS = ['sandbox.localdomain', 'sandbox', 'localhost', '127.0.0.1']

type BufferingName = 'maxItems' | 'maxBytes' | 'timeoutMs'

interface Bounds {
  least: number
  most: number
  unless: number
}

const BUFFERING: Readonly<Record<BufferingName, Bounds>> = {
  maxItems: { least: 1000, most: 10_000, unless: 10_000 },
  maxBytes: { least: 262_144, most: 1_048_576, unless: 262_144 },
  timeoutMs: { least: 25, most: 30_000, unless: 1000 },
}

type Document = Readonly<Record<string, unknown>>

/** The subscription, or why it is none. */
export function subscriptionOf(body: Buffer): Subscription | string {
  const asked = documentOf(body)
  if (!asked) return 'The request body is not a JSON object.'
  const { schemaVersion, types, destination, buffering } = asked
  if (!SCHEMA_VERSIONS.includes(String(schemaVersion))) {
    return `schemaVersion must be one of ${SCHEMA_VERSIONS.join(', ')}.`
  }
  if (!isTypes(types)) return `types must be some of ${TELEMETRY_TYPES.join(', ')}.`
  const place = placeOf(destination)
  if (typeof place === 'string') return place
  const limits = { maxItems: 0, maxBytes: 0, timeoutMs: 0 }
  for (const [name, { least, most, unless }] of entriesOf(BUFFERING)) {
    const value = isDocument(buffering) ? (buffering[name] ?? unless) : unless
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      return `buffering.${name} must be a whole number from ${least} to ${most}.`
    }
    limits[name] = value
  }
  return { types, ...place, ...limits }
}

function placeOf(destination: unknown): { port: number; path: string } | string {
  if (!isDocument(destination)) return 'destination is missing.'
  const { protocol, URI: uri } = destination
  if (protocol === 'TCP') return 'Windtunnel delivers telemetry over HTTP only.'
  if (protocol !== 'HTTP') return 'destination.protocol must be HTTP or TCP.'
  const url = URL.parse(String(uri))
  if (url?.protocol !== 'http:' || !HOSTS.includes(url.hostname)) {
    return 'destination.URI host must be sandbox.localdomain'
  }
  return { port: Number(url.port || '80'), path: url.pathname + url.search }
}

function documentOf(body: Buffer): Document | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isDocument(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTypes(value: unknown): value is TelemetryType[] {
  const known: readonly unknown[] = TELEMETRY_TYPES
  return Array.isArray(value) && value.length > 0 && value.every((type) => known.includes(type))
}

function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): [K, V][] {
  // Object.entries forgets the type of the keys.
  return Object.entries(record) as [K, V][]
}
