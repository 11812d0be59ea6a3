/** Sends telemetry events to one extension, in batches, one batch at a time. */
import type { Socket } from 'node:net'
import { realtime } from '../../../clock.ts'
import type { TelemetryEvent, TelemetryType } from './telemetry.ts'

export interface Subscription {
  types: readonly TelemetryType[]
  /** Of the extension's own server, on the loopback of its environment. */
  port: number
  path: string
  maxItems: number
  maxBytes: number
  timeoutMs: number
}

/** Reaches what listens in an environment. */
export type Connect = (port: number) => Promise<Socket>

/** Waiting for an extension that does not take them; beyond this, events are dropped. */
const MAX_WAITING_EVENTS = 20_000
const DROPPED_REASON =
  'Some logs were dropped because the downstream consumer is slower than the logs production rate'

export class TelemetrySubscriber {
  readonly #subscription: Subscription
  readonly #connect: Connect
  readonly #onDropped: (record: object) => void
  #waiting: string[] = []
  #waitingBytes = 0
  #droppedEvents = 0
  #droppedBytes = 0
  #cancelTimer: (() => void) | undefined
  #sending: Promise<void> | undefined
  #abort: (() => void) | undefined
  #closed = false

  /** @param onDropped gets the record of a platform.logsDropped event. */
  constructor(subscription: Subscription, connect: Connect, onDropped: (record: object) => void) {
    this.#subscription = subscription
    this.#connect = connect
    this.#onDropped = onDropped
  }

  add(type: TelemetryType, event: TelemetryEvent): void {
    const { types, maxItems, maxBytes, timeoutMs } = this.#subscription
    if (this.#closed || !types.includes(type)) return
    const text = JSON.stringify(event)
    if (this.#waiting.length >= MAX_WAITING_EVENTS) {
      this.#droppedEvents++
      this.#droppedBytes += text.length
      return
    }
    this.#waiting.push(text)
    this.#waitingBytes += text.length
    if (this.#waiting.length >= maxItems || this.#waitingBytes >= maxBytes) this.#send()
    else this.#cancelTimer ??= realtime.after(timeoutMs, () => this.#send())
  }

  async flush(): Promise<void> {
    while (!this.#closed && (this.#sending || this.#waiting.length > 0)) {
      this.#send()
      await this.#sending
    }
  }

  close(): void {
    this.#closed = true
    this.#cancelTimer?.()
    this.#abort?.()
  }

  /** What comes meanwhile goes with the next batch. */
  #send(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#sending || this.#waiting.length === 0) return
    const batch = this.#waiting.splice(0, this.#subscription.maxItems)
    this.#waitingBytes = this.#waiting.reduce((sum, { length }) => sum + length, 0)
    this.#sending = this.#post(`[${batch.join(',')}]`).finally(() => {
      this.#sending = undefined
      this.#reportDropped()
      if (!this.#closed) this.#send()
    })
  }

  /** An extension that does not listen has lost the batch, as on AWS. */
  async #post(body: string): Promise<void> {
    const { port, path } = this.#subscription
    const socket = await this.#connect(port).catch(() => undefined)
    if (!socket) return
    const headers = {
      Host: `sandbox.localdomain:${port}`,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    }
    const createConnection = () => socket
    await new Promise<void>((resolve) => {
      const { request } = process.getBuiltinModule('node:http')
      const sent = request({ path, method: 'POST', headers, createConnection }, (answer) => {
        answer.resume()
        answer.once('close', resolve)
      })
      sent.once('error', () => resolve())
      this.#abort = () => sent.destroy()
      if (this.#closed) sent.destroy()
      sent.end(body)
    })
  }

  #reportDropped(): void {
    if (this.#droppedEvents === 0) return
    const record = {
      reason: DROPPED_REASON,
      droppedRecords: this.#droppedEvents,
      droppedBytes: this.#droppedBytes,
    }
    this.#droppedEvents = 0
    this.#droppedBytes = 0
    this.#onDropped(record)
  }
}
