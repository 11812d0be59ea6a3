/**
 * Dead-letter queues of targets.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
import type { Context } from '../../aws/context.ts'
import type { Outcome, Queue, QueueMessage } from '../ports.ts'
import { EVENTS_PRINCIPAL } from './names.ts'
import type { Exhausted } from './retry.ts'
import type { Failure } from './senders/result.ts'

export interface DeadLetter {
  queueArn: string
  /** What the target was to receive. */
  body: string
  traceHeader: string | undefined
  ruleArn: string
  targetArn: string
  failure: Failure
  retries: number
  exhausted?: Exhausted | undefined
}

/**
 * Sends what the target should have had, with what went wrong as attributes, all of the type
 * String. Retries are told of only where there may have been some (recorded).
 */
export function sendDeadLetter(letter: DeadLetter, queue: Queue, ctx: Context): Outcome {
  const { queueArn, body, traceHeader, ruleArn, targetArn, failure, retries, exhausted } = letter
  const texts = {
    RULE_ARN: ruleArn,
    TARGET_ARN: targetArn,
    ERROR_CODE: failure.code,
    ERROR_MESSAGE: failure.message,
    ...((retries > 0 || exhausted) && { RETRY_ATTEMPTS: String(retries) }),
    ...(exhausted && { EXHAUSTED_RETRY_CONDITION: exhausted }),
  }
  const attributes: QueueMessage['attributes'] = {}
  for (const [name, value] of Object.entries(texts))
    attributes[name] = { dataType: 'String', value }
  const sender = { service: EVENTS_PRINCIPAL, sourceArn: ruleArn }
  return queue.send(queueArn, { body, attributes, traceHeader }, sender, ctx)
}
