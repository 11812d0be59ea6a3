/** AddPermission and RemovePermission: the older way to write a queue's policy. */
import type { AddPermissionRequest, RemovePermissionRequest } from '@aws-sdk/client-sqs'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { changeAttributes } from './attributes.ts'
import { invalidValue, missingParameter } from './errors.ts'
import { allowedQueue } from './queues.ts'
import type { Queue } from './state.ts'

/** SQS API reference, AddPermission. */
const SHARED_ACTIONS: readonly string[] = [
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
]
const LABEL = /^[\w-]{1,80}$/
const ACCOUNT = /^\d{12}$/

export function addPermission(
  { QueueUrl, Label, AWSAccountIds, Actions }: Checked<AddPermissionRequest>,
  from: Context,
): object {
  const home = allowedQueue('sqs:AddPermission', QueueUrl, from)
  checkLabel(Label)
  if (AWSAccountIds.length === 0) throw missingParameter('PrincipalId')
  if (Actions.length === 0) throw missingParameter('ActionName')
  for (const account of AWSAccountIds) {
    if (!ACCOUNT.test(account)) throw invalidValue(account, 'PrincipalId', 'Unable to verify.')
  }
  for (const action of Actions) {
    if (SHARED_ACTIONS.includes(action)) continue
    const reason = 'Only the queue owner is allowed to invoke this action.'
    throw invalidValue(`SQS:${action}`, 'ActionName', reason)
  }
  const { queue } = home
  const policy = policyDocumentOf(queue)
  if (policy.Statement.some(({ Sid }) => Sid === Label)) {
    throw invalidValue(Label, 'Label', 'Already exists.')
  }
  policy.Statement.push({
    Sid: Label,
    Effect: 'Allow',
    Principal: { AWS: oneOrAll(AWSAccountIds.map((account) => `arn:aws:iam::${account}:root`)) },
    Action: oneOrAll(Actions.map((action) => `SQS:${action}`)),
    Resource: queue.arn,
  })
  changeAttributes(home, { Policy: JSON.stringify(policy) })
  return {}
}

export function removePermission(
  { QueueUrl, Label }: Checked<RemovePermissionRequest>,
  from: Context,
): object {
  const home = allowedQueue('sqs:RemovePermission', QueueUrl, from)
  checkLabel(Label)
  const policy = policyDocumentOf(home.queue)
  const kept = policy.Statement.filter(({ Sid }) => Sid !== Label)
  if (kept.length === policy.Statement.length) {
    throw invalidValue(Label, 'Label', "can't find label.")
  }
  const Policy = kept.length > 0 ? JSON.stringify({ ...policy, Statement: kept }) : ''
  changeAttributes(home, { Policy })
  return {}
}

function checkLabel(label: string): void {
  if (LABEL.test(label)) return
  const reason =
    'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length'
  throw invalidValue(label, 'Label', reason)
}

interface PolicyDocument {
  Version: string
  Id: string
  Statement: { Sid?: string; [element: string]: unknown }[]
}

/** The queue's policy as it is written, or an empty one. */
function policyDocumentOf({ arn, attributes }: Queue): PolicyDocument {
  const { Policy } = attributes
  const empty = { Version: '2008-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] }
  if (Policy === undefined) return empty
  const written: Partial<PolicyDocument> = JSON.parse(Policy)
  return { ...empty, ...written, Statement: [written.Statement ?? []].flat() }
}

function oneOrAll(texts: string[]): string | string[] {
  const [first = ''] = texts
  return texts.length === 1 ? first : texts
}
