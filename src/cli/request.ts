/** What the commands that talk to a running Windtunnel share. */

/** Posts to `/_windtunnel/NAME`; throws what it answers when it refuses. */
export async function post(endpoint: string, name: string, body: object): Promise<unknown> {
  const response = await fetch(`${endpoint}/_windtunnel/${name}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { message?: string }
  if (!response.ok) throw new Error(answer.message ?? response.statusText)
  return answer
}

/** Gets `/_windtunnel/NAME`; throws what it answers when it refuses. */
export async function get(
  endpoint: string,
  name: string,
  query: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const response = await fetch(`${endpoint}/_windtunnel/${name}?${new URLSearchParams(query)}`)
  const answer = (await response.json()) as { message?: string }
  if (!response.ok) throw new Error(answer.message ?? response.statusText)
  return answer
}

/** Says what went wrong, and ends the command as failed. */
export function complain(error: unknown, endpoint: string): void {
  const { message } = error as Error
  const silent = message === 'fetch failed'
  const text = silent ? `nothing answers at ${endpoint}; start it first` : message
  console.error(`windtunnel: ${text}`)
  process.exitCode = 1
}
