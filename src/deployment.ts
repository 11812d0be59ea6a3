/** All that is deployed in an account and region, for those that look at it together. */
import { deployedRules } from './services/events/index.ts'
import { deployedRoles } from './services/iam/index.ts'
import { deployedFunctions } from './services/lambda/index.ts'
import type {
  DeployedFunction,
  DeployedQueue,
  DeployedRole,
  DeployedRule,
} from './services/ports.ts'
import { deployedQueues } from './services/sqs/index.ts'
import type { Store, World } from './store/store.ts'
import type { TraceRecord } from './trace/record.ts'
import type { Trace } from './trace/trace.ts'

export interface Deployment {
  readonly world: World
  /** What queue URLs begin with. */
  readonly endpoint: string
  readonly rules: readonly DeployedRule[]
  readonly functions: readonly DeployedFunction[]
  readonly queues: readonly DeployedQueue[]
  readonly roles: readonly DeployedRole[]
  /** What happened there, as far as the trace reaches back; oldest first. */
  readonly records: readonly TraceRecord[]
}

export function deploymentIn(
  world: World,
  { store, trace, endpoint }: { store: Store; trace: Trace; endpoint: string },
): Deployment {
  const { account, region } = world
  const records = trace
    .records()
    .filter((record) => record.account === account && record.region === region)
  return store.transact(world, (tx) => ({
    world,
    endpoint,
    rules: deployedRules(tx),
    functions: deployedFunctions(tx),
    queues: deployedQueues(tx),
    roles: deployedRoles(tx),
    records,
  }))
}
