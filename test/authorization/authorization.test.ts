/**
 * No operation of any service can be reached without authorisation, and each asks for what AWS's
 * service authorization reference says: every action exists, is about resources of its types, and
 * is given condition keys that it has.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { TracedDecision } from '../../src/trace/record.ts'
import { testCloud } from '../cloud.ts'
import { listsKey, reference } from './reference.ts'
import { type Survey, survey, USER, type Visit } from './survey.ts'

/** Operations that AWS lets everyone call, or that know their caller by other means. */
const FREE = new Set([
  'sts:GetCallerIdentity',
  // "No permissions are required for users to perform this operation."
  'sts:GetSessionToken',
  // The identity provider's token is what is looked at.
  'sts:AssumeRoleWithWebIdentity',
])

/** Operations that find nothing before they ask. */
const NOT_FOUND_FIRST = new Set([
  // The handle of a task tells its queue; there is no task here, and so no queue to ask about.
  'sqs:CancelMessageMoveTask',
])

/** Operations with the permission of another one, as AWS documents it. */
const SHARED: Readonly<Record<string, string>> = {
  'lambda:GetLayerVersionByArn': 'lambda:GetLayerVersion',
  'lambda:Invoke': 'lambda:InvokeFunction',
  'lambda:InvokeWithResponseStream': 'lambda:InvokeFunction',
  'sqs:ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessageBatch': 'sqs:DeleteMessage',
  'sqs:SendMessageBatch': 'sqs:SendMessage',
}

/**
 * The reference lists no resource for these; AWS's denials name one all the same, in this form
 * (users' reports of each service).
 */
const NAMED_ALL_THE_SAME: Readonly<Record<string, RegExp>> = {
  'events:ListArchives': /:archive\/\*$/,
  'events:ListReplays': /:replay\/\*$/,
  'events:ListRuleNamesByTarget': /:rule\/\*$/,
  'events:ListRules': /:rule\/\*$/,
  'events:PutPermission': /:event-bus\/default$/,
  'events:RemovePermission': /:event-bus\/default$/,
  'iam:ListGroups': /:group\/$/,
  'iam:ListInstanceProfiles': /:instance-profile\/$/,
  'iam:ListPolicies': /:policy\/$/,
  'iam:ListRoles': /:role\/$/,
  'iam:ListUsers': /:user\/$/,
  'lambda:ListLayerVersions': /:layer:layer$/,
  'logs:DescribeLogGroups': /:log-group::log-stream:$/,
  'sqs:ListQueues': /:sqs:us-east-1:\d{12}:$/,
}

/** What else an operation asks for, with the inputs of this test. */
const FURTHER: Readonly<Record<string, string[]>> = {
  'ec2:AssociateIamInstanceProfile': ['iam:PassRole'],
  'ec2:CreateFleet': ['ec2:RunInstances'],
  'ec2:CreateFlowLogs': ['iam:PassRole'],
  'ec2:ReplaceIamInstanceProfileAssociation': ['iam:PassRole'],
  'ec2:RunInstances': ['ec2:CreateTags', 'iam:PassRole'],
  'iam:AddRoleToInstanceProfile': ['iam:PassRole'],
  'iam:CreateRole': ['iam:TagRole'],
  'iam:CreateUser': ['iam:TagUser'],
  'lambda:CreateFunction': ['iam:PassRole'],
  'sqs:StartMessageMoveTask': ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
}

const CODES: Readonly<Record<string, string>> = {
  cloudtrail: 'AccessDeniedException',
  ec2: 'UnauthorizedOperation',
  events: 'AccessDeniedException',
  iam: 'AccessDenied',
  lambda: 'AccessDeniedException',
  logs: 'AccessDeniedException',
  sqs: 'AccessDenied',
  sts: 'AccessDenied',
}

let seen: Survey

before(async () => {
  seen = await survey(await testCloud({ timing: 'instant' }))
})

const nameOf = ({ service, operation }: Visit) => `${service}:${operation}`

function none(offences: string[]): void {
  assert.equal(offences.length, 0, `\n${offences.join('\n')}`)
}

test('who may do nothing is refused every operation, in the words of its service', () => {
  assert.ok(seen.refused.length > 400)
  none(
    seen.refused.flatMap((visit) => {
      const { service, error, decisions } = visit
      const name = nameOf(visit)
      if (FREE.has(name) || NOT_FOUND_FIRST.has(name)) return []
      const refusal = decisions.find(({ allowed }) => !allowed)
      if (!error || !refusal) return [`${name} is not refused: ${error?.message ?? 'it succeeded'}`]
      const { message } = error
      const action = service === 'sqs' ? refusal.action.toLowerCase() : refusal.action
      const who = `User: arn:aws:iam::000000000000:user/${USER} is not authorized to perform: `
      const why = `because no identity-based policy allows the ${action} action`
      // STS tells nobody why a role may not be assumed, so as not to tell of its trust policy.
      const because = name === 'sts:AssumeRole' ? '' : why
      const isWorded = message.includes(`${who}${action} `) && message.includes(because)
      return isWorded && error.name === CODES[service] ? [] : [`${name}: ${error.name} ${message}`]
    }),
  )
})

test('the trace has the same words', () => {
  const refused = seen.refused.filter(({ decisions }) => decisions.some(({ allowed }) => !allowed))
  none(
    refused.flatMap((visit) =>
      visit.traced === visit.error?.message ? [] : [`${nameOf(visit)}: ${visit.traced}`],
    ),
  )
})

test('each asks first for the action of its own name', () => {
  none(
    seen.refused.flatMap((visit) => {
      const [asked] = visit.decisions
      const name = nameOf(visit)
      return !asked || asked.action === (SHARED[name] ?? name) ? [] : [`${name}: ${asked.action}`]
    }),
  )
})

test('who is granted exactly what was asked for is refused no more', () => {
  none(
    seen.granted.flatMap((visit) =>
      visit.decisions
        .filter(({ allowed }) => !allowed)
        .map(({ action, resource, because }) => {
          return `${nameOf(visit)}: ${action} on ${resource}: ${because}`
        }),
    ),
  )
})

/** What one decision has that the reference has not. */
async function offencesOf({ action, resource, evaluation }: TracedDecision): Promise<string[]> {
  const known = await reference(action)
  if (!known) return ['there is no such action']
  const named = NAMED_ALL_THE_SAME[action]
  const fits = known.resources.length === 0 ? (named ?? /^\*$/).test(resource) : false
  const offences =
    fits || known.resources.some((arn) => arn.test(resource)) ? [] : [`it is not about ${resource}`]
  const own = Object.keys(evaluation?.keys ?? {}).filter(isOwnKey)
  return [...offences, ...own.filter((key) => !listsKey(known, key)).map((key) => `no key ${key}`)]
}

/** The keys of the request and of its principal exist for every action. */
function isOwnKey(key: string): boolean {
  return !key.startsWith('aws:') || /^aws:(RequestTag|ResourceTag|TagKeys)/.test(key)
}

test('actions, resources and condition keys are those of AWS', async () => {
  const decisions = new Map<string, TracedDecision>()
  for (const visit of [...seen.refused, ...seen.granted]) {
    for (const decision of visit.decisions) {
      const key = `${nameOf(visit)} asks ${decision.action} on ${decision.resource}`
      if (decision.evaluation || !decisions.has(key)) decisions.set(key, decision)
    }
  }
  const found = [...decisions].map(async ([name, decision]) =>
    (await offencesOf(decision)).map((offence) => `${name}: ${offence}`),
  )
  none((await Promise.all(found)).flat())
})

test('further actions are those that AWS documents', () => {
  const found = new Map<string, Set<string>>()
  for (const visit of seen.granted) {
    const name = nameOf(visit)
    const further = visit.decisions
      .map(({ action }) => action)
      .filter((action) => action !== (SHARED[name] ?? name))
    if (further.length > 0) found.set(name, new Set(further))
  }
  const sorted = [...found].map(([name, actions]) => [name, [...actions].sort()])
  assert.deepEqual(Object.fromEntries(sorted), FURTHER)
})
