/** Finds groups and streams by name. */
import type { Context } from '../../aws/context.ts'
import { streamArn } from './arns.ts'
import { groupNotFound, streamNotFound } from './errors.ts'
import { groups, type LogGroup, type LogStream, streams } from './state.ts'

export function existingGroup(name: string, ctx: Context): LogGroup {
  const group = ctx.tx.get(groups, name)
  if (!group) throw groupNotFound()
  return group
}

export function existingStream(group: string, name: string, ctx: Context): LogStream {
  const stream = ctx.tx.get(streams, streamArn(ctx, group, name))
  if (!stream) throw streamNotFound()
  return stream
}

export function streamsOf(group: string, ctx: Context): LogStream[] {
  return ctx.tx.by(streams, 'group', group)
}
