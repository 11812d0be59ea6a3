/** `windtunnel start`: serves until told to stop. */
import colours from 'picocolors'
import { type Config, isLoopback } from '../config.ts'

type Options = Omit<Partial<Config>, 'allowedOrigins'> & {
  ephemeral?: boolean
  allowOrigin?: string[]
}

export async function serve({ ephemeral, allowOrigin, ...options }: Options): Promise<void> {
  const settings: Partial<Config> = {
    ...options,
    ...(ephemeral && { data: undefined }),
    allowedOrigins: allowOrigin ?? [],
  }
  const { ConfigError, DataFolderError, openCloud } = await import('../cloud.ts')
  try {
    const cloud = await openCloud(settings)
    greet(cloud.endpoint, cloud.config)
    const signal = await new Promise<string>((resolve) => {
      process.once('SIGINT', resolve)
      process.once('SIGTERM', resolve)
    })
    console.log(`\n${signal}: stopping`)
    await cloud.close()
  } catch (error) {
    const told = error instanceof ConfigError || error instanceof DataFolderError
    const message = told ? error.message : explain(error, options)
    if (message === undefined) throw error
    console.error(`windtunnel: ${message}`)
    process.exitCode = 1
  }
}

function greet(
  endpoint: string,
  { account, region, data, timing, iam, host, token, isolation }: Config,
): void {
  const { bold, dim } = colours
  const state = data === undefined ? 'in memory only' : `in ${data}/`
  console.log(`${bold('Windtunnel')} serves ${bold(endpoint)}`)
  console.log(dim(`account ${account}, region ${region}, timing ${timing}, state ${state}`))
  console.log('\nTo have this shell use it (access key id "test", secret "test"):\n')
  console.log(`  export AWS_ENDPOINT_URL=${endpoint} AWS_DEFAULT_REGION=${region}`)
  console.log('  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n')
  if (iam === 'audit') console.log('IAM only audits: what policies refuse is let through.')
  if (!isLoopback(host)) {
    console.log('Beyond loopback: whoever reaches this port can run code through Lambda.')
    if (isolation === 'process') console.log('It runs as this user, outside of any sandbox.')
    if (token === undefined) console.log('/_windtunnel answers loopback only; --token opens it.')
  }
}

/** What a user can mend about the address; undefined for defects of ours. */
function explain(error: unknown, { host, port }: Options): string | undefined {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `port ${port} is in use; choose another with --port`
  if (code === 'EACCES') return `port ${port} needs rights that this user has not`
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine`
  return undefined
}
