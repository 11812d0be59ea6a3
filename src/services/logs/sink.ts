/** How other services write log events: under a role, or as a service that a policy lets in. */
import { carriedOut } from '../../aws/audit.ts'
import type { Context } from '../../aws/context.ts'
import type { Evaluation } from '../../policy/index.ts'
import type { LogSink, Outcome, Refused, RoleSender, Roles, ServiceSender } from '../ports.ts'
import { streamArn } from './arns.ts'
import { groupNotFound } from './errors.ts'
import { appendEvents } from './events.ts'
import { addGroup } from './groups.ts'
import { decideForService } from './resource-policies.ts'
import { groups, streams } from './state.ts'
import { addStream } from './streams.ts'

export function logWriter(roles: Roles): LogSink['write'] {
  return (groupName, streamName, lines, sender, ctx) => {
    const may = asker(roles, groupName, streamName, sender, ctx)
    let group = ctx.tx.get(groups, groupName)
    if (!group) {
      if (!('roleArn' in sender)) return noGroup()
      const asked = may('logs:CreateLogGroup')
      if (!asked.accepted) return asked
      group = addGroup(groupName, ctx)
    }
    let stream = ctx.tx.get(streams, streamArn(ctx, groupName, streamName))
    if (!stream) {
      const asked = may('logs:CreateLogStream')
      if (!asked.accepted) return asked
      stream = addStream(groupName, streamName, ctx)
    }
    const asked = may('logs:PutLogEvents')
    if (asked.accepted) appendEvents(group, stream, lines, ctx)
    return asked
  }
}

type Ask = (action: string) => Outcome

function asker(
  roles: Roles,
  group: string,
  stream: string,
  sender: RoleSender | ServiceSender,
  ctx: Context,
): Ask {
  return (action) => {
    const named = action === 'logs:CreateLogGroup' ? '' : stream
    const resource = streamArn(ctx, group, named)
    if (!('roleArn' in sender)) {
      const decided = decideForService(sender, action, resource, ctx)
      const { allowed, because, evaluation } = carriedOut(decided, ctx)
      return allowed ? { accepted: true, because } : refused(because, because, evaluation)
    }
    const verdict = roles.decide(sender, action, resource, ctx)
    const { allowed, because, denial, evaluation } = verdict
    return allowed ? { accepted: true, because } : refused(denial, because, evaluation)
  }
}

function refused(message: string, because: string, evaluation: Evaluation | undefined): Refused {
  const refusal = { accepted: false, code: 'NO_PERMISSIONS', message, because } as const
  return { ...refusal, retryable: false, ...(evaluation && { evaluation }) }
}

function noGroup(): Refused {
  const { message } = groupNotFound()
  return { accepted: false, code: 'NO_RESOURCE', message, retryable: false, because: message }
}
