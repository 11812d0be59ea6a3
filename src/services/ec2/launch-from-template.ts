/**
 * RunInstances from a launch template: what the request does not say, the template does.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-instances-from-launch-template.html
 */
import type {
  BlockDeviceMapping,
  RequestLaunchTemplateData,
  RunInstancesRequest,
  Tag,
  TagSpecification,
} from '@aws-sdk/client-ec2'
import type { ConditionKeys } from '../../aws/authority.ts'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { ec2Arn, LAUNCH_TEMPLATE } from './ids.ts'
import type { LaunchPlan } from './launch-plan.ts'
import {
  type LaunchTemplate,
  type LaunchTemplateVersion,
  requestedTemplate,
  versionOf,
} from './launch-template-rows.ts'
import { resourceKeys } from './network/access.ts'
import { withSystemTags } from './tag-specifications.ts'

type Input = Checked<RunInstancesRequest>

/** The template of a launch, at the version that it names. */
export interface UsedTemplate {
  readonly template: LaunchTemplate
  readonly version: LaunchTemplateVersion
  /** The request as it came. */
  readonly request: Input
}

/** The template of a request; undefined when it names none. */
export function usedTemplate(request: Input, ctx: Context): UsedTemplate | undefined {
  const { LaunchTemplate: specification } = request
  if (!specification) return undefined
  const template = requestedTemplate(specification, ctx)
  return { template, version: versionOf(template, specification.Version, ctx), request }
}

/** The request, completed by its template. */
export function completed(input: Input, used: UsedTemplate | undefined): Input {
  if (!used) return input
  const { RamDiskId, ...data } = used.version.LaunchTemplateData
  return overlaid({ ...launchable(data), ...(RamDiskId && { RamdiskId: RamDiskId }) }, input)
}

/** What templates hold as requests do, in types of their own. Requirements only serve fleets. */
function launchable({
  InstanceRequirements: _,
  ...data
}: RequestLaunchTemplateData): Partial<RunInstancesRequest> {
  return data as Partial<RunInstancesRequest>
}

/**
 * Members of structures are overlaid one by one, lists as wholes; but devices by their names and
 * tags by their keys. UNCERTAIN: AWS documents only that the request overrides the template.
 */
function overlaid(data: Partial<RunInstancesRequest>, input: Input): Input {
  const set = Object.entries(input).filter(([, value]) => value !== undefined)
  const merged = set.map(([name, value]) => {
    const below = data[name as keyof RunInstancesRequest]
    return [name, isStructure(value) && isStructure(below) ? { ...below, ...value } : value]
  })
  const groups = named(input.SecurityGroupIds) || named(input.SecurityGroups)
  const base = groups ? { ...data, SecurityGroupIds: undefined, SecurityGroups: undefined } : data
  return {
    ...base,
    ...Object.fromEntries(merged),
    BlockDeviceMappings: devices(data.BlockDeviceMappings, input.BlockDeviceMappings),
    TagSpecifications: tagSpecifications(data.TagSpecifications, input.TagSpecifications),
    MinCount: input.MinCount,
    MaxCount: input.MaxCount,
  }
}

const named = (list: readonly string[] | undefined) => list !== undefined && list.length > 0

function isStructure(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function devices(
  below: readonly BlockDeviceMapping[] = [],
  above: readonly BlockDeviceMapping[] = [],
): BlockDeviceMapping[] {
  const own = new Set(above.map(({ DeviceName }) => DeviceName))
  return [...below.filter(({ DeviceName }) => !own.has(DeviceName)), ...above]
}

function tagSpecifications(
  below: readonly TagSpecification[] = [],
  above: readonly TagSpecification[] = [],
): TagSpecification[] {
  const byType = new Map<TagSpecification['ResourceType'], Map<string | undefined, Tag>>()
  for (const { ResourceType, Tags = [] } of [...below, ...above]) {
    const tags = byType.get(ResourceType) ?? new Map<string | undefined, Tag>()
    for (const tag of Tags) tags.set(tag.Key, tag)
    byType.set(ResourceType, tags)
  }
  return [...byType].map(([ResourceType, tags]) => ({ ResourceType, Tags: [...tags.values()] }))
}

/** Adds the tags by which AWS tells the template of an instance. They are asked for by nobody. */
export function withTemplateTags(plan: LaunchPlan, used: UsedTemplate | undefined): LaunchPlan {
  if (!used) return plan
  const { template, version } = used
  const system = [
    { Key: 'aws:ec2launchtemplate:id', Value: template.LaunchTemplateId },
    { Key: 'aws:ec2launchtemplate:version', Value: String(version.VersionNumber) },
  ]
  return { ...plan, tags: withSystemTags(plan.tags, 'instance', system) }
}

/** The parameters of a request that decide on a type of resource. */
const DECIDING: Readonly<Record<string, readonly (keyof RunInstancesRequest)[]>> = {
  image: ['ImageId'],
  instance: ['InstanceType'],
  'key-pair': ['KeyName'],
  'network-interface': ['NetworkInterfaces'],
  'placement-group': ['Placement'],
  'security-group': ['SecurityGroupIds', 'SecurityGroups', 'NetworkInterfaces'],
  subnet: ['SubnetId', 'NetworkInterfaces'],
  volume: ['BlockDeviceMappings'],
}

/** Whether the request leaves a type of resource to its template. */
function isOfTemplate(type: string, { request }: UsedTemplate): boolean {
  return (DECIDING[type] ?? []).every((name) => {
    const value = request[name]
    return value === undefined || (Array.isArray(value) && value.length === 0)
  })
}

/** Condition keys of what is launched from a template. */
export function templateKeys(
  type: string,
  used: UsedTemplate | undefined,
  ctx: Context,
): ConditionKeys {
  if (!used) return {}
  return {
    'ec2:LaunchTemplate': ec2Arn('launch-template', used.template.LaunchTemplateId, ctx),
    'ec2:IsLaunchTemplateResource': String(isOfTemplate(type, used)),
  }
}

/** Condition keys of the template itself. */
export function usedTemplateKeys({ template }: UsedTemplate, ctx: Context): ConditionKeys {
  return resourceKeys(LAUNCH_TEMPLATE, template.LaunchTemplateId, {}, ctx)
}
