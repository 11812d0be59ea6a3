/** The policies that AWS manages, as data: those that automations of our services attach. */
import { createHash } from 'node:crypto'
import { readFacts } from '../../aws/facts.ts'
import { parseTime } from '../../clock.ts'
import type { ManagedPolicy } from './state.ts'

const ARN_PREFIX = 'arn:aws:iam::aws:policy/'

interface PolicyData {
  name: string
  path: string
  arn: string
  defaultVersionId: string
  createDate: string
  updateDate: string
  document: object
}

let data: readonly PolicyData[] | undefined

function documents(): readonly PolicyData[] {
  data ??= readFacts<PolicyData[]>('managed-policies.json')
  return data
}

/** Made when they are first asked for: few of them are. */
const rows = new Map<string, ManagedPolicy>()

/** By ARN: `arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`. */
export function awsManagedPolicy(arn: string): ManagedPolicy | undefined {
  const known = rows.get(arn)
  if (known || !arn.startsWith(ARN_PREFIX)) return known
  const data = documents().find((policy) => policy.arn === arn)
  if (!data) return undefined
  const row = rowOf(data)
  rows.set(arn, row)
  return row
}

export function awsManagedPolicies(): ManagedPolicy[] {
  return documents().flatMap(({ arn }) => awsManagedPolicy(arn) ?? [])
}

/** Only the version that is the default is known. */
function rowOf(policy: PolicyData): ManagedPolicy {
  const { name, path, arn, defaultVersionId: id } = policy
  const updatedAt = parseTime(policy.updateDate)
  return {
    name,
    path,
    arn,
    id: `ANPA${idOf(name)}`,
    createdAt: parseTime(policy.createDate),
    updatedAt,
    tags: [],
    versions: [{ id, document: JSON.stringify(policy.document), createdAt: updatedAt }],
    defaultVersion: id,
    versionCount: Number(id.slice(1)),
  }
}

const ID_CHARACTERS = 17
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The same for the same policy; AWS's own ids are not published. */
function idOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, ID_CHARACTERS)
  return [...bytes].map((byte) => BASE32[byte & 31]).join('')
}
