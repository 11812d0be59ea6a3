/** The configuration of function URLs. */
import type {
  Cors as CorsInput,
  CreateFunctionUrlConfigRequest,
  DeleteFunctionUrlConfigRequest,
  FunctionUrlConfig,
  GetFunctionUrlConfigRequest,
  ListFunctionUrlConfigsRequest,
  ListFunctionUrlConfigsResponse,
  UpdateFunctionUrlConfigRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../../aws/context.ts'
import type { Checked } from '../../../aws/service.ts'
import { isoMillis } from '../../../clock.ts'
import { conflict, noSuchResource, notFound } from '../errors.ts'
import { allowedAddress, findFunction } from '../functions.ts'
import { addressArn, type FunctionAddress, functionArn } from '../names.ts'
import { pageOf } from '../paging.ts'
import { type Cors, type FunctionUrl, findUrl, urls, urlsOf } from './rows.ts'

const ID_CHARACTERS = 32

interface UrlInput {
  FunctionName: string
  Qualifier?: string | undefined
}

/** `endpoint` is how this server is reached: `http://127.0.0.1:4566`. */
export function urlOperations(endpoint: () => string) {
  return {
    CreateFunctionUrlConfig: (input: Checked<CreateFunctionUrlConfigRequest>, ctx: Context) =>
      shown(createUrl(input, ctx), endpoint()),
    GetFunctionUrlConfig(input: Checked<GetFunctionUrlConfigRequest>, ctx: Context) {
      const { address, there } = allowedAddress('GetFunctionUrlConfig', input, ctx)
      return whole(existingUrl(address, there), endpoint())
    },
    UpdateFunctionUrlConfig(input: Checked<UpdateFunctionUrlConfigRequest>, ctx: Context) {
      const after = updateUrl(input, ctx)
      return { ...shown(after, endpoint()), LastModifiedTime: isoMillis(after.modifiedAt) }
    },
    DeleteFunctionUrlConfig(input: Checked<DeleteFunctionUrlConfigRequest>, ctx: Context): object {
      const { address, there } = allowedAddress('DeleteFunctionUrlConfig', input, ctx)
      there.tx.delete(urls, existingUrl(address, there).id)
      return {}
    },
    ListFunctionUrlConfigs(
      input: Checked<ListFunctionUrlConfigsRequest>,
      ctx: Context,
    ): ListFunctionUrlConfigsResponse {
      const { address, there } = existingOwner('ListFunctionUrlConfigs', input, ctx)
      const { items, NextMarker } = pageOf(urlsOf(address.name, there), ({ id }) => id, input)
      return {
        FunctionUrlConfigs: items.map((url) => whole(url, endpoint())),
        ...(NextMarker && { NextMarker }),
      }
    },
  }
}

function createUrl(input: Checked<CreateFunctionUrlConfigRequest>, ctx: Context): FunctionUrl {
  const { address, there } = existingOwner('CreateFunctionUrlConfig', input, ctx)
  const { name: functionName, qualifier, world } = address
  if (findUrl(functionName, qualifier, there)) {
    throw conflict(
      `Failed to create function url config for [functionArn = ${addressArn(address)}]. ` +
        'Error message:  FunctionUrlConfig exists for this Lambda function',
    )
  }
  const url: FunctionUrl = {
    id: ctx.ids.base32(ID_CHARACTERS).toLowerCase(),
    world,
    functionName,
    ...(qualifier !== undefined && { qualifier }),
    authType: input.AuthType,
    ...(input.InvokeMode && { invokeMode: input.InvokeMode }),
    ...(input.Cors && { cors: corsOf(input.Cors) }),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  }
  there.tx.put(urls, url.id, url)
  return url
}

function updateUrl(input: Checked<UpdateFunctionUrlConfigRequest>, ctx: Context): FunctionUrl {
  const { address, there } = existingOwner('UpdateFunctionUrlConfig', input, ctx)
  const after: FunctionUrl = {
    ...existingUrl(address, there),
    ...(input.AuthType && { authType: input.AuthType }),
    ...(input.InvokeMode && { invokeMode: input.InvokeMode }),
    ...(input.Cors && { cors: corsOf(input.Cors) }),
    modifiedAt: ctx.now,
  }
  there.tx.put(urls, after.id, after)
  return after
}

function existingUrl({ name, qualifier }: FunctionAddress, there: Context): FunctionUrl {
  const url = findUrl(name, qualifier, there)
  if (!url) throw noSuchResource()
  return url
}

/** As Create answers: an invoke mode that was not given is left out, as recorded. */
function shown(url: FunctionUrl, endpoint: string): Omit<FunctionUrlConfig, 'LastModifiedTime'> {
  const { world, functionName, qualifier, id, authType, invokeMode, cors } = url
  return {
    FunctionUrl: `http://${hostOf(id, world.region)}:${new URL(endpoint).port}/`,
    FunctionArn: functionArn(world, functionName, qualifier),
    AuthType: authType,
    ...(cors && { Cors: shownCors(cors) }),
    CreationTime: isoMillis(url.createdAt),
    InvokeMode: invokeMode,
  }
}

function whole(url: FunctionUrl, endpoint: string): FunctionUrlConfig {
  const InvokeMode = url.invokeMode ?? 'BUFFERED'
  return { ...shown(url, endpoint), InvokeMode, LastModifiedTime: isoMillis(url.modifiedAt) }
}

/** AWS's host name, below a domain that leads to this machine. */
function hostOf(id: string, region: string): string {
  return `${id}.lambda-url.${region}.localhost`
}

function existingOwner(action: string, input: UrlInput, ctx: Context) {
  const allowed = allowedAddress(action, input, ctx)
  if (!findFunction(allowed.address, ctx)) throw notFound('Function does not exist')
  return allowed
}

function corsOf(input: CorsInput): Cors {
  return {
    ...(input.AllowCredentials !== undefined && { allowCredentials: input.AllowCredentials }),
    ...(input.AllowHeaders && { allowHeaders: input.AllowHeaders }),
    ...(input.AllowMethods && { allowMethods: input.AllowMethods }),
    ...(input.AllowOrigins && { allowOrigins: input.AllowOrigins }),
    ...(input.ExposeHeaders && { exposeHeaders: input.ExposeHeaders }),
    ...(input.MaxAge !== undefined && { maxAgeSeconds: input.MaxAge }),
  }
}

function shownCors(cors: Cors): CorsInput {
  return {
    AllowCredentials: cors.allowCredentials,
    AllowHeaders: cors.allowHeaders,
    AllowMethods: cors.allowMethods,
    AllowOrigins: cors.allowOrigins,
    ExposeHeaders: cors.exposeHeaders,
    MaxAge: cors.maxAgeSeconds,
  }
}
