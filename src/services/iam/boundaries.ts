/** Permissions boundaries of users and roles. */
import type { AttachedPermissionsBoundary } from '@aws-sdk/client-iam'
import { parseArn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import { type HolderKind, modifiable, save } from './entities.ts'
import { invalidInput, noSuchEntity } from './errors.ts'
import { policyAt } from './managed-policies.ts'
import type { PolicyHolder } from './state.ts'

/** The ARN of the managed policy that is to be a boundary; it must be there. */
export function readBoundary(arn: string, ctx: Context): string {
  if (!parseArn(arn)?.resource.startsWith('policy/')) {
    throw invalidInput(`ARN ${arn} is not valid.`)
  }
  if (!policyAt(arn, ctx.tx)) {
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
  }
  return arn
}

export function putBoundary<T extends PolicyHolder>(
  kind: HolderKind<T>,
  name: string,
  arn: string,
  ctx: Context,
): object {
  const holder = modifiable(kind, name, ctx, { 'iam:PermissionsBoundary': arn })
  save(kind, { ...holder, boundary: readBoundary(arn, ctx) }, ctx)
  return {}
}

export function deleteBoundary<T extends PolicyHolder>(
  kind: HolderKind<T>,
  name: string,
  ctx: Context,
): object {
  const holder = modifiable(kind, name, ctx)
  if (holder.boundary === undefined) {
    // No recording of AWS's text: it follows that of the other entities.
    throw noSuchEntity(`The permissions boundary of ${kind.resource} ${name} cannot be found.`)
  }
  save(kind, { ...holder, boundary: undefined }, ctx)
  return {}
}

export function boundaryOf({ boundary }: PolicyHolder): {
  PermissionsBoundary?: AttachedPermissionsBoundary
} {
  if (boundary === undefined) return {}
  // AWS answers so, where its API reference and the SDK's types say `PermissionsBoundaryPolicy`.
  const type = 'Policy' as AttachedPermissionsBoundary['PermissionsBoundaryType']
  return {
    PermissionsBoundary: { PermissionsBoundaryType: type, PermissionsBoundaryArn: boundary },
  }
}
