/** Receipt handles: which receive of which message. */
import type { Context } from '../../aws/context.ts'
import { invalidReceipt } from './errors.ts'
import { type FiledMessage, inFlight, type Message, messages, type Queue } from './state.ts'

const HANDLE = /^(\S+) (\S+) (\d{1,15}) (\d{1,15})$/

export function receiptOf(queue: Queue, id: number, { messageId, hold }: Message): string {
  return Buffer.from(`${queue.arn} ${messageId} ${id} ${hold}`).toString('base64')
}

export interface Receipt {
  /** Undefined once it was deleted. */
  message: FiledMessage | undefined
  /** True unless the message has been received again since. */
  isLatest: boolean
  /** The row that keeps the message invisible; undefined once its time is over. */
  hold: number | undefined
}

/** Throws unless this queue gave the handle. */
export function readReceipt(queue: Queue, handle: string, ctx: Context): Receipt {
  const text = Buffer.from(handle, 'base64').toString()
  const [, queueArn, messageId, id, hold] = HANDLE.exec(text) ?? []
  if (queueArn !== queue.arn) throw invalidReceipt(handle)
  const found = ctx.tx.find(messages, Number(id))
  const message = found?.row.messageId === messageId ? found : undefined
  const isLatest = message?.row.hold === Number(hold)
  const held = isLatest ? ctx.tx.find(inFlight, Number(hold)) : undefined
  return { message, isLatest, hold: held && held.order > ctx.now ? held.id : undefined }
}
