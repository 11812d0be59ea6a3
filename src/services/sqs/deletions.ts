/**
 * The names of deleted queues, which cannot be used again for a minute.
 * SQS API reference, DeleteQueue.
 */
import type { Context } from '../../aws/context.ts'
import { MS_PER_MINUTE } from '../../clock.ts'
import { table } from '../../store/store.ts'
import { deletedRecently } from './errors.ts'

const NAME_KEPT_MS = MS_PER_MINUTE

/** By name, in the order of their times. */
const deletions = table<{ readonly name: string; readonly at: number }>('sqs.deletions')

export function rememberDeletion(name: string, ctx: Context): void {
  for (const { name: old, at } of ctx.tx.all(deletions)) {
    if (ctx.now - at < NAME_KEPT_MS) break
    ctx.tx.delete(deletions, old)
  }
  ctx.tx.delete(deletions, name)
  ctx.tx.put(deletions, name, { name, at: ctx.now })
}

export function checkNameIsFree(name: string, ctx: Context): void {
  const deleted = ctx.tx.get(deletions, name)
  if (deleted && ctx.now - deleted.at < NAME_KEPT_MS) throw deletedRecently()
}
