/**
 * Dead-letter queues of targets.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
import type { Context } from '../../aws/context.ts'
import type { Outcome, Queue, QueueMessage } from '../ports.ts'
import { type BusEvent, documentOf } from './event.ts'
import { EVENTS_PRINCIPAL } from './names.ts'
import type { Exhausted } from './retry.ts'
import type { Failure } from './senders/result.ts'

export interface DeadLetter {
  queueArn: string
  event: BusEvent
  ruleArn: string
  targetArn: string
  failure: Failure
  retries: number
  exhausted?: Exhausted | undefined
}

/** Sends the original event, with what went wrong as attributes. All are of the type String. */
export function sendDeadLetter(letter: DeadLetter, queue: Queue, ctx: Context): Outcome {
  const { queueArn, event, ruleArn, targetArn, failure, retries, exhausted } = letter
  const texts = {
    RULE_ARN: ruleArn,
    TARGET_ARN: targetArn,
    ERROR_CODE: failure.code,
    ERROR_MESSAGE: failure.message,
    RETRY_ATTEMPTS: String(retries),
    ...(exhausted && { EXHAUSTED_RETRY_CONDITION: exhausted }),
  }
  const attributes: QueueMessage['attributes'] = {}
  for (const [name, value] of Object.entries(texts))
    attributes[name] = { dataType: 'String', value }
  const sender = { service: EVENTS_PRINCIPAL, sourceArn: ruleArn }
  return queue.send(queueArn, { body: documentOf(event), attributes }, sender, ctx)
}
