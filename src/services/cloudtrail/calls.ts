/** Which calls CloudTrail records, and under what name. */
import type { FinishedCall } from '../../aws/platform.ts'

/** Operations that only read, by how their names begin; sessions are opened without a change. */
const READS =
  /^(Describe|Get|List|Lookup|Search|Test|Simulate|Filter|BatchGet|Decode|Generate|AssumeRole)/

/**
 * Data events: trails and rules receive them only where they are configured to.
 * CloudTrail's user guide lists them under "Logging data events".
 */
const DATA_EVENTS: Readonly<Record<string, ReadonlySet<string>>> = {
  events: new Set(['PutEvents']),
  lambda: new Set(['Invoke', 'InvokeAsync', 'InvokeWithResponseStream']),
  logs: new Set(['FilterLogEvents', 'GetLogEvents', 'PutLogEvents']),
  sqs: new Set([
    'ChangeMessageVisibility',
    'ChangeMessageVisibilityBatch',
    'DeleteMessage',
    'DeleteMessageBatch',
    'ReceiveMessage',
    'SendMessage',
    'SendMessageBatch',
  ]),
}

export function isManagementEvent(service: string, operation: string): boolean {
  return DATA_EVENTS[service]?.has(operation) !== true
}

export function isReadOnly(operation: string): boolean {
  return READS.test(operation)
}

/** IAM is recorded in one region, wherever it is called from. */
export function recordedIn(service: string, region: string): string {
  return service === 'iam' ? 'us-east-1' : region
}

/** Operations of Lambda's first API that have been replaced once. */
const SECOND_VERSIONS = new Set([
  'AddPermission',
  'GetFunction',
  'GetFunctionConfiguration',
  'GetPolicy',
  'RemovePermission',
  'TagResource',
  'UntagResource',
  'UpdateFunctionCode',
  'UpdateFunctionConfiguration',
])
const DATED_APIS = /^\/(2015-03-31|2017-03-31|2017-10-31|2018-10-31)\//

/**
 * The operation's name; Lambda's older ones carry the date of their API: `CreateFunction20150331`.
 * https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
 */
export function eventName({ service, operation }: FinishedCall): string {
  if (service.name !== 'lambda') return operation
  const date = DATED_APIS.exec(service.model.operation(operation)?.http?.path ?? '')?.[1]
  if (date === undefined) return operation
  const version = SECOND_VERSIONS.has(operation) ? 'v2' : ''
  return `${operation}${date.replaceAll('-', '')}${version}`
}

/** EC2's codes say whose fault it was: `Client.UnauthorizedOperation`. */
export function errorCode({ service, error }: FinishedCall): string | undefined {
  if (!error || service.model.protocol !== 'ec2Query') return error?.code
  return `${error.fault === 'Receiver' ? 'Server' : 'Client'}.${error.code}`
}
