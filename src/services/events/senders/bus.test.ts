import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { CreateEventBusCommand, PutPermissionCommand } from '@aws-sdk/client-eventbridge'
import { type TestCloud, testCloud } from '../../../../test/cloud.ts'
import { Actor, deliveries } from '../testing/delivery.ts'

const OTHER = '111111111111'
const THIRD = '222222222222'

describe('buses as targets', () => {
  let cloud: TestCloud
  let here: Actor

  beforeEach(async () => {
    cloud = await testCloud()
    here = new Actor(cloud)
  })

  const busArn = ({ account, region }: Actor, name: string) =>
    `arn:aws:events:${region}:${account}:event-bus/${name}`

  /** A bus with a rule that takes all to a queue; open to these accounts. */
  async function receiver(user: Actor, name: string, ...accounts: string[]) {
    if (name !== 'default') await user.events.send(new CreateEventBusCommand({ Name: name }))
    for (const Principal of accounts) {
      const permission = { Action: 'events:PutEvents', StatementId: `let-${Principal}`, Principal }
      await user.events.send(new PutPermissionCommand({ ...permission, EventBusName: name }))
    }
    const queue = await user.queue('queue')
    await user.rule('to-queue', [{ Arn: queue }], name)
    return { arn: busArn(user, name), queue }
  }

  /** A role of the sender that may put events on a bus. */
  const sendingRole = (user: Actor, Resource: string, name = 'send') =>
    user.role(name, { Effect: 'Allow', Action: 'events:PutEvents', Resource })

  async function received(user: Actor, queue: string) {
    return (await user.receive(queue)).map(({ Body }) => JSON.parse(Body ?? ''))
  }

  it('of the same account get the event as it is', async () => {
    const { arn, queue } = await receiver(here, 'orders')
    await here.rule('forward', [{ Arn: arn, RoleArn: await sendingRole(here, arn) }])
    const id = await here.put()
    const [event] = await received(here, queue)
    assert.equal(event.id, id)
  })

  it('of other accounts get it with its id and account', async () => {
    const other = new Actor(cloud, { account: OTHER })
    const { arn, queue } = await receiver(other, 'default', here.account)
    await here.rule('forward', [{ Arn: arn, RoleArn: await sendingRole(here, arn) }])
    const id = await here.put()
    const [event] = await received(other, queue)
    assert.equal(event.id, id)
    assert.equal(event.account, here.account)
  })

  it('of other regions get it with a new id', async () => {
    const other = new Actor(cloud, { region: 'eu-west-1' })
    const { arn, queue } = await receiver(other, 'orders')
    await here.rule('forward', [{ Arn: arn, RoleArn: await sendingRole(here, arn) }])
    const id = await here.put()
    const [event] = await received(other, queue)
    assert.notEqual(event.id, id)
    assert.equal(event.region, 'us-east-1')
  })

  it('need the permission of the role and, elsewhere, of the bus', async () => {
    const other = new Actor(cloud, { account: OTHER })
    const closed = await receiver(other, 'orders')
    const role = await sendingRole(here, closed.arn)
    const powerless = await here.role('powerless')
    await here.rule('closed', [
      { Arn: closed.arn, RoleArn: role },
      { Arn: closed.arn, RoleArn: powerless },
      { Arn: busArn(here, 'none'), RoleArn: await sendingRole(here, '*', 'all') },
    ])
    const steps = deliveries(cloud, await here.put())
    assert.deepEqual(
      steps.map(({ errorCode }) => errorCode),
      ['NO_PERMISSIONS', 'NO_PERMISSIONS', 'NO_RESOURCE'],
    )
    assert.match(steps[0]?.because ?? '', /no resource-based policy allows/)
    assert.match(steps[1]?.because ?? '', /no identity-based policy allows/)
  })

  it('of a third account or region get nothing', async () => {
    const middle = new Actor(cloud, { account: OTHER })
    const entry = await receiver(middle, 'default', here.account)
    const third = new Actor(cloud, { account: THIRD })
    const beyond = await receiver(third, 'default', OTHER)
    await here.rule('forward', [{ Arn: entry.arn, RoleArn: await sendingRole(here, entry.arn) }])
    const role = await sendingRole(middle, beyond.arn)
    await middle.rule('onward', [{ Arn: beyond.arn, RoleArn: role }])
    const id = await here.put()
    const codes = deliveries(cloud, id).map(({ rule, errorCode }) => [rule, errorCode])
    assert.deepEqual(codes.sort(), [
      ['forward', undefined],
      ['onward', 'THIRD_ACCOUNT_HOP_DETECTED'],
      ['to-queue', undefined],
    ])
    assert.deepEqual(await received(third, beyond.queue), [])
  })

  it('do not send an event in circles', async () => {
    await here.events.send(new CreateEventBusCommand({ Name: 'orders' }))
    const role = await sendingRole(here, '*')
    await here.rule('there', [{ Arn: busArn(here, 'orders'), RoleArn: role }])
    await here.rule('back', [{ Arn: busArn(here, 'default'), RoleArn: role }], 'orders')
    const steps = deliveries(cloud, await here.put())
    assert.deepEqual(
      steps.map(({ rule, outcome }) => [rule, outcome]),
      [
        ['there', 'accepted'],
        ['back', 'accepted'],
        ['there', 'dropped'],
      ],
    )
  })
})
