/**
 * The rules for policies of identities, boundaries and sessions, in the order in which IAM finds
 * their faults. Order and wording are those recorded from AWS in moto's and LocalStack's tests.
 */
import { epochSeconds } from './dates.ts'
import { parseJson, type RawStatement, readDocument, syntaxError } from './shape.ts'
import { type PolicyDocument, PolicyError, type StatementDocument } from './types.ts'

const SID = /^[0-9A-Za-z]*$/
const VENDOR = /^[A-Za-z0-9.-]+$/
const PARTITIONS = new Set([
  '*',
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
])
const ARN_FIELDS = 6
const IAM_PATHS = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
]
const LEGACY = 'The policy failed legacy parsing'

/** Reads a document that must not name a principal. Throws `PolicyError`, and nothing else. */
export function identityDocument(document: unknown): PolicyDocument {
  if (typeof document === 'string' && /^\s/.test(document)) {
    throw new PolicyError('JSON strings must not have leading spaces')
  }
  const { Version, Id, Statement } = readDocument(parseJson(document))
  const statements = Statement.map(effective)
  if (Version !== undefined && Version !== '2008-10-17' && Version !== '2012-10-17') {
    throw syntaxError()
  }
  if (statements.length === 0) throw syntaxError()
  if (Statement.some((it) => it.Principal !== undefined || it.NotPrincipal !== undefined)) {
    throw new PolicyError('Policy document should not specify a principal.')
  }
  if (Version !== '2012-10-17') {
    throw new PolicyError('Policy document must be version 2012-10-17 or greater.')
  }
  const resourceFault = legacyParse(Statement)
  checkSids(Statement)
  if (Statement.some((it) => isMissing(it.Action ?? it.NotAction))) {
    throw new PolicyError('Policy statement must contain actions.')
  }
  if (Statement.some((it) => isMissing(it.Resource ?? it.NotResource))) {
    throw new PolicyError('Policy statement must contain resources.')
  }
  if (resourceFault !== undefined) throw new PolicyError(resourceFault)
  for (const it of Statement)
    for (const action of it.Action ?? it.NotAction ?? []) checkAction(action)
  return { Version, Id, Statement: statements }
}

/** The first parse takes `allow`; the legacy parse after it does not. */
function effective(raw: RawStatement): StatementDocument {
  const { Principal: _, NotPrincipal: __, ...rest } = raw
  switch (raw.Effect?.toLowerCase()) {
    case 'allow':
      return { ...rest, Effect: 'Allow' }
    case 'deny':
      return { ...rest, Effect: 'Deny' }
    default:
      throw syntaxError()
  }
}

/** Throws what the legacy parser rejects; returns the first other fault of a resource. */
function legacyParse(statements: readonly RawStatement[]): string | undefined {
  for (const { Effect, Condition = {} } of statements) {
    if (Effect !== 'Allow' && Effect !== 'Deny') throw new PolicyError(LEGACY)
    for (const [operator, keys] of Object.entries(Condition)) {
      if (!/^(For\w+:)?Date/.test(operator)) continue
      const dates = Object.values(keys).flat()
      if (dates.some((text) => epochSeconds(text) === undefined)) throw new PolicyError(LEGACY)
    }
  }
  for (const { Resource, NotResource } of statements) {
    for (const resource of Resource ?? NotResource ?? []) {
      const fault = faultOfResource(resource)
      if (fault === LEGACY) throw new PolicyError(LEGACY)
      if (fault !== undefined) return fault
    }
  }
  return undefined
}

/** What is wrong with a Resource, in AWS's words. Fields that it lacks count as `*`. */
export function faultOfResource(resource: string): string | undefined {
  if (resource === '*') return undefined
  const [prefix, partition = '', ...rest] = resource.split(':')
  if (!resource.includes(':')) return `Resource ${resource} must be in ARN format or "*".`
  const isShort = 2 + rest.length < ARN_FIELDS
  if (prefix === 'arn' && PARTITIONS.has(partition)) {
    if ((isShort && resource.includes('::')) || rest[0] === '') return LEGACY
  }
  if (!PARTITIONS.has(partition)) {
    while (2 + rest.length < ARN_FIELDS) rest.push('*')
    const arn = ['arn', partition, ...rest].join(':')
    return `Partition "${partition}" is not valid for resource "${arn}".`
  }
  const [vendor = '*', region = '*', account = '*', ...path] = rest
  if (/[*?]/.test(vendor)) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.'
  }
  if (isShort) return undefined
  if (vendor === 'iam') return faultOfIamResource(resource, region, path.join(':'))
  if (vendor === 's3' && region !== '' && account === '') {
    return `Resource ${resource} can not contain region information.`
  }
  return undefined
}

function faultOfIamResource(resource: string, region: string, path: string): string | undefined {
  if (region !== '') return `IAM resource ${resource} cannot contain region information.`
  if (path === '*' || path === 'root') return undefined
  if (IAM_PATHS.some((start) => path.startsWith(start))) return undefined
  return `IAM resource path must either be "*", root, or start with ${IAM_PATHS.join(', ')}.`
}

function checkSids(statements: readonly RawStatement[]): void {
  const sids = statements.flatMap(({ Sid }) => (Sid ? [Sid] : []))
  if (sids.some((sid) => !SID.test(sid))) {
    throw new PolicyError(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular ' +
        'expression [0-9A-Za-z]*',
    )
  }
  if (new Set(sids).size < sids.length) {
    throw new PolicyError('Statement IDs (SID) in a single policy must be unique.')
  }
}

function checkAction(action: string): void {
  if (action === '*') return
  const [vendor = '', ...rest] = action.split(':')
  if (rest.length === 0) {
    throw new PolicyError(
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    )
  }
  if (rest.length > 1) throw new PolicyError('Actions/Condition can contain only one colon.')
  if (vendor !== '*' && !VENDOR.test(vendor)) throw new PolicyError(`Vendor ${vendor} is not valid`)
}

function isMissing(list: readonly string[] | undefined): boolean {
  return list === undefined || list.length === 0
}
