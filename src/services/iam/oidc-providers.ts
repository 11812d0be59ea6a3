/** OpenID Connect providers: whose tokens AssumeRoleWithWebIdentity takes. */
import type {
  AddClientIDToOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderResponse,
  DeleteOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderResponse,
  ListOpenIDConnectProvidersResponse,
  ListOpenIDConnectProviderTagsRequest,
  RemoveClientIDFromOpenIDConnectProviderRequest,
  TagOpenIDConnectProviderRequest,
  UntagOpenIDConnectProviderRequest,
  UpdateOpenIDConnectProviderThumbprintRequest,
} from '@aws-sdk/client-iam'
import type { ConditionKeys } from '../../aws/authority.ts'
import { requestTagKeys, resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { ask, iamArn, wholeSeconds } from './entities.ts'
import {
  entityAlreadyExists,
  invalidInput,
  noSuchEntity,
  quotaExceeded,
  validationError,
} from './errors.ts'
import { pageInOrder } from './paging.ts'
import { type OidcProvider, oidcProviders } from './state.ts'
import { readTags, tagged, untagged } from './tags.ts'

const MAX_PROVIDERS = 100
const MAX_CLIENT_IDS = 100
const MAX_THUMBPRINTS = 5

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html */
export function createOpenIDConnectProvider(
  input: Checked<CreateOpenIDConnectProviderRequest>,
  ctx: Context,
): CreateOpenIDConnectProviderResponse {
  const { Url, ClientIDList: clientIds = [], ThumbprintList: thumbprints = [] } = input
  const [, url] = /^https:\/\/(?=[^/?#]+\.)([^?#\s]+?)\/?$/.exec(Url) ?? []
  const arn = iamArn(`oidc-provider/${url ?? Url}`, ctx)
  const tags = readTags(input.Tags)
  ask(ctx, arn, requestTagKeys(tags))
  if (tags.length > 0) ask(ctx, arn, requestTagKeys(tags), 'TagOpenIDConnectProvider')
  if (url === undefined) throw validationError('Invalid Open ID Connect Provider URL')
  if (ctx.tx.has(oidcProviders, arn)) {
    throw entityAlreadyExists(`Provider with url https://${url} already exists.`)
  }
  if (ctx.tx.count(oidcProviders) >= MAX_PROVIDERS) {
    throw quotaExceeded('OpenIdConnectProvidersPerAccount', MAX_PROVIDERS)
  }
  const createdAt = wholeSeconds(ctx.now)
  save({ arn, url, clientIds, thumbprints, createdAt, tags }, ctx)
  return { OpenIDConnectProviderArn: arn, ...(tags.length > 0 && { Tags: [...tags] }) }
}

export function getOpenIDConnectProvider(
  { OpenIDConnectProviderArn }: Checked<GetOpenIDConnectProviderRequest>,
  ctx: Context,
): Answer<GetOpenIDConnectProviderResponse> {
  const provider = found(OpenIDConnectProviderArn, ctx)
  return {
    Url: provider.url,
    ClientIDList: provider.clientIds,
    ThumbprintList: provider.thumbprints,
    CreateDate: provider.createdAt,
    Tags: provider.tags,
  }
}

export function listOpenIDConnectProviders(
  _: object,
  ctx: Context,
): ListOpenIDConnectProvidersResponse {
  ask(ctx, '*')
  const providers = [...ctx.tx.all(oidcProviders)]
  return { OpenIDConnectProviderList: providers.map(({ arn: Arn }) => ({ Arn })) }
}

export function deleteOpenIDConnectProvider(
  { OpenIDConnectProviderArn: arn }: Checked<DeleteOpenIDConnectProviderRequest>,
  ctx: Context,
): object {
  found(arn, ctx, {}, () => noSuchEntity(`OpenId connect Provider ${arn} cannot be found.`))
  ctx.tx.delete(oidcProviders, arn)
  return {}
}

/** Adding a client that there is changes nothing. */
export function addClientIDToOpenIDConnectProvider(
  input: Checked<AddClientIDToOpenIDConnectProviderRequest>,
  ctx: Context,
): object {
  const { OpenIDConnectProviderArn, ClientID } = input
  const provider = found(OpenIDConnectProviderArn, ctx)
  save({ ...provider, clientIds: [...new Set([...provider.clientIds, ClientID])] }, ctx)
  return {}
}

/** Removing a client that there is not changes nothing. */
export function removeClientIDFromOpenIDConnectProvider(
  input: Checked<RemoveClientIDFromOpenIDConnectProviderRequest>,
  ctx: Context,
): object {
  const { OpenIDConnectProviderArn, ClientID } = input
  const provider = found(OpenIDConnectProviderArn, ctx)
  const clientIds = provider.clientIds.filter((id) => id !== ClientID)
  save({ ...provider, clientIds }, ctx)
  return {}
}

export function updateOpenIDConnectProviderThumbprint(
  input: Checked<UpdateOpenIDConnectProviderThumbprintRequest>,
  ctx: Context,
): object {
  const { OpenIDConnectProviderArn, ThumbprintList: thumbprints } = input
  save({ ...found(OpenIDConnectProviderArn, ctx), thumbprints }, ctx)
  return {}
}

export function tagOpenIDConnectProvider(
  { OpenIDConnectProviderArn, Tags }: Checked<TagOpenIDConnectProviderRequest>,
  ctx: Context,
): object {
  const provider = found(OpenIDConnectProviderArn, ctx, requestTagKeys(Tags))
  save(tagged(provider, Tags, 'insensitive'), ctx)
  return {}
}

export function untagOpenIDConnectProvider(
  { OpenIDConnectProviderArn, TagKeys }: Checked<UntagOpenIDConnectProviderRequest>,
  ctx: Context,
): object {
  const provider = found(OpenIDConnectProviderArn, ctx, { 'aws:TagKeys': TagKeys })
  save(untagged(provider, TagKeys, 'insensitive'), ctx)
  return {}
}

export function listOpenIDConnectProviderTags(
  { OpenIDConnectProviderArn, ...request }: Checked<ListOpenIDConnectProviderTagsRequest>,
  ctx: Context,
): object {
  const { items, ...page } = pageInOrder(found(OpenIDConnectProviderArn, ctx).tags, request)
  return { Tags: items, ...page }
}

function found(
  arn: string,
  ctx: Context,
  keys: ConditionKeys = {},
  notFound: () => AwsError = () => noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`),
): OidcProvider {
  const provider = ctx.tx.get(oidcProviders, arn)
  ask(ctx, arn, { ...resourceTagKeys(provider?.tags ?? []), ...keys })
  if (!provider) throw notFound()
  return provider
}

function save(provider: OidcProvider, ctx: Context): void {
  if (provider.clientIds.length > MAX_CLIENT_IDS) {
    throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', MAX_CLIENT_IDS)
  }
  if (provider.thumbprints.length > MAX_THUMBPRINTS) {
    throw invalidInput(`Thumbprint list must contain fewer than ${MAX_THUMBPRINTS} entries.`)
  }
  ctx.tx.put(oidcProviders, provider.arn, provider)
}
