/** Log streams. */
import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  LogStream as LogStreamAnswer,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { allowOn, groupNamed, streamArn } from './arns.ts'
import { invalidParameter, streamExists } from './errors.ts'
import { existingGroup, existingStream, streamsOf } from './lookup.ts'
import { pageOf } from './pages.ts'
import { sequenceToken } from './places.ts'
import { events, type LogStream, streams } from './state.ts'

const DEFAULT_LIMIT = 50
/** Epoch milliseconds in as many digits sort as texts. */
const TIME_DIGITS = 16

export function createLogStream(input: Checked<CreateLogStreamRequest>, ctx: Context): object {
  const { logGroupName: group, logStreamName: stream } = input
  allowOn(ctx, 'logs:CreateLogStream', group, { stream })
  existingGroup(group, ctx)
  if (ctx.tx.has(streams, streamArn(ctx, group, stream))) throw streamExists()
  addStream(group, stream, ctx)
  return {}
}

export function addStream(group: string, name: string, ctx: Context): LogStream {
  const arn = streamArn(ctx, group, name)
  const stream: LogStream = { group, name, arn, createdAt: ctx.now, bytes: 0 }
  ctx.tx.put(streams, arn, stream)
  return stream
}

export function deleteLogStream(input: Checked<DeleteLogStreamRequest>, ctx: Context): object {
  const { logGroupName: group, logStreamName: stream } = input
  allowOn(ctx, 'logs:DeleteLogStream', group, { stream })
  existingGroup(group, ctx)
  removeStream(existingStream(group, stream, ctx), ctx)
  return {}
}

/** Removes a stream with its events. */
export function removeStream({ arn }: LogStream, ctx: Context): void {
  ctx.tx.clear(events, arn)
  ctx.tx.delete(streams, arn)
}

export function describeLogStreams(
  input: DescribeLogStreamsRequest,
  ctx: Context,
): Answer<DescribeLogStreamsResponse> {
  const group = groupNamed(input, ctx)
  const { logStreamNamePrefix: prefix, orderBy = 'LogStreamName' } = input
  allowOn(ctx, 'logs:DescribeLogStreams', group)
  if (orderBy === 'LastEventTime' && prefix !== undefined) {
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
  }
  existingGroup(group, ctx)
  const found = streamsOf(group, ctx).filter(({ name }) => name.startsWith(prefix ?? ''))
  const { items, nextToken } = pageOf(found, {
    keyOf: orderBy === 'LogStreamName' ? ({ name }) => name : byLastEvent,
    limit: input.limit ?? DEFAULT_LIMIT,
    token: input.nextToken,
    ...(input.descending && { descending: true }),
  })
  return { logStreams: items.map(answered), nextToken }
}

function byLastEvent({ name, lastEventAt = 0 }: LogStream): string {
  return `${String(lastEventAt).padStart(TIME_DIGITS, '0')} ${name}`
}

function answered(stream: LogStream): LogStreamAnswer {
  const { name, arn, createdAt, firstEventAt, lastEventAt, lastIngestedAt } = stream
  return {
    logStreamName: name,
    creationTime: createdAt,
    firstEventTimestamp: firstEventAt,
    lastEventTimestamp: lastEventAt,
    lastIngestionTime: lastIngestedAt,
    ...(lastIngestedAt !== undefined && { uploadSequenceToken: sequenceToken(lastIngestedAt) }),
    arn,
    // Zero for every stream since 2019, says the API; only groups still tell.
    storedBytes: 0,
  }
}
