/** An event on a bus: the envelope, and the document that patterns match and targets receive. */

export interface BusEvent {
  id: string
  detailType: string
  source: string
  /** Where it came from; kept when it is sent on to another account or region. */
  account: string
  /** `2026-05-11T21:29:54Z` */
  time: string
  region: string
  resources: readonly string[]
  /** A JSON object, as compact text: numbers keep the form in which they came. */
  detail: string
  replayName?: string
  /** X-Ray's, which goes with the event and is no part of its document. */
  traceHeader?: string | undefined
}

/** How an event has been passed on from bus to bus: each of the two ways is open to it once. */
export interface Hops {
  withinRegion?: boolean
  acrossRegions?: boolean
}

/** The document, with its members in the order of real deliveries. */
export function documentOf(event: BusEvent): string {
  const { id, account, time, region, replayName, resources, detail } = event
  const detailType = JSON.stringify(event.detailType)
  const source = JSON.stringify(event.source)
  const replay = replayName === undefined ? '' : `"replay-name":"${replayName}",`
  const list = resources.length === 0 ? '[]' : JSON.stringify(resources)
  return (
    `{"version":"0","id":"${id}","detail-type":${detailType},"source":${source},` +
    `"account":"${account}","time":"${time}","region":"${region}",${replay}` +
    `"resources":${list},"detail":${detail}}`
  )
}

/** Deeper events are not processed. */
export const MAX_NESTING_LEVELS = 1000

const SPACE = 0x20
const QUOTE = 0x22
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * A JSON object's text without white space between its parts; undefined when the text is not a
 * JSON object or nested too deep.
 */
export function compactObject(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  } catch {
    return undefined
  }
  let compact = ''
  let kept = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code <= SPACE) {
      compact += text.slice(kept, at)
      kept = at + 1
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_NESTING_LEVELS) return undefined
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return kept === 0 ? text : compact + text.slice(kept)
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}
