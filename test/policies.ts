/** Short policy documents for tests. */

type Conditions = Record<string, Record<string, string | string[]>>

/** One statement that allows an action. */
export function allow(action: string | string[], resource = '*', condition?: Conditions): string {
  return statement('Allow', action, resource, condition)
}

/** One statement that denies an action. */
export function deny(action: string | string[], resource = '*', condition?: Conditions): string {
  return statement('Deny', action, resource, condition)
}

/** A trust policy of one statement. */
export function trustOf(
  principal: Record<string, string>,
  condition?: Conditions,
  action: string | string[] = 'sts:AssumeRole',
): string {
  const trust = { Effect: 'Allow', Principal: principal, Action: action, Condition: condition }
  return JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
}

function statement(
  Effect: string,
  Action: string | string[],
  Resource: string,
  Condition?: Conditions,
): string {
  const Statement = [{ Effect, Action, Resource, Condition }]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}
