/** Policies embedded in one user, group or role. */
import type { Context } from '../../aws/context.ts'
import { encodeDocument, readPolicy, sizeOf } from './documents.ts'
import { found, type HolderKind, modifiable, save } from './entities.ts'
import { limitExceeded, noSuchEntity } from './errors.ts'
import { type PageRequest, pageOf } from './paging.ts'
import type { PolicyHolder } from './state.ts'

interface Named {
  readonly PolicyName: string
}

/** Adds or replaces. */
export function putInlinePolicy<T extends PolicyHolder>(
  kind: HolderKind<T>,
  name: string,
  { PolicyName, PolicyDocument }: Named & { PolicyDocument: string },
  ctx: Context,
): object {
  const holder = modifiable(kind, name, ctx)
  readPolicy(PolicyDocument, 'identity')
  const inline = { ...holder.inline, [PolicyName]: PolicyDocument }
  const total = Object.values(inline).reduce((sum, document) => sum + sizeOf(document), 0)
  if (total > kind.maxInlineCharacters) {
    const what = `${kind.resource} ${holder.name}`
    throw limitExceeded(
      `Maximum policy size of ${kind.maxInlineCharacters} bytes exceeded for ${what}`,
    )
  }
  save(kind, { ...holder, inline }, ctx)
  return {}
}

/** The answer names the holder as the operation's request does: `RoleName`. */
export function getInlinePolicy<T extends PolicyHolder>(
  kind: HolderKind<T>,
  name: string,
  { PolicyName }: Named,
  ctx: Context,
): { PolicyName: string; PolicyDocument: string } {
  const holder = found(kind, name, ctx)
  return { PolicyName, PolicyDocument: encodeDocument(documentOf(kind, holder, PolicyName)) }
}

export function listInlinePolicies<T extends PolicyHolder>(
  kind: HolderKind<T>,
  name: string,
  request: PageRequest,
  ctx: Context,
): object {
  const names = Object.keys(found(kind, name, ctx).inline)
  const { items, ...page } = pageOf(names, (policy) => policy, request)
  return { PolicyNames: items, ...page }
}

export function deleteInlinePolicy<T extends PolicyHolder>(
  kind: HolderKind<T>,
  name: string,
  { PolicyName }: Named,
  ctx: Context,
): object {
  const holder = modifiable(kind, name, ctx)
  documentOf(kind, holder, PolicyName)
  const { [PolicyName]: _, ...inline } = holder.inline
  save(kind, { ...holder, inline }, ctx)
  return {}
}

function documentOf(kind: HolderKind<never>, { inline }: PolicyHolder, name: string): string {
  const document = Object.hasOwn(inline, name) ? inline[name] : undefined
  if (document !== undefined) return document
  throw noSuchEntity(`The ${kind.resource} policy with name ${name} cannot be found.`)
}
