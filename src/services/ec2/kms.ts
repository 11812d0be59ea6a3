/** Keys of AWS KMS as EBS names them. There is no KMS behind them: any key will do. */
import { createHash } from 'node:crypto'
import { arn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'

type Place = Pick<Context, 'account' | 'region'>

const UUID_PARTS = /^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/

/** The ARN of the account's `aws/ebs` key in this region. */
export function awsManagedKey({ account, region }: Place): string {
  const digest = createHash('sha256').update(`aws/ebs ${account} ${region}`).digest('hex')
  return arn('kms', region, account, `key/${digest.replace(UUID_PARTS, '$1-$2-$3-$4-$5')}`)
}

/** The ARN of a key that a request names by its id, alias or ARN. */
export function keyArn(named: string, { account, region }: Place): string {
  if (named.startsWith('arn:')) return named
  return arn('kms', region, account, named.startsWith('alias/') ? named : `key/${named}`)
}
