/** The functions, for those that look at all that is deployed. */
import { parseArn } from '../../arn.ts'
import type { Tx } from '../../store/store.ts'
import type { DeployedFunction } from '../ports.ts'
import { DEAD_LETTER_ACTIONS } from './dead-letters.ts'
import { DESTINATION_ACTIONS, eventInvokeConfigsOf } from './event-invoke-config.ts'
import { functions, type LambdaFunction } from './functions.ts'
import { mappings } from './mappings/rows.ts'
import { READ_ACTIONS } from './mappings/settings.ts'
import { compiledPolicy, policies } from './policies.ts'
import { networkNeeds } from './vpc.ts'

export function deployedFunctions(tx: Tx): DeployedFunction[] {
  return [...tx.all(functions)].map((found) => ({
    name: found.name,
    arn: found.arn,
    roleArn: found.settings.role,
    logGroup: found.settings.logGroup,
    policies: tx.by(policies, 'function', found.name).map((row) => ({
      ...(row.qualifier !== undefined && { qualifier: row.qualifier }),
      policy: compiledPolicy(row),
    })),
    needs: needsOf(found, tx),
  }))
}

/** Its dead letters, its destinations, its VPC and the queues that it reads. */
function needsOf({ name, arn, settings }: LambdaFunction, tx: Tx): DeployedFunction['needs'] {
  const configs = eventInvokeConfigsOf(name, tx)
  const destinations = configs.flatMap(({ onSuccess, onFailure }) => [onSuccess, onFailure])
  const sources = tx.by(mappings, 'function', arn).map(({ eventSourceArn }) => eventSourceArn)
  return [
    ...sends([settings.deadLetterTargetArn], DEAD_LETTER_ACTIONS),
    ...sends(destinations, DESTINATION_ACTIONS),
    ...(settings.vpc ? networkNeeds(settings.vpc, tx.world) : []),
    ...sources.flatMap((resource) => READ_ACTIONS.map((action) => ({ action, resource }))),
  ]
}

function sends(targets: (string | undefined)[], actions: Readonly<Record<string, string>>) {
  return targets.flatMap((resource) => {
    const action = resource && actions[parseArn(resource)?.service ?? '']
    return action ? [{ action, resource }] : []
  })
}
