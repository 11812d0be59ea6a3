/** CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases. */
import type {
  AliasConfiguration,
  AliasRoutingConfiguration,
  CreateAliasRequest,
  DeleteAliasRequest,
  GetAliasRequest,
  ListAliasesRequest,
  ListAliasesResponse,
  UpdateAliasRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Checked } from '../../aws/service.ts'
import { type Alias, aliasesOf, findAlias, pointsTo, putAlias, removeAlias } from './aliases.ts'
import { checkRevision } from './changes.ts'
import { aliasNotFound, conflict, functionNotFound, invalidParameter, notFound } from './errors.ts'
import { deleteEventInvokeConfig } from './event-invoke-config.ts'
import { allowedAddress, allowedFunction, findVersion } from './functions.ts'
import { functionArn, LATEST } from './names.ts'
import { pageOf } from './paging.ts'
import { deletePolicy } from './policies.ts'
import { deleteProvisioned, moveProvisioned } from './provisioned.ts'

export function createAlias(input: Checked<CreateAliasRequest>, ctx: Context): AliasConfiguration {
  const { address, there } = allowedAddress('CreateAlias', input, ctx)
  const { name: functionName } = address
  const { Name: name, FunctionVersion, Description = '', RoutingConfig } = input
  checkVersion(functionName, FunctionVersion, there)
  const additional = additionalOf(functionName, FunctionVersion, RoutingConfig, there)
  if (findAlias(functionName, name, there)) {
    throw conflict(`Alias already exists: ${functionArn(there.world, functionName, name)}`)
  }
  const alias = putAlias(
    {
      functionName,
      name,
      functionVersion: FunctionVersion,
      description: Description,
      ...(additional && { additional }),
    },
    there,
  )
  return shown(alias, there)
}

export function getAlias(input: Checked<GetAliasRequest>, ctx: Context): AliasConfiguration {
  const { address, there } = allowedAddress('GetAlias', input, ctx)
  const alias = findAlias(address.name, input.Name, there)
  if (!alias) throw aliasNotFound(functionArn(there.world, address.name, input.Name))
  return shown(alias, there)
}

export function updateAlias(input: Checked<UpdateAliasRequest>, ctx: Context): AliasConfiguration {
  const { address, there } = allowedAddress('UpdateAlias', input, ctx)
  const { name: functionName } = address
  const before = findAlias(functionName, input.Name, there)
  if (!before) {
    throw notFound(`Alias not found: ${functionArn(there.world, functionName, input.Name)}`)
  }
  checkRevision(input, before.revisionId)
  const { FunctionVersion = before.functionVersion, Description, RoutingConfig } = input
  if (input.FunctionVersion !== undefined) checkVersion(functionName, FunctionVersion, there)
  const { additional: kept, ...rest } = before
  const additional = RoutingConfig
    ? additionalOf(functionName, FunctionVersion, RoutingConfig, there)
    : kept
  const after = putAlias(
    {
      ...rest,
      functionVersion: FunctionVersion,
      description: Description ?? before.description,
      ...(additional && { additional }),
    },
    there,
  )
  moveProvisioned(after, before.functionVersion, there)
  return shown(after, there)
}

/** Succeeds where there is none, as recorded. */
export function deleteAlias(input: Checked<DeleteAliasRequest>, ctx: Context): object {
  const { address, there } = allowedAddress('DeleteAlias', input, ctx)
  const alias = findAlias(address.name, input.Name, there)
  if (!alias) return {}
  deleteProvisioned(address.name, alias.name, there)
  removeAlias(alias, there)
  deletePolicy(address.name, alias.name, there)
  deleteEventInvokeConfig(address.name, alias.name, there)
  return {}
}

export function listAliases(input: Checked<ListAliasesRequest>, ctx: Context): ListAliasesResponse {
  const { found, there } = allowedFunction('ListAliases', input, ctx)
  const { FunctionVersion: version } = input
  const all = aliasesOf(found.name, there).filter(
    (alias) => version === undefined || pointsTo(alias, version),
  )
  const { items, NextMarker } = pageOf(all, ({ name }) => name, input)
  return {
    Aliases: items.map((alias) => shown(alias, there)),
    ...(NextMarker && { NextMarker }),
  }
}

function checkVersion(functionName: string, version: string, ctx: Context): void {
  if (findVersion(functionName, version, ctx)) return
  throw functionNotFound(functionArn(ctx.world, functionName, version))
}

/** The second version of a weighted alias, checked; undefined when there is none. */
function additionalOf(
  functionName: string,
  main: string,
  routing: AliasRoutingConfiguration | undefined,
  ctx: Context,
): Alias['additional'] {
  const weights = Object.entries(routing?.AdditionalVersionWeights ?? {})
  if (weights.length > 1) {
    throw invalidParameter('Number of items in AdditionalVersionWeights cannot be greater than 1')
  }
  const [entry] = weights
  if (!entry) return undefined
  const [version, weight] = entry
  if (main === LATEST) {
    const text = '$LATEST is not supported for an alias pointing to more than 1 version'
    // Recorded without the member Type that its kin carry.
    throw new AwsError('InvalidParameterValueException', text, { fields: { Type: undefined } })
  }
  if (version === main) {
    throw invalidParameter(
      `Invalid function version ${version}. Function version ${version} is already included in ` +
        'routing configuration.',
    )
  }
  checkVersion(functionName, version, ctx)
  return { version, weight }
}

function shown(alias: Alias, { world }: Context): AliasConfiguration {
  const { functionName, name, functionVersion, description, additional, revisionId } = alias
  return {
    AliasArn: functionArn(world, functionName, name),
    Name: name,
    FunctionVersion: functionVersion,
    Description: description,
    ...(additional && {
      RoutingConfig: { AdditionalVersionWeights: { [additional.version]: additional.weight } },
    }),
    RevisionId: revisionId,
  }
}
