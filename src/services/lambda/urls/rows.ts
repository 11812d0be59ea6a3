/** What is kept of function URLs. */
import type { Context } from '../../../aws/context.ts'
import { table, type World } from '../../../store/store.ts'

export interface Cors {
  allowCredentials?: boolean
  allowHeaders?: string[]
  allowMethods?: string[]
  allowOrigins?: string[]
  exposeHeaders?: string[]
  maxAgeSeconds?: number
}

export interface FunctionUrl {
  /** The first label of its host name; unique among all accounts. */
  id: string
  world: World
  functionName: string
  /** An alias; undefined for the function itself. */
  qualifier?: string
  authType: 'NONE' | 'AWS_IAM'
  /** As it was given; what is not given means BUFFERED. */
  invokeMode?: 'BUFFERED' | 'RESPONSE_STREAM'
  cors?: Cors
  /** Milliseconds since the epoch. */
  createdAt: number
  modifiedAt: number
}

/** By id, as requests to them name neither account nor function. */
export const urls = table<FunctionUrl>('lambda.urls', {
  reach: 'global',
  indexes: { function: ({ world, functionName }) => ownerKey(world, functionName) },
})

function ownerKey({ account, region }: World, functionName: string): string {
  return `${account}/${region}/${functionName}`
}

export function urlsOf(functionName: string, ctx: Context): FunctionUrl[] {
  return ctx.tx.by(urls, 'function', ownerKey(ctx.world, functionName))
}

export function findUrl(
  functionName: string,
  qualifier: string | undefined,
  ctx: Context,
): FunctionUrl | undefined {
  return urlsOf(functionName, ctx).find((url) => url.qualifier === qualifier)
}

export function deleteUrls(functionName: string, ctx: Context): void {
  for (const { id } of urlsOf(functionName, ctx)) ctx.tx.delete(urls, id)
}
