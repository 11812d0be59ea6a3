/** Access keys of users and of the root user. */
import type {
  AccessKeyMetadata,
  CreateAccessKeyRequest,
  CreateAccessKeyResponse,
  DeleteAccessKeyRequest,
  GetAccessKeyLastUsedRequest,
  GetAccessKeyLastUsedResponse,
  ListAccessKeysRequest,
  ListAccessKeysResponse,
  UpdateAccessKeyRequest,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { ask, iamArn, wholeSeconds } from './entities.ts'
import { noSuchEntity, quotaExceeded, validationError } from './errors.ts'
import { pageOf } from './paging.ts'
import { type AccessKey, accessKeys, lastUses, ownerOf, type User, users } from './state.ts'
import { foundOrSelf } from './users.ts'

const MAX_ACCESS_KEYS = 2
const KEY_ID_CHARACTERS = 16
/** Base64 makes 40 characters of them. */
const SECRET_BYTES = 30

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
export function createAccessKey(
  { UserName }: CreateAccessKeyRequest,
  ctx: Context,
): Answer<CreateAccessKeyResponse> {
  const user = foundOrSelf(UserName, ctx)
  if (keysOf(user, ctx).length >= MAX_ACCESS_KEYS) {
    throw quotaExceeded('AccessKeysPerUser', MAX_ACCESS_KEYS)
  }
  const key: AccessKey = {
    id: `AKIA${ctx.ids.base32(KEY_ID_CHARACTERS)}`,
    secret: ctx.ids.secret(SECRET_BYTES),
    account: ctx.account,
    ...(user && { userId: user.id }),
    status: 'Active',
    createdAt: wholeSeconds(ctx.now),
  }
  ctx.tx.put(accessKeys, key.id, key)
  const { UserName: name, AccessKeyId, Status, CreateDate } = listed(key, user)
  return {
    AccessKey: { UserName: name, AccessKeyId, Status, SecretAccessKey: key.secret, CreateDate },
  }
}

export function listAccessKeys(
  { UserName, ...request }: ListAccessKeysRequest,
  ctx: Context,
): Answer<ListAccessKeysResponse> {
  const user = foundOrSelf(UserName, ctx)
  const { items, ...page } = pageOf(keysOf(user, ctx), ({ id }) => id, request)
  return { AccessKeyMetadata: items.map((key) => listed(key, user)), ...page }
}

/** An inactive key is refused from the next request on. */
export function updateAccessKey(
  { UserName, AccessKeyId, Status }: Checked<UpdateAccessKeyRequest>,
  ctx: Context,
): object {
  const key = ownKey(UserName, AccessKeyId, ctx)
  if (Status === 'Expired') {
    throw validationError('An access key can be made Active or Inactive only.')
  }
  ctx.tx.put(accessKeys, key.id, { ...key, status: Status })
  return {}
}

export function deleteAccessKey(
  { UserName, AccessKeyId }: Checked<DeleteAccessKeyRequest>,
  ctx: Context,
): object {
  const { id } = ownKey(UserName, AccessKeyId, ctx)
  ctx.tx.delete(accessKeys, id)
  ctx.tx.delete(lastUses, id)
  return {}
}

export function getAccessKeyLastUsed(
  { AccessKeyId }: Checked<GetAccessKeyLastUsedRequest>,
  ctx: Context,
): Answer<GetAccessKeyLastUsedResponse> {
  const key = ctx.tx.get(accessKeys, AccessKeyId)
  const user = key && userOf(key, ctx)
  ask(ctx, user?.arn ?? iamArn('root', ctx))
  if (key?.account !== ctx.account) {
    // Recorded; it lacks the colon that the others have.
    const what = 'iam:GetAccessKeyLastUsed on resource: access key'
    const text = `User: ${ctx.caller.arn} is not authorized to perform ${what} ${AccessKeyId}`
    throw new AwsError('AccessDenied', text, { status: 403 })
  }
  const use = ctx.tx.get(lastUses, AccessKeyId)
  return {
    UserName: user?.name ?? ROOT_NAME,
    AccessKeyLastUsed: use
      ? { LastUsedDate: use.at, ServiceName: use.service, Region: use.region }
      : { LastUsedDate: undefined, ServiceName: 'N/A', Region: 'N/A' },
  }
}

/** How AWS names the root user where a user's name is expected. */
const ROOT_NAME = '<root_account>'

function keysOf(user: User | undefined, ctx: Context): AccessKey[] {
  return ctx.tx.by(accessKeys, 'owner', ownerOf(ctx.account, user?.id))
}

function ownKey(name: string | undefined, keyId: string, ctx: Context): AccessKey {
  const user = foundOrSelf(name, ctx)
  const key = keysOf(user, ctx).find(({ id }) => id === keyId)
  if (!key) throw noSuchEntity(`The Access Key with id ${keyId} cannot be found.`)
  return key
}

function userOf({ userId }: AccessKey, ctx: Context): User | undefined {
  return userId === undefined ? undefined : ctx.tx.by(users, 'id', userId)[0]
}

function listed(
  { id, status, createdAt }: AccessKey,
  user: User | undefined,
): Answer<Required<AccessKeyMetadata>> {
  return {
    UserName: user?.name ?? ROOT_NAME,
    AccessKeyId: id,
    Status: status,
    CreateDate: createdAt,
  }
}
