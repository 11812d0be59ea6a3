import assert from 'node:assert/strict'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import {
  CreateKeyPairCommand,
  DeleteKeyPairCommand,
  DescribeKeyPairsCommand,
  ImportKeyPairCommand,
} from '@aws-sdk/client-ec2'
import { ec2Cloud, run } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'

const colons = (hex: string) => hex.match(/../g)?.join(':')

/** An RSA key as `ssh-keygen -t rsa -b 1024` wrote it, and what AWS calls its fingerprint. */
function rsaPair() {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const { e = '', n = '' } = publicKey.export({ format: 'jwk' })
  const part = (bytes: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const number = Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')])
  const name = Buffer.from('ssh-rsa')
  const blob = Buffer.concat([name, Buffer.from(e, 'base64url'), number].map(part))
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const fingerprint = colons(createHash('md5').update(der).digest('hex'))
  return { line: `ssh-rsa ${blob.toString('base64')}`, der, fingerprint }
}

test('an RSA key pair is a real one, of which only the public half is kept', async () => {
  const { ec2 } = await ec2Cloud()
  const Tags = [{ Key: 'team', Value: 'red' }]
  const { KeyMaterial = '', ...pair } = await ec2.send(
    new CreateKeyPairCommand({
      KeyName: 'mine',
      TagSpecifications: [{ ResourceType: 'key-pair', Tags }],
    }),
  )
  assert.match(KeyMaterial, /^-----BEGIN RSA PRIVATE KEY-----\n/)
  const key = createPrivateKey(KeyMaterial)
  assert.equal(key.asymmetricKeyDetails?.modulusLength, 2048)
  const der = key.export({ type: 'pkcs8', format: 'der' })
  assert.equal(pair.KeyFingerprint, colons(createHash('sha1').update(der).digest('hex')))
  assert.match(pair.KeyPairId ?? '', /^key-0[0-9a-f]{16}$/)
  const { KeyPairs } = await ec2.send(
    new DescribeKeyPairsCommand({ KeyNames: ['mine'], IncludePublicKey: true }),
  )
  const [found] = KeyPairs ?? []
  assert.equal(found?.KeyType, 'rsa')
  assert.deepEqual(found?.Tags, Tags)
  const { n = '' } = createPublicKey(key).export({ format: 'jwk' })
  const [, blob = '', comment] = (found?.PublicKey ?? '').split(' ')
  assert.equal(comment, 'mine')
  assert.ok(Buffer.from(blob, 'base64').includes(Buffer.from(n, 'base64url')))
})

test('an Ed25519 key comes in the form of OpenSSH', async () => {
  const { ec2 } = await ec2Cloud()
  const command = new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' })
  const { KeyMaterial = '', KeyFingerprint } = await ec2.send(command)
  const [first, ...lines] = KeyMaterial.split('\n')
  assert.equal(first, '-----BEGIN OPENSSH PRIVATE KEY-----')
  assert.equal(lines.pop(), '-----END OPENSSH PRIVATE KEY-----')
  const bytes = Buffer.from(lines.join(''), 'base64')
  assert.ok(bytes.subarray(0, 15).equals(Buffer.from('openssh-key-v1\0')))
  const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({ IncludePublicKey: true }))
  const blob = Buffer.from(KeyPairs?.[0]?.PublicKey?.split(' ')[1] ?? '', 'base64')
  assert.equal(blob.length, 51)
  assert.ok(bytes.includes(blob))
  assert.equal(KeyFingerprint, createHash('sha256').update(blob).digest('base64'))
})

test('public keys are imported in each of their forms', async () => {
  const { ec2 } = await ec2Cloud()
  const { line, der, fingerprint } = rsaPair()
  const [, blob = ''] = line.split(' ')
  const file = [
    '---- BEGIN SSH2 PUBLIC KEY ----',
    'Comment: "1024-bit RSA"',
    ...(blob.match(/.{1,70}/g) ?? []),
    '---- END SSH2 PUBLIC KEY ----',
  ].join('\n')
  const forms = { line: `${line} me@home\n`, der: der.toString('base64'), file }
  for (const [KeyName, text] of Object.entries(forms)) {
    const PublicKeyMaterial = Buffer.from(text)
    const { KeyFingerprint } = await ec2.send(
      new ImportKeyPairCommand({ KeyName, PublicKeyMaterial }),
    )
    assert.equal(KeyFingerprint, fingerprint, KeyName)
  }
  const bad = { KeyName: 'bad', PublicKeyMaterial: Buffer.from('ssh-rsa AAAA') }
  assert.equal(
    await fault(ec2.send(new ImportKeyPairCommand(bad))),
    'InvalidKey.Format: Key is not in valid OpenSSH public key format',
  )
})

test('names are taken once; launches need a key that there is', async () => {
  const on = await ec2Cloud()
  const create = () =>
    on.ec2.send(new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' }))
  const { KeyPairId } = await create()
  assert.equal(await fault(create()), 'InvalidKeyPair.Duplicate: The keypair already exists')
  assert.equal(
    await fault(on.ec2.send(new CreateKeyPairCommand({ KeyName: 'dry', DryRun: true }))),
    'DryRunOperation: Request would have succeeded, but DryRun flag is set.',
  )
  const [instance] = await run(on, { KeyName: 'mine' })
  assert.equal(instance?.KeyName, 'mine')
  const removed = await on.ec2.send(new DeleteKeyPairCommand({ KeyName: 'mine' }))
  assert.equal(removed.KeyPairId, KeyPairId)
  assert.equal((await on.ec2.send(new DeleteKeyPairCommand({ KeyName: 'mine' }))).Return, true)
  assert.equal(
    await fault(run(on, { KeyName: 'mine' })),
    "InvalidKeyPair.NotFound: The key pair 'mine' does not exist",
  )
  const describe = new DescribeKeyPairsCommand({ KeyNames: ['dry'] })
  assert.match(await fault(on.ec2.send(describe)), /^InvalidKeyPair\.NotFound: /)
})
