import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DeleteRuleCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  type EventBridgeClient,
  ListArchivesCommand,
  ListReplaysCommand,
  ListRulesCommand,
  StartReplayCommand,
  type StartReplayRequest,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateArchiveCommand,
} from '@aws-sdk/client-eventbridge'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { Actor, PATTERN } from './testing/delivery.ts'

const ARN = 'arn:aws:events:us-east-1:000000000000'
const BUS = `${ARN}:event-bus/default`

let cloud: TestCloud
let user: Actor
let events: EventBridgeClient
beforeEach(async () => {
  cloud = await testCloud()
  user = new Actor(cloud)
  events = user.events
})

/** CloudTrail tells of every call of the test itself. */
const NOT_OF_AWS = JSON.stringify({ source: [{ 'anything-but': { prefix: 'aws.' } }] })

const create = (ArchiveName: string, more: object = {}) => {
  const wanted = { ArchiveName, EventSourceArn: BUS, EventPattern: NOT_OF_AWS, ...more }
  return events.send(new CreateArchiveCommand(wanted))
}
const describeArchive = (ArchiveName: string) =>
  events.send(new DescribeArchiveCommand({ ArchiveName }))
const names = (values: { ArchiveName?: string }[] = []) =>
  values.map(({ ArchiveName }) => ArchiveName)

describe('archives', () => {
  it('are created, described, listed, updated and deleted', async () => {
    const EventPattern = PATTERN
    const created = await create('one', { EventPattern, RetentionDays: 1, Description: 'text' })
    assert.equal(created.ArchiveArn, `${ARN}:archive/one`)
    assert.equal(created.State, 'ENABLED')
    const { $metadata, ...archive } = await describeArchive('one')
    assert.deepEqual(archive, {
      ArchiveArn: `${ARN}:archive/one`,
      ArchiveName: 'one',
      CreationTime: archive.CreationTime,
      Description: 'text',
      EventCount: 0,
      EventPattern,
      EventSourceArn: BUS,
      RetentionDays: 1,
      SizeBytes: 0,
      State: 'ENABLED',
    })
    await events.send(new UpdateArchiveCommand({ ArchiveName: 'one', RetentionDays: 2 }))
    const { Archives } = await events.send(new ListArchivesCommand({ NamePrefix: 'o' }))
    assert.equal(Archives?.[0]?.RetentionDays, 2)
    await events.send(new DeleteArchiveCommand({ ArchiveName: 'one' }))
    const error = await failure(describeArchive('one'))
    assert.equal(error.name, 'ResourceNotFoundException')
    assert.equal(error.message, 'Archive one does not exist.')
    assert.deepEqual((await events.send(new ListRulesCommand({}))).Rules, [])
  })

  it('are refused in the words of AWS', async () => {
    await create('one')
    const again = await failure(create('one'))
    assert.equal(again.name, 'ResourceAlreadyExistsException')
    assert.equal(again.message, 'Archive one already exists.')
    const EventSourceArn = `${ARN}:event-bus/none`
    const noBus = await failure(create('two', { EventSourceArn }))
    assert.equal(noBus.message, 'Event bus none does not exist.')
    const list = await failure(events.send(new ListArchivesCommand({ EventSourceArn })))
    assert.equal(list.message, 'Event bus none does not exist.')
    const nothing = new UpdateArchiveCommand({ ArchiveName: 'none' })
    assert.equal(
      (await failure(events.send(nothing))).message,
      'At least one of EventPattern, RetentionDays or Description must be provided.',
    )
  })

  it('are listed by bus', async () => {
    await events.send(new CreateEventBusCommand({ Name: 'orders' }))
    const EventSourceArn = `${ARN}:event-bus/orders`
    await create('one')
    await create('two', { EventSourceArn })
    const { Archives } = await events.send(new ListArchivesCommand({ EventSourceArn }))
    assert.deepEqual(names(Archives), ['two'])
  })

  it('take the events of their bus that match, through a rule that AWS manages', async () => {
    await create('all')
    await create('some', { EventPattern: PATTERN })
    await user.put()
    await user.put({ Source: 'other' })
    assert.equal((await describeArchive('all')).EventCount, 2)
    assert.equal((await describeArchive('some')).EventCount, 1)
    const { Rules } = await events.send(new ListRulesCommand({}))
    assert.equal(Rules?.[0]?.Name, 'Events-Archive-all')
    assert.equal(Rules?.[0]?.ManagedBy, 'prod.vhs.events.aws.internal')
    const remove = new DeleteRuleCommand({ Name: 'Events-Archive-all' })
    assert.equal(
      (await failure(events.send(remove))).message,
      "Events-Archive-all is a managed rule. Set 'force' parameter to true to override.",
    )
    const ResourceARN = `${ARN}:rule/Events-Archive-all`
    const tag = new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'a', Value: '1' }] })
    const untag = new UntagResourceCommand({ ResourceARN, TagKeys: ['a'] })
    assert.equal((await failure(events.send(tag))).name, 'ManagedRuleException')
    assert.equal((await failure(events.send(untag))).name, 'ManagedRuleException')
  })

  it('tell the size of events as recorded', async () => {
    await create('one')
    const Detail =
      '{"command": "update-account", "payload": {"acc_id": "0a787ecb-4015", "sf_id": "baz"}}'
    const name = 'core.update-account-command'
    await user.put({ Source: name, DetailType: name, Detail })
    assert.equal((await describeArchive('one')).SizeBytes, 159)
  })

  it('keep events for their retention', async () => {
    await create('one', { RetentionDays: 2 })
    await user.put()
    await cloud.advance(24 * 3600)
    await user.put()
    await cloud.advance(24 * 3600)
    assert.equal((await describeArchive('one')).EventCount, 1)
    await cloud.advance(24 * 3600)
    const { EventCount, SizeBytes } = await describeArchive('one')
    assert.deepEqual({ EventCount, SizeBytes }, { EventCount: 0, SizeBytes: 0 })
  })

  it('count retention from when an event came, whatever its own time', async () => {
    await create('one', { RetentionDays: 2 })
    await user.put({ Time: new Date('2025-06-01') })
    await user.put({ Time: new Date('2026-06-01') })
    await cloud.advance(24 * 3600)
    assert.equal((await describeArchive('one')).EventCount, 2)
    await cloud.advance(2 * 24 * 3600)
    assert.equal((await describeArchive('one')).EventCount, 0)
  })
})

describe('replays', () => {
  const start = (ReplayName: string, more: Partial<StartReplayRequest> = {}) =>
    events.send(
      new StartReplayCommand({
        ReplayName,
        EventSourceArn: `${ARN}:archive/archive`,
        EventStartTime: new Date('2025-12-31'),
        EventEndTime: new Date('2026-02-01'),
        Destination: { Arn: BUS },
        ...more,
      }),
    )
  const describeReplay = (ReplayName: string) =>
    events.send(new DescribeReplayCommand({ ReplayName }))

  beforeEach(async () => {
    await create('archive')
  })

  it('bring the events again, named after the replay, and not into the archive', async () => {
    const queue = await user.queue('queue')
    await user.rule('rule', [{ Arn: queue }])
    await user.put()
    const [original] = await user.receive(queue)
    const started = await start('again')
    assert.equal(started.ReplayArn, `${ARN}:replay/again`)
    assert.equal(started.State, 'STARTING')
    await cloud.advance(10)
    const [message] = await user.receive(queue)
    const { id, ...replayed } = JSON.parse(message?.Body ?? '')
    const { id: _, ...before } = JSON.parse(original?.Body ?? '')
    assert.deepEqual(replayed, { ...before, 'replay-name': 'again' })
    assert.match(message?.Body ?? '', /"region":"us-east-1","replay-name":"again","resources"/)
    const { State, EventLastReplayedTime, Destination } = await describeReplay('again')
    assert.equal(State, 'COMPLETED')
    assert.equal(EventLastReplayedTime?.toISOString(), '2026-01-01T00:00:00.000Z')
    assert.equal(Destination?.Arn, BUS)
    assert.equal((await describeArchive('archive')).EventCount, 1)
  })

  it('take the events of a time, for some rules, in slices', async () => {
    const [one, two] = [await user.queue('one'), await user.queue('two')]
    const chosen = await user.rule('one', [{ Arn: one }])
    await user.rule('two', [{ Arn: two }])
    for (let n = 0; n < 250; n++) {
      await user.put({ Time: new Date(Date.UTC(2026, 0, 1, 0, n)), Detail: `{"n":${n}}` })
    }
    for (const queue of [one, two]) while ((await user.receive(queue)).length > 0);
    await start('some', {
      EventStartTime: new Date(Date.UTC(2026, 0, 1, 0, 10)),
      EventEndTime: new Date(Date.UTC(2026, 0, 1, 0, 229)),
      Destination: { Arn: BUS, FilterArns: [chosen] },
    })
    await cloud.advance(10)
    const found = new Set<number>()
    for (let batch = await user.receive(one); batch.length > 0; batch = await user.receive(one)) {
      for (const { Body } of batch) found.add(JSON.parse(Body ?? '').detail.n)
    }
    assert.equal(found.size, 219)
    assert.deepEqual([Math.min(...found), Math.max(...found)], [10, 228])
    assert.deepEqual(await user.receive(two), [])
  })

  it('are cancelled', async () => {
    await start('again')
    const cancel = new CancelReplayCommand({ ReplayName: 'again' })
    assert.equal((await events.send(cancel)).State, 'CANCELLING')
    await cloud.advance(10)
    assert.equal((await describeReplay('again')).State, 'CANCELLED')
    assert.equal((await failure(events.send(cancel))).name, 'IllegalStatusException')
  })

  it('are listed in pages', async () => {
    for (const name of ['a', 'b', 'c']) await start(name)
    const first = await events.send(new ListReplaysCommand({ Limit: 2 }))
    assert.equal(first.Replays?.length, 2)
    const next = new ListReplaysCommand({ Limit: 2, NextToken: first.NextToken })
    const { Replays } = await events.send(next)
    assert.deepEqual(
      Replays?.map(({ ReplayName }) => ReplayName),
      ['c'],
    )
  })

  it('are refused in the words of AWS', async () => {
    await start('one')
    const textOf = async (call: Promise<unknown>) => {
      const { name, message } = await failure(call)
      return `${name}: ${message}`
    }
    assert.equal(
      await textOf(start('one')),
      'ResourceAlreadyExistsException: Replay one already exists.',
    )
    assert.equal(
      await textOf(start('two', { EventSourceArn: `${ARN}:archive/none` })),
      'ValidationException: Parameter EventSourceArn is not valid. Reason: Archive none does not ' +
        'exist.',
    )
    assert.equal(
      await textOf(start('two', { EventEndTime: new Date('2025-01-01') })),
      'ValidationException: Parameter EventEndTime is not valid. Reason: EventStartTime must be ' +
        'before EventEndTime.',
    )
    assert.equal(
      await textOf(start('two', { Destination: { Arn: `${ARN}:event-bus/none` } })),
      'ResourceNotFoundException: Event bus none does not exist.',
    )
    await events.send(new CreateEventBusCommand({ Name: 'orders' }))
    const Destination = { Arn: `${ARN}:event-bus/orders` }
    assert.match(
      await textOf(start('two', { Destination, EventEndTime: new Date('2025-01-01') })),
      /EventStartTime must be before EventEndTime\.$/,
    )
    assert.equal(
      await textOf(start('two', { Destination })),
      'ValidationException: Parameter Destination.Arn is not valid. Reason: Cross event bus ' +
        'replay is not permitted.',
    )
    assert.equal(
      await textOf(describeReplay('none')),
      'ResourceNotFoundException: Replay none does not exist.',
    )
    for (let n = 2; n <= 10; n++) await start(`more-${n}`)
    assert.equal(
      await textOf(start('eleven')),
      'LimitExceededException: The requested resource exceeds the maximum number allowed.',
    )
  })
})
