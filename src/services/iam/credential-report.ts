/** The credential report: a line of CSV for the root user and each user. */
import type {
  GenerateCredentialReportResponse,
  GetCredentialReportResponse,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer } from '../../aws/service.ts'
import { isoSeconds, MS_PER_HOUR } from '../../clock.ts'
import { ask, iamArn, wholeSeconds } from './entities.ts'
import { accessKeys, credentialReports, lastUses, ownerOf, type User, users } from './state.ts'

/** For so long a report stands; then a new one is made. */
const REPORT_LIFE_MS = 4 * MS_PER_HOUR
const LATEST = 'latest'
const NOT_APPLICABLE = 'N/A'
const MAX_KEYS_SHOWN = 2

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  'access_key_1_active',
  'access_key_1_last_rotated',
  'access_key_1_last_used_date',
  'access_key_1_last_used_region',
  'access_key_1_last_used_service',
  'access_key_2_active',
  'access_key_2_last_rotated',
  'access_key_2_last_used_date',
  'access_key_2_last_used_region',
  'access_key_2_last_used_service',
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
]

export function generateCredentialReport(
  _: object,
  ctx: Context,
): GenerateCredentialReportResponse {
  ask(ctx, '*')
  const latest = ctx.tx.get(credentialReports, LATEST)
  if (latest && ctx.now - latest.madeAt < REPORT_LIFE_MS) return { State: 'COMPLETE' }
  const content = [COLUMNS.join(','), rootLine(ctx), ...userLines(ctx)].join('\n')
  ctx.tx.put(credentialReports, LATEST, { content, madeAt: wholeSeconds(ctx.now) })
  const Description = latest
    ? 'The current credential report is more than four hours old. Generating a new report'
    : 'No report exists. Starting a new report generation task'
  return { State: 'STARTED', Description }
}

export function getCredentialReport(_: object, ctx: Context): Answer<GetCredentialReportResponse> {
  ask(ctx, '*')
  const report = ctx.tx.get(credentialReports, LATEST)
  if (!report) {
    const text = 'No report is present. To generate one, call GenerateCredentialReport.'
    throw new AwsError('ReportNotPresent', text, { status: 410 })
  }
  if (ctx.now - report.madeAt >= REPORT_LIFE_MS) {
    const text = 'The credential report is expired. To generate one, call GenerateCredentialReport.'
    throw new AwsError('ReportExpired', text, { status: 410 })
  }
  return {
    Content: Buffer.from(report.content),
    ReportFormat: 'text/csv',
    GeneratedTime: report.madeAt,
  }
}

function rootLine(ctx: Context): string {
  const start = ['<root_account>', iamArn('root', ctx), NOT_APPLICABLE]
  const password = ['not_supported', 'no_information', 'not_supported', 'not_supported']
  return [...start, ...password, 'false', ...keyCells(undefined, ctx), ...CERTIFICATES].join(',')
}

function userLines(ctx: Context): string[] {
  return [...ctx.tx.all(users)].map((user) => {
    const start = [user.name, user.arn, isoSeconds(user.createdAt)]
    const password = ['false', NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE]
    return [...start, ...password, 'false', ...keyCells(user, ctx), ...CERTIFICATES].join(',')
  })
}

const CERTIFICATES = ['false', NOT_APPLICABLE, 'false', NOT_APPLICABLE]

function keyCells(user: User | undefined, ctx: Context): string[] {
  const keys = ctx.tx.by(accessKeys, 'owner', ownerOf(ctx.account, user?.id))
  return Array.from({ length: MAX_KEYS_SHOWN }, (_, index) => {
    const key = keys[index]
    if (!key) return ['false', ...Array<string>(4).fill(NOT_APPLICABLE)]
    const use = ctx.tx.get(lastUses, key.id)
    return [
      String(key.status === 'Active'),
      isoSeconds(key.createdAt),
      use ? isoSeconds(use.at) : NOT_APPLICABLE,
      use?.region ?? NOT_APPLICABLE,
      use?.service ?? NOT_APPLICABLE,
    ]
  }).flat()
}
