import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { Actor, ENTRY, PATTERN, policy } from './testing/delivery.ts'

const ARN = 'arn:aws:events:us-east-1:000000000000'
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:queue'

let cloud: TestCloud
let root: Actor
beforeEach(async () => {
  cloud = await testCloud()
  root = new Actor(cloud)
})

/** A client of a user with one statement of a policy. */
async function userWith(statement: object): Promise<EventBridgeClient> {
  const iam = cloud.client(IAMClient)
  const UserName = 'eva'
  await iam.send(new CreateUserCommand({ UserName }))
  const PolicyDocument = policy(statement)
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  return cloud.client(EventBridgeClient, { credentials: { accessKeyId, secretAccessKey } })
}

const denial = (action: string, resource: string) =>
  `User: arn:aws:iam::000000000000:user/eva is not authorized to perform: ${action} on resource: ` +
  `${resource} because no identity-based policy allows the ${action} action`

describe('permissions', () => {
  it('are asked on the ARN of the rule, before it is said whether there is one', async () => {
    const Resource = `${ARN}:rule/mine-*`
    const eva = await userWith({ Effect: 'Allow', Action: 'events:*', Resource })
    await eva.send(new PutRuleCommand({ Name: 'mine-1', EventPattern: PATTERN }))
    const error = await failure(eva.send(new DescribeRuleCommand({ Name: 'other' })))
    assert.equal(error.name, 'AccessDeniedException')
    assert.equal((error.$metadata as { httpStatusCode: number }).httpStatusCode, 400)
    assert.equal(error.message, denial('events:DescribeRule', `${ARN}:rule/other`))
  })

  it('of PutEvents may depend on source and detail-type', async () => {
    const Condition = { StringEquals: { 'events:source': ENTRY.Source } }
    const statement = { Effect: 'Allow', Action: 'events:PutEvents', Resource: '*', Condition }
    const eva = await userWith(statement)
    await eva.send(new PutEventsCommand({ Entries: [ENTRY] }))
    const Entries = [ENTRY, { ...ENTRY, Source: 'other' }]
    const error = await failure(eva.send(new PutEventsCommand({ Entries })))
    assert.equal(error.message, denial('events:PutEvents', `${ARN}:event-bus/default`))
  })

  it('of PutRule may depend on what the pattern asks for', async () => {
    const Condition = { 'ForAllValues:StringEquals': { 'events:source': ['mine'] } }
    const Null = { 'events:source': 'false' }
    const allowed = { Effect: 'Allow', Action: 'events:PutRule', Resource: '*' }
    const eva = await userWith({ ...allowed, Condition: { ...Condition, Null } })
    await eva.send(new PutRuleCommand({ Name: 'one', EventPattern: '{"source":["mine"]}' }))
    for (const EventPattern of ['{"source":["mine","other"]}', '{"detail-type":["x"]}']) {
      const error = await failure(eva.send(new PutRuleCommand({ Name: 'two', EventPattern })))
      assert.equal(error.name, 'AccessDeniedException', EventPattern)
    }
  })

  it('of PutTargets may depend on the target, and include passing its role', async () => {
    const Condition = { ArnLike: { 'events:TargetArn': QUEUE } }
    const allowed = { Effect: 'Allow', Action: ['events:PutTargets', 'events:PutRule'] }
    const eva = await userWith({ ...allowed, Resource: '*' })
    await eva.send(new PutRuleCommand({ Name: 'rule', EventPattern: PATTERN }))
    const RoleArn = await root.role('role')
    const Targets = [{ Id: '1', Arn: QUEUE, RoleArn }]
    const put = new PutTargetsCommand({ Rule: 'rule', Targets })
    assert.equal((await failure(eva.send(put))).message, denial('iam:PassRole', RoleArn))
    const iam = cloud.client(IAMClient)
    const narrow = policy({ ...allowed, Resource: '*', Condition })
    const user = { UserName: 'eva', PolicyName: 'own', PolicyDocument: narrow }
    await iam.send(new PutUserPolicyCommand(user))
    const target = (Arn: string) =>
      eva.send(new PutTargetsCommand({ Rule: 'rule', Targets: [{ Id: '1', Arn }] }))
    await target(QUEUE)
    assert.equal((await failure(target(`${QUEUE}-2`))).name, 'AccessDeniedException')
  })

  it('of other accounts come from their own policies and the policy of the bus', async () => {
    const account = '111111111111'
    const other = new Actor(cloud, { account })
    const permission = { Action: 'events:PutEvents', StatementId: 'x', Principal: '000000000000' }
    await other.events.send(new PutPermissionCommand(permission))
    const EventBusName = `arn:aws:events:us-east-1:${account}:event-bus/default`
    const queue = await other.queue('queue')
    await other.rule('rule', [{ Arn: queue }])
    await root.put({ EventBusName })
    const [message] = await other.receive(queue)
    assert.equal(JSON.parse(message?.Body ?? '').account, '000000000000')
  })
})

describe('buses shared between accounts', () => {
  it('let other accounts make rules on them, which stay theirs', async () => {
    const other = new Actor(cloud, { account: '111111111111' })
    const Resource = `${ARN}:rule/orders/*`
    await root.events.send(new CreateEventBusCommand({ Name: 'orders' }))
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111111111111:root' },
      Action: ['events:PutRule', 'events:DescribeRule'],
      Resource,
    }
    const share = { EventBusName: 'orders', Policy: policy(statement) }
    await root.events.send(new PutPermissionCommand(share))
    const EventBusName = `${ARN}:event-bus/orders`
    const put = { Name: 'rule', EventPattern: PATTERN, EventBusName }
    await other.events.send(new PutRuleCommand(put))
    const found = await other.events.send(new DescribeRuleCommand({ Name: 'rule', EventBusName }))
    assert.equal(found.CreatedBy, '111111111111')
    const remove = new DeleteRuleCommand({ Name: 'rule', EventBusName })
    assert.equal((await failure(other.events.send(remove))).name, 'AccessDeniedException')
  })
})
