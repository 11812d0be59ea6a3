/**
 * The built-in targets: EC2's API, called under the target's role.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
 */
import { parseArn } from '../../../arn.ts'
import { isJson } from '../input/json.ts'
import { roleSender } from '../roles.ts'
import { failure, type Result, type Shipment } from './result.ts'

interface Action {
  operation: string
  input: (ids: string[]) => object
}

const onInstances = (operation: string): Action => ({
  operation,
  input: (InstanceIds) => ({ InstanceIds }),
})

const actions: Readonly<Record<string, Action>> = {
  'stop-instances': onInstances('StopInstances'),
  'terminate-instances': onInstances('TerminateInstances'),
  'reboot-instances': onInstances('RebootInstances'),
  'create-snapshot': { operation: 'CreateSnapshot', input: ([VolumeId]) => ({ VolumeId }) },
}

/** The payload is an id or a list of ids, as the console makes it: `"i-0123"`. */
export function callEc2({ rule, target, payload, parts, ctx, cause }: Shipment): Result {
  const name = parseArn(target.Arn)?.resource.slice('target/'.length) ?? ''
  const action = actions[name]
  if (!action) return failure('UNKNOWN', `Windtunnel does not deliver to ${target.Arn}.`)
  const ids = idsOf(payload)
  if (!ids) return failure('INVALID_PARAMETER', `The input of ${name} is no id: ${payload}`)
  const request = { service: 'ec2', operation: action.operation, input: action.input(ids) }
  return parts.api.call(request, roleSender(target.RoleArn ?? '', rule.arn), ctx, cause)
}

function idsOf(payload: string): string[] | undefined {
  const value: unknown = isJson(payload) ? JSON.parse(payload) : undefined
  const ids = Array.isArray(value) ? value : [value]
  return ids.length > 0 && ids.every((id) => typeof id === 'string') ? ids : undefined
}
