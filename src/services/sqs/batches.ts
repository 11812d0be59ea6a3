/** Batch requests: up to ten entries, each of which succeeds or fails by itself. */
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'
import { AwsError } from '../../aws/errors.ts'

const MAX_ENTRIES = 10
const ENTRY_ID = /^[\w-]{1,80}$/

interface Batch<E> {
  entries: readonly E[]
  /** The entries' shape, as the error for an empty batch names it. */
  kind: string
  /** A check of the whole batch, once its entries are known to be well-formed. */
  before?: () => void
}

interface BatchResult<R> {
  Successful: R[] | undefined
  Failed: BatchResultErrorEntry[] | undefined
}

/**
 * Throws for what is wrong with the batch itself. Of the two lists an empty one is left out, as
 * recorded.
 */
export function eachEntry<E extends { Id: string | undefined }, R extends object>(
  { entries, kind, before }: Batch<E>,
  perform: (entry: E) => Omit<R, 'Id'>,
): BatchResult<R & { Id: string }> {
  checkEntries(entries, kind)
  before?.()
  const Successful: (R & { Id: string })[] = []
  const Failed: BatchResultErrorEntry[] = []
  for (const entry of entries) {
    const Id = entry.Id ?? ''
    try {
      // What is left out of R is its Id.
      Successful.push({ ...perform(entry), Id } as R & { Id: string })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const { code: Code, message: Message, fault } = error
      Failed.push({ Id, Code, Message, SenderFault: fault === 'Sender' })
    }
  }
  return { Successful: unlessEmpty(Successful), Failed: unlessEmpty(Failed) }
}

function unlessEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined
}

function checkEntries(entries: readonly { Id: string | undefined }[], kind: string): void {
  if (entries.length === 0) {
    const text = `There should be at least one ${kind} in the request.`
    throw new AwsError('EmptyBatchRequest', text)
  }
  if (entries.length > MAX_ENTRIES) {
    const text = `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent`
    throw new AwsError('TooManyEntriesInBatchRequest', `${text} ${entries.length}.`)
  }
  const seen = new Set<string>()
  for (const { Id = '' } of entries) {
    if (!ENTRY_ID.test(Id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. ' +
          'It can be at most 80 letters long.',
      )
    }
    if (seen.has(Id)) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`)
    seen.add(Id)
  }
}
