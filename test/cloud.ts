/** A whole cloud for a test: in memory, on a virtual clock, on a free port of loopback. */
import { afterEach } from 'node:test'
import { VirtualClock } from '../src/clock.ts'
import { type Cloud, openCloud, type Parts } from '../src/cloud.ts'
import type { Config } from '../src/config.ts'

export interface ClientConfig {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  maxAttempts: number
}

type ClientClass<C> = new (config: ClientConfig) => C

export interface TestCloud extends Cloud {
  /** What a client of its root user needs. */
  readonly clientConfig: ClientConfig
  /** A real SDK client, the root user's unless other credentials are given. */
  client<C>(type: ClientClass<C>, settings?: Partial<ClientConfig>): C
}

const opened: Cloud[] = []
afterEach(async () => {
  for (const cloud of opened.splice(0)) await cloud.close()
})

/** Closed by itself after the test. */
export async function testCloud(
  config: Partial<Config> = {},
  parts: Parts = {},
): Promise<TestCloud> {
  const cloud = await openCloud(
    { port: 0, data: undefined, ...config },
    { clock: new VirtualClock(), ...parts },
  )
  opened.push(cloud)
  const clientConfig: ClientConfig = {
    endpoint: cloud.endpoint,
    region: cloud.config.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  }
  const client = <C>(type: ClientClass<C>, settings: Partial<ClientConfig> = {}): C =>
    new type({ ...clientConfig, ...settings })
  return Object.assign(cloud, { client, clientConfig })
}

/** The error that a call is expected to end in. */
export async function failure(call: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await call
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('expected the call to fail')
}
