/** EventBridge without the rest of the cloud: its targets answer what a test wants them to. */
import { Agenda } from '../../../agenda/agenda.ts'
import type { Authority, Verdict } from '../../../aws/authority.ts'
import type { Context } from '../../../aws/context.ts'
import { Execution, serviceExecution } from '../../../aws/execution.ts'
import type { Platform } from '../../../aws/platform.ts'
import { VirtualClock } from '../../../clock.ts'
import { SeededIds } from '../../../ids.ts'
import { openStore } from '../../../store/sqlite.ts'
import type { TraceRecord } from '../../../trace/record.ts'
import { Trace } from '../../../trace/trace.ts'
import type { Outcome, QueueMessage } from '../../ports.ts'
import { createEvents } from '../index.ts'

const WORLD = { account: '000000000000', region: 'us-east-1' }
export const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f'
export const LETTERS = 'arn:aws:sqs:us-east-1:000000000000:letters'

const allowed: Verdict = {
  decision: { allowed: true, reason: 'allowed', statements: [] },
  denial: () => '',
  because: () => 'The test allows it.',
  evaluation: () => {
    throw new Error('nothing is refused here')
  },
}
const granted = { allowed: true, because: 'The test allows it.', denial: '' }
const authority: Authority = { credentials: () => undefined, decide: () => allowed }

export interface Invocation {
  at: number
  payload: string
}

export class EventsAlone {
  readonly clock = new VirtualClock()
  readonly invocations: Invocation[] = []
  readonly letters: QueueMessage[] = []
  /** What the function's queue answers. */
  outcome: Outcome = { accepted: true, because: 'The test accepts it.' }
  readonly agenda: Agenda
  readonly #platform: Platform
  readonly #events

  constructor() {
    const { clock } = this
    const ids = new SeededIds(1)
    const store = openStore()
    const nothing = () => {
      throw new Error('not part of this test')
    }
    const events = createEvents({
      invoker: {
        invoke: (_, { payload }) => {
          this.invocations.push({ at: clock.now(), payload })
          return this.outcome
        },
      },
      queue: {
        send: (_, message) => {
          this.letters.push(message)
          return { accepted: true, because: 'The test accepts it.' }
        },
      },
      logs: { write: nothing, beforeReading: () => {} },
      roles: { assume: nothing, assumable: nothing, caller: nothing, decide: () => granted },
      api: { call: nothing },
    })
    this.#events = events
    this.agenda = new Agenda({
      store,
      clock,
      run: ({ kind, world, cause, payload }, tx) => {
        const work = { service: 'events', operation: kind, world, cause }
        const handler = events.agenda?.[kind]
        const run = handler as ((payload: unknown, ctx: Context) => void) | undefined
        serviceExecution(this.#platform, work).within(tx, (ctx) => run?.(payload, ctx))
      },
      onDefect: (_, error) => {
        throw error
      },
    })
    this.#platform = {
      store,
      clock,
      ids,
      trace: new Trace(store, ids),
      authority,
      audits: false,
      services: new Map(),
      book: (tx, booking) => this.agenda.book(tx, booking),
      finished: () => {},
      publish: (event, ctx) => events.publish(event, ctx),
    }
  }

  /** Runs an operation as the root user, in a transaction of its own unless one is given. */
  call(operation: string, input: object, ctx?: Context): object {
    const run = this.#events.definition.operations[operation]
    if (typeof run !== 'function') throw new Error(`no operation ${operation}`)
    return ctx ? run(input, ctx) : this.transact((own) => run(input, own))
  }

  /** Runs a transaction; what it throws undoes it. */
  transact<T>(work: (ctx: Context) => T): T {
    const { account } = WORLD
    const execution = new Execution(this.#platform, {
      service: 'events',
      operation: 'test',
      requestId: 'test',
      caller: { principal: { type: 'root', account }, account, arn: 'root', userId: account },
      world: WORLD,
      cause: this.#platform.trace.name(),
      sourceIp: '127.0.0.1',
      userAgent: 'test',
    })
    return execution.transact(work)
  }

  /** A rule for the source `test` whose target is the function. */
  rule(target: object = {}): void {
    this.call('PutRule', { Name: 'rule', EventPattern: '{"source":["test"]}' })
    const Targets = [{ Id: '1', Arn: FUNCTION, DeadLetterConfig: { Arn: LETTERS }, ...target }]
    this.call('PutTargets', { Rule: 'rule', Targets })
  }

  put(Source = 'test'): void {
    const Entries = [{ Source, DetailType: 'type', Detail: '{}' }]
    this.call('PutEvents', { Entries })
  }

  records(): TraceRecord[] {
    return this.#platform.trace.records()
  }
}
