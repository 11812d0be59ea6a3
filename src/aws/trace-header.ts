/**
 * The X-Ray trace header, by which SDKs inside functions say what caused their calls.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
import { MS_PER_SECOND } from '../clock.ts'
import type { Cause } from '../trace/record.ts'

const FORM = /Root=1-[0-9a-f]{8}-([0-9a-f]{24})(?:;|$).*?Parent=([0-9a-f]{16})/i

const ROOT = /(?:^|;)Root=(1-[0-9a-f]{8}-([0-9a-f]{24}))(?:;|$)/i
const SAMPLED = /(?:^|;)Sampled=([01])(?:;|$)/

/**
 * `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0`, which goes on with
 * the trace of the header `before`, if that is the journey's.
 */
export function formatTraceHeader(
  { journey, record }: Cause,
  atMs: number,
  before?: string | undefined,
): string {
  const seconds = Math.floor(atMs / MS_PER_SECOND)
    .toString(16)
    .padStart(8, '0')
  const goesOn = before !== undefined && journeyIn(before) === journey
  const root = goesOn ? ROOT.exec(before)?.[1] : `1-${seconds}-${journey}`
  const sampled = (goesOn && SAMPLED.exec(before)?.[1]) || 0
  return `Root=${root};Parent=${record};Sampled=${sampled}`
}

/** The journey that a header's root names; undefined when the header is none. */
export function journeyIn(header: string | undefined): string | undefined {
  return ROOT.exec(header ?? '')?.[2]?.toLowerCase()
}

export function parseTraceHeader(header: string | undefined): Cause | undefined {
  const [, journey, record] = FORM.exec(header ?? '') ?? []
  return journey && record ? { journey, record } : undefined
}
