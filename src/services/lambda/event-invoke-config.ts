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
import { table } from '../../store/store.ts'
import type { Roles } from '../ports.ts'
import { invalidParameter, notFound } from './errors.ts'
import { findFunction, type LambdaFunction } from './functions.ts'
import {
  type FunctionAddress,
  functionArn,
  LATEST,
  parseFunctionName,
  SERVICE_PRINCIPAL,
} from './names.ts'
import { policyKey } from './policies.ts'

/** What the execution role must be allowed, by the service of the destination's ARN. */
const DESTINATION_ACTIONS: Readonly<Record<string, string>> = {
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
  return ctx.tx.get(configs, policyKey(name, qualifier))
}

export function deleteEventInvokeConfigs(name: string, ctx: Context): void {
  for (const { qualifier } of ctx.tx.by(configs, 'function', name)) {
    ctx.tx.delete(configs, policyKey(name, qualifier))
  }
}

/** The operations; destinations are checked against what the execution role may do. */
export function eventInvokeConfigOperations(roles: Roles) {
  function write(
    input: Checked<PutFunctionEventInvokeConfigRequest>,
    before: Partial<EventInvokeConfig>,
    { address, found }: Existing,
    ctx: Context,
  ) {
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input
    if (!DestinationConfig && MaximumRetryAttempts === undefined && !MaximumEventAgeInSeconds) {
      throw invalidParameter(
        'You must specify at least one of error handling or destination setting.',
      )
    }
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
    for (const destination of [after.onSuccess, after.onFailure]) {
      if (destination) checkDestination(destination, found, roles, ctx)
    }
    ctx.tx.put(configs, keyOf(address), after)
    return shown(after, ctx)
  }

  return {
    /** Replaces the whole configuration. */
    PutFunctionEventInvokeConfig(
      input: Checked<PutFunctionEventInvokeConfigRequest>,
      ctx: Context,
    ): Answer<FunctionEventInvokeConfig> {
      return write(input, {}, addressed('PutFunctionEventInvokeConfig', input, ctx), ctx)
    },
    /** Changes the members that are given. */
    UpdateFunctionEventInvokeConfig(
      input: Checked<UpdateFunctionEventInvokeConfigRequest>,
      ctx: Context,
    ): Answer<FunctionEventInvokeConfig> {
      const target = addressed('UpdateFunctionEventInvokeConfig', input, ctx)
      return write(input, existing(target, ctx), target, ctx)
    },
    GetFunctionEventInvokeConfig(
      input: Checked<GetFunctionEventInvokeConfigRequest>,
      ctx: Context,
    ): Answer<FunctionEventInvokeConfig> {
      const target = addressed('GetFunctionEventInvokeConfig', input, ctx)
      return shown(existing(target, ctx), ctx)
    },
    DeleteFunctionEventInvokeConfig(
      input: Checked<DeleteFunctionEventInvokeConfigRequest>,
      ctx: Context,
    ): object {
      const target = addressed('DeleteFunctionEventInvokeConfig', input, ctx)
      existing(target, ctx)
      ctx.tx.delete(configs, keyOf(target.address))
      return {}
    },
    ListFunctionEventInvokeConfigs(
      input: Checked<ListFunctionEventInvokeConfigsRequest>,
      ctx: Context,
    ): Answer<ListFunctionEventInvokeConfigsResponse> {
      const { address } = addressed('ListFunctionEventInvokeConfigs', input, ctx)
      const found = ctx.tx.by(configs, 'function', address.name)
      return { FunctionEventInvokeConfigs: found.map((config) => shown(config, ctx)) }
    },
  }
}

interface Existing {
  address: FunctionAddress
  found: LambdaFunction
}

function keyOf({ name, qualifier = LATEST }: FunctionAddress): string {
  return policyKey(name, qualifier)
}

function addressed(
  operation: string,
  input: { FunctionName: string; Qualifier?: string | undefined },
  ctx: Context,
): Existing {
  const address = parseFunctionName(input.FunctionName, ctx.world, input.Qualifier)
  ctx.allow(`lambda:${operation}`, functionArn(ctx.world, address.name, address.qualifier))
  const found = findFunction(address, ctx)
  if (!found) throw notFound("The function doesn't exist.")
  return { address, found }
}

function existing({ address }: Existing, ctx: Context): EventInvokeConfig {
  const config = ctx.tx.get(configs, keyOf(address))
  if (config) return config
  const arn = functionArn(ctx.world, address.name, address.qualifier ?? LATEST)
  throw notFound(`The function ${arn} doesn't have an EventInvokeConfig`)
}

function checkDestination(
  destination: string,
  { settings, arn, name }: LambdaFunction,
  roles: Roles,
  ctx: Context,
): void {
  const service = parseArn(destination)?.service ?? ''
  const action = DESTINATION_ACTIONS[service]
  if (!action) throw invalidParameter(`The destination ARN ${destination} is invalid.`)
  if (destination === arn || destination.startsWith(`${arn}:`)) {
    throw invalidParameter("You can't specify the function as a destination for itself.")
  }
  const sender = { roleArn: settings.role, service: SERVICE_PRINCIPAL, sessionName: name }
  const { allowed } = roles.decide(sender, action, destination, ctx)
  if (allowed) return
  const [, call] = action.split(':')
  throw invalidParameter(
    `The provided execution role does not have permissions to call ${call} on ` +
      `${service === 'events' ? 'EventBridge' : service.toUpperCase()}`,
  )
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
