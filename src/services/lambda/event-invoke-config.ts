/** How a function's asynchronous invocations are retried, and where their results go. */
import type {
  DeleteFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig,
  GetFunctionEventInvokeConfigRequest,
  ListFunctionEventInvokeConfigsRequest,
  ListFunctionEventInvokeConfigsResponse,
  PutFunctionEventInvokeConfigRequest,
  UpdateFunctionEventInvokeConfigRequest,
} from '@aws-sdk/client-lambda'
import { parseArn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { type Tx, table } from '../../store/store.ts'
import type { Roles } from '../ports.ts'
import { invalidParameter, notFound } from './errors.ts'
import { checkRoleMay } from './execution-role.ts'
import { findFunction, type LambdaFunction } from './functions.ts'
import {
  type FunctionAddress,
  functionArn,
  LATEST,
  parseFunctionArn,
  parseFunctionName,
  qualifiedKey,
} from './names.ts'
import { pageOf } from './paging.ts'

/** What the execution role must be allowed, by the service of the destination's ARN. */
export const DESTINATION_ACTIONS: Readonly<Record<string, string>> = {
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  lambda: 'lambda:InvokeFunction',
  events: 'events:PutEvents',
  s3: 's3:PutObject',
}

export interface EventInvokeConfig {
  functionName: string
  qualifier: string
  maximumRetryAttempts?: number
  maximumEventAgeSeconds?: number
  onSuccess?: string
  onFailure?: string
  lastModified: number
}

const configs = table<EventInvokeConfig>('lambda.eventInvokeConfigs', {
  indexes: { function: ({ functionName }) => functionName },
})

export function eventInvokeConfigOf(
  name: string,
  qualifier: string,
  ctx: Context,
): EventInvokeConfig | undefined {
  return ctx.tx.get(configs, qualifiedKey(name, qualifier))
}

export function deleteEventInvokeConfig(name: string, qualifier: string, ctx: Context): void {
  ctx.tx.delete(configs, qualifiedKey(name, qualifier))
}

export function deleteEventInvokeConfigs(name: string, ctx: Context): void {
  for (const { qualifier } of ctx.tx.by(configs, 'function', name)) {
    deleteEventInvokeConfig(name, qualifier, ctx)
  }
}

/** Of the function and its qualifiers. */
export function eventInvokeConfigsOf(name: string, tx: Tx): EventInvokeConfig[] {
  return tx.by(configs, 'function', name)
}

/** The operations; destinations are checked against what the execution role may do. */
export function eventInvokeConfigOperations(roles: Roles) {
  return {
    /** Replaces the whole configuration. */
    PutFunctionEventInvokeConfig(
      input: Checked<PutFunctionEventInvokeConfigRequest>,
      ctx: Context,
    ): Answer<FunctionEventInvokeConfig> {
      const operation = 'PutFunctionEventInvokeConfig'
      return write(input, {}, configurable(operation, input, ctx), roles, ctx)
    },
    /** Changes the members that are given. */
    UpdateFunctionEventInvokeConfig(
      input: Checked<UpdateFunctionEventInvokeConfigRequest>,
      ctx: Context,
    ): Answer<FunctionEventInvokeConfig> {
      const target = configurable('UpdateFunctionEventInvokeConfig', input, ctx)
      return write(input, existing(target.address, ctx), target, roles, ctx)
    },
    GetFunctionEventInvokeConfig(
      input: Checked<GetFunctionEventInvokeConfigRequest>,
      ctx: Context,
    ): Answer<FunctionEventInvokeConfig> {
      const address = allowed('GetFunctionEventInvokeConfig', input, ctx)
      return shown(existing(address, ctx), ctx)
    },
    DeleteFunctionEventInvokeConfig(
      input: Checked<DeleteFunctionEventInvokeConfigRequest>,
      ctx: Context,
    ): object {
      const address = allowed('DeleteFunctionEventInvokeConfig', input, ctx)
      existing(address, ctx)
      ctx.tx.delete(configs, keyOf(address))
      return {}
    },
    ListFunctionEventInvokeConfigs: listFunctionEventInvokeConfigs,
  }
}

function listFunctionEventInvokeConfigs(
  input: Checked<ListFunctionEventInvokeConfigsRequest>,
  ctx: Context,
): Answer<ListFunctionEventInvokeConfigsResponse> {
  const { address } = addressed('ListFunctionEventInvokeConfigs', input, ctx)
  const all = ctx.tx.by(configs, 'function', address.name)
  const { items, NextMarker } = pageOf(all, ({ qualifier }) => qualifier, input)
  return {
    FunctionEventInvokeConfigs: items.map((config) => shown(config, ctx)),
    ...(NextMarker && { NextMarker }),
  }
}

function write(
  input: Checked<PutFunctionEventInvokeConfigRequest>,
  before: Partial<EventInvokeConfig>,
  { address, found }: Existing,
  roles: Roles,
  ctx: Context,
): Answer<FunctionEventInvokeConfig> {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input
  const after: EventInvokeConfig = {
    ...before,
    functionName: address.name,
    qualifier: address.qualifier ?? LATEST,
    ...(MaximumRetryAttempts !== undefined && { maximumRetryAttempts: MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds && { maximumEventAgeSeconds: MaximumEventAgeInSeconds }),
    ...(DestinationConfig && {
      onSuccess: DestinationConfig.OnSuccess?.Destination,
      onFailure: DestinationConfig.OnFailure?.Destination,
    }),
    lastModified: ctx.now,
  }
  const destinations = [after.onSuccess, after.onFailure].filter((arn) => arn !== undefined)
  if (destinations.some((arn) => !actionOf(arn)) || isBucket(after.onSuccess)) {
    throw invalidDestinations(after)
  }
  for (const destination of destinations) checkDestination(destination, found, roles, ctx)
  ctx.tx.put(configs, keyOf(address), after)
  return shown(after, ctx)
}

interface QualifiedInput {
  FunctionName: string
  Qualifier?: string | undefined
}

interface Existing {
  address: FunctionAddress
  found: LambdaFunction
}

function keyOf({ name, qualifier = LATEST }: FunctionAddress): string {
  return qualifiedKey(name, qualifier)
}

function allowed(operation: string, input: QualifiedInput, ctx: Context): FunctionAddress {
  const address = parseFunctionName(input.FunctionName, ctx.world, input.Qualifier)
  ctx.allow(`lambda:${operation}`, functionArn(ctx.world, address.name, address.qualifier))
  return address
}

function addressed(operation: string, input: QualifiedInput, ctx: Context): Existing {
  const address = allowed(operation, input, ctx)
  return { address, found: known(address, ctx) }
}

function known(address: FunctionAddress, ctx: Context): LambdaFunction {
  const found = findFunction(address, ctx)
  if (found) return found
  throw notFound("The function doesn't exist.")
}

/** The function that is to be configured; what is to be set is looked at first (recorded). */
function configurable(
  operation: string,
  input: QualifiedInput & PutFunctionEventInvokeConfigRequest,
  ctx: Context,
): Existing {
  const address = allowed(operation, input, ctx)
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input
  if (!DestinationConfig && MaximumRetryAttempts === undefined && !MaximumEventAgeInSeconds) {
    throw invalidParameter(
      'You must specify at least one of error handling or destination setting.',
    )
  }
  return { address, found: known(address, ctx) }
}

/** Where there is no such function, it has no configuration either: so AWS says. */
function existing(address: FunctionAddress, ctx: Context): EventInvokeConfig {
  const config = ctx.tx.get(configs, keyOf(address))
  if (config) return config
  const arn = functionArn(ctx.world, address.name, address.qualifier ?? LATEST)
  throw notFound(`The function ${arn} doesn't have an EventInvokeConfig`)
}

/** What delivering to the ARN takes; undefined when nothing is delivered to such. */
function actionOf(destination: string): string | undefined {
  return DESTINATION_ACTIONS[parseArn(destination)?.service ?? '']
}

/** "S3 buckets are supported only for on-failure destinations": PutFunctionEventInvokeConfig. */
function isBucket(destination: string | undefined): boolean {
  return destination !== undefined && parseArn(destination)?.service === 's3'
}

/** Java's words for the configuration, as recorded. */
function invalidDestinations({ onSuccess, onFailure }: EventInvokeConfig): Error {
  const success = onSuccess ? `OnSuccess(destination=${onSuccess})` : null
  const failure = onFailure ? `OnFailure(destination=${onFailure})` : null
  return invalidParameter(
    'The provided destination config ' +
      `DestinationConfig(onSuccess=${success}, onFailure=${failure}) is invalid.`,
  )
}

function checkDestination(
  destination: string,
  { settings, arn, name }: LambdaFunction,
  roles: Roles,
  ctx: Context,
): void {
  const action = actionOf(destination) ?? ''
  if (destination === arn || destination.startsWith(`${arn}:`)) {
    throw invalidParameter("You can't specify the function as a destination for itself.")
  }
  const target = parseFunctionArn(destination)
  if (target && !findFunction(target, ctx)) {
    throw invalidParameter(`The destination ARN ${destination} is invalid.`)
  }
  checkRoleMay(action, destination, { role: settings.role, name }, roles, ctx)
}

function shown(config: EventInvokeConfig, ctx: Context): Answer<FunctionEventInvokeConfig> {
  const { functionName, qualifier, onSuccess, onFailure } = config
  return {
    LastModified: config.lastModified,
    FunctionArn: functionArn(ctx.world, functionName, qualifier),
    MaximumRetryAttempts: config.maximumRetryAttempts,
    MaximumEventAgeInSeconds: config.maximumEventAgeSeconds,
    DestinationConfig: {
      OnSuccess: onSuccess ? { Destination: onSuccess } : {},
      OnFailure: onFailure ? { Destination: onFailure } : {},
    },
  }
}
