/** GetFunction and its kin, DeleteFunction. */
import type {
  DeleteFunctionRequest,
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
import { configurationOf } from './configuration.ts'
import { invalidParameter } from './errors.ts'
import { deleteEventInvokeConfigs } from './event-invoke-config.ts'
import { allowedFunction, functions, type LambdaFunction } from './functions.ts'
import { LATEST } from './names.ts'
import { deletePolicies } from './policies.ts'

const DEFAULT_PAGE_FUNCTIONS = 50

export function getFunction(endpoint: () => string) {
  return (input: Checked<GetFunctionRequest>, ctx: Context): GetFunctionResponse => {
    const { address, found } = allowedFunction('GetFunction', input, ctx)
    const Location = `${endpoint()}/_windtunnel/code/${hashOf(found.code)}`
    return {
      Configuration: configurationOf(found, address.qualifier),
      Code: { RepositoryType: 'S3', Location },
      ...(Object.keys(found.tags).length > 0 && { Tags: found.tags }),
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

/** A page ends with its last function's name, which is the marker. */
export function listFunctions(
  { Marker, MaxItems = DEFAULT_PAGE_FUNCTIONS, FunctionVersion }: ListFunctionsRequest,
  ctx: Context,
): ListFunctionsResponse {
  ctx.allow('lambda:ListFunctions', '*')
  const after = Marker === undefined ? undefined : Buffer.from(Marker, 'base64url').toString()
  const named = [...ctx.tx.all(functions)]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ name }) => after === undefined || name > after)
  const size = Math.min(MaxItems, DEFAULT_PAGE_FUNCTIONS)
  const page = named.slice(0, size)
  const last = page.at(-1)
  const qualifier = FunctionVersion === 'ALL' ? LATEST : undefined
  return {
    Functions: page.map((found) => configurationOf(found, qualifier)),
    ...(last &&
      named.length > size && { NextMarker: Buffer.from(last.name).toString('base64url') }),
  }
}

export function deleteFunction(onDeleted: (found: LambdaFunction) => void) {
  return (input: Checked<DeleteFunctionRequest>, ctx: Context): object => {
    if (input.Qualifier === LATEST) {
      throw invalidParameter('$LATEST version cannot be deleted without deleting the function.')
    }
    const { found, there } = allowedFunction('DeleteFunction', input, ctx)
    there.tx.delete(functions, found.name)
    deletePolicies(found.name, there)
    deleteEventInvokeConfigs(found.name, there)
    onDeleted(found)
    return {}
  }
}
