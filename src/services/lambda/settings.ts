/** What CreateFunction and UpdateFunctionConfiguration set: defaults, limits, AWS's texts. */
import type {
  CreateFunctionRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda'
import { notImplemented } from '../../aws/errors.ts'
import { invalidParameter } from './errors.ts'
import type { FunctionSettings } from './functions.ts'

const DEFAULT_TIMEOUT_SECONDS = 3
const MAX_TIMEOUT_SECONDS = 900
const DEFAULT_MEMORY_MB = 128
/** The model allows more, for functions on managed instances. */
const MAX_MEMORY_MB = 10_240
const DEFAULT_EPHEMERAL_STORAGE_MB = 512
const MAX_ENVIRONMENT_BYTES = 4096

/**
 * Variables that Lambda sets itself.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
const RESERVED_VARIABLES = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
])

/** Runtimes that AWS no longer takes, and no longer tells of when it refuses one (recorded). */
const BLOCKED_RUNTIMES = new RegExp(
  `^(${[
    'nodejs',
    'nodejs\\d\\.\\d+(-edge)?',
    'nodejs1[024]\\.x',
    'python(2\\.7|3\\.[67])',
    'ruby2\\.\\d',
    'java8',
    'go1\\.x',
    'dotnetcore\\d\\.\\d',
    'provided',
  ].join('|')})$`,
)

type Input = Partial<CreateFunctionRequest & UpdateFunctionConfigurationRequest>

/** The settings of a new function. */
export function newSettings(input: Input, name: string): FunctionSettings {
  const { Runtime, Handler, Role, PackageType } = input
  if (PackageType === 'Image') throw notImplemented('lambda', 'container images')
  if (!Runtime || !Handler) {
    throw invalidParameter(
      'Runtime and Handler are mandatory parameters for functions created with deployment ' +
        'packages.',
    )
  }
  const defaults: FunctionSettings = {
    runtime: Runtime,
    handler: Handler,
    role: Role ?? '',
    description: '',
    timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
    memorySizeMb: DEFAULT_MEMORY_MB,
    ephemeralStorageMb: DEFAULT_EPHEMERAL_STORAGE_MB,
    tracingMode: 'PassThrough',
    layers: [],
    snapStart: 'None',
    logFormat: 'Text',
    logGroup: `/aws/lambda/${name}`,
  }
  return changedSettings(defaults, input)
}

/** The settings after an update; members that the input leaves out stay. */
export function changedSettings(before: FunctionSettings, input: Input): FunctionSettings {
  check(input)
  const { Environment, DeadLetterConfig, KMSKeyArn } = input
  const after: FunctionSettings = {
    ...before,
    runtime: input.Runtime ?? before.runtime,
    handler: input.Handler ?? before.handler,
    role: input.Role ?? before.role,
    description: input.Description ?? before.description,
    timeoutSeconds: input.Timeout ?? before.timeoutSeconds,
    memorySizeMb: input.MemorySize ?? before.memorySizeMb,
    ephemeralStorageMb: input.EphemeralStorage?.Size ?? before.ephemeralStorageMb,
    tracingMode: input.TracingConfig?.Mode ?? before.tracingMode,
    snapStart: input.SnapStart?.ApplyOn ?? before.snapStart,
    ...logging(before, input),
  }
  if (Environment) after.environment = Environment.Variables ?? {}
  checkSnapStart(after)
  // An empty ARN takes the setting away.
  if (DeadLetterConfig) after.deadLetterTargetArn = DeadLetterConfig.TargetArn || undefined
  if (KMSKeyArn !== undefined) after.kmsKeyArn = KMSKeyArn || undefined
  return after
}

/** https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html */
const SNAP_START_RUNTIMES = /^(java(11|17|2\d)|python3\.(1[2-9])|dotnet([89]|1\d))$/

function checkSnapStart({ snapStart, runtime }: FunctionSettings): void {
  if (snapStart === 'None' || SNAP_START_RUNTIMES.test(runtime)) return
  throw invalidParameter(`${runtime} is not supported for SnapStart enabled functions.`)
}

function logging(before: FunctionSettings, { LoggingConfig }: Input): Partial<FunctionSettings> {
  if (!LoggingConfig) return {}
  const { LogFormat, LogGroup, ApplicationLogLevel, SystemLogLevel } = LoggingConfig
  const logFormat = LogFormat ?? before.logFormat
  if (logFormat === 'Text' && (ApplicationLogLevel || SystemLogLevel)) {
    throw invalidParameter(
      'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your ' +
        'request or change the LogFormat to "JSON" and try again.',
    )
  }
  const json = logFormat === 'JSON'
  return {
    logFormat,
    logGroup: LogGroup ?? before.logGroup,
    // Text has no levels: what was set goes with the format.
    applicationLogLevel: json ? (ApplicationLogLevel ?? before.applicationLogLevel) : undefined,
    systemLogLevel: json ? (SystemLogLevel ?? before.systemLogLevel) : undefined,
  }
}

/** What a function would need to run as asked, and has not here. */
const MISSING = [
  ['FileSystemConfigs', 'file systems of functions'],
  ['CodeSigningConfigArn', 'code signing'],
  ['DurableConfig', 'durable functions'],
  ['CapacityProviderConfig', 'managed instances'],
  ['TenancyConfig', 'tenant isolation'],
] as const

function checkSupport(input: Input): void {
  for (const [member, what] of MISSING) {
    const value = input[member]
    const given = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== ''
    if (given) throw notImplemented('lambda', what)
  }
}

function check(input: Input): void {
  checkSupport(input)
  const { Runtime, Timeout, MemorySize, Environment } = input
  if (Runtime !== undefined && BLOCKED_RUNTIMES.test(Runtime)) {
    throw invalidParameter(
      `The runtime parameter of ${Runtime} is no longer supported for creating or updating AWS ` +
        'Lambda functions. We recommend you use a supported runtime while creating or updating ' +
        'functions.',
    )
  }
  if (Timeout !== undefined && Timeout > MAX_TIMEOUT_SECONDS) {
    throw constraint(Timeout, 'timeout', `less than or equal to ${MAX_TIMEOUT_SECONDS}`)
  }
  if (MemorySize !== undefined && MemorySize > MAX_MEMORY_MB) {
    throw invalidParameter(
      "'MemorySize' value failed to satisfy constraint: Member must have value less than or " +
        `equal to ${MAX_MEMORY_MB}`,
    )
  }
  checkEnvironment(Environment?.Variables ?? {})
}

function constraint(value: number, member: string, limit: string): Error {
  return invalidParameter(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ` +
      `Member must have value ${limit}`,
  )
}

function checkEnvironment(variables: Record<string, string>): void {
  const unable =
    'Lambda was unable to configure your environment variables because the environment ' +
    'variables you have provided'
  const reserved = Object.keys(variables).filter((name) => RESERVED_VARIABLES.has(name))
  if (reserved.length > 0) {
    throw invalidParameter(
      `${unable} contains reserved keys that are currently not supported for modification. ` +
        `Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  }
  const measured = JSON.stringify(variables)
  if (Buffer.byteLength(measured) > MAX_ENVIRONMENT_BYTES) {
    throw invalidParameter(`${unable} exceeded the 4KB limit. String measured: ${measured}`)
  }
}
