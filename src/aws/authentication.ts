/** Names the caller of a request from its signature. */
import type { Clock } from '../clock.ts'
import { realtime } from '../clock.ts'
import type { Tx } from '../store/store.ts'
import type { Authority, Caller, Credentials } from './authority.ts'
import { AwsError } from './errors.ts'
import type { ProtocolName } from './model.ts'
import type { WireRequest } from './protocols/protocol.ts'
import { type Signature, SignatureError, type SignatureFault, verifySignature } from './sigv4.ts'

/** The secret of the root users that need no set-up: `test`, and any account number. */
export const ROOT_SECRET = 'test'
export const ROOT_ACCESS_KEY_ID = 'test'

const INVALID_TOKEN = 'The security token included in the request is invalid.'
const EXPIRED_TOKEN = 'The security token included in the request is expired'
const NOT_VALIDATED = 'AWS was not able to validate the provided access credentials'

export interface AuthenticationOptions {
  authority: Authority
  clock: Clock
  defaultAccount: string
  /** Any key and signature is the root user of the default account. */
  relaxed: boolean
}

/** Where the faults of a signature become the service's error. */
interface Wording {
  protocol: ProtocolName
  service: string
}

type Kind = SignatureFault | 'unknown-key' | 'expired'

/** Throws the service's error unless the request proves who sent it. */
export function authenticate(
  request: WireRequest,
  signature: Signature | undefined,
  wording: Wording,
  options: AuthenticationOptions,
  tx: Tx,
): Caller {
  if (options.relaxed) return rootUser(options.defaultAccount, signature?.accessKeyId)
  if (!signature) throw signatureError('missing', '', wording)
  const credentials = credentialsOf(signature, options, tx)
  if (!credentials) throw signatureError('unknown-key', unknownKey(options), wording)
  const { sessionToken, secretAccessKey, expiresAt, caller } = credentials
  if (sessionToken !== signature.sessionToken) {
    throw signatureError('unknown-key', INVALID_TOKEN, wording)
  }
  try {
    verifySignature(request, signature, secretAccessKey, realtime.now())
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error
    throw signatureError(error.fault, error.message, wording)
  }
  if (expiresAt !== undefined && expiresAt <= options.clock.now()) {
    throw signatureError('expired', EXPIRED_TOKEN, wording)
  }
  return caller
}

export function rootUser(account: string, accessKeyId = account): Caller {
  return {
    principal: { type: 'root', account },
    account,
    arn: `arn:aws:iam::${account}:root`,
    userId: account,
    accessKeyId,
  }
}

/** Who sent a request that needs no signature; `account` is where it is dealt with. */
export function nobody(account: string): Caller {
  return { principal: { type: 'anonymous' }, account, arn: 'anonymous', userId: 'anonymous' }
}

/** The keys that need no set-up take any token, as users' environments often have one beside. */
function credentialsOf(
  { accessKeyId, sessionToken }: Signature,
  { authority, defaultAccount }: AuthenticationOptions,
  tx: Tx,
): Credentials | undefined {
  if (accessKeyId === ROOT_ACCESS_KEY_ID) {
    const caller = rootUser(defaultAccount, accessKeyId)
    return { secretAccessKey: ROOT_SECRET, sessionToken, caller }
  }
  if (/^\d{12}$/.test(accessKeyId)) {
    return { secretAccessKey: ROOT_SECRET, sessionToken, caller: rootUser(accessKeyId) }
  }
  return authority.credentials(accessKeyId, tx)
}

function unknownKey({ defaultAccount }: AuthenticationOptions): string {
  return (
    `${INVALID_TOKEN} (Windtunnel knows the access key id "${ROOT_ACCESS_KEY_ID}" with the ` +
    `secret "${ROOT_SECRET}", the root user of account ${defaultAccount}; an account number of ` +
    `12 digits with the same secret, the root user of that account; and keys that IAM or STS made.)`
  )
}

/** Codes and statuses as `spec` and the SigV4 troubleshooting page have them, per protocol. */
const ERRORS: Record<Kind, { query: [string, number]; json: [string, number, number] }> = {
  missing: {
    query: ['MissingAuthenticationToken', 403],
    json: ['MissingAuthenticationTokenException', 400, 403],
  },
  incomplete: {
    query: ['IncompleteSignature', 400],
    json: ['IncompleteSignatureException', 400, 403],
  },
  mismatch: {
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 400, 403],
  },
  'unknown-key': {
    query: ['InvalidClientTokenId', 403],
    json: ['UnrecognizedClientException', 400, 403],
  },
  expired: { query: ['ExpiredToken', 403], json: ['ExpiredTokenException', 400, 403] },
}

export function signatureError(kind: Kind, message: string, wording: Wording): AwsError {
  const { protocol, service } = wording
  const { query, json } = ERRORS[kind]
  if (protocol === 'ec2Query') return ec2Error(kind, message)
  if (protocol === 'awsQuery') {
    const text = kind === 'missing' ? 'Request is missing Authentication Token' : message
    return new AwsError(query[0], text, { status: query[1] })
  }
  const text = kind === 'missing' ? 'Missing Authentication Token' : message
  const status = protocol === 'restJson1' || service === 'sqs' ? json[2] : json[1]
  return new AwsError(json[0], text, { status })
}

/** EC2 has words of its own for a wrong key or signature, and for an expired session. */
function ec2Error(kind: Kind, message: string): AwsError {
  switch (kind) {
    case 'unknown-key':
      return new AwsError('AuthFailure', message.replace(INVALID_TOKEN, NOT_VALIDATED), {
        status: 401,
      })
    case 'mismatch': {
      // The reason stays, as for the services that give it: a clock that is off should say so.
      const reason = message.startsWith('The request signature') ? '' : `: ${message}`
      return new AwsError('AuthFailure', `${NOT_VALIDATED}${reason}`, { status: 401 })
    }
    case 'expired':
      return new AwsError('RequestExpired', 'Request has expired.')
    default: {
      const [code, status] = ERRORS[kind].query
      const text = kind === 'missing' ? 'Request is missing Authentication Token' : message
      return new AwsError(code, text, { status })
    }
  }
}
