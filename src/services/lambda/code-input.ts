/** Where the code of a function or layer comes from: a zip, or a folder of this machine. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { notImplemented } from '../../aws/errors.ts'
import type { CodeStore } from './code-store.ts'
import { invalidParameter } from './errors.ts'
import type { FunctionCode } from './functions.ts'

/** Names no bucket: the key is a folder whose files are run as they are, edits included. */
export const HOT_RELOAD_BUCKET = 'hot-reload'

export interface CodeInput {
  ZipFile?: Uint8Array | undefined
  S3Bucket?: string | undefined
  S3Key?: string | undefined
  S3ObjectVersion?: string | undefined
  ImageUri?: string | undefined
}

/**
 * Checks and writes the code that a request gives, then has `use` put the row that refers to it.
 * Throws AWS's errors.
 */
export async function keepCode<T>(
  input: CodeInput,
  code: CodeStore,
  use: (code: FunctionCode) => T,
): Promise<T> {
  const { ZipFile, S3Bucket, S3Key = '', S3ObjectVersion, ImageUri } = input
  if (ImageUri !== undefined) throw notImplemented('lambda', 'container images')
  if (ZipFile && [S3Bucket, input.S3Key, S3ObjectVersion].some((value) => value !== undefined)) {
    throw invalidParameter(
      'Please do not provide other FunctionCode parameters when providing a ZipFile.',
    )
  }
  if (ZipFile) return code.keep(ZipFile, use)
  if (S3Bucket === HOT_RELOAD_BUCKET) return use(await localFolder(S3Key))
  if (S3Bucket !== undefined) throw noSuchBucket()
  throw invalidParameter('Please provide a source for function code.')
}

async function localFolder(hotReloadDir: string): Promise<FunctionCode> {
  const found = await stat(hotReloadDir).catch(() => undefined)
  if (!isAbsolute(hotReloadDir) || !found?.isDirectory()) {
    throw invalidParameter(
      'Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified ' +
        `key does not exist. (There is no folder "${hotReloadDir}"; the key of ` +
        `${HOT_RELOAD_BUCKET} is the absolute path of one.)`,
    )
  }
  const sha256 = createHash('sha256').update(hotReloadDir).digest('base64')
  return { sha256, sizeBytes: 0, unzippedBytes: 0, hotReloadDir }
}

/** There is no S3 here, hence no bucket of any name. */
function noSuchBucket(): Error {
  return invalidParameter(
    'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The ' +
      'specified bucket does not exist (Windtunnel has no S3: give the code as ZipFile)',
  )
}
