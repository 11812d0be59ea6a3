/** All that a user can set, with its defaults. Typed and frozen once made. */

/**
 * How long boots, stops and snapshots take: `aws` as on AWS, `fast` about a second in all,
 * `instant` no time at all.
 */
export const TIMINGS = ['fast', 'aws', 'instant'] as const
export type Timing = (typeof TIMINGS)[number]

/** `enforce` refuses what policies do not allow; `audit` lets it through and traces it. */
export const IAM_MODES = ['enforce', 'audit'] as const
export type IamMode = (typeof IAM_MODES)[number]

export const ISOLATIONS = ['process', 'sandbox'] as const
export type Isolation = (typeof ISOLATIONS)[number]

export interface Config {
  readonly host: string
  /** 0 chooses a free one. */
  readonly port: number
  /** The data folder; undefined keeps nothing on disk. */
  readonly data: string | undefined
  readonly timing: Timing
  /** Account of the access key id `test`. */
  readonly account: string
  /** Region of requests that name none. */
  readonly region: string
  /** What a well-formed but unknown AMI id means: taken as an AMI of that id, or an error. */
  readonly unknownImages: 'adopt' | 'refuse'
  readonly iam: IamMode
  /** Any access key id and signature is the root user of the default account. */
  readonly relaxedCredentials: boolean
  /** Where functions run: among the machine's processes, or each shut in (Linux, bubblewrap). */
  readonly isolation: Isolation
  /** Functions in the sandbox share the machine's network; without, they reach Windtunnel only. */
  readonly allowNetwork: boolean
  /** Beyond loopback, too, functions may run as plain processes. */
  readonly allowUnsandboxed: boolean
  /** `function` or `function:port`: opens Node's debugger on the function. */
  readonly inspect: string | undefined
  /** Opens `/_windtunnel` to callers beyond loopback that send it as a bearer token. */
  readonly token: string | undefined
  /** Web origins beside loopback ones whose pages may call. */
  readonly allowedOrigins: readonly string[]
}

export const DEFAULT_CONFIG: Config = Object.freeze({
  host: '127.0.0.1',
  port: 4566,
  data: '.windtunnel',
  timing: 'fast',
  account: '000000000000',
  region: 'us-east-1',
  unknownImages: 'adopt',
  iam: 'enforce',
  relaxedCredentials: false,
  isolation: 'process',
  allowNetwork: false,
  allowUnsandboxed: false,
  inspect: undefined,
  token: undefined,
  allowedOrigins: [],
})

/** A configuration that cannot be served; the message says what to change. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Fills in the defaults and refuses what makes no sense. */
export function makeConfig(settings: Partial<Config> = {}): Config {
  const stated = Object.entries(settings).filter(([, value]) => value !== undefined)
  const config: Config = { ...DEFAULT_CONFIG, ...Object.fromEntries(stated) }
  if (settings.data === undefined && 'data' in settings) Object.assign(config, { data: undefined })
  const sandboxed = !isLoopback(config.host) && !config.allowUnsandboxed
  if (sandboxed && settings.isolation === undefined) Object.assign(config, { isolation: 'sandbox' })
  if (!/^\d{12}$/.test(config.account)) {
    throw new ConfigError(`account must be 12 digits, not "${config.account}"`)
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(config.region)) {
    throw new ConfigError(`region must be like us-east-1, not "${config.region}"`)
  }
  if (!Number.isInteger(config.port) || config.port < 0 || config.port > 65_535) {
    throw new ConfigError(`port must be a number from 0 to 65535, not "${config.port}"`)
  }
  if (!TIMINGS.includes(config.timing)) {
    throw new ConfigError(`timing must be one of ${TIMINGS.join(', ')}, not "${config.timing}"`)
  }
  if (!IAM_MODES.includes(config.iam)) {
    throw new ConfigError(`iam must be one of ${IAM_MODES.join(', ')}, not "${config.iam}"`)
  }
  if (config.relaxedCredentials && !isLoopback(config.host)) {
    throw new ConfigError(
      `relaxed credentials are refused on ${config.host}: anyone who reaches it would be root`,
    )
  }
  if (!ISOLATIONS.includes(config.isolation)) {
    throw new ConfigError(
      `isolation must be one of ${ISOLATIONS.join(', ')}, not "${config.isolation}"`,
    )
  }
  if (sandboxed && config.isolation === 'process') {
    throw new ConfigError(
      `functions run in a sandbox where ${config.host} is served, since anyone who reaches it ` +
        'can have code run; --allow-unsandboxed waives that',
    )
  }
  if (config.inspect !== undefined) inspectionOf(config.inspect)
  if (config.inspect !== undefined && config.isolation === 'sandbox' && !config.allowNetwork) {
    throw new ConfigError('the debugger of a function in the sandbox needs --allow-network')
  }
  return Object.freeze(config)
}

const DEBUGGER_PORT = 9229

/** Of `function` or `function:port`. */
export function inspectionOf(text: string): { functionName: string; port: number } {
  const [, functionName, port = DEBUGGER_PORT] = /^([\w-]+)(?::(\d+))?$/.exec(text) ?? []
  if (functionName !== undefined && Number(port) <= 65_535) {
    return { functionName, port: Number(port) }
  }
  throw new ConfigError(`inspect must be a function's name or name:port, not "${text}"`)
}

/** True for addresses and names that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}
