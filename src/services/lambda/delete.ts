/** DeleteFunction: a whole function, or one version of it. */
import type { DeleteFunctionRequest, DeleteFunctionResponse } from '@aws-sdk/client-lambda'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { aliasesOf, pointsTo, removeAlias } from './aliases.ts'
import type { AsyncQueue } from './async-queue.ts'
import { bookSweep } from './code-sweep.ts'
import { conflict, invalidParameter } from './errors.ts'
import { deleteEventInvokeConfig, deleteEventInvokeConfigs } from './event-invoke-config.ts'
import {
  allowedAddress,
  existingFunction,
  findVersion,
  functions,
  type LambdaFunction,
  versions,
  versionsOf,
} from './functions.ts'
import { reservations } from './limits.ts'
import { type FunctionAddress, isAliasName, LATEST, qualifiedKey } from './names.ts'
import { deletePolicies, deletePolicy } from './policies.ts'
import { deleteAllProvisioned, deleteProvisioned } from './provisioned.ts'
import { deleteFunctionSettings } from './side-settings.ts'
import { deleteUrls } from './urls/rows.ts'

const DELETED = 204

export interface Deletion {
  queue: AsyncQueue
  /** Called for each version that is gone. */
  onDeleted(found: LambdaFunction): void
}

/** Answers 204, as recorded, where the model says 200. */
export function deleteFunction(deletion: Deletion) {
  return (input: Checked<DeleteFunctionRequest>, ctx: Context): DeleteFunctionResponse => {
    const { address, there } = allowedAddress('DeleteFunction', input, ctx)
    const { qualifier } = address
    if (qualifier === LATEST) {
      throw invalidParameter('$LATEST version cannot be deleted without deleting the function.')
    }
    if (qualifier !== undefined && isAliasName(qualifier)) {
      throw invalidParameter('Deletion of aliases is not currently supported.')
    }
    const latest = existingFunction({ ...address, qualifier: undefined }, ctx)
    bookSweep(there)
    if (qualifier === undefined) deleteWhole(latest, address, deletion, there)
    else deleteVersion(address, qualifier, deletion, there)
    return { StatusCode: DELETED }
  }
}

function deleteWhole(
  latest: LambdaFunction,
  address: FunctionAddress,
  { queue, onDeleted }: Deletion,
  ctx: Context,
): void {
  const { name } = latest
  const published = versionsOf(name, ctx)
  const aliases = aliasesOf(name, ctx)
  const qualifiers = [...published.map(({ version }) => version), ...aliases.map((a) => a.name)]
  queue.drop(address, [LATEST, ...qualifiers], ctx)
  for (const alias of aliases) removeAlias(alias, ctx)
  for (const { version } of published) ctx.tx.delete(versions, qualifiedKey(name, version))
  ctx.tx.delete(functions, name)
  ctx.tx.delete(reservations, name)
  deleteAllProvisioned(name, ctx)
  deletePolicies(name, ctx)
  deleteEventInvokeConfigs(name, ctx)
  deleteFunctionSettings(name, ctx)
  deleteUrls(name, ctx)
  for (const found of [latest, ...published]) onDeleted(found)
}

/** Succeeds where there is no such version, as recorded. */
function deleteVersion(
  address: FunctionAddress,
  version: string,
  { queue, onDeleted }: Deletion,
  ctx: Context,
): void {
  const { name } = address
  const users = aliasesOf(name, ctx).filter((alias) => pointsTo(alias, version))
  if (users.length > 0) {
    throw conflict(
      'Unable to delete version because the following aliases reference it: ' +
        `[${users.map((alias) => alias.name).join(', ')}]`,
    )
  }
  const found = findVersion(name, version, ctx)
  if (!found) return
  queue.drop(address, [version], ctx)
  ctx.tx.delete(versions, qualifiedKey(name, version))
  deleteProvisioned(name, version, ctx)
  deletePolicy(name, version, ctx)
  deleteEventInvokeConfig(name, version, ctx)
  onDeleted(found)
}
