/** Published versions: copies of `$LATEST` that no longer change. */
import { isDeepStrictEqual } from 'node:util'
import type {
  FunctionConfiguration,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
  PublishVersionRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import { changeableFunction } from './changes.ts'
import { configurationOf, listedConfigurationOf } from './configuration.ts'
import { invalidParameter } from './errors.ts'
import { allowedFunction, type LambdaFunction, putFunction, versionsOf } from './functions.ts'
import { pageOf } from './paging.ts'

/**
 * The number of each function's latest version. Numbers are never given twice, not even to a
 * function that was deleted and made again.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
 */
const numbers = table<number>('lambda.versionNumbers')

export function publishVersion(
  input: Checked<PublishVersionRequest>,
  ctx: Context,
): FunctionConfiguration {
  const { found, there } = changeableFunction('PublishVersion', input, ctx)
  const { CodeSha256, Description } = input
  const { sha256 } = found.code
  if (CodeSha256 && CodeSha256 !== sha256) {
    throw invalidParameter(
      `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST (${sha256}). ` +
        'Please try again with the CodeSHA256 in $LATEST.',
    )
  }
  const version = publish(found, there, Description)
  return configurationOf(version, version.version)
}

/** Makes a version of `$LATEST` as it is; the latest version when that is the same. */
export function publish(
  latest: LambdaFunction,
  ctx: Context,
  description = latest.settings.description,
): LambdaFunction {
  const before = versionsOf(latest.name, ctx).at(-1)
  if (before && isSame(latest, before)) return before
  const number = (ctx.tx.get(numbers, latest.name) ?? 0) + 1
  ctx.tx.put(numbers, latest.name, number)
  const { lastUpdateStatus, replaced: _, ...rest } = latest
  const version = putFunction(
    {
      ...rest,
      ...(lastUpdateStatus === 'InProgress' ? { state: 'Pending' } : { lastUpdateStatus }),
      version: String(number),
      settings: { ...latest.settings, description },
      descriptionBefore: latest.settings.description,
      imageId: ctx.ids.uuid(),
      tags: {},
    },
    ctx,
  )
  putFunction(latest, ctx)
  return version
}

function isSame(latest: LambdaFunction, { settings, ...version }: LambdaFunction): boolean {
  const { descriptionBefore, code, architectures } = version
  return (
    code.sha256 === latest.code.sha256 &&
    isDeepStrictEqual(architectures, latest.architectures) &&
    isDeepStrictEqual({ ...settings, description: descriptionBefore }, latest.settings)
  )
}

/** `$LATEST` first, then the versions by number. */
export function listVersionsByFunction(
  input: Checked<ListVersionsByFunctionRequest>,
  ctx: Context,
): ListVersionsByFunctionResponse {
  const { found, there } = allowedFunction('ListVersionsByFunction', input, ctx)
  const all = [found, ...versionsOf(found.name, there)]
  const { items, NextMarker } = pageOf(all, ({ version }) => version, input)
  return {
    Versions: items.map((version) => listedConfigurationOf(version, version.version)),
    ...(NextMarker && { NextMarker }),
  }
}
