/** PublishLayerVersion, GetLayerVersion, GetLayerVersionByArn, DeleteLayerVersion and the lists. */
import type {
  DeleteLayerVersionRequest,
  GetLayerVersionByArnRequest,
  GetLayerVersionRequest,
  GetLayerVersionResponse,
  LayerVersionsListItem,
  ListLayersRequest,
  ListLayersResponse,
  ListLayerVersionsRequest,
  ListLayerVersionsResponse,
  PublishLayerVersionRequest,
  PublishLayerVersionResponse,
} from '@aws-sdk/client-lambda'
import type { Context, WaitingContext } from '../../../aws/context.ts'
import { notImplemented } from '../../../aws/errors.ts'
import { type Checked, waiting } from '../../../aws/service.ts'
import { keepCode } from '../code-input.ts'
import { type CodeStore, hashOf } from '../code-store.ts'
import { bookSweep } from '../code-sweep.ts'
import { lambdaTime } from '../configuration.ts'
import { invalidParameter, noSuchResource } from '../errors.ts'
import type { FunctionCode } from '../functions.ts'
import { qualifiedKey } from '../names.ts'
import { pageOf } from '../paging.ts'
import {
  findLayerVersion,
  type LayerAddress,
  type LayerVersion,
  layerArn,
  layerVersions,
  nextNumber,
  parseLayerArn,
  policyOfLayer,
  putLayerVersion,
  versionsOfLayer,
} from './versions.ts'

export function layerOperations(code: CodeStore, endpoint: () => string) {
  async function publishLayerVersion(
    input: Checked<PublishLayerVersionRequest>,
    ctx: WaitingContext,
  ): Promise<PublishLayerVersionResponse> {
    const { layerName } = addressOf(input.LayerName, ctx)
    ctx.transact((tx) => {
      tx.allow('lambda:PublishLayerVersion', layerArn(tx.world, layerName))
      bookSweep(tx)
    })
    const put = (kept: FunctionCode, tx: Context) => {
      if (kept.hotReloadDir) throw notImplemented('lambda', 'hot reload of layers')
      const { CompatibleRuntimes, CompatibleArchitectures, LicenseInfo } = input
      const row: LayerVersion = {
        layerName,
        version: nextNumber(layerName, tx),
        description: input.Description ?? '',
        ...(LicenseInfo !== undefined && { licenseInfo: LicenseInfo }),
        ...(CompatibleRuntimes && { runtimes: CompatibleRuntimes }),
        ...(CompatibleArchitectures && { architectures: CompatibleArchitectures }),
        code: kept,
        createdAt: tx.now,
      }
      putLayerVersion(row, tx)
      return withContent(row, tx)
    }
    return keepCode(input.Content, code, (kept) => ctx.transact((tx) => put(kept, tx)))
  }

  function withContent(row: LayerVersion, ctx: Context): GetLayerVersionResponse {
    const { sha256, sizeBytes } = row.code
    const Location = `${endpoint()}/_windtunnel/code/${hashOf(row.code)}`
    return {
      Content: { Location, CodeSha256: sha256, CodeSize: sizeBytes },
      LayerArn: layerArn(ctx.world, row.layerName),
      ...listed(row, ctx),
    }
  }

  function read(address: LayerAddress, ctx: Context): GetLayerVersionResponse {
    const found = findLayerVersion(address, ctx)
    const { world, layerName, version } = address
    const access = { resourcePolicy: policyOfLayer(found) }
    ctx.allow('lambda:GetLayerVersion', layerArn(world, layerName, version), access)
    if (!found) throw noSuchResource()
    return withContent(found, ctx.in(world))
  }

  return {
    PublishLayerVersion: waiting(publishLayerVersion),
    GetLayerVersion: (input: Checked<GetLayerVersionRequest>, ctx: Context) =>
      read(versionAddress(input, ctx), ctx),
    GetLayerVersionByArn(input: Checked<GetLayerVersionByArnRequest>, ctx: Context) {
      const address = parseLayerArn(input.Arn)
      if (!address) throw noSuchResource()
      return read(address, ctx)
    },
    /** Succeeds where there is none, as recorded. Functions that use it keep it. */
    DeleteLayerVersion(input: Checked<DeleteLayerVersionRequest>, ctx: Context): object {
      const { world, layerName, version } = versionAddress(input, ctx)
      ctx.allow('lambda:DeleteLayerVersion', layerArn(world, layerName, version))
      ctx.in(world).tx.delete(layerVersions, qualifiedKey(layerName, String(version)))
      bookSweep(ctx)
      return {}
    },
    ListLayerVersions: listLayerVersions,
    ListLayers: listLayers,
  }
}

function listLayerVersions(
  input: Checked<ListLayerVersionsRequest>,
  ctx: Context,
): ListLayerVersionsResponse {
  const { world, layerName } = addressOf(input.LayerName, ctx)
  ctx.allow('lambda:ListLayerVersions', layerArn(world, layerName))
  const there = ctx.in(world)
  const all = versionsOfLayer(layerName, there).filter((row) => suits(row, input))
  const { items, NextMarker } = pageOf(all, ({ version }) => String(version), input)
  return {
    LayerVersions: items.map((row) => listed(row, there)),
    ...(NextMarker && { NextMarker }),
  }
}

/** Each layer with its newest version that suits. */
function listLayers(input: ListLayersRequest, ctx: Context): ListLayersResponse {
  ctx.allow('lambda:ListLayers', '*')
  const newest = new Map<string, LayerVersion>()
  for (const row of ctx.tx.all(layerVersions)) {
    if (suits(row, input)) newest.set(row.layerName, row)
  }
  const { items, NextMarker } = pageOf([...newest.values()], ({ layerName }) => layerName, input)
  return {
    Layers: items.map((row) => ({
      LayerName: row.layerName,
      LayerArn: layerArn(ctx.world, row.layerName),
      LatestMatchingVersion: listed(row, ctx),
    })),
    ...(NextMarker && { NextMarker }),
  }
}

interface Wanted {
  CompatibleRuntime?: string | undefined
  CompatibleArchitecture?: string | undefined
}

function suits({ runtimes, architectures }: LayerVersion, wanted: Wanted): boolean {
  const { CompatibleRuntime: runtime, CompatibleArchitecture: architecture } = wanted
  if (runtime !== undefined && !runtimes?.includes(runtime)) return false
  return architecture === undefined || architectures?.includes(architecture) === true
}

/** A layer's name, or its ARN. */
export function addressOf(name: string, { world }: Pick<Context, 'world'>): LayerAddress {
  return parseLayerArn(name) ?? { world, layerName: name }
}

interface VersionInput {
  LayerName: string
  VersionNumber: number
}

export function versionAddress(
  { LayerName, VersionNumber: version }: VersionInput,
  ctx: Context,
): Required<LayerAddress> {
  if (version < 1) throw invalidParameter('Layer Version Cannot be less than 1')
  return { ...addressOf(LayerName, ctx), version }
}

function listed(row: LayerVersion, { world }: Context): LayerVersionsListItem {
  const { layerName, version, description, licenseInfo, runtimes, architectures } = row
  return {
    LayerVersionArn: layerArn(world, layerName, version),
    Version: version,
    Description: description,
    CreatedDate: lambdaTime(row.createdAt),
    CompatibleRuntimes: runtimes as LayerVersionsListItem['CompatibleRuntimes'],
    CompatibleArchitectures: architectures as LayerVersionsListItem['CompatibleArchitectures'],
    LicenseInfo: licenseInfo,
  }
}
