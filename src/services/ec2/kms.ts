/** The key that EBS encrypts with when the request names none. */
import { createHash } from 'node:crypto'
import { arn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'

const UUID_PARTS = /^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/

/** The ARN of the account's `aws/ebs` key in this region. */
export function defaultKmsKey({ account, region }: Pick<Context, 'account' | 'region'>): string {
  const digest = createHash('sha256').update(`aws/ebs ${account} ${region}`).digest('hex')
  return arn('kms', region, account, `key/${digest.replace(UUID_PARTS, '$1-$2-$3-$4-$5')}`)
}
