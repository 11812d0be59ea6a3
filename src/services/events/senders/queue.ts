/** Delivery to SQS queues. */
import { documentOf } from '../event.ts'
import { parseExact } from '../input/json.ts'
import { valueAt } from '../input/json-path.ts'
import type { Result, Shipment } from './result.ts'
import { blamingRole, senderFor } from './role.ts'

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  NO_PERMISSIONS: 'Status Code: 403; Error Code: AccessDenied',
  NO_RESOURCE: 'Status Code: 400; Error Code: AWS.SimpleQueueService.NonExistentQueue',
}

/** As the service, let in by the queue's policy, or under the target's role. */
export function sendToQueue(shipment: Shipment): Result {
  const { target, event, payload, parts, ctx } = shipment
  const { Arn, SqsParameters } = target
  const groupId = groupOf(SqsParameters?.MessageGroupId, documentOf(event))
  const { traceHeader } = event
  const message = { body: payload, traceHeader, ...(groupId !== undefined && { groupId }) }
  const result = parts.queue.send(Arn, message, senderFor(shipment), ctx)
  return blamingRole(inClientsWords(result, ctx.ids.uuid()), shipment)
}

/** What a dead letter says is what the client said that EventBridge sends with (recorded). */
function inClientsWords(result: Result, requestId: string): Result {
  if (result.accepted) return result
  const told = CLIENT_ERRORS[result.code]
  if (!told) return result
  const message = result.message.replaceAll('sqs:SendMessage', 'sqs:sendmessage')
  const client = `Service: AmazonSQS; ${told}; Request ID: ${requestId}; Proxy: null`
  return { ...result, message: `${message} (${client})` }
}

/** A message group may be a path into the event. */
function groupOf(id: string | undefined, document: string): string | undefined {
  if (!id?.startsWith('$')) return id
  const value = valueAt(id, parseExact(document))
  return typeof value === 'string' ? value : JSON.stringify(value)
}
