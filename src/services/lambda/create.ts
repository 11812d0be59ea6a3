/** CreateFunction, UpdateFunctionCode and UpdateFunctionConfiguration. */
import type {
  CreateFunctionRequest,
  FunctionConfiguration,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda'
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context, WaitingContext } from '../../aws/context.ts'
import { type Checked, waiting } from '../../aws/service.ts'
import type { Networks, Roles } from '../ports.ts'
import { changeableFunction } from './changes.ts'
import { keepCode } from './code-input.ts'
import type { CodeStore } from './code-store.ts'
import { bookSweep } from './code-sweep.ts'
import { configurationOf } from './configuration.ts'
import { checkDeadLetters } from './dead-letters.ts'
import { conflict, invalidParameter } from './errors.ts'
import { allowPassRole, checkAssumable } from './execution-role.ts'
import {
  type FunctionCode,
  type FunctionSettings,
  findVersion,
  functions,
  type LambdaFunction,
  putFunction,
} from './functions.ts'
import { checkUnzippedSize, usedLayers } from './layers/use.ts'
import { functionArn, LATEST, parseFunctionName } from './names.ts'
import { changedSettings, newSettings } from './settings.ts'
import { checkTags, tagKeys } from './tags.ts'
import { publish } from './versions.ts'
import { attachedVpc, checkNetworkRole, vpcKeys } from './vpc.ts'

const MAX_NAME_CHARACTERS = 64

/** The row that makes a function Active, and ends an update. */
export const READY = 'lambda.ready'

export interface Ready {
  name: string
  version: string
  imageId: string
}

export interface Deployment {
  code: CodeStore
  roles: Roles
  networks: Networks
  /** How long a function stays Pending, and an update InProgress. */
  readyAfterMs: number
}

/** The three operations, bound to what they need. */
export function deployment(parts: Deployment) {
  return {
    CreateFunction: waiting((input, ctx) => createFunction(parts, input, ctx)),
    UpdateFunctionCode: waiting((input, ctx) => updateFunctionCode(parts, input, ctx)),
    UpdateFunctionConfiguration: (
      input: Checked<UpdateFunctionConfigurationRequest>,
      ctx: Context,
    ) => updateFunctionConfiguration(parts, input, ctx),
  }
}

async function createFunction(
  parts: Deployment,
  input: Checked<CreateFunctionRequest>,
  ctx: WaitingContext,
): Promise<FunctionConfiguration> {
  const { name, world } = parseFunctionName(input.FunctionName, ctx.world)
  checkName(name)
  const arn = functionArn(world, name)
  const { Tags: tags = {}, Architectures: architectures = ['x86_64'] } = input
  checkTags(tags)
  ctx.transact((tx) => {
    const keys = { ...tagKeys(tags), ...settingKeys(input, parts.networks, tx) }
    tx.allow('lambda:CreateFunction', arn, { keys })
    allowPassRole(input.Role, tx)
    bookSweep(tx)
  })
  const plain = newSettings(input, name)
  const put = (code: FunctionCode, tx: Context) => {
    const settings = {
      ...plain,
      layers: usedLayers(input.Layers ?? [], tx),
      ...(input.VpcConfig && { vpc: attachedVpc(input.VpcConfig, parts.networks, tx) }),
    }
    if (tx.tx.has(functions, name)) throw conflict(`Function already exist: ${name}`)
    checkUnzippedSize(code, settings.layers)
    checkAssumable(settings.role, parts.roles, tx)
    checkDeadLetters(settings, name, parts.roles, tx)
    checkNetworkRole(settings, name, parts.roles, tx)
    const made = { name, arn, settings, code, architectures, tags, version: LATEST }
    const state = { state: 'Pending', imageId: tx.ids.uuid(), lastModified: tx.now } as const
    const latest = putFunction({ ...made, ...state }, tx)
    return configurationOf(settled(latest, input.Publish, parts, tx))
  }
  return keepCode(input.Code, parts.code, (code) => ctx.transact((tx) => put(code, tx)))
}

/** The model allows for ARNs: the name in them has a limit of its own. */
function checkName(name: string): void {
  if (name.length <= MAX_NAME_CHARACTERS) return
  throw invalidParameter(
    `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy ` +
      `constraint: Member must have length less than or equal to ${MAX_NAME_CHARACTERS}`,
  )
}

async function updateFunctionCode(
  parts: Deployment,
  input: Checked<UpdateFunctionCodeRequest>,
  ctx: WaitingContext,
): Promise<FunctionConfiguration> {
  ctx.transact((tx) => {
    changeableFunction('UpdateFunctionCode', input, tx)
    bookSweep(tx)
  })
  if (input.ImageUri !== undefined) {
    throw invalidParameter(
      "Please don't provide ImageUri when updating a function with packageType Zip.",
    )
  }
  const put = (code: FunctionCode, tx: Context) => {
    const { found, there } = changeableFunction('UpdateFunctionCode', input, tx)
    const { Architectures: architectures = found.architectures, Publish, DryRun } = input
    checkUnzippedSize(code, found.settings.layers)
    const after = { ...found, code, architectures }
    if (DryRun) return configurationOf(after)
    const shown = settled(changed(found, after, there), Publish, parts, there)
    return configurationOf(shown, shown.version === LATEST ? undefined : shown.version)
  }
  return keepCode(input, parts.code, (code) => ctx.transact((tx) => put(code, tx)))
}

function updateFunctionConfiguration(
  parts: Deployment,
  input: Checked<UpdateFunctionConfigurationRequest>,
  ctx: Context,
): FunctionConfiguration {
  const { roles, networks } = parts
  const keys = settingKeys(input, networks, ctx)
  const { found, there } = changeableFunction('UpdateFunctionConfiguration', input, ctx, keys)
  const settings: FunctionSettings = {
    ...changedSettings(found.settings, input),
    layers: input.Layers ? usedLayers(input.Layers, ctx) : found.settings.layers,
    ...(input.VpcConfig && { vpc: attachedVpc(input.VpcConfig, networks, ctx) }),
  }
  checkUnzippedSize(found.code, settings.layers)
  if (settings.role !== found.settings.role) {
    allowPassRole(settings.role, ctx)
    checkAssumable(settings.role, roles, ctx)
  }
  if (input.Role ?? input.DeadLetterConfig) checkDeadLetters(settings, found.name, roles, ctx)
  if (input.Role ?? input.VpcConfig) checkNetworkRole(settings, found.name, roles, ctx)
  const after = changed(found, { ...found, settings }, there)
  return configurationOf(settled(after, false, parts, there))
}

/** What policies may ask of the settings that a request gives. */
function settingKeys(
  { VpcConfig, Layers = [] }: Pick<UpdateFunctionConfigurationRequest, 'VpcConfig' | 'Layers'>,
  networks: Networks,
  ctx: Context,
): ConditionKeys {
  const layers = Layers.length > 0 && { 'lambda:Layer': Layers }
  return { ...vpcKeys(VpcConfig, networks, ctx), ...layers }
}

/** Books the end of the change; answers the version that was published, if any. */
function settled(
  latest: LambdaFunction,
  published: boolean | undefined,
  { readyAfterMs }: Deployment,
  ctx: Context,
): LambdaFunction {
  const shown = published ? publish(latest, ctx) : latest
  // A version that was there before is ready.
  const changing = shown !== latest && shown.state === 'Pending' ? [latest, shown] : [latest]
  for (const { name, version, imageId } of changing) {
    ctx.later(readyAfterMs, READY, { name, version, imageId } satisfies Ready)
  }
  return shown
}

function changed(
  { settings, code, architectures, imageId }: LambdaFunction,
  after: LambdaFunction,
  ctx: Context,
): LambdaFunction {
  const update = {
    imageId: ctx.ids.uuid(),
    lastModified: ctx.now,
    lastUpdateStatus: 'InProgress',
    replaced: { settings, code, architectures, imageId },
  } as const
  return putFunction({ ...after, ...update }, ctx)
}

export interface Readiness {
  /** Told of a version that invocations run from now on. */
  onReady(found: LambdaFunction, ctx: Context): void
  /** Told the image that an update has replaced. */
  onReplaced(imageId: string): void
}

/** The agenda's part: a row of an older image is stale. */
export function becomeReady({ onReady, onReplaced }: Readiness) {
  return ({ name, version, imageId }: Ready, ctx: Context): void => {
    const found = findVersion(name, version, ctx)
    if (found?.imageId !== imageId) return
    const { replaced, ...rest } = found
    onReady(putFunction({ ...rest, state: 'Active', lastUpdateStatus: 'Successful' }, ctx), ctx)
    if (!replaced) return
    bookSweep(ctx)
    onReplaced(replaced.imageId)
  }
}
