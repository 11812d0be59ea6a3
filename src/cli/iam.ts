/** `windtunnel iam`: why something was refused, and the least that a role needs. */
import type { Refusal } from '../access/refusals.ts'
import { formatRefusal } from '../access/why.ts'
import { PALETTE } from './palette.ts'
import { complain, get } from './request.ts'

interface Options {
  endpoint: string
  json?: boolean
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
