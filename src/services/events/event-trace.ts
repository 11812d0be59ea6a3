/**
 * The X-Ray trace that an event of PutEvents belongs to.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-related-service-xray.html
 */
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import type { Context } from '../../aws/context.ts'
import { formatTraceHeader } from '../../aws/trace-header.ts'

const VALID: Readonly<Record<string, RegExp>> = {
  Root: /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i,
  Parent: /^[0-9a-f]{16}$/i,
  Sampled: /^[01?]$/,
}

/**
 * The entry's own header, or else that of the request, put in order: without parts that are not
 * valid, the known ones first. What has no root is no trace, but one that says that it is not
 * sampled gets a root (all recorded).
 */
export function traceHeaderOf(
  { TraceHeader }: PutEventsRequestEntry,
  { traceHeader, cause, now }: Pick<Context, 'traceHeader' | 'cause' | 'now'>,
): string | undefined {
  const parts = new Map(Object.keys(VALID).map((name) => [name, '']))
  for (const part of (TraceHeader ?? traceHeader ?? '').split(';')) {
    const [, name = '', value = ''] = /^\s*([^=\s]+)=(.*?)\s*$/.exec(part) ?? []
    if (value !== '' && (VALID[name]?.test(value) ?? true)) parts.set(name, value)
  }
  if (!parts.get('Root')) {
    if (parts.get('Sampled') !== '0') return undefined
    const [root = ''] = formatTraceHeader(cause, now).split(';')
    parts.set('Root', root.slice('Root='.length))
  }
  return Array.from(parts, ([name, value]) => value && `${name}=${value}`)
    .filter((part) => part !== '')
    .join(';')
}
