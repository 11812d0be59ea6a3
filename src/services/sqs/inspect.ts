/** The queues, for those that look at all that is deployed. */
import type { Tx } from '../../store/store.ts'
import type { DeployedQueue } from '../ports.ts'
import { policyOf } from './queues.ts'
import { queues } from './state.ts'

export function deployedQueues(tx: Tx): DeployedQueue[] {
  return [...tx.all(queues)].map((queue) => ({
    name: queue.name,
    arn: queue.arn,
    policy: policyOf(queue),
  }))
}
