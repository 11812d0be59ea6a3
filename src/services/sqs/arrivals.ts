/** Wakes receivers that wait for messages of a queue. */
import type { WaitingContext } from '../../aws/context.ts'

export class Arrivals {
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #listeners = new Set<(queueArn: string) => void>()

  /** Something may have become visible. Receivers look once this transaction has ended. */
  notify(queueArn: string): void {
    queueMicrotask(() => {
      for (const wake of this.#waiting.get(queueArn) ?? []) wake()
      for (const listener of this.#listeners) listener(queueArn)
    })
  }

  /** Calls back after each transaction by which something may have become visible. */
  listen(listener: (queueArn: string) => void): void {
    this.#listeners.add(listener)
  }

  /** Has all receivers look again. */
  notifyAll(): void {
    for (const queueArn of this.#waiting.keys()) this.notify(queueArn)
  }

  /** Resolves when the queue was notified, at `at`, or when the client has gone. */
  async next(queueArn: string, at: number, { signal, until }: WaitingContext): Promise<void> {
    const woken = new AbortController()
    const wake = () => woken.abort()
    const others = this.#waiting.get(queueArn) ?? new Set()
    this.#waiting.set(queueArn, others.add(wake))
    signal.addEventListener('abort', wake, { once: true })
    await until(at, woken.signal)
    signal.removeEventListener('abort', wake)
    others.delete(wake)
    if (others.size === 0) this.#waiting.delete(queueArn)
  }
}
