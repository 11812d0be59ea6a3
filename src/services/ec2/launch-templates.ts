/** Launch templates. */
import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateResult,
  DeleteLaunchTemplateRequest,
  DeleteLaunchTemplateResult,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplatesResult,
  ModifyLaunchTemplateRequest,
  ModifyLaunchTemplateResult,
  LaunchTemplate as SdkLaunchTemplate,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isoMillis } from '../../clock.ts'
import { invalidCombination, missingParameter } from './errors.ts'
import { earlier, identityOf } from './idempotency.ts'
import { ec2Arn, LAUNCH_TEMPLATE, newId } from './ids.ts'
import {
  checkTemplateName,
  type LaunchTemplate,
  launchTemplates,
  launchTemplateVersions,
  requestedTemplate,
  versionKey,
  versionNumber,
  versionsOf,
} from './launch-template-rows.ts'
import { checkTemplateData } from './launch-template-versions.ts'
import { type Listing, list, listByIds } from './listing.ts'
import { allowNew, allowOn } from './network/access.ts'
import { forgetTags, tagsOf } from './tag-rows.ts'
import { tagNew, tagsFor } from './tag-specifications.ts'

const MOST_RESULTS = 200

/** Creates a template with its first version. */
export function createLaunchTemplate(
  input: Checked<CreateLaunchTemplateRequest>,
  ctx: Context,
): Answer<CreateLaunchTemplateResult> {
  const { LaunchTemplateName, LaunchTemplateData, VersionDescription } = input
  const tags = tagsFor(input.TagSpecifications, ['launch-template'])
  checkTemplateName(LaunchTemplateName, 'InvalidLaunchTemplateName.MalformedException')
  if (!LaunchTemplateData) throw missingParameter('LaunchTemplateData')
  checkTemplateData(LaunchTemplateData)
  allowNew('CreateLaunchTemplate', LAUNCH_TEMPLATE, tags, ctx)
  const identity = identityOf(input)
  const { ClientToken = '' } = input
  const repeated = earlier(ctx.tx.by(launchTemplates, 'clientToken', ClientToken), identity)
  if (repeated) return { LaunchTemplate: shown(repeated, ctx) }
  if (ctx.tx.by(launchTemplates, 'name', LaunchTemplateName).length > 0) {
    throw new AwsError(
      'InvalidLaunchTemplateName.AlreadyExistsException',
      'Launch template name already in use.',
    )
  }
  const LaunchTemplateId = newId(LAUNCH_TEMPLATE, ctx)
  const made = { LaunchTemplateId, CreateTime: ctx.now, CreatedBy: ctx.caller.arn }
  const row: LaunchTemplate = {
    ...made,
    LaunchTemplateName,
    DefaultVersionNumber: 1,
    LatestVersionNumber: 1,
    ...identity,
  }
  ctx.tx.put(launchTemplates, LaunchTemplateId, row)
  ctx.tx.put(launchTemplateVersions, versionKey(LaunchTemplateId, 1), {
    ...made,
    VersionNumber: 1,
    ...(VersionDescription !== undefined && { VersionDescription }),
    LaunchTemplateData,
  })
  tagNew(LaunchTemplateId, 'launch-template', tags, ctx)
  return { LaunchTemplate: shown(row, ctx) }
}

function shown(row: LaunchTemplate, ctx: Context): Answer<SdkLaunchTemplate> {
  const Operator = { Managed: false }
  return { ...row, Operator, Tags: tagsOf(row.LaunchTemplateId, ctx) }
}

/** Asks for an action on a template. */
export function allowOnTemplate(
  action: string,
  { LaunchTemplateId: id }: LaunchTemplate,
  ctx: Context,
): void {
  const keys = { 'ec2:LaunchTemplate': ec2Arn('launch-template', id, ctx) }
  allowOn(action, LAUNCH_TEMPLATE, id, ctx, { keys })
}

/** Sets the default version, which is all of a template that can be changed. */
export function modifyLaunchTemplate(
  input: ModifyLaunchTemplateRequest,
  ctx: Context,
): Answer<ModifyLaunchTemplateResult> {
  if (input.LaunchTemplateId && input.LaunchTemplateName) {
    throw invalidCombination(
      'Either provide launch template ID or launch template name to modify the template.',
    )
  }
  const template = requestedTemplate(input, ctx)
  allowOnTemplate('ec2:ModifyLaunchTemplate', template, ctx)
  const { DefaultVersion } = input
  if (!DefaultVersion) throw missingParameter('SetDefaultVersion')
  const DefaultVersionNumber = versionNumber(template, DefaultVersion)
  const key = versionKey(template.LaunchTemplateId, DefaultVersionNumber)
  if (!ctx.tx.has(launchTemplateVersions, key)) {
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `The launch template version ${DefaultVersionNumber} is not found for the specified ` +
        'launch template.',
    )
  }
  const changed = { ...template, DefaultVersionNumber }
  ctx.tx.put(launchTemplates, template.LaunchTemplateId, changed)
  return { LaunchTemplate: shown(changed, ctx) }
}

/** Deletes a template with all of its versions. */
export function deleteLaunchTemplate(
  input: DeleteLaunchTemplateRequest,
  ctx: Context,
): Answer<DeleteLaunchTemplateResult> {
  const template = requestedTemplate(input, ctx)
  const { LaunchTemplateId: id } = template
  allowOnTemplate('ec2:DeleteLaunchTemplate', template, ctx)
  const LaunchTemplate = shown(template, ctx)
  for (const { VersionNumber } of versionsOf(template, ctx)) {
    ctx.tx.delete(launchTemplateVersions, versionKey(id, VersionNumber))
  }
  ctx.tx.delete(launchTemplates, id)
  forgetTags(id, ctx)
  return { LaunchTemplate }
}

const TEMPLATES: Listing<LaunchTemplate> = {
  kind: LAUNCH_TEMPLATE,
  table: launchTemplates,
  idOf: ({ LaunchTemplateId }) => LaunchTemplateId,
  fields: {
    'create-time': ({ CreateTime }) =>
      typeof CreateTime === 'number' ? isoMillis(CreateTime) : undefined,
    'launch-template-name': ({ LaunchTemplateName }) => LaunchTemplateName,
  },
  indexes: { 'launch-template-name': 'name' },
}

/** Templates by id or name, or all that match. */
export function describeLaunchTemplates(
  input: DescribeLaunchTemplatesRequest,
  ctx: Context,
): Answer<DescribeLaunchTemplatesResult> {
  ctx.allow('ec2:DescribeLaunchTemplates', '*')
  const { LaunchTemplateIds = [], LaunchTemplateNames = [] } = input
  const named = LaunchTemplateNames.flatMap((name) => {
    const found = ctx.tx.by(launchTemplates, 'name', name)
    if (found.length > 0) return found.map(({ LaunchTemplateId }) => LaunchTemplateId)
    throw new AwsError(
      'InvalidLaunchTemplateName.NotFoundException',
      'At least one of the launch templates specified in the request does not exist.',
    )
  })
  const ids = [...LaunchTemplateIds, ...named]
  if (ids.length > 0) {
    const parameters = { set: 'launchTemplateIds', one: 'launchTemplateId' }
    const rows = listByIds(TEMPLATES, ids, { Filters: input.Filters }, parameters, ctx)
    return { LaunchTemplates: rows.map((row) => shown(row, ctx)) }
  }
  const { rows, NextToken } = list(TEMPLATES, input, ctx, { least: 1, most: MOST_RESULTS })
  return { LaunchTemplates: rows.map((row) => shown(row, ctx)), NextToken }
}
