/** Receipt handles: which receive of which message. */
import type { Context } from '../../aws/context.ts'
import type { Spooled } from '../../store/store.ts'
import { invalidReceipt } from './errors.ts'
import {
  type FiledMessage,
  type Hold,
  inFlight,
  type Message,
  messages,
  type Queue,
} from './state.ts'

const HANDLE = /^(\S+) (\S+) (\d{1,15}) (\d{1,15})$/

export function receiptOf(queue: Queue, id: number, { messageId, receipt }: Message): string {
  return Buffer.from(`${queue.arn} ${messageId} ${id} ${receipt}`).toString('base64')
}

export interface Receipt {
  /** Undefined once it was deleted. */
  message: FiledMessage | undefined
  /** True unless the message has been received again since. */
  isLatest: boolean
  /** The row that keeps the message invisible; undefined once its time is over. */
  hold: Spooled<Hold> | undefined
}

/** Throws unless this queue gave the handle. */
export function readReceipt(queue: Queue, handle: string, ctx: Context): Receipt {
  const text = Buffer.from(handle, 'base64').toString()
  const [, queueArn, messageId, id, receipt] = HANDLE.exec(text) ?? []
  if (queueArn !== queue.arn) throw invalidReceipt(handle)
  const found = ctx.tx.find(messages, Number(id))
  const message = found?.row.messageId === messageId ? found : undefined
  const isLatest = message?.row.receipt === Number(receipt)
  const hold = message?.row.hold
  const held = hold === undefined ? undefined : ctx.tx.find(inFlight, hold)
  return { message, isLatest, hold: held && held.order > ctx.now ? held : undefined }
}
