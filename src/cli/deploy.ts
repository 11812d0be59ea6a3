/** `windtunnel deploy`: has a function run the code of a folder, edits included. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  EntityAlreadyExistsException,
  GetRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  type FunctionConfiguration,
  LambdaClient,
  ResourceNotFoundException,
  type Runtime,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { PALETTE } from './palette.ts'
import { complain } from './request.ts'

export interface DeployOptions {
  endpoint: string
  dir: string
  handler?: string
  runtime?: string
  role?: string
  timeout?: number
}

/** Names no bucket: its key is the folder that a function runs. */
const BUCKET = 'hot-reload'
const BASIC_EXECUTION = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
const MAX_WAIT_SECONDS = 60
const POLL_SECONDS = 1

/** What a folder is by the files in it: the first that is there decides. */
const KINDS = [
  { file: 'bootstrap', runtime: 'provided.al2023', handler: 'bootstrap' },
  { file: 'lambda_function.py', runtime: 'python3.13', handler: 'lambda_function.lambda_handler' },
  { file: 'lambda_function.rb', runtime: 'ruby3.4', handler: 'lambda_function.lambda_handler' },
  ...['index.mjs', 'index.js', 'index.cjs'].map((file) => ({
    file,
    runtime: 'nodejs24.x',
    handler: 'index.handler',
  })),
] as const

export async function deploy(name: string, options: DeployOptions): Promise<void> {
  try {
    const { FunctionArn, Runtime, Handler } = await deployFunction(name, options)
    const what = PALETTE.faint(`${Runtime}, ${Handler}`)
    console.log(`${PALETTE.strong(FunctionArn ?? name)} runs ${resolve(options.dir)} (${what})`)
    console.log('It runs the files as they are at each invocation: edit, invoke, no upload.')
  } catch (error) {
    complain(error, options.endpoint)
  }
}

async function deployFunction(
  name: string,
  options: DeployOptions,
): Promise<FunctionConfiguration> {
  const config = clientConfig(options.endpoint)
  const lambda = new LambdaClient(config)
  const code = { S3Bucket: BUCKET, S3Key: resolve(options.dir) }
  try {
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ...code }))
    return await changeConfiguration(name, lambda, options)
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error
  }
  const created = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      ...kindOf(options),
      Role: options.role ?? (await defaultRole(name, new IAMClient(config))),
      Timeout: options.timeout,
      Code: code,
    }),
  )
  await waitUntilFunctionActiveV2(waiter(lambda), { FunctionName: name })
  return created
}

/** As the options say, or as the files in the folder tell. */
function kindOf({ dir, runtime, handler }: DeployOptions): { Runtime: Runtime; Handler: string } {
  const kind = KINDS.find(({ file }) => existsSync(resolve(dir, file)))
  const chosen = { Runtime: runtime ?? kind?.runtime, Handler: handler ?? kind?.handler }
  const { Runtime, Handler } = chosen
  if (Runtime && Handler) return { Runtime: Runtime as Runtime, Handler }
  throw new Error(`it is not clear what ${resolve(dir)} holds; say --runtime and --handler`)
}

/** An existing function keeps what no option names. */
async function changeConfiguration(
  name: string,
  lambda: LambdaClient,
  { handler: Handler, runtime, role: Role, timeout: Timeout }: DeployOptions,
): Promise<FunctionConfiguration> {
  await waitUntilFunctionUpdatedV2(waiter(lambda), { FunctionName: name })
  const changes = { Handler, Runtime: runtime as Runtime | undefined, Role, Timeout }
  const changed = await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: name, ...changes }),
  )
  await waitUntilFunctionUpdatedV2(waiter(lambda), { FunctionName: name })
  return changed
}

/** A role of the function's own, that may write its log. */
async function defaultRole(name: string, iam: IAMClient): Promise<string> {
  const RoleName = `${name}-role`
  const principal = { Service: 'lambda.amazonaws.com' }
  const statement = { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  try {
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: BASIC_EXECUTION }))
    console.log(`made the role ${RoleName}, which may write logs; give it what the code needs`)
    return Role?.Arn ?? ''
  } catch (error) {
    if (!(error instanceof EntityAlreadyExistsException)) throw error
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }))
    return Role?.Arn ?? ''
  }
}

function waiter(client: LambdaClient) {
  return { client, maxWaitTime: MAX_WAIT_SECONDS, minDelay: POLL_SECONDS, maxDelay: POLL_SECONDS }
}

function clientConfig(endpoint: string) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env
  return {
    endpoint,
    region: AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1',
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID ?? 'test',
      secretAccessKey: AWS_SECRET_ACCESS_KEY ?? 'test',
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    },
  }
}
