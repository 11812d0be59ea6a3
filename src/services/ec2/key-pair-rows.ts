/** Key pairs as they are stored: their public half. */
import type { KeyPairInfo } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer } from '../../aws/service.ts'
import { table } from '../../store/store.ts'

export type KeyPair = Answer<Omit<KeyPairInfo, 'Tags' | 'PublicKey'>> & {
  readonly KeyPairId: string
  readonly KeyName: string
  readonly KeyFingerprint: string
  readonly KeyType: NonNullable<KeyPairInfo['KeyType']>
  /** As in authorized_keys, without a comment: `ssh-rsa AAAA…`. */
  readonly PublicKey: string
}

export const keyPairs = table<KeyPair>('ec2.key-pairs', {
  indexes: { name: ({ KeyName }) => KeyName },
})

/** The pair of a name, which is what launches go by; throws when there is none. */
export function keyPairNamed(name: string, ctx: Context): KeyPair {
  const [row] = ctx.tx.by(keyPairs, 'name', name)
  if (row) return row
  throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`)
}
