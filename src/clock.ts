/**
 * The only place that touches the platform's time. `Clock` is the time that the cloud lives in
 * (it can be moved); `realtime` is the time of the machine (timeouts of real processes, SigV4).
 */
import { setTimeout as sleep } from 'node:timers/promises'

export const MS_PER_SECOND = 1000
export const MS_PER_MINUTE = 60 * MS_PER_SECOND
export const MS_PER_HOUR = 60 * MS_PER_MINUTE
export const MS_PER_DAY = 24 * MS_PER_HOUR
const NS_PER_MS = 1_000_000

/** setTimeout fires at once beyond 2^31-1 ms, so longer waits are made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface Clock {
  /** Milliseconds since the epoch. Never goes back. */
  now(): number
  /** Resolves once `now()` has reached `at`, or when the signal aborts. */
  until(at: number, signal?: AbortSignal): Promise<void>
  /** Moves `now()` forward to `at`; an earlier `at` changes nothing. */
  travel(at: number): void
}

interface Waiter {
  at: number
  wake: () => void
}

/** Wakes those whose time a jump has reached. */
class Waiters {
  readonly #waiting = new Set<Waiter>()

  add(at: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(waiter)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const waiter = { at, wake }
      this.#waiting.add(waiter)
      if (signal?.aborted) wake()
      else signal?.addEventListener('abort', wake, { once: true })
    })
  }

  reach(now: number): void {
    for (const waiter of this.#waiting) if (waiter.at <= now) waiter.wake()
  }
}

/** Real time plus an offset that only grows: travelling is skipping ahead. */
export class SystemClock implements Clock {
  readonly #jumps = new Waiters()
  #offsetMs: number
  #latest = 0

  constructor(offsetMs = 0) {
    this.#offsetMs = offsetMs
  }

  get offsetMs(): number {
    return this.#offsetMs
  }

  now(): number {
    this.#latest = Math.max(this.#latest, Date.now() + this.#offsetMs)
    return this.#latest
  }

  async until(at: number, signal?: AbortSignal): Promise<void> {
    while (this.now() < at && !signal?.aborted) {
      const stop = new AbortController()
      const jumped = this.#jumps.add(at, stop.signal)
      const waitMs = Math.max(0, Math.min(at - this.now(), LONGEST_TIMER_MS))
      const abort = () => stop.abort()
      signal?.addEventListener('abort', abort, { once: true })
      await Promise.race([jumped, sleep(waitMs, undefined, { signal: stop.signal })]).catch(
        () => {},
      )
      signal?.removeEventListener('abort', abort)
      stop.abort()
    }
  }

  travel(at: number): void {
    const aheadMs = at - this.now()
    if (aheadMs <= 0) return
    this.#offsetMs += aheadMs
    this.#jumps.reach(this.now())
  }
}

/** Stands still until told: the clock of tests and simulations. */
export class VirtualClock implements Clock {
  readonly #waiters = new Waiters()
  #now: number

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  until(at: number, signal?: AbortSignal): Promise<void> {
    return at <= this.#now ? Promise.resolve() : this.#waiters.add(at, signal)
  }

  travel(at: number): void {
    if (at <= this.#now) return
    this.#now = at
    this.#waiters.reach(at)
  }
}

/** The machine's own time, for what really runs: processes, sockets, signatures, measurements. */
export const realtime = {
  /** Milliseconds since the epoch. */
  now: (): number => Date.now(),
  /**
   * Milliseconds with fractions, monotonic; only differences have a meaning. Not `performance`,
   * which loads for long.
   */
  monotonic: (): number => Number(process.hrtime.bigint()) / NS_PER_MS,
  /** Runs `action` after `delayMs` unless the returned function is called before. */
  after(delayMs: number, action: () => void): () => void {
    const timer = setTimeout(action, Math.min(delayMs, LONGEST_TIMER_MS))
    timer.unref()
    return () => clearTimeout(timer)
  },
  /** Runs `action` once the requests that have already arrived are dealt with. */
  soon: (action: () => void): void => void setImmediate(action),
  /** Lets the event loop breathe; resolves in its next turn. */
  turn: (): Promise<void> => new Promise((resolve) => setImmediate(resolve)),
  wait: (delayMs: number, signal?: AbortSignal): Promise<void> =>
    sleep(delayMs, undefined, signal ? { signal } : undefined).catch(() => {}),
}

/** `2026-05-11T21:29:54Z`: the whole seconds of the event envelope and of EC2's query answers. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** `2026-05-11T21:29:54.123Z` */
export function isoMillis(ms: number): string {
  return new Date(ms).toISOString()
}

/** `Mon, 11 May 2026 21:29:54 GMT` */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString()
}

/** `May 11, 2026 9:29:54 PM`; by hand, since loading Intl's data takes as long as all our code. */
export function spelledDate(ms: number): string {
  const date = new Date(ms)
  const [, day, month, year, time = ''] = date.toUTCString().split(' ')
  const hours = date.getUTCHours()
  const period = hours < 12 ? 'AM' : 'PM'
  return `${month} ${Number(day)}, ${year} ${hours % 12 || 12}${time.slice(2)} ${period}`
}

/** Milliseconds since the epoch of an ISO 8601 or HTTP date; NaN when it is neither. */
export function parseTime(text: string): number {
  return Date.parse(text)
}

/** A `Date` of the SDK's types; the wire codecs turn it into the protocol's own form. */
export function toDate(ms: number): Date {
  return new Date(ms)
}

/** A moment on the calendar of UTC; months and days count from 1, weekdays from 0, a Sunday. */
export interface UtcParts {
  year: number
  month: number
  day: number
  weekday: number
}

export function utcParts(ms: number): UtcParts {
  const date = new Date(ms)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
  }
}

/** Milliseconds since the epoch of the beginning of a day; day 0 is the month before's last. */
export function utcDay(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day)
}
