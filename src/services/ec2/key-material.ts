/**
 * Keys of key pairs: making them, reading public ones, and their fingerprints.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { type Ids, newRsaKey } from '../../ids.ts'

const RSA_BITS = 2048
const ED25519_BYTES = 32
/** What stands before the seed in the PKCS #8 form of an Ed25519 key. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const PEM_COLUMNS = 70
const OPENSSH_BLOCK_BYTES = 8

export interface PublicKey {
  readonly type: 'rsa' | 'ed25519'
  /** The key as SSH sends it. */
  readonly blob: Buffer
}

export interface NewKey extends PublicKey {
  /** PEM. */
  readonly privateKey: string
  readonly fingerprint: string
}

/** A new RSA key of 2048 bits: PKCS #1, as AWS gives it out. */
export async function newRsaKeyPair(): Promise<NewKey> {
  const key = await newRsaKey(RSA_BITS)
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' })
  return {
    type: 'rsa',
    blob: rsaBlob(createPublicKey(key)),
    privateKey: key.export({ type: 'pkcs1', format: 'pem' }).toString().trimEnd(),
    // Of the private key, of pairs that AWS made.
    fingerprint: colons(createHash('sha1').update(pkcs8).digest('hex')),
  }
}

/** A new Ed25519 key in the form of OpenSSH, in which AWS gives it out. */
export function newEd25519KeyPair(ids: Ids): NewKey {
  const seed = Buffer.from(ids.hex(ED25519_BYTES * 2), 'hex')
  const der = Buffer.concat([ED25519_PKCS8, seed])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  const point = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
  const blob = strings('ssh-ed25519', point)
  const check = Buffer.from(ids.hex(OPENSSH_BLOCK_BYTES), 'hex')
  const secret = padded(
    Buffer.concat([check, check, blob, strings(Buffer.concat([seed, point]), '')]),
  )
  const one = Buffer.from([0, 0, 0, 1])
  const unencrypted = strings('none', 'none', '')
  const magic = Buffer.from('openssh-key-v1\0')
  const whole = Buffer.concat([magic, unencrypted, one, strings(blob, secret)])
  return {
    type: 'ed25519',
    blob,
    privateKey: pem('OPENSSH PRIVATE KEY', whole),
    fingerprint: sha256(blob),
  }
}

/** A public key in one of the forms that ImportKeyPair takes; undefined for anything else. */
export function readPublicKey(material: string): PublicKey | undefined {
  try {
    const blob = blobOf(material.trim())
    return blob && known(blob)
  } catch {
    // Whatever the parser makes of it, it is no key.
    return undefined
  }
}

/** OpenSSH's one line, SSH's file of RFC 4716, or DER in base64. */
function blobOf(text: string): Buffer | undefined {
  const line = /^ssh-(?:rsa|ed25519)\s+(\S+)/.exec(text)
  if (line) return Buffer.from(line[1] ?? '', 'base64')
  const file = /^---- BEGIN SSH2 PUBLIC KEY ----\n([\s\S]*)\n---- END SSH2 PUBLIC KEY ----$/.exec(
    text,
  )
  if (file) {
    const body = (file[1] ?? '').replace(/^[^\n]*:(?:[^\n]*\\\n)*[^\n]*\n/gm, '')
    return Buffer.from(body, 'base64')
  }
  const key = Buffer.from(text, 'base64')
  return rsaBlob(createPublicKey({ key, format: 'der', type: 'spki' }))
}

function known(blob: Buffer): PublicKey | undefined {
  const [name, ...parts] = readStrings(blob)
  if (name?.toString() === 'ssh-ed25519' && parts[0]?.length === ED25519_BYTES) {
    return { type: 'ed25519', blob }
  }
  if (name?.toString() !== 'ssh-rsa' || parts.length !== 2) return undefined
  rsaKeyOf(blob)
  return { type: 'rsa', blob }
}

/** The fingerprint of an imported key. */
export function importedFingerprint({ type, blob }: PublicKey): string {
  if (type === 'ed25519') return sha256(blob)
  const spki = rsaKeyOf(blob).export({ type: 'spki', format: 'der' })
  return colons(createHash('md5').update(spki).digest('hex'))
}

/** `ssh-rsa AAAA…` */
export function openSshLine({ type, blob }: PublicKey): string {
  return `ssh-${type} ${blob.toString('base64')}`
}

function rsaKeyOf(blob: Buffer): KeyObject {
  const [, e, n] = readStrings(blob)
  if (!e || !n) throw new Error('an RSA key has two numbers')
  const jwk = { kty: 'RSA', e: e.toString('base64url'), n: withoutZero(n).toString('base64url') }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

function rsaBlob(key: KeyObject): Buffer {
  const { kty, e, n } = key.export({ format: 'jwk' })
  if (kty !== 'RSA' || !e || !n) throw new Error('not an RSA key')
  return strings('ssh-rsa', Buffer.from(e, 'base64url'), positive(Buffer.from(n, 'base64url')))
}

/** SSH's numbers have a sign. */
function positive(n: Buffer): Buffer {
  return (n[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), n]) : n
}

function withoutZero(n: Buffer): Buffer {
  return n[0] === 0 ? n.subarray(1) : n
}

/** Each part with its length before it, as SSH writes them. */
function strings(...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}

function readStrings(blob: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < blob.length; ) {
    const end = at + 4 + blob.readUInt32BE(at)
    if (end > blob.length) throw new Error('a part is longer than the whole')
    parts.push(blob.subarray(at + 4, end))
    at = end
  }
  return parts
}

/** Filled up to whole blocks with 1, 2, 3, … */
function padded(bytes: Buffer): Buffer {
  const missing = -bytes.length & (OPENSSH_BLOCK_BYTES - 1)
  return Buffer.concat([bytes, Buffer.from(Array.from({ length: missing }, (_, i) => i + 1))])
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${PEM_COLUMNS}}`, 'g')) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n')
}

/** UNCERTAIN: whether AWS pads the base64; OpenSSH does not. */
function sha256(blob: Buffer): string {
  return createHash('sha256').update(blob).digest('base64')
}

/** `1f:51:ae:…` */
function colons(hex: string): string {
  return (hex.match(/../g) ?? []).join(':')
}
