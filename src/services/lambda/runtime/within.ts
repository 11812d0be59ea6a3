import { realtime } from '../../../clock.ts'

/** Resolves to undefined when the time is up first. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  const expired = Promise.withResolvers<undefined>()
  const cancel = realtime.after(limitMs, () => expired.resolve(undefined))
  try {
    return await Promise.race([work, expired.promise])
  } finally {
    cancel()
  }
}
