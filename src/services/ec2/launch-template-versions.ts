/** Versions of launch templates. */
import type {
  CreateLaunchTemplateVersionRequest,
  CreateLaunchTemplateVersionResult,
  DeleteLaunchTemplateVersionsRequest,
  DeleteLaunchTemplateVersionsResult,
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult,
  LaunchTemplateErrorCode,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
  LaunchTemplateVersion as SdkLaunchTemplateVersion,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoMillis } from '../../clock.ts'
import { invalidValue, missingParameter } from './errors.ts'
import { checkedFilters, type Fields, predicate } from './filters.ts'
import {
  type LaunchTemplate,
  type LaunchTemplateVersion,
  launchTemplates,
  launchTemplateVersions,
  requestedTemplate,
  versionKey,
  versionNumber,
  versionOf,
  versionsOf,
} from './launch-template-rows.ts'
import { allowOnTemplate } from './launch-templates.ts'
import { pageOf } from './pagination.ts'
import { checkedTags } from './tag-rows.ts'

const MAX_USER_DATA_BYTES = 16_384
const MOST_RESULTS = 200
const MOST_DELETED = 200
/** More than any sequence: the pages go from the newest version to the oldest. */
const BEHIND_ALL = 999_999_999_999_999

/** Throws for what no version may hold; what its parts are worth shows when it is used. */
export function checkTemplateData(data: RequestLaunchTemplateData): void {
  for (const { Tags = [] } of data.TagSpecifications ?? []) checkedTags(Tags)
  if (data.UserData && Buffer.byteLength(data.UserData, 'base64') > MAX_USER_DATA_BYTES) {
    throw invalidValue(`User data is limited to ${MAX_USER_DATA_BYTES} bytes`)
  }
  if (data.InstanceType && data.InstanceRequirements) {
    throw new AwsError(
      'InvalidParameterCombination',
      'InstanceRequirements and InstanceType cannot both be specified.',
    )
  }
}

/** Adds a version; of a source version it keeps what the request does not set. */
export function createLaunchTemplateVersion(
  input: Checked<CreateLaunchTemplateVersionRequest>,
  ctx: Context,
): Answer<CreateLaunchTemplateVersionResult> {
  const template = requestedTemplate(input, ctx)
  allowOnTemplate('ec2:CreateLaunchTemplateVersion', template, ctx)
  if (!input.LaunchTemplateData) throw missingParameter('LaunchTemplateData')
  const { LaunchTemplateId, LatestVersionNumber } = template
  const source = input.SourceVersion
    ? versionOf(template, input.SourceVersion, ctx).LaunchTemplateData
    : {}
  const LaunchTemplateData = { ...source, ...input.LaunchTemplateData }
  checkTemplateData(LaunchTemplateData)
  const VersionNumber = LatestVersionNumber + 1
  const row: LaunchTemplateVersion = {
    LaunchTemplateId,
    VersionNumber,
    ...(input.VersionDescription && { VersionDescription: input.VersionDescription }),
    CreateTime: ctx.now,
    CreatedBy: ctx.caller.arn,
    LaunchTemplateData,
  }
  ctx.tx.put(launchTemplateVersions, versionKey(LaunchTemplateId, VersionNumber), row)
  const changed = { ...template, LatestVersionNumber: VersionNumber }
  ctx.tx.put(launchTemplates, LaunchTemplateId, changed)
  return { LaunchTemplateVersion: shown(row, changed) }
}

function shown(
  { LaunchTemplateData, ...row }: LaunchTemplateVersion,
  { LaunchTemplateName, DefaultVersionNumber }: LaunchTemplate,
): Answer<SdkLaunchTemplateVersion> {
  return {
    ...row,
    LaunchTemplateName,
    DefaultVersion: row.VersionNumber === DefaultVersionNumber,
    // Answers have the members of requests, in types of their own.
    LaunchTemplateData: LaunchTemplateData as Answer<ResponseLaunchTemplateData>,
    Operator: { Managed: false },
  }
}

/** Deletes versions, each for itself; the default one stays. */
export function deleteLaunchTemplateVersions(
  input: Checked<DeleteLaunchTemplateVersionsRequest>,
  ctx: Context,
): DeleteLaunchTemplateVersionsResult {
  const template = requestedTemplate(input, ctx)
  allowOnTemplate('ec2:DeleteLaunchTemplateVersions', template, ctx)
  if (input.Versions.length > MOST_DELETED) {
    throw invalidValue(`At most ${MOST_DELETED} versions can be deleted in one call.`)
  }
  const { LaunchTemplateId, LaunchTemplateName } = template
  const SuccessfullyDeletedLaunchTemplateVersions = []
  const UnsuccessfullyDeletedLaunchTemplateVersions = []
  for (const version of input.Versions) {
    const VersionNumber = versionNumber(template, version)
    const item = { LaunchTemplateId, LaunchTemplateName, VersionNumber }
    const ResponseError = cannotDelete(template, VersionNumber, ctx)
    if (ResponseError) {
      UnsuccessfullyDeletedLaunchTemplateVersions.push({ ...item, ResponseError })
    } else {
      ctx.tx.delete(launchTemplateVersions, versionKey(LaunchTemplateId, VersionNumber))
      SuccessfullyDeletedLaunchTemplateVersions.push(item)
    }
  }
  return { SuccessfullyDeletedLaunchTemplateVersions, UnsuccessfullyDeletedLaunchTemplateVersions }
}

interface ResponseError {
  readonly Code: LaunchTemplateErrorCode
  readonly Message: string
}

function cannotDelete(
  { LaunchTemplateId: id, DefaultVersionNumber }: LaunchTemplate,
  version: number,
  ctx: Context,
): ResponseError | undefined {
  if (!ctx.tx.has(launchTemplateVersions, versionKey(id, version))) {
    const Message = `The specified launch template version ${version} does not exist.`
    return { Code: 'launchTemplateVersionDoesNotExist', Message }
  }
  if (version !== DefaultVersionNumber) return undefined
  // UNCERTAIN: that the default version stays is documented, the code and wording are not.
  const Message = 'The default version of a launch template cannot be deleted.'
  return { Code: 'unexpectedError', Message }
}

const FIELDS: Fields<LaunchTemplateVersion> = {
  'create-time': ({ CreateTime }) =>
    typeof CreateTime === 'number' ? isoMillis(CreateTime) : undefined,
  'ebs-optimized': ({ LaunchTemplateData: data }) => data.EbsOptimized,
  'http-endpoint': ({ LaunchTemplateData: data }) => data.MetadataOptions?.HttpEndpoint,
  'http-protocol-ipv4': ({ LaunchTemplateData: data }) => data.MetadataOptions?.HttpEndpoint,
  'host-resource-group-arn': ({ LaunchTemplateData: data }) => data.Placement?.HostResourceGroupArn,
  'http-tokens': ({ LaunchTemplateData: data }) => data.MetadataOptions?.HttpTokens,
  'iam-instance-profile': ({ LaunchTemplateData: { IamInstanceProfile: profile } }) =>
    profile?.Arn ?? profile?.Name,
  'image-id': ({ LaunchTemplateData: data }) => data.ImageId,
  'instance-type': ({ LaunchTemplateData: data }) => data.InstanceType,
  'is-default-version': ({ LaunchTemplateId, VersionNumber }, ctx) =>
    ctx.tx.get(launchTemplates, LaunchTemplateId)?.DefaultVersionNumber === VersionNumber,
  'kernel-id': ({ LaunchTemplateData: data }) => data.KernelId,
  'license-configuration-arn': ({ LaunchTemplateData: data }) =>
    data.LicenseSpecifications?.map(({ LicenseConfigurationArn }) => LicenseConfigurationArn),
  'network-card-index': ({ LaunchTemplateData: data }) =>
    data.NetworkInterfaces?.map(({ NetworkCardIndex }) => NetworkCardIndex),
  'ram-disk-id': ({ LaunchTemplateData: data }) => data.RamDiskId,
}

/**
 * Versions of one template; or `$Latest` and `$Default` of all templates, when none is named.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html
 */
export function describeLaunchTemplateVersions(
  input: DescribeLaunchTemplateVersionsRequest,
  ctx: Context,
): Answer<DescribeLaunchTemplateVersionsResult> {
  ctx.allow('ec2:DescribeLaunchTemplateVersions', '*')
  const tests = checkedFilters(input.Filters).map((filter) => predicate(filter, FIELDS))
  const positionOf = ({ row: { LaunchTemplateId, VersionNumber } }: Found) => {
    const key = versionKey(LaunchTemplateId, VersionNumber)
    return BEHIND_ALL - (ctx.tx.sequence(launchTemplateVersions, key) ?? 0)
  }
  const matching = requested(input, ctx)
    .filter(({ row }) => tests.every((test) => test(row, ctx)))
    .sort((a, b) => positionOf(a) - positionOf(b))
  const bounds = { least: 1, most: MOST_RESULTS }
  const { rows, NextToken } = pageOf(matching, positionOf, input, bounds)
  const LaunchTemplateVersions = rows.map(({ row, template }) => shown(row, template))
  return { LaunchTemplateVersions, NextToken }
}

interface Found {
  readonly row: LaunchTemplateVersion
  readonly template: LaunchTemplate
}

const OF_ALL_TEMPLATES = new Set(['$Latest', '$Default'])
const HOW_TO_DESCRIBE =
  'To describe the launch template data for all your launch templates, for ‘--versions’ specify ' +
  '‘$Latest’, ‘$Default’, or both, and omit ‘--launch-template-id’, ‘--launch-template-name’, ' +
  'and version numbers. To describe the launch template data for a specific launch template, ' +
  'specify ‘--launch-template-id’ or ‘--launch-template-name’, and for ‘--versions’ specify one ' +
  'or more of the following values: ‘$Latest’, ‘$Default’, or one or more version numbers.'

function requested(input: DescribeLaunchTemplateVersionsRequest, ctx: Context): Found[] {
  const { LaunchTemplateId, LaunchTemplateName, Versions = [] } = input
  if (!LaunchTemplateId && !LaunchTemplateName) {
    if (Versions.length === 0) throw new AwsError('MissingParameter', HOW_TO_DESCRIBE)
    if (!Versions.every((version) => OF_ALL_TEMPLATES.has(version))) {
      throw invalidValue(HOW_TO_DESCRIBE)
    }
    return [...ctx.tx.all(launchTemplates)].flatMap((template) => named(template, Versions, ctx))
  }
  const template = requestedTemplate({ LaunchTemplateId, LaunchTemplateName }, ctx)
  if (Versions.length > 0) return named(template, Versions, ctx)
  const least = Number(input.MinVersion ?? 1)
  const most = Number(input.MaxVersion ?? template.LatestVersionNumber)
  return versionsOf(template, ctx)
    .filter(({ VersionNumber }) => VersionNumber >= least && VersionNumber <= most)
    .map((row) => ({ row, template }))
}

function named(template: LaunchTemplate, versions: readonly string[], ctx: Context): Found[] {
  const rows = new Set(versions.map((version) => versionOf(template, version, ctx)))
  return [...rows].map((row) => ({ row, template }))
}
