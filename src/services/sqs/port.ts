/** How other services send messages: for themselves, or under a role. */
import { parseArn } from '../../arn.ts'
import { carriedOut } from '../../aws/audit.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { decideForService } from '../../aws/service-access.ts'
import type {
  Accepted,
  Outcome,
  QueueMessage,
  Queue as QueuePort,
  Refused,
  RoleSender,
  Roles,
  ServiceSender,
} from '../ports.ts'
import type { Arrivals } from './arrivals.ts'
import { queueNotFound } from './errors.ts'
import type { StoredAttributes } from './message-attributes.ts'
import { type Home, policyOf } from './queues.ts'
import { send } from './send.ts'
import { queues } from './state.ts'

const ACTION = 'sqs:SendMessage'

export function queuePort(roles: Roles, arrivals: Arrivals): QueuePort {
  return {
    send(queueArn, message, sender, ctx) {
      const home = homeOf(queueArn, ctx)
      if (!home) return refusal('NO_RESOURCE', queueNotFound().message)
      const outcome =
        'roleArn' in sender ? decideForRole(home, sender, roles) : decideForSender(home, sender)
      if (!outcome.accepted) return outcome
      const senderId =
        'roleArn' in sender ? (roles.caller(sender, ctx)?.userId ?? sender.service) : sender.service
      return deliver(home, message, senderId, outcome, arrivals)
    },
  }
}

/** The queue of an ARN, in its own account. */
export function homeOf(queueArn: string, from: Context): Home | undefined {
  const parsed = parseArn(queueArn)
  if (parsed?.service !== 'sqs') return undefined
  const ctx = from.in({ account: parsed.account, region: parsed.region })
  const queue = ctx.tx.get(queues, parsed.resource)
  return queue && { queue, ctx }
}

/** Only the queue's own policy can let a service in. */
function decideForSender({ queue, ctx }: Home, { service, sourceArn }: ServiceSender): Outcome {
  const decided = decideForService({
    service,
    action: ACTION,
    resource: queue.arn,
    resourcePolicy: policyOf(queue),
    keys: { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': parseArn(sourceArn)?.account },
  })
  const { allowed, because, denial, evaluation } = carriedOut(decided, ctx)
  return allowed
    ? { accepted: true, because, evaluation }
    : { ...refusal('NO_PERMISSIONS', denial, because), evaluation }
}

function decideForRole({ queue, ctx }: Home, sender: RoleSender, roles: Roles): Outcome {
  const access = { resourcePolicy: policyOf(queue) }
  const verdict = roles.decide(sender, ACTION, queue.arn, ctx, access)
  const { allowed, because, denial, evaluation } = verdict
  return allowed
    ? { accepted: true, because, evaluation }
    : { ...refusal('NO_PERMISSIONS', denial, because), evaluation }
}

function refusal(code: Refused['code'], message: string, because = message): Refused {
  return { accepted: false, code, message, retryable: false, because }
}

function deliver(
  { queue, ctx }: Home,
  { body, attributes = {}, groupId, deduplicationId, traceHeader }: QueueMessage,
  senderId: string,
  accepted: Accepted,
  arrivals: Arrivals,
): Outcome {
  const stored: StoredAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, value }]) => [
      name,
      { type: dataType, text: value },
    ]),
  )
  try {
    const draft = { body, attributes: stored, groupId, deduplicationId, traceHeader, senderId }
    send(queue, draft, arrivals, ctx)
    return accepted
  } catch (error) {
    if (error instanceof AwsError) return refusal('INVALID_PARAMETER', error.message)
    throw error
  }
}
