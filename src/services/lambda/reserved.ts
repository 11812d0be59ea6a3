/** Reserved concurrency, and the account's limits. */
import type {
  DeleteFunctionConcurrencyRequest,
  GetAccountSettingsResponse,
  GetFunctionConcurrencyRequest,
  GetFunctionConcurrencyResponse,
  PutFunctionConcurrencyRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'
import { MAX_ZIP_BYTES } from './code-store.ts'
import { functionNotFound, invalidParameter } from './errors.ts'
import { allowedAddress, allowedFunction, findFunction, functions, versions } from './functions.ts'
import { layerVersions } from './layers/versions.ts'
import {
  ACCOUNT_CONCURRENT_EXECUTIONS,
  MIN_UNRESERVED_EXECUTIONS,
  provisionedOf,
  reservations,
  reservedOf,
  unreserved,
} from './limits.ts'
import { functionArn, LATEST } from './names.ts'
import { MAX_UNZIPPED_BYTES } from './runtime/index.ts'

/** 300 GB since 2026. */
const MAX_TOTAL_CODE_BYTES = 300 * 1024 ** 3

export function putFunctionConcurrency(
  input: Checked<PutFunctionConcurrencyRequest>,
  ctx: Context,
): GetFunctionConcurrencyResponse {
  const { address, there } = allowedAddress('PutFunctionConcurrency', input, ctx)
  const { name, qualifier, world } = address
  const executions = input.ReservedConcurrentExecutions
  if (qualifier !== undefined) {
    throw invalidParameter(
      'This operation is permitted on Lambda functions only. Aliases and versions do not support ' +
        'this operation. Please specify either a function name or an unqualified function ARN.',
    )
  }
  // The version in the ARN is as recorded.
  if (!findFunction(address, ctx)) throw functionNotFound(functionArn(world, name, LATEST))
  const provisioned = provisionedOf(name, there)
  if (executions < provisioned) {
    throw limitError(
      ` ReservedConcurrentExecutions  ${executions} should not be lower than function's total ` +
        `provisioned concurrency [${provisioned}].`,
    )
  }
  if (unreserved(there, name) - executions < MIN_UNRESERVED_EXECUTIONS) {
    throw limitError(
      "Specified ReservedConcurrentExecutions for function decreases account's " +
        `UnreservedConcurrentExecution below its minimum value of [${MIN_UNRESERVED_EXECUTIONS}].`,
    )
  }
  there.tx.put(reservations, name, { functionName: name, executions })
  return { ReservedConcurrentExecutions: executions }
}

export function getFunctionConcurrency(
  input: Checked<GetFunctionConcurrencyRequest>,
  ctx: Context,
): GetFunctionConcurrencyResponse {
  const { found, there } = allowedFunction('GetFunctionConcurrency', input, ctx)
  return { ReservedConcurrentExecutions: reservedOf(found.name, there) }
}

export function deleteFunctionConcurrency(
  input: Checked<DeleteFunctionConcurrencyRequest>,
  ctx: Context,
): object {
  const { found, there } = allowedFunction('DeleteFunctionConcurrency', input, ctx)
  there.tx.delete(reservations, found.name)
  return {}
}

export function getAccountSettings(_: object, ctx: Context): GetAccountSettingsResponse {
  ctx.allow('lambda:GetAccountSettings', '*')
  let bytes = 0
  for (const table of [functions, versions]) {
    for (const { code } of ctx.tx.all(table)) bytes += code.sizeBytes
  }
  for (const { code } of ctx.tx.all(layerVersions)) bytes += code.sizeBytes
  return {
    AccountLimit: {
      TotalCodeSize: MAX_TOTAL_CODE_BYTES,
      CodeSizeUnzipped: MAX_UNZIPPED_BYTES,
      CodeSizeZipped: MAX_ZIP_BYTES,
      ConcurrentExecutions: ACCOUNT_CONCURRENT_EXECUTIONS,
      UnreservedConcurrentExecutions: unreserved(ctx),
    },
    AccountUsage: { TotalCodeSize: bytes, FunctionCount: ctx.tx.count(functions) },
  }
}

/** These were recorded without the member Type that others carry. */
export function limitError(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message, { fields: { Type: undefined } })
}
