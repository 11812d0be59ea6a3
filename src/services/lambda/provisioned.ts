/** Provisioned concurrency: environments of a version that are ready before they are needed. */
import type {
  DeleteProvisionedConcurrencyConfigRequest,
  GetProvisionedConcurrencyConfigRequest,
  GetProvisionedConcurrencyConfigResponse,
  ListProvisionedConcurrencyConfigsRequest,
  ListProvisionedConcurrencyConfigsResponse,
  PutProvisionedConcurrencyConfigRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'
import type { Alias } from './aliases.ts'
import { lambdaTime } from './configuration.ts'
import { conflict, invalidParameter } from './errors.ts'
import { type Allowed, allowedAddress, allowedFunction, existingQualified } from './functions.ts'
import {
  MIN_UNRESERVED_EXECUTIONS,
  type ProvisionedConfig,
  provisionedOf,
  provisionedVersion,
  provisions,
  provisionWorlds,
  reservedOf,
  unreserved,
} from './limits.ts'
import { functionArn, isVersionNumber, LATEST, qualifiedKey } from './names.ts'
import { pageOf } from './paging.ts'
import { limitError } from './reserved.ts'

/** The row that has a version's environments made ready, or ended. */
export const PROVISION = 'lambda.provision'

export interface Provision {
  functionName: string
  version: string
}

interface QualifiedInput {
  FunctionName: string
  Qualifier: string
}

export function putProvisionedConcurrencyConfig(provisionAfterMs: number) {
  return (
    input: Checked<PutProvisionedConcurrencyConfigRequest>,
    ctx: Context,
  ): GetProvisionedConcurrencyConfigResponse => {
    const { address, there } = allowedAddress('PutProvisionedConcurrencyConfig', input, ctx)
    if (address.qualifier === LATEST) {
      throw invalidParameter(
        'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
      )
    }
    const { version } = existingQualified(address, ctx)
    const requested = input.ProvisionedConcurrentExecutions
    const key = qualifiedKey(address.name, input.Qualifier)
    const before = there.tx.get(provisions, key)
    checkRivals(address.name, input.Qualifier, version, there)
    checkRoom(address.name, requested, before?.requested ?? 0, there)
    const row: ProvisionedConfig = {
      functionName: address.name,
      qualifier: input.Qualifier,
      requested,
      allocated: before?.allocated ?? 0,
      status: 'IN_PROGRESS',
      lastModified: ctx.now,
      id: ctx.ids.uuid(),
    }
    there.tx.put(provisions, key, row)
    const { account, region } = there.world
    there.tx.put(provisionWorlds, `${account}/${region}`, { account, region })
    provide(address.name, version, provisionAfterMs, there)
    return shown(row)
  }
}

/** A version has one configuration: its own, or that of an alias. */
function checkRivals(name: string, qualifier: string, version: string, ctx: Context): void {
  const rivals = ctx.tx
    .by(provisions, 'function', name)
    .filter((row) => row.qualifier !== qualifier && provisionedVersion(row, ctx) === version)
  if (rivals.length === 0) return
  throw conflict(
    isVersionNumber(qualifier)
      ? 'Version is pointed by a Provisioned Concurrency alias'
      : "Alias can't be used for Provisioned Concurrency configuration on an already " +
          'Provisioned version',
  )
}

function checkRoom(name: string, requested: number, before: number, ctx: Context): void {
  const reserved = reservedOf(name, ctx)
  if (reserved !== undefined) {
    if (provisionedOf(name, ctx) - before + requested <= reserved) return
    throw invalidParameter(
      'Requested Provisioned Concurrency should not be greater than the ' +
        'reservedConcurrentExecution for function',
    )
  }
  const left = unreserved(ctx) + before
  if (requested > left) {
    throw limitError(
      "Specified ConcurrentExecutions for function is greater than account's unreserved " +
        `concurrency [${left}].`,
    )
  }
  if (left - requested < MIN_UNRESERVED_EXECUTIONS) {
    throw limitError(
      "Specified ConcurrentExecutions for function decreases account's " +
        `UnreservedConcurrentExecution below its minimum value of [${MIN_UNRESERVED_EXECUTIONS}].`,
    )
  }
}

export function getProvisionedConcurrencyConfig(
  input: Checked<GetProvisionedConcurrencyConfigRequest>,
  ctx: Context,
): GetProvisionedConcurrencyConfigResponse {
  return shown(existing('GetProvisionedConcurrencyConfig', input, ctx).row)
}

/** Succeeds where there is none. */
export function deleteProvisionedConcurrencyConfig(
  input: Checked<DeleteProvisionedConcurrencyConfigRequest>,
  ctx: Context,
): object {
  const { address, there } = allowedQualified('DeleteProvisionedConcurrencyConfig', input, ctx)
  existingQualified(address, ctx)
  deleteProvisioned(address.name, input.Qualifier, there)
  return {}
}

export function listProvisionedConcurrencyConfigs(
  input: Checked<ListProvisionedConcurrencyConfigsRequest>,
  ctx: Context,
): ListProvisionedConcurrencyConfigsResponse {
  const { found, there } = allowedFunction('ListProvisionedConcurrencyConfigs', input, ctx)
  const all = there.tx.by(provisions, 'function', found.name)
  const { items, NextMarker } = pageOf(all, ({ qualifier }) => qualifier, input)
  return {
    ProvisionedConcurrencyConfigs: items.map((row) => ({
      FunctionArn: functionArn(there.world, found.name, row.qualifier),
      ...shown(row),
    })),
    ...(NextMarker && { NextMarker }),
  }
}

/** The environments of an alias that has moved are made anew, for its version of now. */
export function moveProvisioned(
  { functionName, name }: Alias,
  versionBefore: string,
  ctx: Context,
): void {
  const key = qualifiedKey(functionName, name)
  const row = ctx.tx.get(provisions, key)
  const version = row && provisionedVersion(row, ctx)
  if (!row || version === undefined || version === versionBefore) return
  const { statusReason: _, ...rest } = row
  ctx.tx.put(provisions, key, {
    ...rest,
    allocated: 0,
    status: 'IN_PROGRESS',
    id: ctx.ids.uuid(),
  })
  for (const changed of [versionBefore, version]) provide(functionName, changed, 0, ctx)
}

/** Before its alias is deleted, which tells the version. */
export function deleteProvisioned(name: string, qualifier: string, ctx: Context): void {
  const key = qualifiedKey(name, qualifier)
  const row = ctx.tx.get(provisions, key)
  if (!row) return
  const version = provisionedVersion(row, ctx)
  ctx.tx.delete(provisions, key)
  if (version !== undefined) provide(name, version, 0, ctx)
}

function provide(functionName: string, version: string, afterMs: number, ctx: Context): void {
  ctx.later(afterMs, PROVISION, { functionName, version } satisfies Provision)
}

export function deleteAllProvisioned(name: string, ctx: Context): void {
  for (const { qualifier } of ctx.tx.by(provisions, 'function', name)) {
    deleteProvisioned(name, qualifier, ctx)
  }
}

function allowedQualified(action: string, input: QualifiedInput, ctx: Context): Allowed {
  const allowed = allowedAddress(action, input, ctx)
  if (allowed.address.qualifier === LATEST) {
    throw invalidParameter(
      'The function resource provided must be an alias or a published version.',
    )
  }
  return allowed
}

function existing(action: string, input: QualifiedInput, ctx: Context) {
  const { address, there } = allowedQualified(action, input, ctx)
  existingQualified(address, ctx)
  const row = there.tx.get(provisions, qualifiedKey(address.name, input.Qualifier))
  if (row) return { row, there }
  const text = 'No Provisioned Concurrency Config found for this function'
  const options = { status: 404, fields: { Type: 'User' } }
  throw new AwsError('ProvisionedConcurrencyConfigNotFoundException', text, options)
}

function shown(row: ProvisionedConfig): GetProvisionedConcurrencyConfigResponse {
  const { requested, allocated, status, statusReason, lastModified } = row
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: allocated,
    AllocatedProvisionedConcurrentExecutions: allocated,
    Status: status,
    StatusReason: statusReason,
    LastModified: lambdaTime(lastModified),
  }
}
