/** Dead-letter queues of targets that EventBridge may not write to: what fails is lost. */
import { parseArn } from '../arn.ts'
import { decideForService } from '../aws/service-access.ts'
import type { Deployment } from '../deployment.ts'
import type { DeployedQueue, DeployedRule, DeployedTarget } from '../services/ports.ts'
import type { Finding } from './finding.ts'
import { EVENTS_PRINCIPAL } from './target-not-allowed.ts'

export function deadLettersNotAllowed(deployment: Deployment): Finding[] {
  return deployment.rules.flatMap((rule) =>
    rule.targets.flatMap((target) => findingOf(rule, target, deployment) ?? []),
  )
}

function findingOf(
  rule: DeployedRule,
  { id, deadLetterArn: arn }: DeployedTarget,
  { queues, world, endpoint }: Deployment,
): Finding | undefined {
  if (arn === undefined) return undefined
  const { account, region, resource: name = '' } = parseArn(arn) ?? {}
  // Queues of other accounts and regions are not seen from here.
  if (account !== world.account || region !== world.region) return undefined
  const problem = {
    kind: 'dead-letters-not-allowed',
    level: 'error',
    subject: rule.arn,
    what: `Events that rule ${rule.name} cannot give to its target ${id} are lost.`,
  } as const
  const queue = queues.find((each) => each.arn === arn)
  if (!queue) {
    const mend = ['aws', 'sqs', 'create-queue', '--queue-name', name]
    return { ...problem, why: `There is no queue ${arn}.`, mend }
  }
  const { allowed, because } = decideForService({
    service: EVENTS_PRINCIPAL,
    action: 'sqs:SendMessage',
    resource: arn,
    resourcePolicy: queue.policy,
    keys: { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': world.account },
  })
  if (allowed) return undefined
  const url = `${endpoint}/${account}/${name}`
  return { ...problem, why: because, mend: lettingIn(rule, queue, url) }
}

/** Sets the queue's policy with a statement for the rule. */
function lettingIn(rule: DeployedRule, { arn, policy }: DeployedQueue, url: string): string[] {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: EVENTS_PRINCIPAL },
    Action: 'sqs:SendMessage',
    Resource: arn,
    Condition: { ArnEquals: { 'aws:SourceArn': rule.arn } },
  }
  const { Version = '2012-10-17', Statement = [] } = policy?.document ?? {}
  const Policy = JSON.stringify({ Version, Statement: [...Statement, statement] })
  const words = ['aws', 'sqs', 'set-queue-attributes', '--queue-url', url]
  return [...words, '--attributes', JSON.stringify({ Policy })]
}
