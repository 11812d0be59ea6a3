/**
 * EC2's requests and answers as CloudTrail writes them. Operations of its first years have lists
 * of the form `instancesSet.items[].instanceId`; later ones stand whole under `XRequest` and
 * `XResponse`. The forms are read off published records; where none was at hand, they follow the
 * rules below (UNCERTAIN).
 */
import type { Member } from '../../aws/model.ts'
import type { FinishedCall } from '../../aws/platform.ts'
import { camel, elementOf, type Style } from './elements.ts'

const REMOVED = '<sensitiveDataRemoved>'
const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/'

/** Operations of the later form. */
const LATER = new Set([
  'AssociateIamInstanceProfile',
  'CreateCapacityReservation',
  'CreateFleet',
  'CreateFlowLogs',
  'CreateLaunchTemplate',
  'CreateLaunchTemplateVersion',
  'CreateNatGateway',
  'CreateSnapshots',
  'CreateVpcEndpoint',
  'DeleteFleets',
  'DeleteFlowLogs',
  'DeleteLaunchTemplate',
  'DeleteLaunchTemplateVersions',
  'DeleteNatGateway',
  'DeleteVpcEndpoints',
  'DisassociateIamInstanceProfile',
  'ModifyFleet',
  'ModifyInstanceCreditSpecification',
  'ModifyInstanceMaintenanceOptions',
  'ModifyInstanceMetadataOptions',
  'ModifyLaunchTemplate',
  'ModifySecurityGroupRules',
  'ModifyVolume',
  'ModifyVpcEndpoint',
  'ReplaceIamInstanceProfileAssociation',
])

const wireName = ({ name, traits }: Member) => traits.xml ?? name

/** Lists of ids and the like whose names are not formed as the others are. */
const LIST_NAMES: Readonly<Record<string, string>> = {
  InstanceId: 'instancesSet',
  ImageId: 'imagesSet',
  ResourceId: 'resourcesSet',
  SecurityGroupId: 'groupSet',
  SecurityGroup: 'groupSet',
  BlockDeviceMapping: 'blockDeviceMapping',
  IpPermissions: 'ipPermissions',
}
const ITEM_NAMES: Readonly<Record<string, string>> = {
  SecurityGroupId: 'groupId',
  SecurityGroup: 'groupName',
}

function isLowerCase(name: string): boolean {
  return /^[a-z]/.test(name)
}

/** `VolumeId` → `volumeSet`, `Filter` → `filterSet`. Names of answers are right already. */
function listName(member: Member): string {
  const name = wireName(member)
  if (isLowerCase(name)) return name
  return LIST_NAMES[name] ?? `${camel(name.replace(/Id$/, ''))}Set`
}

function items(values: unknown[], member: Member): unknown {
  if (values.length === 0) return {}
  const name = wireName(member)
  const key = ITEM_NAMES[name] ?? camel(name)
  const wrapped = values.map((value) => (typeof value === 'object' ? value : { [key]: value }))
  return { items: wrapped }
}

const isList = ({ shape }: Member) => shape.kind === 'list'

const REQUEST: Style = {
  nameOf: (member) => (isList(member) ? listName(member) : camel(wireName(member))),
  list: items,
  time: (ms) => ms,
  secret: REMOVED,
}

const RESPONSE: Style = { ...REQUEST, nameOf: (member) => camel(wireName(member)) }

const capitalised = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

/** One item stands for itself, several are a list; each is numbered. */
function numbered(values: unknown[]): unknown {
  const tagged = values.map((value, index) =>
    typeof value === 'object' ? { ...value, tag: index + 1 } : { content: value, tag: index + 1 },
  )
  return tagged.length === 1 ? tagged[0] : tagged
}

const LATER_REQUEST: Style = {
  ...REQUEST,
  nameOf: (member) => member.traits.query ?? capitalised(wireName(member)),
  list: numbered,
}

const LATER_RESPONSE: Style = {
  ...RESPONSE,
  list: (values) => (values.length === 0 ? '' : { item: values.length === 1 ? values[0] : values }),
}

export function ec2Request({ service, operation, input }: FinishedCall): Record<string, unknown> {
  const shape = service.model.operation(operation)?.input
  if (!shape) return {}
  const isLater = LATER.has(operation)
  const style = isLater ? LATER_REQUEST : REQUEST
  const element = elementOf(input, shape, style, 'requestParameters')
  if (isLater) return { [`${operation}Request`]: element }
  return SPECIAL[operation]?.(tagsInPlace(element)) ?? tagsInPlace(element)
}

export function ec2Response(
  { service, operation, output }: FinishedCall,
  requestId: string,
): Record<string, unknown> | null {
  const shape = service.model.operation(operation)?.output
  if (!output || !shape) return null
  const style = LATER.has(operation) ? LATER_RESPONSE : RESPONSE
  const element = elementOf(output, shape, style, 'responseElements')
  if (LATER.has(operation)) {
    return { [`${operation}Response`]: { xmlns: NAMESPACE, requestId, ...element } }
  }
  const succeeded = shape.name === 'Unit' ? { _return: true } : {}
  return { requestId, ...succeeded, ...element }
}

type Element = Record<string, unknown>

/** The tags of a specification are a plain list. */
function tagsInPlace(element: Element): Element {
  const specifications = element.tagSpecificationSet as { items?: Element[] } | undefined
  if (!specifications?.items) return element
  const moved = specifications.items.map(({ tagSet, ...rest }) => ({
    ...rest,
    tags: (tagSet as { items?: unknown[] } | undefined)?.items ?? [],
  }))
  return { ...element, tagSpecificationSet: { items: moved } }
}

/** What an operation's own history has made of its parameters. */
const SPECIAL: Readonly<Record<string, (element: Element) => Element>> = {
  RunInstances: ({ imageId, keyName, minCount, maxCount, ...rest }) => ({
    instancesSet: { items: [defined({ imageId, minCount, maxCount, keyName })] },
    ...rest,
  }),
  CreateVolume: ({ availabilityZone, size, ...rest }) => ({
    ...defined({ size: size === undefined ? undefined : String(size), zone: availabilityZone }),
    ...rest,
  }),
}

function defined(element: Element): Element {
  return Object.fromEntries(Object.entries(element).filter(([, value]) => value !== undefined))
}
