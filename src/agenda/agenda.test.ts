/** Work in time: its order, its durability, and what ends a wait. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { VirtualClock } from '../clock.ts'
import { openStore } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { Agenda, type AgendaRow } from './agenda.ts'

const world = { account: '000000000000', region: 'us-east-1' }
const cause = { journey: 'j', record: 'r' }

interface Bench {
  store: Store
  clock: VirtualClock
  agenda: Agenda
  ran: { at: number; payload: unknown }[]
  defects: unknown[]
}

const stores: Store[] = []
afterEach(() => {
  for (const store of stores.splice(0)) store.close()
})

function bench(folder?: string, run: (row: AgendaRow, bench: Bench) => void = () => {}): Bench {
  const store = openStore(folder === undefined ? {} : { folder })
  stores.push(store)
  const clock = new VirtualClock(0)
  const made: Bench = { store, clock, ran: [], defects: [] } as unknown as Bench
  made.agenda = new Agenda({
    store,
    clock,
    run: (row) => {
      made.ran.push({ at: clock.now(), payload: row.payload })
      run(row, made)
    },
    onDefect: (_, error) => made.defects.push(error),
  })
  return made
}

function book({ store, agenda }: Bench, due: number, payload: unknown): void {
  store.transact(world, (tx) => agenda.book(tx, { due, kind: 'k', world, payload, cause }))
}

describe('the agenda', () => {
  it('runs rows in the order of their due times, then of their booking', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 40 }), async (dues) => {
        const made = bench()
        for (const [index, due] of dues.entries()) book(made, due, index)
        await made.agenda.advance(100)
        const expected = dues
          .map((due, index) => ({ at: due, payload: index }))
          .sort((a, b) => a.at - b.at || a.payload - b.payload)
        assert.deepEqual(made.ran, expected)
        assert.equal(made.clock.now(), 100)
      }),
      { numRuns: 30 },
    )
  })

  it('runs on the way what rows book on the way', async () => {
    const made = bench(undefined, ({ payload }, { clock, ...rest }) => {
      if ((payload as number) < 3) {
        queueMicrotask(() => book({ clock, ...rest }, clock.now() + 10, (payload as number) + 1))
      }
    })
    book(made, 10, 1)
    await made.agenda.advance(100)
    assert.deepEqual(
      made.ran.map(({ at }) => at),
      [10, 20, 30],
    )
  })

  it('drops a booking with the transaction that made it', async () => {
    const { store, agenda, ran, ...rest } = bench()
    assert.throws(() =>
      store.transact(world, (tx) => {
        agenda.book(tx, { due: 0, kind: 'k', world, payload: 1, cause })
        throw new Error('no')
      }),
    )
    await agenda.settle()
    assert.deepEqual(ran, [])
    assert.ok(rest)
  })

  it('reports a row that throws once, and goes on', async () => {
    const made = bench(undefined, ({ payload }) => {
      if (payload === 'bad') throw new Error('defect')
    })
    book(made, 0, 'bad')
    book(made, 0, 'good')
    await made.agenda.settle()
    await made.agenda.settle()
    assert.deepEqual(
      made.ran.map(({ payload }) => payload),
      ['bad', 'good'],
    )
    assert.equal(made.defects.length, 1)
  })

  it('goes on after a restart where it stopped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agenda-'))
    const before = bench(folder)
    book(before, 10, 'early')
    book(before, 20, 'late')
    await before.agenda.advance(15)
    await before.agenda.stop()
    stores.pop()?.close()
    const after = bench(folder)
    after.agenda.start()
    await after.agenda.advance(20)
    assert.deepEqual(after.ran, [{ at: 20, payload: 'late' }])
    stores.pop()?.close()
    rmSync(folder, { recursive: true })
  })

  it('waits for work that runs outside of transactions', async () => {
    const { agenda } = bench()
    const order: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    agenda.track(promise.then(() => order.push('work')))
    const settled = agenda.settle().then(() => order.push('settled'))
    queueMicrotask(resolve)
    await settled
    assert.deepEqual(order, ['work', 'settled'])
  })
})
