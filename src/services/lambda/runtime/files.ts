/** Where the runtimes' own files are, from the sources and from the bundle in `dist/`. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** `bootstraps/` stands beside this module, bundled or not. */
export function bootstrapPath(name: string): string {
  return fileURLToPath(new URL(`./bootstraps/${name}`, import.meta.url))
}

/** The SDK and what it consists of, in folders of scoped packages. */
const SDK_SCOPES = ['@aws-sdk', '@smithy', '@aws-crypto', '@aws']

/**
 * The folders that hold the AWS SDK for JavaScript, which this package depends on: the Node.js
 * runtimes of AWS ship it, so functions import it without bringing it.
 */
export function sdkRoots(): string[] {
  const lookup = createRequire(import.meta.url).resolve.paths('@aws-sdk/client-ec2') ?? []
  return lookup.filter((folder) => existsSync(path.join(folder, '@aws-sdk')))
}

/**
 * Makes `folder`, with links to the SDK's packages and to none of our other dependencies.
 * @param seen how the functions see `roots`, where the links are to lead
 */
export function linkSdk(folder: string, roots: readonly string[], seen = roots): string {
  mkdirSync(folder, { recursive: true })
  for (const scope of SDK_SCOPES) {
    const index = roots.findIndex((root) => existsSync(path.join(root, scope)))
    const target = seen[index]
    if (target !== undefined) symlinkSync(path.join(target, scope), path.join(folder, scope))
  }
  return folder
}
