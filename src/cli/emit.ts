/** `windtunnel emit`: any event that AWS services send, when there is nothing here that would. */
import { CATALOGUE } from '../catalogue/index.ts'
import { PALETTE } from './palette.ts'
import { complain, post } from './request.ts'

interface Options {
  endpoint: string
  set?: string[]
  account?: string
  region?: string
}

export async function emit(
  name: string | undefined,
  { endpoint, set = [], ...where }: Options,
): Promise<void> {
  if (name === undefined) {
    for (const line of listed()) console.log(line)
    return
  }
  try {
    const settings = Object.fromEntries(set.map(setting))
    const event = await post(endpoint, 'emit', { name, set: settings, ...where })
    console.log(JSON.stringify(event, null, 2))
  } catch (error) {
    complain(error, endpoint)
  }
}

/** `detail.state=stopped`; the value may hold further equals signs. */
function setting(text: string): [path: string, value: string] {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`--set takes PATH=VALUE, not ${text}`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function listed(): string[] {
  const entries = Object.entries(CATALOGUE)
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(
    ([name, { source, detailType }]) =>
      `${name.padEnd(width)}  ${PALETTE.faint(`${source}: ${detailType}`)}`,
  )
}
