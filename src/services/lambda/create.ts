/** CreateFunction, UpdateFunctionCode and UpdateFunctionConfiguration. */
import type {
  CreateFunctionRequest,
  FunctionConfiguration,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda'
import type { Context, WaitingContext } from '../../aws/context.ts'
import { type Checked, waiting } from '../../aws/service.ts'
import type { Roles } from '../ports.ts'
import type { CodeStore } from './code-store.ts'
import { configurationOf } from './configuration.ts'
import { conflict, invalidParameter, preconditionFailed } from './errors.ts'
import {
  allowedFunction,
  type Found,
  type FunctionCode,
  functions,
  type LambdaFunction,
  putFunction,
} from './functions.ts'
import { functionArn, LATEST, parseFunctionName, SERVICE_PRINCIPAL } from './names.ts'
import { changedSettings, newSettings } from './settings.ts'

/** The row that makes a function Active, and ends an update. */
export const READY = 'lambda.ready'

export interface Ready {
  name: string
  imageId: string
}

export interface Deployment {
  code: CodeStore
  roles: Roles
  /** How long a function stays Pending, and an update InProgress. */
  readyAfterMs: number
}

type CodeInput = Pick<UpdateFunctionCodeRequest, 'ZipFile' | 'S3Bucket' | 'ImageUri'>

export function deployment({ code, roles, readyAfterMs }: Deployment) {
  async function createFunction(input: Checked<CreateFunctionRequest>, ctx: WaitingContext) {
    const { name, world } = parseFunctionName(input.FunctionName, ctx.world)
    const tags = Object.keys(input.Tags ?? {})
    const keys = {
      ...Object.fromEntries(tags.map((key) => [`aws:RequestTag/${key}`, input.Tags?.[key]])),
      ...(tags.length > 0 && { 'aws:TagKeys': tags }),
    }
    const settings = newSettings(input, name)
    ctx.transact((tx) => {
      tx.allow('lambda:CreateFunction', functionArn(world, name), { keys })
      allowPassRole(settings.role, tx)
    })
    const kept = await keep(input.Code, code)
    return ctx.transact((tx) => {
      if (tx.tx.has(functions, name)) throw conflict(`Function already exist: ${name}`)
      checkRole(settings.role, roles, tx)
      const created = putFunction(
        {
          name,
          arn: functionArn(world, name),
          version: LATEST,
          settings,
          code: kept,
          architectures: input.Architectures ?? ['x86_64'],
          state: 'Pending',
          imageId: tx.ids.uuid(),
          lastModified: tx.now,
          tags: input.Tags ?? {},
        },
        tx,
      )
      bookReady(created, tx)
      return configurationOf(created)
    })
  }

  async function updateFunctionCode(
    input: Checked<UpdateFunctionCodeRequest>,
    ctx: WaitingContext,
  ): Promise<FunctionConfiguration> {
    ctx.transact((tx) => changeable('UpdateFunctionCode', input, tx))
    const kept = await keep(input, code)
    return ctx.transact((tx) => {
      const { found, there } = changeable('UpdateFunctionCode', input, tx)
      const architectures = input.Architectures ?? found.architectures
      if (input.DryRun) return configurationOf({ ...found, code: kept, architectures })
      return configurationOf(changed({ ...found, code: kept, architectures }, there))
    })
  }

  function updateFunctionConfiguration(
    input: Checked<UpdateFunctionConfigurationRequest>,
    ctx: Context,
  ): FunctionConfiguration {
    const { found, there } = changeable('UpdateFunctionConfiguration', input, ctx)
    const settings = changedSettings(found.settings, input, found.name)
    if (input.Role !== undefined && input.Role !== found.settings.role) {
      allowPassRole(input.Role, ctx)
      checkRole(input.Role, roles, ctx)
    }
    return configurationOf(changed({ ...found, settings }, there))
  }

  function changed(after: LambdaFunction, ctx: Context): LambdaFunction {
    const imageId = ctx.ids.uuid()
    const lastModified = ctx.now
    const row = putFunction(
      { ...after, imageId, lastModified, lastUpdateStatus: 'InProgress' },
      ctx,
    )
    bookReady(row, ctx)
    return row
  }

  function bookReady({ name, imageId }: LambdaFunction, ctx: Context): void {
    ctx.later(readyAfterMs, READY, { name, imageId } satisfies Ready)
  }

  return {
    CreateFunction: waiting(createFunction),
    UpdateFunctionCode: waiting(updateFunctionCode),
    UpdateFunctionConfiguration: updateFunctionConfiguration,
  }
}

/** The agenda's part: a row of an older image is stale. */
export function becomeReady({ name, imageId }: Ready, ctx: Context): void {
  const found = ctx.tx.get(functions, name)
  if (found?.imageId !== imageId) return
  putFunction({ ...found, state: 'Active', lastUpdateStatus: 'Successful' }, ctx)
}

function changeable(
  operation: string,
  input: { FunctionName: string; RevisionId?: string | undefined },
  ctx: Context,
): Found {
  const allowed = allowedFunction(operation, input, ctx)
  const { found } = allowed
  if (input.RevisionId !== undefined && input.RevisionId !== found.revisionId) {
    throw preconditionFailed('GetFunction/GetAlias')
  }
  if (found.state === 'Pending') {
    throw conflict(
      'The operation cannot be performed at this time. The function is currently in the ' +
        'following state: Pending',
    )
  }
  if (found.lastUpdateStatus === 'InProgress') {
    throw conflict(
      'The operation cannot be performed at this time. An update is in progress for resource: ' +
        found.arn,
    )
  }
  return allowed
}

function allowPassRole(role: string, ctx: Context): void {
  ctx.allow('iam:PassRole', role, { keys: { 'iam:PassedToService': SERVICE_PRINCIPAL } })
}

function checkRole(role: string, roles: Roles, ctx: Context): void {
  if (roles.assumable(role, SERVICE_PRINCIPAL, ctx)) return
  throw invalidParameter('The role defined for the function cannot be assumed by Lambda.')
}

function keep(input: CodeInput, code: CodeStore): Promise<FunctionCode> {
  const { ZipFile, S3Bucket, ImageUri } = input
  if (ZipFile) return code.keep(ZipFile)
  if (S3Bucket !== undefined) {
    // There is no S3 here, hence no bucket of any name.
    throw invalidParameter(
      'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The ' +
        'specified bucket does not exist (Windtunnel has no S3: give the code as ZipFile)',
    )
  }
  if (ImageUri !== undefined) {
    throw invalidParameter('Windtunnel does not run container images: give the code as ZipFile.')
  }
  throw invalidParameter('Please provide a source for function code.')
}
