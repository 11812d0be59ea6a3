/** Which way leads to a target. */
import { parseArn } from '../../../arn.ts'
import { archiveEvent } from './archive.ts'
import { sendToBus } from './bus.ts'
import { invokeFunction } from './function.ts'
import { callEc2 } from './instance-action.ts'
import { writeToLogGroup } from './log-group.ts'
import { sendToQueue } from './queue.ts'
import { failure, type Sender } from './result.ts'

/** The sender of a target's kind; one that always fails where the kind is not delivered to. */
export function senderOf(targetArn: string): Sender {
  const { service, resource = '' } = parseArn(targetArn) ?? {}
  switch (service) {
    case 'lambda':
      return invokeFunction
    case 'sqs':
      return sendToQueue
    case 'logs':
      return writeToLogGroup
    case 'events':
      if (resource.startsWith('event-bus/')) return sendToBus
      if (resource.startsWith('target/')) return callEc2
      if (resource === '') return archiveEvent
  }
  return ({ target }) => failure('UNKNOWN', `Windtunnel does not deliver to ${target.Arn}.`)
}
