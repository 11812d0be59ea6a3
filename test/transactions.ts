/** Transactions of a service without a server, for tests of the ports that services offer. */
import type { Context } from '../src/aws/context.ts'
import { serviceExecution } from '../src/aws/execution.ts'
import type { Platform } from '../src/aws/platform.ts'
import { VirtualClock } from '../src/clock.ts'
import { SystemIds } from '../src/ids.ts'
import type { Roles } from '../src/services/ports.ts'
import { openStore } from '../src/store/sqlite.ts'
import { Trace } from '../src/trace/trace.ts'

export const WORLD = { account: '000000000000', region: 'us-east-1' }

/** Runs work in the name of `events.amazonaws.com`, each time in a transaction of its own. */
export function transactions(clock = new VirtualClock()): <T>(work: (ctx: Context) => T) => T {
  const store = openStore()
  const ids = new SystemIds()
  const platform: Platform = {
    store,
    clock,
    ids,
    trace: new Trace(store, ids),
    authority: {
      credentials: () => undefined,
      decide: () => {
        throw new Error('a port asks no permission of its caller')
      },
    },
    audits: false,
    services: new Map(),
    book: () => {},
    publish: () => {},
    finished: () => {},
  }
  const work = { service: 'events', operation: 'test', world: WORLD }
  return (run) => serviceExecution(platform, work).transact(run)
}

/** Roles that may do what is listed: actions, alone or with a blank and their resource. */
export function rolesThatMay(...allowed: string[]): Roles & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    assume: () => undefined,
    assumable: () => true,
    caller: () => undefined,
    decide(_, action, resource) {
      asked.push(`${action} ${resource}`)
      const isAllowed = allowed.includes(action) || allowed.includes(`${action} ${resource}`)
      return { allowed: isAllowed, because: `${action} as the test has it`, denial: 'denied' }
    },
  }
}
