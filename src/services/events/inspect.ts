/** The rules of all buses, for those that look at all that is deployed. */
import type { Tx } from '../../store/store.ts'
import type { DeployedRule, DeployedTarget } from '../ports.ts'
import { allRules, type Rule } from './rule-rows.ts'

export function deployedRules(tx: Tx): DeployedRule[] {
  return allRules(tx).map((rule) => {
    const { name, bus, arn, state, pattern, schedule, description, roleArn, targets } = rule
    return {
      name,
      bus,
      arn,
      enabled: state !== 'DISABLED',
      ...(pattern !== undefined && { pattern }),
      ...(schedule && { schedule: schedule.expression }),
      ...(description !== undefined && { description }),
      ...(roleArn !== undefined && { roleArn }),
      targets: targets.map(deployedTarget),
    }
  })
}

function deployedTarget({ Id = '', Arn = '', DeadLetterConfig }: Rule['targets'][number]) {
  const deadLetterArn = DeadLetterConfig?.Arn
  const target: DeployedTarget = { id: Id, arn: Arn, ...(deadLetterArn && { deadLetterArn }) }
  return target
}
