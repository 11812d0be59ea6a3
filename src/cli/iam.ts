/** `windtunnel iam`: why something was refused, and the least that a role needs. */
import type { Excess } from '../access/excess.ts'
import type { Least } from '../access/least.ts'
import type { StatementOf } from '../access/least-statements.ts'
import type { Refusal } from '../access/refusals.ts'
import { formatRefusal } from '../access/why.ts'
import { PALETTE } from './palette.ts'
import { complain, get } from './request.ts'

interface Options {
  endpoint: string
  json?: boolean
  account?: string
  region?: string
}

export async function why(id: string, { endpoint, json }: Options): Promise<void> {
  try {
    const { refusals } = (await get(endpoint, 'iam/why', { id })) as { refusals: Refusal[] }
    if (json) console.log(JSON.stringify({ refusals }, null, 2))
    else if (refusals.length > 0) {
      for (const refusal of refusals) console.log(`${formatRefusal(refusal, PALETTE)}\n`)
    } else console.log(`No policy refused anything about ${id}.`)
    if (refusals.length === 0) process.exitCode = 1
  } catch (error) {
    complain(error, endpoint)
  }
}

/** Only the policy goes to the standard output, so that it can be kept in a file. */
export async function least(role: string, { endpoint, json, ...place }: Options): Promise<void> {
  try {
    const found = (await get(endpoint, 'iam/least', { role, ...place })) as Least
    if (json) {
      console.log(JSON.stringify(found, null, 2))
      return
    }
    console.log(JSON.stringify(found.policy, null, 2))
    console.error(differences(found).join('\n'))
  } catch (error) {
    complain(error, endpoint)
  }
}

function differences({ role, calls, unused, missing }: Least): string[] {
  const { faint, strong, bad } = PALETTE
  const never = unused.filter(({ used }) => used.length === 0)
  const wider = unused.filter(({ used }) => used.length > 0)
  return [
    faint(`From ${calls} calls of ${role} in the trace, and what its functions are set to do.`),
    ...section(strong('Never used:'), never.map(placed)),
    ...section(
      strong('Wider than used:'),
      wider.map((each) => `${placed(each)}: used for ${each.used.join(', ')}`),
    ),
    ...section(bad('Missing:'), missing.map(spelled)),
  ]
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]
}

function placed({ action, policy, statement, sid }: Excess): string {
  return `${action} (statement ${sid ? `${statement}, ${sid},` : statement} of ${policy})`
}

function spelled({ Action, Resource, Condition }: StatementOf): string {
  const keys = Object.entries(Condition?.StringEquals ?? {})
  const where = keys.map(([key, value]) => `${key} = ${value}`).join(', ')
  const what = `${[Action].flat().join(', ')} on ${[Resource].flat().join(', ')}`
  return where === '' ? what : `${what} where ${where}`
}
