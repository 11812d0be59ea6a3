/** Message attributes: checked, kept, hashed as clients verify it, and chosen by name. */
import { createHash } from 'node:crypto'
import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { forbiddenCharacter } from './characters.ts'
import { invalidParameter } from './errors.ts'

export interface StoredAttribute {
  readonly type: string
  readonly text?: string
  /** Base64. */
  readonly binary?: string
}

export type StoredAttributes = Readonly<Record<string, StoredAttribute>>

const MAX_ATTRIBUTES = 10
const MAX_NAME_CHARACTERS = 256
const MAX_TYPE_BYTES = 256
/** Letters of any alphabet, as recorded, though the API speaks of A-Z only. */
const NAME = /^(?!\.)(?!.*\.\.)[\p{L}\p{N}_.-]+(?<!\.)$/u
const RESERVED_NAME = /^(aws|amazon)\./i
const TYPE = /^(String|Number|Binary)(\..+)?$/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** Throws for what SQS refuses. */
export function storedAttributes(
  given: Readonly<Record<string, MessageAttributeValue>> = {},
): StoredAttributes | undefined {
  const entries = Object.entries(given)
  if (entries.length === 0) return undefined
  if (entries.length > MAX_ATTRIBUTES) {
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum ` +
        `[${MAX_ATTRIBUTES}].`,
    )
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, storedAttribute(name, value)]))
}

function storedAttribute(name: string, value: MessageAttributeValue): StoredAttribute {
  checkName(name)
  const { DataType: type = '', StringValue: text, BinaryValue: bytes } = value
  const kind = TYPE.exec(type)?.[1]
  if (kind === undefined) {
    throw invalidParameter(
      `The type of message (user) attribute '${name}' is invalid. You must use only the ` +
        'following supported type prefixes: Binary, Number, String.',
    )
  }
  if (Buffer.byteLength(type) >= MAX_TYPE_BYTES) {
    const text = `Message (user) attribute types must be shorter than ${MAX_TYPE_BYTES} Bytes`
    throw invalidParameter(text)
  }
  const hasValue = kind === 'Binary' ? bytes && bytes.length > 0 : text
  if (!hasValue) {
    throw invalidParameter(
      `Message (user) attribute '${name}' must contain a non-empty value of type '${kind}'.`,
    )
  }
  if (kind === 'Number' && !NUMBER.test(text ?? '')) {
    throw invalidParameter(
      `Can't cast the value of message (user) attribute '${name}' to a number.`,
    )
  }
  // UNCERTAIN wording; the code is recorded.
  const forbidden = forbiddenCharacter(text ?? '', `message (user) attribute '${name}'`)
  if (forbidden !== undefined) throw invalidParameter(forbidden)
  if (kind !== 'Binary') return { type, text: text ?? '' }
  return { type, binary: Buffer.from(bytes ?? '').toString('base64') }
}

function checkName(name: string): void {
  const isValid = NAME.test(name) && !RESERVED_NAME.test(name)
  if (isValid && name.length <= MAX_NAME_CHARACTERS) return
  throw invalidParameter(
    `Message (user) attribute name '${name}' is invalid: it can contain A-Z, a-z, 0-9, ` +
      'underscore, hyphen and period, must not start or end with a period, and must not start ' +
      'with AWS. or Amazon.',
  )
}

/** What attributes count against the size of their message: names, types and values. */
export function attributesBytes(attributes: StoredAttributes = {}): number {
  let bytes = 0
  for (const [name, { type, text, binary }] of Object.entries(attributes)) {
    const value = text ?? Buffer.from(binary ?? '', 'base64')
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(value)
  }
  return bytes
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

const TEXT_MARK = 1
const BINARY_MARK = 2

/**
 * The digest that SDKs compare: names in order, each with type and value, lengths before them.
 * SQS developer guide, sqs-message-metadata, "Calculating the MD5 message digest".
 */
export function md5OfAttributes(attributes: StoredAttributes = {}): string | undefined {
  const names = Object.keys(attributes).sort()
  if (names.length === 0) return undefined
  const hash = createHash('md5')
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hash.update(length).update(bytes)
  }
  for (const name of names) {
    const { type, text, binary } = attributes[name] as StoredAttribute
    add(Buffer.from(name))
    add(Buffer.from(type))
    hash.update(Buffer.of(text === undefined ? BINARY_MARK : TEXT_MARK))
    add(text === undefined ? Buffer.from(binary ?? '', 'base64') : Buffer.from(text))
  }
  return hash.digest('hex')
}

/** Those that ReceiveMessage asked for: by name, by prefix as `team.*`, or `All`. */
export function chosenAttributes(
  attributes: StoredAttributes = {},
  wanted: readonly string[] = [],
): StoredAttributes {
  const isWanted = (name: string) =>
    wanted.some((pattern) => {
      if (['All', '*', '.*'].includes(pattern)) return true
      return pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -2)) : name === pattern
    })
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)))
}

export function answeredAttributes(
  attributes: StoredAttributes,
): Record<string, MessageAttributeValue> | undefined {
  const entries = Object.entries(attributes)
  if (entries.length === 0) return undefined
  return Object.fromEntries(
    entries.map(([name, { type, text, binary }]) => [
      name,
      text === undefined
        ? { DataType: type, BinaryValue: Buffer.from(binary ?? '', 'base64') }
        : { DataType: type, StringValue: text },
    ]),
  )
}
