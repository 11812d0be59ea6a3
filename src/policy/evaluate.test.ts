// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is a policy variable.
/** The examples of the IAM user guide's pages on evaluation, with their stated outcomes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ContextEntry, requestContext } from './context.ts'
import { evaluate, type Policies } from './evaluate.ts'
import { type Policy, parsePolicy } from './policy.ts'
import type { AccessRequest, Decision, PolicyKind, Principal } from './types.ts'

const ACCOUNT = '123456789012'
const OTHER = '222222222222'
const user = (name: string, account = ACCOUNT): Principal => ({
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/${name}`,
})
const CARLOS = user('carlossalazar')
const SESSION: Principal = {
  type: 'assumed-role',
  account: ACCOUNT,
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/examplerole/session`,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/path/examplerole`,
  id: 'AROA0123456789ABCDEFG',
}
const FEDERATED: Principal = {
  type: 'federated-user',
  account: ACCOUNT,
  arn: `arn:aws:sts::${ACCOUNT}:federated-user/bob`,
  federator: `arn:aws:iam::${ACCOUNT}:user/federator`,
}
const ROOT: Principal = { type: 'root', account: ACCOUNT }
const EVENTS: Principal = { type: 'service', service: 'events.amazonaws.com' }

function policy(statement: object | object[], kind: PolicyKind = 'identity'): Policy {
  return parsePolicy({ Version: '2012-10-17', Statement: statement }, kind, 'policy')
}

function allow(Action: string | string[], Resource: string | string[] = '*', more: object = {}) {
  return { Effect: 'Allow', Action, Resource, ...more }
}

function deny(Action: string | string[], Resource: string | string[] = '*', more: object = {}) {
  return { Effect: 'Deny', Action, Resource, ...more }
}

interface Request extends Partial<Omit<AccessRequest, 'context'>> {
  context?: Record<string, ContextEntry>
}

function decide(request: Request, policies: Policies): Decision {
  const { context = {}, ...rest } = request
  return evaluate(
    {
      principal: CARLOS,
      action: 's3:PutObject',
      resource: 'arn:aws:s3:::carlossalazar/file',
      ...rest,
      context: requestContext(context),
    },
    policies,
  )
}

/** `allowed`, or the reason and the policy type that refused. */
function outcome(request: Request, policies: Policies): string {
  const { allowed, reason, policyType } = decide(request, policies)
  return allowed ? reason : `${reason}: ${policyType}`
}

const IDENTITY_DENIES = 'implicitDeny: identity-based policy'
const RESOURCE_DENIES = 'implicitDeny: resource-based policy'
const TRUST_DENIES = 'implicitDeny: role trust policy'
const BOUNDARY_DENIES = 'implicitDeny: permissions boundary'
const SESSION_DENIES = 'implicitDeny: session policy'
const SCP_DENIES = 'implicitDeny: service control policy'

describe('one account, the guide’s example of Carlos', () => {
  const identity = [
    policy([
      allow(['s3:GetBucketLocation', 's3:ListAllMyBuckets'], 'arn:aws:s3:::*'),
      allow('s3:*', ['arn:aws:s3:::carlossalazar/*', 'arn:aws:s3:::carlossalazar']),
      { Sid: 'DenyS3Logs', ...deny('s3:*', 'arn:aws:s3:::*log*') },
    ]),
  ]
  const resource = policy(
    allow('s3:*', ['arn:aws:s3:::carlossalazar/*', 'arn:aws:s3:::carlossalazar'], {
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/carlossalazar` },
    }),
    'resource',
  )

  it('denies explicitly what a Deny matches', () => {
    const logs = { resource: 'arn:aws:s3:::carlossalazar-logs/file' }
    assert.deepEqual(decide(logs, { identity, resource }), {
      allowed: false,
      reason: 'explicitDeny',
      policyType: 'identity-based policy',
      statements: [
        { policy: 'policy', policyType: 'identity-based policy', index: 2, sid: 'DenyS3Logs' },
      ],
    })
  })

  it('allows what either policy allows', () => {
    assert.equal(outcome({}, { identity, resource }), 'allowed')
    assert.equal(outcome({}, { identity }), 'allowed')
    assert.equal(outcome({}, { identity: [], resource }), 'allowed')
    assert.equal(outcome({}, {}), IDENTITY_DENIES)
  })

  it('matches actions without case, and wildcards in them', () => {
    const reports = [policy([allow(['iam:Get*', 'iam:List*']), deny('iam:*Report')])]
    const by = (action: string) => outcome({ action, resource: '*' }, { identity: reports })
    assert.equal(by('iam:GetUser'), 'allowed')
    assert.equal(by('IAM:getuser'), 'allowed')
    assert.equal(by('iam:CreatePolicy'), IDENTITY_DENIES)
    assert.equal(by('iam:GetOrganizationsAccessReport'), 'explicitDeny: identity-based policy')
  })

  it('knows NotAction and NotResource', () => {
    const notIam = [policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })]
    assert.equal(outcome({}, { identity: notIam }), 'allowed')
    assert.equal(outcome({ action: 'iam:GetUser' }, { identity: notIam }), IDENTITY_DENIES)
    const payroll = { Effect: 'Deny', Action: 's3:*', NotResource: 'arn:aws:s3:::carlos*' }
    const guarded = { identity: [policy([allow('s3:*'), payroll])] }
    assert.equal(outcome({}, guarded), 'allowed')
    assert.match(outcome({ resource: 'arn:aws:s3:::hr/x' }, guarded), /^explicitDeny/)
  })
})

describe('what limits permissions', () => {
  const s3 = policy(allow('s3:*'))
  const ec2 = policy(allow('ec2:*'))

  it('needs the permissions boundary to allow as well', () => {
    assert.equal(outcome({}, { identity: [s3], boundary: s3 }), 'allowed')
    assert.equal(outcome({}, { identity: [s3], boundary: ec2 }), BOUNDARY_DENIES)
    assert.equal(outcome({}, { identity: [ec2], boundary: s3 }), IDENTITY_DENIES)
  })

  it('needs one of the session policies to allow as well', () => {
    const request = { principal: SESSION }
    assert.equal(outcome(request, { identity: [s3] }), 'allowed')
    assert.equal(outcome(request, { identity: [s3], session: [ec2, s3] }), 'allowed')
    assert.equal(outcome(request, { identity: [s3], session: [ec2] }), SESSION_DENIES)
    assert.equal(outcome(request, { identity: [s3], session: [] }), SESSION_DENIES)
  })

  it('gives a federated user nothing without a session policy', () => {
    const request = { principal: FEDERATED }
    assert.equal(outcome(request, { identity: [s3] }), SESSION_DENIES)
    assert.equal(outcome(request, { identity: [s3], session: [s3] }), 'allowed')
    const ofRoot = { ...FEDERATED, federator: `arn:aws:iam::${ACCOUNT}:root` }
    assert.equal(outcome({ principal: ofRoot }, { session: [s3] }), 'allowed')
  })

  it('needs every level of service control policies to allow, for root too', () => {
    const both = { identity: [s3], serviceControl: [[s3], [ec2, s3]] }
    const oneLacks = { identity: [s3], serviceControl: [[s3], [ec2]] }
    assert.equal(outcome({}, both), 'allowed')
    assert.equal(outcome({}, oneLacks), SCP_DENIES)
    assert.equal(outcome({ principal: ROOT }, oneLacks), SCP_DENIES)
  })

  it('allows a root user by default, but not past an explicit deny', () => {
    assert.deepEqual(decide({ principal: ROOT }, {}), {
      allowed: true,
      reason: 'allowed',
      statements: [],
    })
    const resource = policy(deny('s3:*', '*', { Principal: '*' }), 'resource')
    assert.equal(outcome({ principal: ROOT }, { resource }), 'explicitDeny: resource-based policy')
  })
})

describe('resource-based policies within one account', () => {
  const s3 = policy(allow('s3:*'))
  const ec2 = policy(allow('ec2:*'))
  const naming = (AWS: string) =>
    policy(allow('s3:*', 'arn:aws:s3:::*', { Principal: { AWS } }), 'resource')

  it('bypass implicit denies when they name the user or the session itself', () => {
    for (const principal of [CARLOS, SESSION, FEDERATED]) {
      const resource = naming('arn' in principal ? principal.arn : '')
      assert.equal(outcome({ principal }, { resource, boundary: ec2, session: [ec2] }), 'allowed')
    }
    assert.equal(outcome({}, { resource: naming('*'), boundary: ec2 }), 'allowed')
  })

  it('are limited by boundary and session when they name the role', () => {
    for (const name of ['roleArn' in SESSION ? SESSION.roleArn : '', 'AROA0123456789ABCDEFG']) {
      const resource = naming(name)
      const by = (limits: Policies): string =>
        outcome({ principal: SESSION }, { resource, ...limits })
      assert.equal(by({}), 'allowed')
      assert.equal(by({ boundary: s3, session: [s3] }), 'allowed')
      assert.equal(by({ boundary: ec2 }), BOUNDARY_DENIES)
      assert.equal(by({ session: [ec2] }), SESSION_DENIES)
    }
  })

  it('only delegate when they name the account', () => {
    for (const name of [ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`]) {
      assert.equal(outcome({}, { resource: naming(name) }), IDENTITY_DENIES)
      assert.equal(outcome({}, { resource: naming(name), identity: [s3] }), 'allowed')
    }
  })

  it('exempt with NotPrincipal only whom they name', () => {
    const bob = user('Bob')
    const resource = policy(
      {
        Effect: 'Deny',
        NotPrincipal: { AWS: [`arn:aws:iam::${ACCOUNT}:user/Bob`, `arn:aws:iam::${ACCOUNT}:root`] },
        Action: 's3:*',
        Resource: '*',
      },
      'resource',
    )
    const by = (principal: Principal) => outcome({ principal }, { resource, identity: [s3] })
    assert.equal(by(bob), 'allowed')
    assert.equal(by(CARLOS), 'explicitDeny: resource-based policy')
    assert.equal(by(SESSION), 'explicitDeny: resource-based policy')
  })
})

describe('across accounts', () => {
  const identity = [policy([allow('s3:*Object*', 'arn:aws:s3:::Production/*')])]
  const carlos = user('carlossalazar', '111111111111')
  const request = {
    principal: carlos,
    resource: 'arn:aws:s3:::Production/x',
    resourceAccount: OTHER,
  }
  const naming = (AWS: string) =>
    policy(allow(['s3:GetObject*', 's3:PutObject*'], '*', { Principal: { AWS } }), 'resource')

  it('both sides must allow', () => {
    for (const name of ['arn:aws:iam::111111111111:user/carlossalazar', '111111111111', '*']) {
      assert.equal(outcome(request, { identity, resource: naming(name) }), 'allowed')
      assert.equal(outcome(request, { resource: naming(name) }), IDENTITY_DENIES)
    }
    assert.equal(outcome(request, { identity }), RESOURCE_DENIES)
    assert.equal(outcome(request, { identity, resource: naming(OTHER) }), RESOURCE_DENIES)
    const root: Principal = { type: 'root', account: '111111111111' }
    const byRoot = { ...request, principal: root }
    assert.equal(outcome(byRoot, { resource: naming('111111111111') }), 'allowed')
    assert.equal(outcome(byRoot, {}), RESOURCE_DENIES)
  })
})

describe('role trust policies', () => {
  const trusting = (Principal: object | string, more: object = {}) =>
    policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more }, 'trust')
  const assume = { action: 'sts:AssumeRole', resource: `arn:aws:iam::${ACCOUNT}:role/r` }
  const identity = [policy(allow('sts:AssumeRole'))]
  const arn = `arn:aws:iam::${ACCOUNT}:user/carlossalazar`

  it('must allow by themselves, even in one account', () => {
    const lambda = trusting({ Service: 'lambda.amazonaws.com' })
    assert.equal(outcome(assume, { identity, resource: lambda }), TRUST_DENIES)
    assert.equal(outcome(assume, { resource: trusting({ AWS: arn }) }), 'allowed')
    assert.equal(outcome(assume, { resource: trusting({ AWS: ACCOUNT }) }), IDENTITY_DENIES)
    assert.equal(outcome(assume, { identity, resource: trusting({ AWS: ACCOUNT }) }), 'allowed')
  })

  it('need the caller’s side too across accounts', () => {
    const across = { ...assume, resourceAccount: OTHER }
    assert.equal(outcome(across, { resource: trusting({ AWS: arn }) }), IDENTITY_DENIES)
    assert.equal(outcome(across, { identity, resource: trusting({ AWS: arn }) }), 'allowed')
  })

  it('let in services and web identities', () => {
    const lambda: Principal = { type: 'service', service: 'lambda.amazonaws.com' }
    const resource = trusting({ Service: ['lambda.amazonaws.com', 'ec2.amazonaws.com'] })
    assert.equal(outcome({ ...assume, principal: lambda }, { resource }), 'allowed')
    assert.equal(outcome({ ...assume, principal: EVENTS }, { resource }), TRUST_DENIES)
    const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer`
    const web: Principal = { type: 'web-identity', provider }
    const federated = trusting({ Federated: provider })
    assert.equal(outcome({ ...assume, principal: web }, { resource: federated }), 'allowed')
  })
})

describe('a function’s policy', () => {
  const functionArn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:tag-it`
  const rule = `arn:aws:events:us-east-1:${ACCOUNT}:rule/started`
  const resource = policy(
    {
      Sid: 'allow-rule',
      ...allow('lambda:InvokeFunction', functionArn),
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnLike: { 'AWS:SourceArn': rule } },
    },
    'resource',
  )
  const invoke = { principal: EVENTS, action: 'lambda:InvokeFunction', resource: functionArn }

  it('alone decides whether EventBridge may invoke it', () => {
    const by = (source: string) =>
      outcome({ ...invoke, context: { 'aws:SourceArn': source } }, { resource })
    assert.equal(by(rule), 'allowed')
    assert.equal(by(`${rule}-2`), RESOURCE_DENIES)
    assert.equal(outcome(invoke, { resource }), RESOURCE_DENIES)
    assert.equal(outcome(invoke, {}), RESOURCE_DENIES)
    const anyone = policy(allow('lambda:InvokeFunction', '*', { Principal: '*' }), 'resource')
    assert.equal(outcome(invoke, { resource: anyone }), 'allowed')
    assert.equal(
      outcome({ ...invoke, principal: { type: 'anonymous' } }, { resource }),
      RESOURCE_DENIES,
    )
  })
})

describe('variables in resources', () => {
  const home = (Resource: string, more: object = {}) => ({
    identity: [policy({ ...allow('s3:*', Resource), ...more })],
  })
  const at = (path: string, context: Record<string, ContextEntry> = {}) => ({
    resource: `arn:aws:s3:::bucket/${path}`,
    context,
  })

  it('are replaced by the request’s values', () => {
    const own = home('arn:aws:s3:::bucket/${aws:username}/*')
    assert.equal(outcome(at('David/x', { 'aws:username': 'David' }), own), 'allowed')
    assert.equal(outcome(at('Eva/x', { 'aws:username': 'David' }), own), IDENTITY_DENIES)
    assert.equal(outcome(at('${aws:username}/x'), own), IDENTITY_DENIES)
    const team = home("arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'company-wide'}")
    assert.equal(outcome(at('yellow', { 'aws:PrincipalTag/team': 'yellow' }), team), 'allowed')
    assert.equal(outcome(at('company-wide'), team), 'allowed')
  })

  it('of no value match no resource, in NotResource neither', () => {
    const not = {
      identity: [
        policy({ Effect: 'Allow', Action: 's3:*', NotResource: 'arn:aws:s3:::${aws:username}' }),
      ],
    }
    assert.equal(outcome(at('x'), not), 'allowed')
  })

  it('are literal text in Version 2008-10-17', () => {
    const statement = { ...allow('s3:*', 'arn:aws:s3:::bucket/${aws:username}'), Principal: '*' }
    const old = parsePolicy({ Version: '2008-10-17', Statement: statement }, 'resource')
    const context = { 'aws:username': 'David' }
    assert.equal(outcome(at('David', context), { resource: old }), IDENTITY_DENIES)
    assert.equal(outcome(at('${aws:username}', context), { resource: old }), 'allowed')
  })
})

describe('the request context', () => {
  it('is asked only for what policies ask, once', () => {
    let asked = 0
    const context = {
      'aws:ResourceTag/Team': () => {
        asked += 1
        return 'blue'
      },
    }
    const statement = allow('s3:*', '*', {
      Condition: {
        StringEquals: { 'AWS:resourcetag/team': 'blue' },
        Null: { 'aws:ResourceTag/Team': 'false' },
      },
    })
    assert.equal(outcome({ context }, { identity: [policy(allow('s3:*'))] }), 'allowed')
    assert.equal(asked, 0)
    assert.equal(outcome({ context }, { identity: [policy(statement)] }), 'allowed')
    assert.equal(asked, 1)
  })

  it('falls back on the outer context', () => {
    const outer = requestContext({ 'aws:username': 'David', 'aws:SourceIp': '10.0.0.1' })
    const inner = requestContext(
      { 'AWS:SourceIp': undefined, 'ec2:Region': () => undefined },
      outer,
    )
    assert.equal(inner.get('aws:username'), 'David')
    assert.equal(inner.get('aws:sourceip'), '10.0.0.1')
    assert.equal(inner.get('ec2:region'), undefined)
  })
})
