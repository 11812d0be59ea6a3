/** Delivery to SQS queues. */

import { documentOf } from '../event.ts'
import { parseExact } from '../input/json.ts'
import { valueAt } from '../input/json-path.ts'
import { EVENTS_PRINCIPAL } from '../names.ts'
import { roleSender } from '../roles.ts'
import type { Result, Shipment } from './result.ts'

/** As the service, let in by the queue's policy, or under the target's role. */
export function sendToQueue({ rule, target, event, payload, parts, ctx }: Shipment): Result {
  const { Arn, RoleArn, SqsParameters } = target
  const sender =
    RoleArn === undefined
      ? { service: EVENTS_PRINCIPAL, sourceArn: rule.arn }
      : roleSender(RoleArn, rule.arn)
  const groupId = groupOf(SqsParameters?.MessageGroupId, documentOf(event))
  const message = { body: payload, ...(groupId !== undefined && { groupId }) }
  return parts.queue.send(Arn, message, sender, ctx)
}

/** A message group may be a path into the event. */
function groupOf(id: string | undefined, document: string): string | undefined {
  if (!id?.startsWith('$')) return id
  const value = valueAt(id, parseExact(document))
  return typeof value === 'string' ? value : JSON.stringify(value)
}
