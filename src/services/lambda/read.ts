/** GetFunction, GetFunctionConfiguration and ListFunctions. */
import type {
  FunctionConfiguration,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
  ListFunctionsRequest,
  ListFunctionsResponse,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { hashOf } from './code-store.ts'
import { configurationOf, listedConfigurationOf } from './configuration.ts'
import { allowedFunction, functions, versionsOf } from './functions.ts'
import { reservedOf } from './limits.ts'
import { qualifiedKey } from './names.ts'
import { pageOf } from './paging.ts'

export function getFunction(endpoint: () => string) {
  return (input: Checked<GetFunctionRequest>, ctx: Context): GetFunctionResponse => {
    const { address, found, there } = allowedFunction('GetFunction', input, ctx)
    const Location = `${endpoint()}/_windtunnel/code/${hashOf(found.code)}`
    const reserved = reservedOf(found.name, there)
    return {
      Configuration: configurationOf(found, address.qualifier),
      Code: { RepositoryType: 'S3', Location },
      ...(Object.keys(found.tags).length > 0 && { Tags: found.tags }),
      ...(reserved !== undefined && { Concurrency: { ReservedConcurrentExecutions: reserved } }),
    }
  }
}

export function getFunctionConfiguration(
  input: Checked<GetFunctionConfigurationRequest>,
  ctx: Context,
): FunctionConfiguration {
  const { address, found } = allowedFunction('GetFunctionConfiguration', input, ctx)
  return configurationOf(found, address.qualifier)
}

/** In the order of names; with `ALL`, each function's versions follow it. */
export function listFunctions(input: ListFunctionsRequest, ctx: Context): ListFunctionsResponse {
  ctx.allow('lambda:ListFunctions', '*')
  const latest = [...ctx.tx.all(functions)].sort((a, b) => (a.name < b.name ? -1 : 1))
  const withVersions = input.FunctionVersion === 'ALL'
  const all = withVersions
    ? latest.flatMap((found) => [found, ...versionsOf(found.name, ctx)])
    : latest
  const { items, NextMarker } = pageOf(all, (row) => qualifiedKey(row.name, row.version), input)
  return {
    Functions: items.map((row) =>
      listedConfigurationOf(row, withVersions ? row.version : undefined),
    ),
    ...(NextMarker && { NextMarker }),
  }
}
