/** One contract for the engine with a folder and without, and what only a folder can break. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { realtime } from '../clock.ts'
import { DATABASE_FILE } from './data-folder.ts'
import { openStore } from './sqlite.ts'
import { DataFolderError, type Store, spool, table } from './store.ts'

interface Row {
  id: string
  colour: string
}

const rows = table<Row>('test.rows', { indexes: { colour: (row) => row.colour } })
const shared = table<Row>('test.shared', { reach: 'global' })
const queue = spool<{ n: number }>('test.queue')
const here = { account: '000000000000', region: 'us-east-1' }
const elsewhere = { account: '111111111111', region: 'us-east-1' }

const opened: Store[] = []
const folders: string[] = []

function open(folder?: string): Store {
  const store = openStore(folder === undefined ? {} : { folder })
  opened.push(store)
  return store
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-test-'))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const store of opened.splice(0)) store.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const engines: [string, () => Store][] = [
  ['on disk', () => open(newFolder())],
  ['in memory', () => open()],
]

for (const [name, engine] of engines) {
  describe(`a store ${name}`, () => {
    it('keeps worlds apart, and shares what is global', () => {
      const store = engine()
      store.transact(here, (tx) => {
        tx.put(rows, 'a', { id: 'a', colour: 'red' })
        tx.put(shared, 'a', { id: 'a', colour: 'red' })
      })
      store.transact(elsewhere, (tx) => {
        assert.equal(tx.get(rows, 'a'), undefined)
        assert.equal(tx.get(shared, 'a')?.id, 'a')
        assert.equal(tx.in(here).get(rows, 'a')?.id, 'a')
        assert.deepEqual(tx.worlds(rows), [here])
        tx.put(rows, 'a', { id: 'a', colour: 'red' })
        assert.deepEqual(tx.worlds(rows), [here, elsewhere])
        tx.in(here).delete(rows, 'a')
        assert.deepEqual(tx.worlds(rows), [elsewhere])
      })
    })

    it('lists in the order of creation, whatever changed since', () => {
      const store = engine()
      store.transact(here, (tx) => {
        for (const id of ['c', 'a', 'b']) tx.put(rows, id, { id, colour: 'red' })
        tx.put(rows, 'c', { id: 'c', colour: 'blue' })
        tx.put(rows, 'c', { id: 'c', colour: 'red' })
        assert.deepEqual(
          [...tx.all(rows)].map((row) => row.id),
          ['c', 'a', 'b'],
        )
        assert.deepEqual(
          tx.by(rows, 'colour', 'red').map((row) => row.id),
          ['c', 'a', 'b'],
        )
      })
    })

    it('takes back all of a transaction that throws', () => {
      const store = engine()
      store.transact(here, (tx) => {
        for (const id of ['a', 'b', 'c']) tx.put(rows, id, { id, colour: 'red' })
        tx.append(queue, 'q', 1, { n: 1 })
      })
      assert.throws(() =>
        store.transact(here, (tx) => {
          tx.delete(rows, 'a')
          tx.put(rows, 'b', { id: 'b', colour: 'blue' })
          tx.put(rows, 'd', { id: 'd', colour: 'blue' })
          tx.append(queue, 'q', 2, { n: 2 })
          tx.clear(queue, 'q')
          throw new Error('no')
        }),
      )
      store.transact(here, (tx) => {
        assert.deepEqual(
          [...tx.all(rows)].map((row) => row.id),
          ['a', 'b', 'c'],
        )
        assert.equal(tx.by(rows, 'colour', 'red').length, 3)
        assert.equal(tx.by(rows, 'colour', 'blue').length, 0)
        assert.deepEqual(
          tx.read(queue, 'q').map(({ row }) => row.n),
          [1],
        )
      })
    })

    it('reads a spool by order and continues where it stopped', () => {
      const store = engine()
      store.transact(here, (tx) => {
        for (const n of [5, 3, 4, 3]) tx.append(queue, 'q', n, { n })
        const orders = tx.read(queue, 'q', { from: 3, to: 4 }).map(({ order }) => order)
        assert.deepEqual(orders, [3, 3, 4])
        const [first] = tx.read(queue, 'q', { limit: 1 })
        assert.ok(first)
        assert.equal(tx.read(queue, 'q', { after: first }).length, 3)
        assert.equal(tx.read(queue, 'q', { descending: true, limit: 1 })[0]?.order, 5)
        tx.move(queue, first.id, 9, { n: 9 })
        assert.equal(tx.find(queue, first.id)?.order, 9)
        tx.remove(queue, first.id)
        assert.equal(tx.size(queue, 'q'), 3)
        assert.equal(tx.clear(queue, 'q', 4), 2)
        assert.deepEqual(tx.partitions(queue), ['q'])
      })
    })

    it('forgets a partition with the transaction that made it, and begins one again', () => {
      const store = engine()
      const abort = () =>
        store.transact(here, (tx) => {
          tx.append(queue, 'q', 1, { n: 1 })
          throw new Error('abort')
        })
      assert.throws(abort, /abort/)
      for (const n of [2, 3]) {
        store.transact(here, (tx) => tx.append(queue, 'q', n, { n }))
        store.transact(here, (tx) => {
          assert.deepEqual(
            tx.read(queue, 'q').map(({ row }) => row),
            [{ n }],
          )
          assert.equal(tx.clear(queue, 'q'), 1)
          assert.deepEqual(tx.partitions(queue), [])
        })
      }
    })
  })
}

type Step = { key: string; colour?: string; abort: boolean }

describe('a store on disk', () => {
  it('holds after reopening exactly what was committed', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      colour: fc.option(fc.constantFrom('red', 'blue'), { nil: undefined }),
      abort: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps: Step[]) => {
        const folder = newFolder()
        const model = new Map<string, string>()
        const store = openStore({ folder })
        for (const { key, colour, abort } of steps) {
          apply(store, model, { key, colour, abort })
        }
        await store.durable()
        store.close()
        const again = openStore({ folder })
        const found = again.transact(here, (tx) => [...tx.all(rows)])
        again.close()
        assert.deepEqual(found.map(({ id, colour }) => [id, colour]).sort(), [...model].sort())
      }),
      { numRuns: 20 },
    )
  })

  it('writes at its end what nobody waited for, and keeps those waiting until then', async () => {
    const folder = newFolder()
    const store = openStore({ folder })
    store.transact(here, (tx) => {
      tx.put(rows, 'a', { id: 'a', colour: 'red' })
      tx.append(queue, 'q', 1, { n: 1 })
    })
    const written = store.durable()
    store.close()
    await written
    open(folder).transact(here, (tx) => {
      assert.equal(tx.get(rows, 'a')?.colour, 'red')
      assert.equal(tx.size(queue, 'q'), 1)
    })
  })

  it('writes in time what nobody waits for', async () => {
    const folder = newFolder()
    const store = open(folder)
    const count = () => {
      const database = new DatabaseSync(join(folder, DATABASE_FILE), { readOnly: true })
      const found = database.prepare('SELECT count(*) AS n FROM rows').get()
      database.close()
      return found?.n
    }
    const add = (id: string) =>
      store.transact(here, (tx) => tx.put(rows, id, { id, colour: 'red' }))
    add('a')
    const written = store.durable()
    // The disk is busy with the first when the second comes.
    while (count() === 0) await realtime.turn()
    add('b')
    await written
    while (count() !== 2) await realtime.turn()
  })

  it('keeps its log short while it goes on writing', async () => {
    const folder = newFolder()
    const store = openStore({ folder })
    const colour = 'x'.repeat(1_000_000)
    for (let n = 0; n < 80; n++) {
      store.transact(here, (tx) => tx.put(rows, `${n % 10}`, { id: `${n}`, colour }))
      const written = store.durable()
      store.transact(here, (tx) => tx.append(queue, 'a', n, { n }))
      await written
    }
    const log = statSync(`${join(folder, DATABASE_FILE)}-wal`).size
    assert.ok(log < 40_000_000, `${log} bytes after 80 MB`)
    store.close()
    const again = open(folder)
    const ids = again.transact(here, (tx) => [...tx.all(rows)].map(({ id }) => Number(id)))
    assert.deepEqual(ids, [70, 71, 72, 73, 74, 75, 76, 77, 78, 79])
  })

  it('refuses a folder that is not ours and leaves it as it was', () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'thesis.txt'), 'mine')
    assert.throws(() => openStore({ folder }), /holds no Windtunnel data/)
    assert.equal(readFileSync(join(folder, 'thesis.txt'), 'utf8'), 'mine')
  })

  it('refuses a database of another program', () => {
    const folder = newFolder()
    const other = new DatabaseSync(join(folder, DATABASE_FILE))
    other.exec('CREATE TABLE t (x)')
    other.close()
    assert.throws(() => openStore({ folder }), /belongs to another program/)
  })

  it('takes over what format 1 has spooled', () => {
    const folder = newFolder()
    openStore({ folder }).close()
    const older = new DatabaseSync(join(folder, DATABASE_FILE))
    older.exec(`
      DROP TABLE spooled; DROP TABLE partitions; PRAGMA user_version = 1;
      CREATE TABLE spooled (
        id INTEGER PRIMARY KEY AUTOINCREMENT, spool TEXT NOT NULL, part TEXT NOT NULL,
        ord INTEGER NOT NULL, row TEXT NOT NULL);
      CREATE INDEX spooled_order ON spooled (spool, part, ord, id);
      INSERT INTO spooled (spool, part, ord, row) VALUES
        ('test.queue', 'a', 7, '{"n":1}'), ('test.queue', 'b', 5, '{"n":2}'),
        ('test.other', 'a', 6, '{"n":3}'), ('test.queue', 'a', 3, '{"n":4}');`)
    older.close()
    const store = open(folder)
    store.transact(here, (tx) => {
      assert.deepEqual(tx.partitions(queue), ['a', 'b'])
      assert.deepEqual(tx.read(queue, 'a'), [
        { id: 4, order: 3, row: { n: 4 } },
        { id: 1, order: 7, row: { n: 1 } },
      ])
      assert.equal(tx.find(queue, 3), undefined)
      assert.equal(tx.append(queue, 'b', 1, { n: 5 }), 5)
    })
  })

  it('refuses a newer format', () => {
    const folder = newFolder()
    openStore({ folder }).close()
    const newer = new DatabaseSync(join(folder, DATABASE_FILE))
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    assert.throws(() => openStore({ folder }), /newer Windtunnel \(format 99/)
  })

  it('refuses damaged files', () => {
    const folder = newFolder()
    const store = openStore({ folder })
    store.transact(here, (tx) => {
      for (let n = 0; n < 500; n++) tx.put(rows, `${n}`, { id: `${n}`, colour: 'x'.repeat(200) })
    })
    store.close()
    const file = join(folder, DATABASE_FILE)
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0xff, 8192, 20480))
    assert.throws(() => openStore({ folder }), DataFolderError)
    writeFileSync(file, 'not a database at all')
    assert.throws(() => openStore({ folder }), /damaged/)
  })

  it('refuses a folder that is in use', () => {
    const folder = newFolder()
    open(folder)
    assert.throws(() => openStore({ folder }), /in use by another process/)
  })
})

function apply(store: Store, model: Map<string, string>, { key, colour, abort }: Step): void {
  try {
    store.transact(here, (tx) => {
      if (colour === undefined) tx.delete(rows, key)
      else tx.put(rows, key, { id: key, colour })
      if (abort) throw new Error('abort')
    })
    if (colour === undefined) model.delete(key)
    else model.set(key, colour)
  } catch {
    assert.ok(abort)
  }
}
