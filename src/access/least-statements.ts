/** Statements that allow what was used: resources without their generated ids, tags in common. */
import type { Use } from './least.ts'

/** A statement as policies are written. */
export interface StatementOf {
  Effect: 'Allow'
  Action: string | string[]
  Resource: string | string[]
  Condition?: { StringEquals: Record<string, string> }
}

export function statementsFor(uses: readonly Use[]): StatementOf[] {
  const byUse = Map.groupBy(uses, (use) => `${use.action} ${generalised(use)} ${actionKeys(use)}`)
  const single = [...byUse.values()].map(permissionOf)
  const byResource = grouped(single, ({ resources, keys }) => [resources, keys])
  const sameResource = byResource.map(([first, ...rest]) => ({
    ...first,
    actions: unique([first, ...rest].flatMap(({ actions }) => actions)),
  }))
  const byAction = grouped(sameResource, ({ actions, keys }) => [actions, keys])
  return byAction
    .map(([first, ...rest]) => ({
      ...first,
      resources: unique([first, ...rest].flatMap(({ resources }) => resources)),
    }))
    .map(statement)
}

interface Permission {
  actions: string[]
  resources: string[]
  keys: Record<string, string>
}

/** Of uses that have action and general resource in common. */
function permissionOf([first, ...rest]: Use[]): Permission {
  if (!first) throw new Error('a group is not empty')
  return {
    actions: [first.action],
    resources: [generalised(first)],
    keys: commonKeys([first, ...rest]),
  }
}

/** `i-0123456789abcdef0`, as EC2 makes ids: the last part of a word, all hexadecimal. */
const GENERATED_ID = /^[a-z]+(-[a-z]+)*-[0-9a-f]{8,17}$/

/** `…:instance/i-0123456789abcdef0` → `…:instance/*` */
function generalised({ resource }: Use): string {
  const slash = resource.lastIndexOf('/')
  return GENERATED_ID.test(resource.slice(slash + 1)) ? `${resource.slice(0, slash)}/*` : resource
}

/** Keys of the action itself, which tell uses apart; tags of resources do not. */
function actionKeys({ keys }: Use): string {
  const own = Object.entries(keys).filter(([key]) => !key.startsWith('aws:ResourceTag/'))
  return JSON.stringify(own)
}

/** A name is of one resource, however many there happen to have been. */
const NAME_TAG = 'aws:ResourceTag/Name'

function commonKeys(uses: readonly [Use, ...Use[]]): Record<string, string> {
  const common = Object.entries(uses[0].keys).filter(
    ([key, value]) => key !== NAME_TAG && uses.every(({ keys }) => keys[key] === value),
  )
  return Object.fromEntries(common.sort(([a], [b]) => a.localeCompare(b)))
}

type Group = [Permission, ...Permission[]]

function grouped(permissions: readonly Permission[], by: (each: Permission) => unknown): Group[] {
  return [...Map.groupBy(permissions, (each) => JSON.stringify(by(each))).values()] as Group[]
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}

function statement({ actions, resources, keys }: Permission): StatementOf {
  return {
    Effect: 'Allow',
    Action: oneOrMore(actions),
    Resource: oneOrMore(resources),
    ...(Object.keys(keys).length > 0 && { Condition: { StringEquals: keys } }),
  }
}

function oneOrMore(texts: string[]): string | string[] {
  return texts.length === 1 ? (texts[0] ?? '') : texts
}
