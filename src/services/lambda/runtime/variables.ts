/**
 * The environment variables of a function process: what AWS sets, with this machine's folders in
 * place of /var/task, /opt and /var/runtime. Nothing of the server's own environment comes along.
 * Docs: "Defined runtime environment variables"; values as recorded on AWS.
 */
import path from 'node:path'
import type { Interpreter } from './interpreters.ts'
import type { FunctionCredentials, FunctionImage, InitializationType } from './types.ts'

const XRAY_DAEMON_HOST = '169.254.79.129'
const XRAY_DAEMON_PORT = '2000'
/** Descriptor 3: framed log events. */
const TELEMETRY_FD = '3'

export interface EnvironmentPlace {
  image: FunctionImage
  interpreter: Interpreter
  credentials: FunctionCredentials
  logStreamName: string
  initializationType: InitializationType
  /** The environment's own writable folder. */
  tmpDir: string
  runtimeApi: string
}

export function variables(place: EnvironmentPlace): Record<string, string> {
  const { image, credentials, logStreamName, tmpDir, runtimeApi } = place
  return {
    ...searchPaths(place),
    HOME: tmpDir,
    TMPDIR: tmpDir,
    AWS_ENDPOINT_URL: image.endpointUrl,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: `${XRAY_DAEMON_HOST}:${XRAY_DAEMON_PORT}`,
    // Its keys are not reserved, or the function would not have them.
    ...image.environment,
    PWD: image.codeDir,
    SHLVL: '0',
    LAMBDA_TASK_ROOT: image.codeDir,
    LAMBDA_RUNTIME_DIR: runtimeDir(place),
    AWS_REGION: image.region,
    AWS_DEFAULT_REGION: image.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_LAMBDA_FUNCTION_NAME: image.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: image.functionVersion,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(image.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: place.initializationType,
    AWS_LAMBDA_LOG_GROUP_NAME: image.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    _AWS_XRAY_DAEMON_ADDRESS: XRAY_DAEMON_HOST,
    _AWS_XRAY_DAEMON_PORT: XRAY_DAEMON_PORT,
    _HANDLER: image.handler,
    ...managed(place),
    ...logging(image),
  }
}

/** What extensions don't see. Docs: "Using the Lambda Extensions API", environment variables. */
const RUNTIME_ONLY = [
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
  '_AWS_XRAY_DAEMON_ADDRESS',
  '_AWS_XRAY_DAEMON_PORT',
  '_HANDLER',
  '_LAMBDA_TELEMETRY_LOG_FD',
  '_WINDTUNNEL_OPT',
  '_WINDTUNNEL_SDK',
]

/** The variables of the function's extensions. */
export function extensionVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(env).filter(([name]) => !RUNTIME_ONLY.includes(name))
  return Object.fromEntries(entries)
}

/** Where our bootstraps are. */
function runtimeDir({ image, interpreter }: EnvironmentPlace): string {
  return path.dirname(interpreter.script ?? image.codeDir)
}

function searchPaths(place: EnvironmentPlace): Record<string, string> {
  const { image, interpreter } = place
  const task = image.codeDir
  const opt = image.layersDir ?? '/opt'
  const binaries = interpreter.binDir ? [interpreter.binDir] : []
  const paths: Record<string, string> = {
    PATH: [...binaries, '/usr/local/bin', '/usr/bin', '/bin', `${opt}/bin`].join(':'),
    LD_LIBRARY_PATH: `${task}:${task}/lib:${opt}/lib`,
  }
  if (interpreter.family === 'nodejs') {
    const major = /\d+/.exec(image.runtime)?.[0]
    paths.NODE_PATH = [
      `${opt}/nodejs/node${major}/node_modules`,
      `${opt}/nodejs/node_modules`,
      ...(interpreter.sdkLinks === undefined ? [] : [interpreter.sdkLinks]),
      task,
    ].join(':')
  }
  if (interpreter.family === 'python') paths.PYTHONPATH = runtimeDir(place)
  if (interpreter.family === 'ruby') {
    const versions = [image.runtime.slice('ruby'.length), interpreter.version]
    const folders = new Set(versions.map((version) => `${version.split('.', 2).join('.')}.0`))
    paths.GEM_PATH = [...folders]
      .flatMap((folder) => [`${task}/vendor/bundle/ruby/${folder}`, `${opt}/ruby/gems/${folder}`])
      .join(':')
    paths.RUBYLIB = `${task}:${opt}/ruby/lib`
  }
  return paths
}

/** What only the managed runtimes have; custom runtimes go without, as on AWS. */
function managed({ image, interpreter }: EnvironmentPlace): Record<string, string> {
  if (interpreter.family === 'provided') return {}
  return {
    AWS_EXECUTION_ENV: `AWS_Lambda_${image.runtime}`,
    _LAMBDA_TELEMETRY_LOG_FD: TELEMETRY_FD,
    _WINDTUNNEL_OPT: image.layersDir ?? '/opt',
    _WINDTUNNEL_SDK: interpreter.sdkDirs.join(':'),
  }
}

function logging(image: FunctionImage): Record<string, string> {
  if (image.logFormat === 'Text') return {}
  return {
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_LEVEL: image.applicationLogLevel ?? 'INFO',
  }
}
