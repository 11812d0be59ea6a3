import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { failure, type TestCloud, testCloud } from '../../../test/cloud.ts'
import { allow, trustOf } from '../../../test/policies.ts'
import { credentialsIn, role } from '../../../test/principals.ts'

const HOST = 'token.actions.githubusercontent.com'
const PROVIDER = `arn:aws:iam::000000000000:oidc-provider/${HOST}`
const RoleArn = 'arn:aws:iam::000000000000:role/deploy'

function jwt(cloud: TestCloud, claims: object = {}): string {
  const exp = cloud.clock.now() / 1000 + 300
  const payload = { iss: `https://${HOST}`, aud: 'sts.amazonaws.com', sub: 'repo:a/b', exp }
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
  return `${part({ alg: 'RS256' })}.${part({ ...payload, ...claims })}.c2lnbmF0dXJl`
}

async function cloudWithProvider() {
  const cloud = await testCloud()
  const provider = { Url: `https://${HOST}`, ClientIDList: ['sts.amazonaws.com'] }
  await cloud.client(IAMClient).send(new CreateOpenIDConnectProviderCommand(provider))
  const condition = { StringLike: { [`${HOST}:sub`]: 'repo:a/*' } }
  const action = 'sts:AssumeRoleWithWebIdentity'
  const trust = trustOf({ Federated: PROVIDER }, condition, action)
  await role(cloud, 'deploy', trust, allow('iam:ListUsers'))
  const assume = (WebIdentityToken: string) =>
    cloud
      .client(STSClient)
      .send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'ci', WebIdentityToken }),
      )
  return { cloud, assume }
}

test('a token of a known provider stands for a role that trusts its subject', async () => {
  const { cloud, assume } = await cloudWithProvider()
  const answer = await assume(jwt(cloud))
  assert.equal(answer.Provider, PROVIDER)
  assert.equal(answer.Audience, 'sts.amazonaws.com')
  assert.equal(answer.SubjectFromWebIdentityToken, 'repo:a/b')
  const credentials = credentialsIn(answer)
  await cloud.client(IAMClient, { credentials }).send(new ListUsersCommand({}))
  const who = await cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand({}))
  assert.equal(who.Arn, 'arn:aws:sts::000000000000:assumed-role/deploy/ci')
})

test('what is wrong with a token is told', async () => {
  const { cloud, assume } = await cloudWithProvider()
  const faults: [token: string, name: string, message: RegExp][] = [
    ['nonsense', 'InvalidIdentityTokenException', /not a valid JWT/],
    [jwt(cloud, { iss: 'https://x.y' }), 'InvalidIdentityTokenException', /for https:\/\/x\.y$/],
    [jwt(cloud, { aud: 'other' }), 'InvalidIdentityTokenException', /^Incorrect token audience$/],
    [jwt(cloud, { exp: 1 }), 'ExpiredTokenException', /^Token expired: current date\/time 2026/],
    [jwt(cloud, { sub: 'repo:b/b' }), 'AccessDenied', /^Not authorized to perform/],
  ]
  for (const [token, name, message] of faults) {
    const error = await failure(assume(token))
    assert.equal(error.name, name)
    assert.match(error.message, message)
  }
})

test('other operations of STS still need a signature', async () => {
  const cloud = await testCloud()
  const response = await fetch(cloud.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  })
  assert.equal(response.status, 403)
  assert.match(await response.text(), /MissingAuthenticationToken/)
})

test('providers are kept by their URL', async () => {
  const { cloud } = await cloudWithProvider()
  const iam = cloud.client(IAMClient)
  const create = (Url: string) => iam.send(new CreateOpenIDConnectProviderCommand({ Url }))
  const again = await failure(create(`https://${HOST}/`))
  assert.equal(again.message, `Provider with url https://${HOST} already exists.`)
  assert.equal(
    (await failure(create('http://x.y'))).message,
    'Invalid Open ID Connect Provider URL',
  )
  const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}))
  assert.deepEqual(OpenIDConnectProviderList, [{ Arn: PROVIDER }])
  const named = { OpenIDConnectProviderArn: PROVIDER }
  const { Url, ClientIDList } = await iam.send(new GetOpenIDConnectProviderCommand(named))
  assert.deepEqual([Url, ClientIDList], [HOST, ['sts.amazonaws.com']])
  await iam.send(new DeleteOpenIDConnectProviderCommand(named))
  const gone = await failure(iam.send(new GetOpenIDConnectProviderCommand(named)))
  assert.equal(gone.message, `OpenIDConnect Provider not found for arn ${PROVIDER}`)
})
