/** Functions for tests: packed, deployed and given a role through the real clients. */
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import { strToU8, zipSync } from 'fflate'
import type { ClientConfig, TestCloud } from './cloud.ts'

export const BASIC_EXECUTION = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

/** A deployment package of these files. */
export function zip(files: Record<string, string>): Uint8Array {
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])),
  )
}

/** A role that Lambda may assume, with leave to log and to do what `statements` say. */
export function role(cloud: TestCloud, name: string, statements?: object[]): Promise<string> {
  return createRole(cloud.clientConfig, name, statements)
}

/** The same on any server. */
export async function createRole(
  config: ClientConfig,
  name: string,
  statements: object[] = [],
): Promise<string> {
  const iam = new IAMClient(config)
  const trust = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  }
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  )
  await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: BASIC_EXECUTION }))
  if (statements.length > 0) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'own', PolicyDocument }))
  }
  return Role?.Arn ?? ''
}

export interface Deployed {
  name: string
  arn: string
}

export type FunctionSettings = Partial<CreateFunctionCommandInput>

/** Creates a function of one CommonJS file `index.js`; returns its ARN. */
export async function createFunction(
  config: ClientConfig,
  name: string,
  source: string,
  settings: FunctionSettings,
): Promise<string> {
  const created = await new LambdaClient(config).send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: undefined,
      Code: { ZipFile: zip({ 'index.js': source }) },
      ...settings,
    }),
  )
  return created.FunctionArn ?? ''
}

/** The same, Active, with a role of its own unless one is given. */
export async function deploy(
  cloud: TestCloud,
  name: string,
  source: string,
  { statements, ...settings }: FunctionSettings & { statements?: object[] } = {},
): Promise<Deployed> {
  const Role = settings.Role ?? (await role(cloud, `${name}-role`, statements))
  const arn = await createFunction(cloud.clientConfig, name, source, { ...settings, Role })
  await cloud.settle()
  return { name, arn }
}

export interface Invoked {
  /** The response or error document, parsed. */
  payload: unknown
  functionError: string | undefined
  log: string
}

/** Invokes synchronously and waits for the answer. */
export async function invoke(
  cloud: TestCloud,
  name: string,
  event: unknown = {},
  input: Partial<InvokeCommandInput> = {},
): Promise<Invoked> {
  const answer = await cloud.client(LambdaClient).send(
    new InvokeCommand({
      FunctionName: name,
      Payload: strToU8(JSON.stringify(event)),
      LogType: 'Tail',
      ...input,
    }),
  )
  const text = answer.Payload?.transformToString() ?? ''
  return {
    payload: text === '' ? undefined : JSON.parse(text),
    functionError: answer.FunctionError,
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
  }
}
