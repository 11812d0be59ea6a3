/** A FIFO queue under any sequence of requests, against a list of messages. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { transactions } from '../../../test/transactions.ts'
import type { Context } from '../../aws/context.ts'
import { MS_PER_SECOND, VirtualClock } from '../../clock.ts'
import { Arrivals } from './arrivals.ts'
import { remove } from './in-flight.ts'
import { lookInto } from './receive.ts'
import { send } from './send.ts'
import { effectiveAttributes } from './settings.ts'
import { type Queue, queues } from './state.ts'

const QUEUE: Queue = {
  name: 'q.fifo',
  arn: 'arn:aws:sqs:us-east-1:000000000000:q.fifo',
  isFifo: true,
  attributes: effectiveAttributes({ ContentBasedDeduplication: 'true' }, true),
  tags: {},
  createdAt: 0,
  modifiedAt: 0,
}

type Step =
  | { kind: 'send'; group: string }
  | { kind: 'receive'; count: number; seconds: number }
  | { kind: 'delete'; which: number }
  | { kind: 'wait'; seconds: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), group: fc.constantFrom('a', 'b', 'c') }),
  fc.record({
    kind: fc.constant('receive' as const),
    count: fc.integer({ min: 1, max: 4 }),
    seconds: fc.constantFrom(0, 5, 30),
  }),
  fc.record({ kind: fc.constant('delete' as const), which: fc.nat(5) }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(1, 5, 30) }),
)

interface Modelled {
  body: string
  group: string
  heldUntil: number
  handle: string
}

/** What a queue is, said in the shortest way. */
class Model {
  readonly clock = new VirtualClock()
  readonly transact = transactions(this.clock)
  readonly arrivals = new Arrivals()
  list: Modelled[] = []
  sent = 0

  constructor() {
    this.transact((ctx) => ctx.tx.put(queues, QUEUE.name, QUEUE))
  }

  send(group: string, ctx: Context): void {
    const body = `${group}${this.sent++}`
    send(QUEUE, { body, groupId: group, senderId: 's' }, this.arrivals, ctx)
    this.list.push({ body, group, heldUntil: 0, handle: '' })
  }

  receive(count: number, seconds: number, ctx: Context): void {
    const input = { QueueUrl: '', MaxNumberOfMessages: count, VisibilityTimeout: seconds }
    const { messages } = lookInto({ queue: QUEUE, ctx }, input, this.arrivals)
    const isHeld = ({ heldUntil }: Modelled) => heldUntil > ctx.now
    const held = new Set(this.list.filter(isHeld).map(({ group }) => group))
    const expected = this.list.filter(({ group }) => !held.has(group)).slice(0, count)
    assert.deepEqual(
      messages.map(({ Body }) => Body),
      expected.map(({ body }) => body),
    )
    for (const [index, message] of expected.entries()) {
      message.heldUntil = ctx.now + seconds * MS_PER_SECOND
      message.handle = messages[index]?.ReceiptHandle ?? ''
    }
  }

  delete(which: number, ctx: Context): void {
    const held = this.list.filter(({ heldUntil }) => heldUntil > ctx.now)
    const message = held[which % Math.max(1, held.length)]
    if (!message) return
    remove({ queue: QUEUE, ctx }, message.handle, this.arrivals)
    this.list = this.list.filter((other) => other !== message)
  }

  run(taken: Step): void {
    if (taken.kind === 'wait') {
      this.clock.travel(this.clock.now() + taken.seconds * MS_PER_SECOND)
      return
    }
    this.transact((ctx) => {
      if (taken.kind === 'send') this.send(taken.group, ctx)
      else if (taken.kind === 'receive') this.receive(taken.count, taken.seconds, ctx)
      else this.delete(taken.which, ctx)
    })
  }
}

it('receives what a list would give', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const model = new Model()
      for (const taken of steps) model.run(taken)
    }),
  )
})
