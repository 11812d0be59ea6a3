/**
 * The Telemetry API's stream: what happens in an environment, for the extensions that subscribed.
 * Docs: "Lambda Telemetry API"; checks and delivery as in the reference emulator.
 */
import { isoMillis, realtime } from '../../../clock.ts'
import { type Connect, type Subscription, TelemetrySubscriber } from './telemetry-subscriber.ts'
import type { LogFormat, LogLine } from './types.ts'

export const TELEMETRY_TYPES = ['platform', 'function', 'extension'] as const
export type TelemetryType = (typeof TELEMETRY_TYPES)[number]

export interface TelemetryEvent {
  time: string
  /** `function`, `extension`, or the name of a platform event. */
  type: string
  record: unknown
}

/** Kept for extensions that subscribe during Init; they get what happened before, too. */
const MAX_BACKLOG_EVENTS = 1000

export class Telemetry {
  readonly #logFormat: LogFormat
  readonly #subscribers = new Map<string, TelemetrySubscriber>()
  /** Undefined once nobody can subscribe any more. */
  #backlog: [TelemetryType, TelemetryEvent][] | undefined = []

  constructor(logFormat: LogFormat) {
    this.#logFormat = logFormat
  }

  get isOpen(): boolean {
    return this.#backlog !== undefined
  }

  /** Init is over: nobody else can subscribe. */
  closeSubscription(): void {
    this.#backlog = undefined
  }

  /** A later subscription of the same extension replaces its first. */
  subscribe(name: string, subscription: Subscription, connect: Connect): void {
    const onDropped = (record: object) =>
      this.platform(realtime.now(), 'platform.logsDropped', record)
    this.#subscribers.get(name)?.close()
    const subscriber = new TelemetrySubscriber(subscription, connect, onDropped)
    this.#subscribers.set(name, subscriber)
    for (const [type, event] of this.#backlog ?? []) subscriber.add(type, event)
  }

  platform(now: number, type: string, record: object): void {
    if (!this.#backlog && this.#subscribers.size === 0) return
    this.#add('platform', { time: isoMillis(now), type, record })
  }

  lines(type: 'function' | 'extension', lines: readonly LogLine[]): void {
    if (!this.#backlog && this.#subscribers.size === 0) return
    for (const { timestamp, message } of lines) {
      this.#add(type, { time: isoMillis(timestamp), type, record: this.#recordOf(message) })
    }
  }

  /** Sends what waits; resolves when it has arrived or never will. */
  async flush(): Promise<void> {
    await Promise.all([...this.#subscribers.values()].map((subscriber) => subscriber.flush()))
  }

  close(): void {
    this.#backlog = undefined
    for (const subscriber of this.#subscribers.values()) subscriber.close()
    this.#subscribers.clear()
  }

  #add(type: TelemetryType, event: TelemetryEvent): void {
    if (this.#backlog && this.#backlog.length < MAX_BACKLOG_EVENTS) {
      this.#backlog.push([type, event])
    }
    for (const subscriber of this.#subscribers.values()) subscriber.add(type, event)
  }

  /** With the JSON log format, lines that are JSON objects arrive as such. */
  #recordOf(message: string): unknown {
    if (this.#logFormat === 'Text' || !message.startsWith('{')) return message
    try {
      return JSON.parse(message)
    } catch {
      return message
    }
  }
}
