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
      ['NO_PERMISSIONS', 'NO_PERMISSIONS', undefined],
    )
    assert.match(steps[0]?.because ?? '', /no resource-based policy allows/)
    assert.match(steps[1]?.because ?? '', /no identity-based policy allows/)
  })

  /** Buses one behind another, each of which passes everything on to the next. */
  async function chain(...places: { account?: string; region?: string }[]) {
    const users = places.map((place) => new Actor(cloud, { account: HOME, ...place }))
    const buses = users.map((user, n) => busArn(user, `bus-${n}`))
    for (const [n, user] of users.entries()) {
      const EventBusName = `bus-${n}`
      await user.events.send(new CreateEventBusCommand({ Name: EventBusName }))
      const open = { Action: 'events:PutEvents', Principal: '*', StatementId: 'open' }
      await user.events.send(new PutPermissionCommand({ ...open, EventBusName }))
      const Arn = buses[n + 1]
      if (Arn === undefined) continue
      const RoleArn = await sendingRole(user, Arn, `send-${n}`)
      const letters = { Arn: await user.queue(`letters-${n}`) }
      await user.rule(`on-${n}`, [{ Arn, RoleArn, DeadLetterConfig: letters }], EventBusName)
    }
    const id = await users[0]?.put({ EventBusName: 'bus-0' })
    const letters = await users.at(-2)?.receive(buses.at(-2)?.replace(...TO_LETTERS) ?? '')
    return { id, letter: letters?.[0]?.MessageAttributes ?? {} }
  }
  const HOME = '000000000000'
  const WEST = { region: 'us-west-2' }
  const TO_LETTERS = [/events:(.*):event-bus\/bus/, 'sqs:$1:letters'] as const

  it('take an event that came from a bus of the same region no further', async () => {
    for (const third of [{}, { account: THIRD }]) {
      cloud = await testCloud()
      const { id, letter } = await chain({}, {}, third)
      assert.equal(letter.ERROR_CODE?.StringValue, 'THIRD_ACCOUNT_HOP_DETECTED')
      assert.equal(
        letter.ERROR_MESSAGE?.StringValue,
        `Event ingestion rejected for event ${id} because an event can be sent to an event bus ` +
          'target only once. This event was previously delivered to an event bus target.',
      )
      assert.equal(letter.RETRY_ATTEMPTS, undefined)
    }
  })

  it('take an event on to one further region, before or after', async () => {
    const chains = [
      [{}, {}, WEST],
      [{}, WEST, WEST],
      [{}, WEST, { ...WEST, account: OTHER }],
    ]
    for (const places of chains) {
      cloud = await testCloud()
      assert.deepEqual((await chain(...places)).letter, {})
    }
  })

  it('take an event to no third region, nor back', async () => {
    for (const third of [{}, { region: 'eu-west-1' }]) {
      cloud = await testCloud()
      const { letter } = await chain({}, WEST, third)
      assert.equal(letter.ERROR_CODE?.StringValue, 'THIRD_REGION_HOP_DETECTED')
    }
  })
})
