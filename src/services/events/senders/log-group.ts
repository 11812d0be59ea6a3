/** Delivery to CloudWatch Logs groups. */
import { parseArn } from '../../../arn.ts'
import { parseTime } from '../../../clock.ts'
import { EVENTS_PRINCIPAL } from '../names.ts'
import { parseObject } from '../patterns.ts'
import { failure, type Result, type Shipment } from './result.ts'

/** As the service, let in by a resource policy of CloudWatch Logs; each event has a stream. */
export function writeToLogGroup({ rule, target, event, payload, parts, ctx }: Shipment): Result {
  const group = parseArn(target.Arn)
    ?.resource.replace(/^log-group:/, '')
    .replace(/:\*$/, '')
  const line = lineOf(target.InputTransformer !== undefined, payload, parseTime(event.time))
  if (!line) return failure('INVALID_PARAMETER', `Not {"timestamp":…,"message":…}: ${payload}`)
  const sender = { service: EVENTS_PRINCIPAL, sourceArn: rule.arn }
  return parts.logs.write(group ?? '', ctx.ids.uuid(), [line], sender, ctx)
}

/** A transformer must make `{"timestamp":…,"message":…}`; else the payload is the message. */
function lineOf(isTransformed: boolean, payload: string, timestamp: number) {
  if (!isTransformed) return { timestamp, message: payload }
  const { timestamp: given, message } = parseObject(payload) ?? {}
  if (message === undefined) return undefined
  const at = typeof given === 'number' ? given : parseTime(String(given))
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  return Number.isNaN(at) ? undefined : { timestamp: at, message: text }
}
