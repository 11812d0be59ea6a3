/** Launch templates and their versions as they are stored, and how requests name them. */
import type {
  LaunchTemplateSpecification,
  RequestLaunchTemplateData,
  LaunchTemplate as SdkLaunchTemplate,
  LaunchTemplateVersion as SdkLaunchTemplateVersion,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import { invalidCombination, missingParameter } from './errors.ts'
import type { RequestIdentity } from './idempotency.ts'
import { existing, LAUNCH_TEMPLATE } from './ids.ts'

export type LaunchTemplate = Answer<Omit<SdkLaunchTemplate, 'Tags'>> &
  RequestIdentity & {
    readonly LaunchTemplateId: string
    readonly LaunchTemplateName: string
    readonly DefaultVersionNumber: number
    readonly LatestVersionNumber: number
  }

export type LaunchTemplateVersion = Answer<
  Omit<SdkLaunchTemplateVersion, 'LaunchTemplateData' | 'LaunchTemplateName' | 'DefaultVersion'>
> & {
  readonly LaunchTemplateId: string
  readonly VersionNumber: number
  readonly LaunchTemplateData: RequestLaunchTemplateData
}

export const launchTemplates = table<LaunchTemplate>('ec2.launch-templates', {
  indexes: {
    name: ({ LaunchTemplateName }) => LaunchTemplateName,
    clientToken: ({ ClientToken }) => ClientToken,
  },
})

export const launchTemplateVersions = table<LaunchTemplateVersion>('ec2.launch-template-versions', {
  indexes: { template: ({ LaunchTemplateId }) => LaunchTemplateId },
})

export const versionKey = (id: string, version: number) => `${id}/${version}`

type Named = Pick<LaunchTemplateSpecification, 'LaunchTemplateId' | 'LaunchTemplateName'>

/** The template of a request by its id or its name, never by both. */
export function requestedTemplate(
  { LaunchTemplateId: id, LaunchTemplateName: name }: Named,
  ctx: Context,
): LaunchTemplate {
  if (id && name) {
    throw invalidCombination(
      'Either a launch template ID or a launch template name must be specified, not both.',
    )
  }
  if (id) return existing(LAUNCH_TEMPLATE, launchTemplates, id, 'launchTemplateId', ctx)
  if (!name) {
    throw missingParameter('LaunchTemplateId or LaunchTemplateName')
  }
  // The code of those who use a template, as reported, is not that of those who make one.
  checkTemplateName(name, 'InvalidLaunchTemplateName.Malformed')
  return templateNamed(name, ctx)
}

const NAME = /^[a-zA-Z0-9().\-/_]{3,128}$/

/** Throws for a name that no template can have. */
export function checkTemplateName(name: string, code: string): void {
  if (NAME.test(name)) return
  throw new AwsError(
    code,
    'A launch template name must be between 3 and 128 characters, and may contain letters, ' +
      'numbers, and the following characters: - ( ) . / _.',
  )
}

/** The template of a name, or AWS's error. */
export function templateNamed(name: string, ctx: Context): LaunchTemplate {
  const [row] = ctx.tx.by(launchTemplates, 'name', name)
  if (row) return row
  throw new AwsError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${name}, does not exist.`,
  )
}

/** The number that `$Latest`, `$Default` or a number stands for. */
export function versionNumber(template: LaunchTemplate, version: string): number {
  if (version === '$Latest') return template.LatestVersionNumber
  if (version === '$Default') return template.DefaultVersionNumber
  if (/^[1-9]\d{0,8}$/.test(version)) return Number(version)
  throw new AwsError(
    'InvalidLaunchTemplateId.VersionMalformed',
    `The specified launch template version ${version} is not valid.`,
  )
}

/** A version of a template, the default one unless another is named. */
export function versionOf(
  template: LaunchTemplate,
  version: string | undefined,
  ctx: Context,
): LaunchTemplateVersion {
  const { LaunchTemplateId: id } = template
  const number = versionNumber(template, version || '$Default')
  const row = ctx.tx.get(launchTemplateVersions, versionKey(id, number))
  if (row) return row
  throw new AwsError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${number} for the launch template with ID ${id}.`,
  )
}

/** All versions of a template, the oldest first. */
export function versionsOf({ LaunchTemplateId }: LaunchTemplate, ctx: Context) {
  return ctx.tx.by(launchTemplateVersions, 'template', LaunchTemplateId)
}
