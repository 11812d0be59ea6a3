/** Key pairs. */
import type {
  CreateKeyPairRequest,
  DeleteKeyPairRequest,
  DeleteKeyPairResult,
  DescribeKeyPairsRequest,
  DescribeKeyPairsResult,
  ImportKeyPairRequest,
  ImportKeyPairResult,
  KeyPair as SdkKeyPair,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { type Answer, type Checked, type Waiting, waiting } from '../../aws/service.ts'
import { dryRunSucceeded, invalidParameter, invalidValue, missingParameter } from './errors.ts'
import { checkedFilters, type Fields, predicate } from './filters.ts'
import { allExisting, ec2Arn, KEY_PAIR, newId } from './ids.ts'
import {
  importedFingerprint,
  type NewKey,
  newEd25519KeyPair,
  newRsaKeyPair,
  openSshLine,
  type PublicKey,
  readPublicKey,
} from './key-material.ts'
import { type KeyPair, keyPairNamed, keyPairs } from './key-pair-rows.ts'
import { resourceKeys } from './network/access.ts'
import { forgetTags, tagsOf } from './tag-rows.ts'
import { allowTagging, type RequestedTags, tagNew, tagsFor } from './tag-specifications.ts'

const MAX_NAME_LENGTH = 255

/** Makes a key pair and gives out its private half, which is kept nowhere. */
export const createKeyPair: Waiting = waiting(
  async (input: Checked<CreateKeyPairRequest>, ctx): Promise<SdkKeyPair> => {
    if (input.KeyFormat === 'ppk') {
      throw invalidValue('Windtunnel gives out keys in the pem format only.')
    }
    const key = input.KeyType === 'ed25519' ? newEd25519KeyPair(ctx.ids) : await newRsaKeyPair()
    return ctx.transact((tx) => {
      const output = keepNew(input, key, tx)
      if (input.DryRun) throw dryRunSucceeded()
      return output
    })
  },
)

function keepNew(
  { KeyName, TagSpecifications }: Checked<CreateKeyPairRequest>,
  key: NewKey,
  ctx: Context,
): SdkKeyPair {
  const tags = tagsFor(TagSpecifications, ['key-pair'])
  const { fingerprint: KeyFingerprint, privateKey: KeyMaterial } = key
  const row = keep('CreateKeyPair', { KeyName, KeyFingerprint }, key, tags, ctx)
  return { ...shown(row, ctx), KeyMaterial }
}

/** Keeps a public key that the user made. */
export function importKeyPair(
  { KeyName, PublicKeyMaterial, TagSpecifications }: Checked<ImportKeyPairRequest>,
  ctx: Context,
): ImportKeyPairResult {
  const tags = tagsFor(TagSpecifications, ['key-pair'])
  const key = readPublicKey(Buffer.from(PublicKeyMaterial).toString())
  if (!key) {
    throw new AwsError('InvalidKey.Format', 'Key is not in valid OpenSSH public key format')
  }
  const KeyFingerprint = importedFingerprint(key)
  return shown(keep('ImportKeyPair', { KeyName, KeyFingerprint }, key, tags, ctx), ctx)
}

function keep(
  operation: string,
  { KeyName, KeyFingerprint }: Pick<KeyPair, 'KeyName' | 'KeyFingerprint'>,
  key: PublicKey,
  tags: RequestedTags,
  ctx: Context,
): KeyPair {
  if (!KeyName) throw missingParameter('KeyName')
  if (KeyName.length > MAX_NAME_LENGTH) {
    throw invalidParameter('KeyName', KeyName, 'Invalid key name.')
  }
  const keys = { 'ec2:Region': ctx.region, 'ec2:KeyPairName': KeyName, 'ec2:KeyPairType': key.type }
  ctx.allow(`ec2:${operation}`, ec2Arn('key-pair', KeyName, ctx), {
    keys: { ...keys, ...tags.keys('key-pair') },
  })
  allowTagging(operation, tags, ctx)
  if (ctx.tx.by(keyPairs, 'name', KeyName).length > 0) {
    throw new AwsError('InvalidKeyPair.Duplicate', 'The keypair already exists')
  }
  const row: KeyPair = {
    KeyPairId: newId(KEY_PAIR, ctx),
    KeyName,
    KeyFingerprint,
    KeyType: key.type,
    PublicKey: openSshLine(key),
    CreateTime: ctx.now,
  }
  ctx.tx.put(keyPairs, row.KeyPairId, row)
  tagNew(row.KeyPairId, 'key-pair', tags, ctx)
  return row
}

function shown({ KeyPairId, KeyName, KeyFingerprint }: KeyPair, ctx: Context) {
  return { KeyPairId, KeyName, KeyFingerprint, Tags: tagsOf(KeyPairId, ctx)?.slice() }
}

/** Condition keys of a pair, for what uses it. */
export function keyPairKeys({ KeyPairId, KeyName, KeyType }: KeyPair, ctx: Context) {
  const keys = { 'ec2:KeyPairName': KeyName, 'ec2:KeyPairType': KeyType }
  return resourceKeys(KEY_PAIR, KeyPairId, { keys }, ctx)
}

/** Deletes a pair; one that there is not is as good as deleted. */
export function deleteKeyPair(
  { KeyName, KeyPairId }: DeleteKeyPairRequest,
  ctx: Context,
): DeleteKeyPairResult {
  if (!KeyName && !KeyPairId) throw missingParameter('KeyName')
  const row = KeyPairId
    ? ctx.tx.get(keyPairs, KeyPairId)
    : ctx.tx.by(keyPairs, 'name', KeyName ?? '')[0]
  ctx.allow('ec2:DeleteKeyPair', ec2Arn('key-pair', row?.KeyName ?? KeyName ?? '*', ctx), {
    keys: row ? keyPairKeys(row, ctx) : { 'ec2:Region': ctx.region },
  })
  if (!row) return { Return: true }
  ctx.tx.delete(keyPairs, row.KeyPairId)
  forgetTags(row.KeyPairId, ctx)
  return { Return: true, KeyPairId: row.KeyPairId }
}

const FIELDS: Fields<KeyPair> = {
  fingerprint: ({ KeyFingerprint }) => KeyFingerprint,
  'key-name': ({ KeyName }) => KeyName,
  'key-pair-id': ({ KeyPairId }) => KeyPairId,
}

/** Pairs by name or id, or all that match; this operation has no pages. */
export function describeKeyPairs(
  { KeyNames = [], KeyPairIds = [], Filters, IncludePublicKey }: DescribeKeyPairsRequest,
  ctx: Context,
): Answer<DescribeKeyPairsResult> {
  ctx.allow('ec2:DescribeKeyPairs', '*')
  const tests = checkedFilters(Filters).map((filter) =>
    predicate(filter, FIELDS, ({ KeyPairId }, at) => tagsOf(KeyPairId, at)),
  )
  const named = [
    ...allExisting(KEY_PAIR, keyPairs, KeyPairIds, 'keyPairId', ctx),
    ...KeyNames.map((name) => keyPairNamed(name, ctx)),
  ]
  const all = KeyNames.length + KeyPairIds.length > 0 ? named : ctx.tx.all(keyPairs)
  const matching = [...all].filter((row) => tests.every((test) => test(row, ctx)))
  const KeyPairs = matching.map(({ PublicKey, ...row }) => ({
    ...row,
    ...(IncludePublicKey && { PublicKey: `${PublicKey} ${row.KeyName}` }),
    Tags: tagsOf(row.KeyPairId, ctx) ?? [],
  }))
  return { KeyPairs }
}
