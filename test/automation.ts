/** The whole automation: role, function, rule, permission, target. */
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { ClientConfig } from './cloud.ts'
import { createFunction, createRole, type FunctionSettings } from './functions.ts'

export interface Automation extends FunctionSettings {
  /** The function's index.js. */
  source: string
  pattern: object
  /** What its role may do beside writing logs. */
  statements?: object[]
  /** Of the function, and of the rule and role named after it. */
  name?: string
  /** `false` leaves out add-permission; a text is its SourceArn. */
  permission?: boolean | string
}

export interface Made {
  functionArn: string
  ruleArn: string
}

export async function automation(config: ClientConfig, wanted: Automation): Promise<Made> {
  const {
    source,
    pattern,
    statements,
    name = 'automation',
    permission = true,
    ...settings
  } = wanted
  const Role = await createRole(config, `${name}-role`, statements)
  const functionArn = await createFunction(config, name, source, { Role, ...settings })
  const events = new EventBridgeClient(config)
  const EventPattern = JSON.stringify(pattern)
  const { RuleArn = '' } = await events.send(new PutRuleCommand({ Name: name, EventPattern }))
  const Targets = [{ Id: 'function', Arn: functionArn }]
  await events.send(new PutTargetsCommand({ Rule: name, Targets }))
  if (permission !== false) {
    await new LambdaClient(config).send(
      new AddPermissionCommand({
        FunctionName: name,
        StatementId: 'events',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: permission === true ? RuleArn : permission,
      }),
    )
  }
  return { functionArn, ruleArn: RuleArn }
}
