/** The dead-letter target of a function, checked when it is set as AWS does. */
import { parseArn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import type { Roles } from '../ports.ts'
import { invalidParameter } from './errors.ts'
import { checkRoleMay } from './execution-role.ts'
import type { FunctionSettings } from './functions.ts'

/** What the execution role must be allowed, by the service of the target's ARN. */
export const DEAD_LETTER_ACTIONS: Readonly<Record<string, string>> = {
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
}

export function checkDeadLetters(
  { deadLetterTargetArn: target, role }: FunctionSettings,
  name: string,
  roles: Roles,
  ctx: Context,
): void {
  if (target === undefined) return
  const action = DEAD_LETTER_ACTIONS[parseArn(target)?.service ?? '']
  if (!action) throw invalidParameter(`The provided dead letter target ${target} is invalid.`)
  checkRoleMay(action, target, { role, name }, roles, ctx)
}
