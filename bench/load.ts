/** A load on loopback: connections that each send the next request when one is answered. */
import { Agent, type IncomingMessage, request } from 'node:http'
import { performance } from 'node:perf_hooks'

export interface PreparedRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: string
}

export interface LoadOptions {
  port: number
  connections: number
  durationMs: number
  /** The request to send; called for each. */
  next: () => PreparedRequest
}

export interface LoadResult {
  perSecond: number
  failures: number
}

/** Sends as fast as answers come for a while; the first fifth warms up and is not counted. */
export async function load({
  port,
  connections,
  durationMs,
  next,
}: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const start = performance.now()
  const countFrom = start + durationMs / 5
  const end = start + durationMs
  let answered = 0
  let failures = 0
  const worker = async () => {
    while (performance.now() < end) {
      const status = await send(agent, port, next())
      if (performance.now() < countFrom) continue
      answered++
      if (status !== 200) failures++
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  agent.destroy()
  return { perSecond: answered / ((performance.now() - countFrom) / 1000), failures }
}

/** Sends one request; resolves to the status once the answer is there. */
export function send(agent: Agent, port: number, { method, path, headers, body }: PreparedRequest) {
  return new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      { agent, port, host: '127.0.0.1', method, path, headers },
      (answer: IncomingMessage) => {
        answer.resume()
        answer.once('end', () => resolve(answer.statusCode))
      },
    )
    sent.once('error', reject)
    sent.end(body)
  })
}
