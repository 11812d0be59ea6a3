/** Settings of a function that stand beside its configuration. */
import type {
  GetFunctionCodeSigningConfigRequest,
  GetFunctionRecursionConfigRequest,
  GetFunctionRecursionConfigResponse,
  GetRuntimeManagementConfigRequest,
  GetRuntimeManagementConfigResponse,
  PutFunctionRecursionConfigRequest,
  PutRuntimeManagementConfigRequest,
  RecursiveLoop,
  UpdateRuntimeOn,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import { invalidParameter } from './errors.ts'
import { allowedFunction } from './functions.ts'
import { addressArn, qualifiedKey } from './names.ts'

/** By function name; `Terminate` where there is none. */
const recursion = table<RecursiveLoop>('lambda.recursion')

interface RuntimeManagement {
  functionName: string
  qualifier?: string
  updateRuntimeOn: UpdateRuntimeOn
  runtimeVersionArn?: string
}

/** By function name and qualifier; `Auto` where there is none. */
const runtimeManagement = table<RuntimeManagement>('lambda.runtimeManagement', {
  indexes: { function: ({ functionName }) => functionName },
})

export function putFunctionRecursionConfig(
  input: Checked<PutFunctionRecursionConfigRequest>,
  ctx: Context,
): GetFunctionRecursionConfigResponse {
  const { found, there } = allowedFunction('PutFunctionRecursionConfig', input, ctx)
  there.tx.put(recursion, found.name, input.RecursiveLoop)
  return { RecursiveLoop: input.RecursiveLoop }
}

export function getFunctionRecursionConfig(
  input: Checked<GetFunctionRecursionConfigRequest>,
  ctx: Context,
): GetFunctionRecursionConfigResponse {
  const { found, there } = allowedFunction('GetFunctionRecursionConfig', input, ctx)
  return { RecursiveLoop: recursiveLoopOf(found.name, there) }
}

export function recursiveLoopOf(functionName: string, ctx: Context): RecursiveLoop {
  return ctx.tx.get(recursion, functionName) ?? 'Terminate'
}

export function putRuntimeManagementConfig(
  input: Checked<PutRuntimeManagementConfigRequest>,
  ctx: Context,
): GetRuntimeManagementConfigResponse {
  const { address, there } = allowedFunction('PutRuntimeManagementConfig', input, ctx)
  const { UpdateRuntimeOn: updateRuntimeOn, RuntimeVersionArn: runtimeVersionArn } = input
  if ((updateRuntimeOn === 'Manual') !== (runtimeVersionArn !== undefined)) {
    throw invalidParameter('RuntimeVersionArn must be set exactly when UpdateRuntimeOn is Manual.')
  }
  const { name: functionName, qualifier } = address
  there.tx.put(runtimeManagement, qualifiedKey(functionName, qualifier), {
    functionName,
    ...(qualifier !== undefined && { qualifier }),
    updateRuntimeOn,
    ...(runtimeVersionArn !== undefined && { runtimeVersionArn }),
  })
  return {
    UpdateRuntimeOn: updateRuntimeOn,
    FunctionArn: addressArn(address),
    RuntimeVersionArn: runtimeVersionArn,
  }
}

export function getRuntimeManagementConfig(
  input: Checked<GetRuntimeManagementConfigRequest>,
  ctx: Context,
): GetRuntimeManagementConfigResponse {
  const { address, there } = allowedFunction('GetRuntimeManagementConfig', input, ctx)
  const row = there.tx.get(runtimeManagement, qualifiedKey(address.name, address.qualifier))
  return {
    UpdateRuntimeOn: row?.updateRuntimeOn ?? 'Auto',
    FunctionArn: addressArn(address),
    RuntimeVersionArn: row?.runtimeVersionArn,
  }
}

/** No function has a code signing configuration here; Terraform asks for each. */
export function getFunctionCodeSigningConfig(
  input: Checked<GetFunctionCodeSigningConfigRequest>,
  ctx: Context,
): object {
  allowedFunction('GetFunctionCodeSigningConfig', input, ctx)
  return {}
}

export function deleteFunctionSettings(functionName: string, ctx: Context): void {
  ctx.tx.delete(recursion, functionName)
  for (const { qualifier } of ctx.tx.by(runtimeManagement, 'function', functionName)) {
    ctx.tx.delete(runtimeManagement, qualifiedKey(functionName, qualifier))
  }
}
