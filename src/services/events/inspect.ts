/** The rules of all buses, for those that look at all that is deployed. */
import type { Tx } from '../../store/store.ts'
import type { DeployedRule, DeployedTarget } from '../ports.ts'
import { allRules, type Rule } from './rule-rows.ts'

export function deployedRules(tx: Tx): DeployedRule[] {
  return allRules(tx).map(({ name, bus, arn, state, pattern, targets }) => ({
    name,
    bus,
    arn,
    enabled: state !== 'DISABLED',
    ...(pattern !== undefined && { pattern }),
    targets: targets.map(deployedTarget),
  }))
}

function deployedTarget({ Id = '', Arn = '', DeadLetterConfig }: Rule['targets'][number]) {
  const deadLetterArn = DeadLetterConfig?.Arn
  const target: DeployedTarget = { id: Id, arn: Arn, ...(deadLetterArn && { deadLetterArn }) }
  return target
}
