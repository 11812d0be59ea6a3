/** What CloudTrail records of a call: the "record contents" of its user guide. */
import type { Context } from '../../aws/context.ts'
import type { StructureShape } from '../../aws/model.ts'
import type { FinishedCall } from '../../aws/platform.ts'
import { isoSeconds } from '../../clock.ts'
import { errorCode, eventName, isReadOnly, recordedIn } from './calls.ts'
import { ec2Request, ec2Response } from './ec2-elements.ts'
import { elementOf, REQUEST, RESPONSE } from './elements.ts'
import { userIdentity } from './identity.ts'

const EVENT_VERSION = '1.10'

export interface CloudTrailRecord {
  readonly eventID: string
  readonly eventName: string
  readonly eventSource: string
  readonly eventTime: string
  readonly readOnly: boolean
  readonly requestParameters: object | null
  readonly responseElements: object | null
  readonly [member: string]: unknown
}

/** The requester's address and agent; there is no TLS here, so that its details are left out. */
export function recordOf(call: FinishedCall, ctx: Context): CloudTrailRecord {
  const { service, operation, error } = call
  const readOnly = isReadOnly(operation)
  return {
    eventVersion: EVENT_VERSION,
    userIdentity: userIdentity(ctx),
    eventTime: isoSeconds(ctx.now),
    eventSource: `${service.name}.amazonaws.com`,
    eventName: eventName(call),
    awsRegion: recordedIn(service.name, ctx.region),
    sourceIPAddress: ctx.sourceIp,
    userAgent: ctx.userAgent,
    ...(error && { errorCode: errorCode(call), errorMessage: error.message }),
    requestParameters: orNull(requestOf(call)),
    responseElements: readOnly && !opensSession(operation) ? null : responseOf(call, ctx),
    requestID: ctx.requestId,
    eventID: ctx.ids.uuid(),
    readOnly,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ctx.account,
    eventCategory: 'Management',
  }
}

/** Read-only, but recorded with what was answered. */
function opensSession(operation: string): boolean {
  return /^(AssumeRole|GetFederationToken|GetSessionToken)/.test(operation)
}

function requestOf(call: FinishedCall): Record<string, unknown> {
  if (call.service.model.protocol === 'ec2Query') return ec2Request(call)
  const shape = call.service.model.operation(call.operation)?.input
  return shape ? elementOf(call.input, shape, REQUEST, 'requestParameters') : {}
}

function responseOf(call: FinishedCall, ctx: Context): object | null {
  const { service, operation, output } = call
  if (!output) return null
  if (service.model.protocol === 'ec2Query') return ec2Response(call, ctx.requestId)
  const shape: StructureShape | undefined = service.model.operation(operation)?.output
  return orNull(shape ? elementOf(output, shape, RESPONSE, 'responseElements') : {})
}

function orNull<T extends object>(element: T): T | null {
  return Object.keys(element).length === 0 ? null : element
}
