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
  turns: { group: string; at: number }[] = []
  sent = 0

  constructor() {
    this.transact((ctx) => ctx.tx.put(queues, QUEUE.name, QUEUE))
  }

  send(group: string, ctx: Context): void {
    const body = `${group}${this.sent++}`
    send(QUEUE, { body, groupId: group, senderId: 's' }, this.arrivals, ctx)
    this.list.push({ body, group, heldUntil: 0, handle: '' })
    const hasTurn = this.turns.some((turn) => turn.group === group)
    if (!hasTurn) this.turns.push({ group, at: ctx.now })
  }

  receive(count: number, seconds: number, ctx: Context): void {
    const input = { QueueUrl: '', MaxNumberOfMessages: count, VisibilityTimeout: seconds }
    const { messages } = lookInto({ queue: QUEUE, ctx }, input, this.arrivals)
    const expected = this.turns
      .filter(({ at }) => at <= ctx.now)
      .toSorted((one, other) => one.at - other.at)
      .flatMap(({ group }) => this.receivable(group, ctx.now))
      .slice(0, count)
    assert.deepEqual(
      messages.map(({ Body }) => Body),
      expected.map(({ body }) => body),
    )
    for (const [index, message] of expected.entries()) {
      message.heldUntil = ctx.now + seconds * MS_PER_SECOND
      message.handle = messages[index]?.ReceiptHandle ?? ''
    }
    for (const group of new Set(expected.map((message) => message.group))) {
      this.giveTurn(group, ctx.now)
    }
  }

  /** No message overtakes another of its group. */
  receivable(group: string, now: number): Modelled[] {
    const line = this.list.filter((message) => message.group === group)
    const end = line.findIndex(({ heldUntil }) => heldUntil > now)
    return end < 0 ? line : line.slice(0, end)
  }

  giveTurn(group: string, now: number): void {
    const head = this.list.find((message) => message.group === group)
    this.turns = this.turns.filter((turn) => turn.group !== group)
    if (head) this.turns.push({ group, at: Math.max(now, head.heldUntil) })
  }

  delete(which: number, ctx: Context): void {
    const held = this.list.filter(({ heldUntil }) => heldUntil > ctx.now)
    const message = held[which % Math.max(1, held.length)]
    if (!message) return
    remove({ queue: QUEUE, ctx }, message.handle, this.arrivals)
    const isHead = this.list.find(({ group }) => group === message.group) === message
    this.list = this.list.filter((other) => other !== message)
    if (isHead) this.giveTurn(message.group, ctx.now)
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
