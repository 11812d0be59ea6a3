/** Where the runtimes' own files are, from the sources and from the bundle in `dist/`. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** `bootstraps/` stands beside this module, bundled or not. */
export function bootstrapPath(name: string): string {
  return fileURLToPath(new URL(`./bootstraps/${name}`, import.meta.url))
}

/**
 * The folders that hold the AWS SDK for JavaScript, which this package depends on: the Node.js
 * runtimes of AWS ship it, so functions import it without bringing it.
 */
export function sdkRoots(): string[] {
  const lookup = createRequire(import.meta.url).resolve.paths('@aws-sdk/client-ec2') ?? []
  return lookup.filter((folder) => existsSync(path.join(folder, '@aws-sdk')))
}
