/** What all changes of a function check first. */
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import { conflict, preconditionFailed } from './errors.ts'
import { allowedFunction, type Found, type LambdaFunction } from './functions.ts'

interface ChangeInput {
  FunctionName: string
  RevisionId?: string | undefined
}

/** The function, once the caller may do `action` and no other change is under way. */
export function changeableFunction(
  action: string,
  input: ChangeInput,
  ctx: Context,
  keys: ConditionKeys = {},
): Found {
  const allowed = allowedFunction(action, input, ctx, keys)
  const { found } = allowed
  checkRevision(input, found.revisionId)
  if (found.state === 'Pending') throw conflict(notYet(found))
  if (found.lastUpdateStatus === 'InProgress') {
    throw conflict(
      'The operation cannot be performed at this time. An update is in progress for resource: ' +
        found.arn,
    )
  }
  return allowed
}

export function checkRevision(input: { RevisionId?: string | undefined }, latest: string): void {
  if (input.RevisionId === undefined || input.RevisionId === latest) return
  throw preconditionFailed('GetFunction/GetAlias')
}

/** Why a function that is not Active can be neither changed nor invoked. */
export function notYet({ state }: LambdaFunction): string {
  return (
    'The operation cannot be performed at this time. The function is currently in the ' +
    `following state: ${state}`
  )
}
