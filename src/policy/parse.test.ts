// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is a policy variable.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { requestContext } from './context.ts'
import { parsePolicy } from './policy.ts'
import { PolicyError, type PolicyKind } from './types.ts'

const STATEMENT = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::bucket' }
const TRUST = {
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
}

function policy(statement: unknown, Version: string | undefined = '2012-10-17') {
  return { Version, Statement: statement }
}

/** The message of the error, or undefined when the document is accepted. */
function fault(document: string | object, kind: PolicyKind = 'identity'): string | undefined {
  try {
    parsePolicy(document, kind)
    return undefined
  } catch (error) {
    assert.ok(error instanceof PolicyError, String(error))
    assert.equal(error.code, 'MalformedPolicyDocument')
    return error.message
  }
}

const SYNTAX = 'Syntax errors in policy.'
const LEGACY = 'The policy failed legacy parsing'
const VERSION = 'Policy document must be version 2012-10-17 or greater.'
const ACTIONS = 'Policy statement must contain actions.'
const RESOURCES = 'Policy statement must contain resources.'
const UNIQUE = 'Statement IDs (SID) in a single policy must be unique.'
const VENDOR = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const COLONS = 'Actions/Condition can contain only one colon.'
const partition = (name: string, arn: string) =>
  `Partition "${name}" is not valid for resource "${arn}".`

/** Changes to a valid statement, with the message that AWS gave for them (recorded). */
const STATEMENT_FAULTS: [change: object, message: string][] = [
  [{ Extra: 'value' }, SYNTAX],
  [{ Effect: 'invalid' }, SYNTAX],
  [{ Effect: undefined }, SYNTAX],
  [{ Effect: 'denY' }, LEGACY],
  [{ Sid: {} }, SYNTAX],
  [{ Action: {} }, SYNTAX],
  [{ Action: [[]] }, SYNTAX],
  [{ Action: 12 }, SYNTAX],
  [{ NotAction: 's3:*', Action: [] }, SYNTAX],
  [{ NotResource: [] }, SYNTAX],
  [{ Resource: { a: 'arn:aws:s3:::bucket' } }, SYNTAX],
  [{ Resource: ['adfdf', {}] }, SYNTAX],
  [{ Condition: [] }, SYNTAX],
  [{ Condition: 'a' }, SYNTAX],
  [{ Condition: { a: 'b' } }, SYNTAX],
  [{ Condition: { DateGreaterThan: [] } }, SYNTAX],
  [{ Condition: { DateGreaterThan: { a: {} } } }, SYNTAX],
  [{ Condition: { x: { a: '1' } } }, SYNTAX],
  [{ Condition: { 'ForAnyValue::StringEqualsIfExists': { a: 'asf' } } }, SYNTAX],
  [{ Action: undefined, Condition: { DateGreaterThan: { a: {} } } }, SYNTAX],
  [{ Condition: { DateGreaterThan: { a: 'sdfdsf' } } }, LEGACY],
  [{ Condition: { DateLessThanEquals: { a: '234-13' } } }, LEGACY],
  [{ Condition: { DateLessThanEquals: { a: '2016-12-13t2:00:00.593194+1' } } }, LEGACY],
  [{ Condition: { DateLessThanEquals: { a: '2016-12-13t2:00:00.1999999999+10:59' } } }, LEGACY],
  [{ Condition: { DateLessThan: { a: '9223372036854775808' } } }, LEGACY],
  [{ Resource: 'arn:error:s3:::b', Condition: { DateEquals: { a: 'sdfdsf' } } }, LEGACY],
  [{ Resource: 'arn:aws:s3::bucket' }, LEGACY],
  [{ Resource: 'arn:aws::::bucket' }, LEGACY],
  [{ Resource: 'arn:aws::fdsasf' }, LEGACY],
  [{ Resource: undefined, NotResource: 'arn:aws:s3::bucket' }, LEGACY],
  [{ Action: undefined, Resource: 'arn:aws:s3::bucket' }, LEGACY],
  [{ Principal: '*' }, 'Policy document should not specify a principal.'],
  [{ Action: undefined }, ACTIONS],
  [{ Action: [] }, ACTIONS],
  [{ Action: undefined, Resource: undefined }, ACTIONS],
  [{ Resource: undefined }, RESOURCES],
  [{ Resource: [] }, RESOURCES],
  [{ Action: 'invalid', Resource: undefined }, RESOURCES],
  [{ Action: 'invalid' }, VENDOR],
  [{ Action: undefined, NotAction: '' }, VENDOR],
  [{ Action: 'a a:ListBucket' }, 'Vendor a a is not valid'],
  [{ Action: 's3:List:Bucket' }, COLONS],
  [{ Resource: 'invalid resource' }, 'Resource invalid resource must be in ARN format or "*".'],
  [{ Resource: '' }, 'Resource  must be in ARN format or "*".'],
  [{ Action: 's:3:List', Resource: 'adf' }, 'Resource adf must be in ARN format or "*".'],
  [{ Resource: 'a:bsdfdsafsad' }, partition('bsdfdsafsad', 'arn:bsdfdsafsad:*:*:*:*')],
  [{ Resource: 'a:b:cadfsdf' }, partition('b', 'arn:b:cadfsdf:*:*:*')],
  [{ Resource: 'a:b:c:d:e:f:g:h' }, partition('b', 'arn:b:c:d:e:f:g:h')],
  [{ Resource: 'aws:s3:::bucket' }, partition('s3', 'arn:s3:::bucket:*')],
  [{ Resource: 's3::bucket/*' }, partition('', 'arn::bucket/*:*:*:*')],
  [
    { Resource: ['arn:error:s3:::bucket', 'arn:error:s3::bucket'] },
    partition('error', 'arn:error:s3:::bucket'),
  ],
  [{ Resource: 'arn:aws' }, 'Resource vendor must be fully qualified and cannot contain regexes.'],
  [
    { Resource: 'arn:aws:iam:us-east-1::bucket' },
    'IAM resource arn:aws:iam:us-east-1::bucket cannot contain region information.',
  ],
  [
    { Resource: 'arn:aws:s3:us-east-1::bucket' },
    'Resource arn:aws:s3:us-east-1::bucket can not contain region information.',
  ],
  [
    { Resource: 'arn:aws:iam:::bucket' },
    'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, ' +
      'group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, ' +
      'oidc-provider/, report/, access-report/.',
  ],
  [
    { Sid: 'not alpha-numeric' },
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular ' +
      'expression [0-9A-Za-z]*',
  ],
]

/** Changes that AWS accepted (recorded). */
const ACCEPTED: object[] = [
  { Action: 'iam: asdf safdsf af ' },
  { Action: '*' },
  { Action: 'aaaaaadsfdsafsadfsadfaaaaa:ListBucket' },
  { Action: 's3-s.s:ListBucket' },
  { Action: undefined, NotAction: 's3:ListBucket', Resource: undefined, NotResource: '*' },
  { Resource: ['arn:aws:s3:::bucket', '*'] },
  { Resource: 'arn:aws:iam:::user/bucket' },
  { Resource: 'arn:aws:fdsasf' },
  { Resource: 'arn:aws:s33:::bucket' },
  { Resource: 'arn:aws:invalid-service:us-east-1::bucket' },
  { Resource: 'arn:*:kms:*:${aws:PrincipalAccount}:key/*' },
  { Resource: 'arn:aws:s3:*:*:access-grants/default' },
  { Condition: {} },
  { Condition: { a: {} } },
  { Condition: { DateGreaterThan: {} } },
  { Condition: { DateGreaterThan: { a: [] } } },
  { Condition: { DateGreaterThan: { a: '01T' } } },
  { Condition: { DateLessThanEquals: { a: '2016-12-13t2:00:00.593194+23' } } },
  { Condition: { DateLessThan: { a: '-292275054' } } },
  { Condition: { 'ForAnyValue:StringEqualsIfExists': { a: 'asf' } } },
  { Condition: { Bool: { 'aws:SecureTransport': false }, NumericEquals: { 's3:max-keys': 10 } } },
  { Sid: '' },
]

describe('parsing an identity-based policy', () => {
  it('refuses a faulty statement in AWS’s words', () => {
    for (const [change, message] of STATEMENT_FAULTS) {
      const document = policy({ ...STATEMENT, ...change })
      assert.equal(fault(document), message, JSON.stringify(document))
    }
  })

  it('accepts what AWS accepts', () => {
    for (const change of ACCEPTED) {
      const document = policy([{ ...STATEMENT, ...change }])
      assert.equal(fault(document), undefined, JSON.stringify(document))
    }
  })

  it('refuses a faulty document in AWS’s words', () => {
    const twice = [
      { ...STATEMENT, Sid: 'sdf' },
      { Sid: 'sdf', Effect: 'Allow' },
    ]
    const cases: [document: string | object, message: string][] = [
      ['"This is not a json document"', SYNTAX],
      ['{oops', SYNTAX],
      ['', SYNTAX],
      ['[]', SYNTAX],
      ['null', SYNTAX],
      [` ${JSON.stringify(policy(STATEMENT))}`, 'JSON strings must not have leading spaces'],
      [{ Statement: STATEMENT }, VERSION],
      [policy(STATEMENT, '2008-10-17'), VERSION],
      [policy(STATEMENT, '2013-10-17'), SYNTAX],
      [{ Version: '2012-10-17' }, SYNTAX],
      [policy([]), SYNTAX],
      [policy(['afd']), SYNTAX],
      [{ ...policy(STATEMENT), Extra: 'value' }, SYNTAX],
      [{ ...policy(STATEMENT), Id: ['cd3a'] }, SYNTAX],
      [policy(twice), UNIQUE],
      [{ Statement: twice }, VERSION],
      [policy([{ Effect: 'Deny' }, STATEMENT]), ACTIONS],
    ]
    for (const [document, message] of cases) {
      assert.equal(fault(document), message, JSON.stringify(document))
    }
  })

  it('refuses a session policy that is no JSON in the words of STS', () => {
    assert.equal(fault('{oops', 'session'), 'This policy contains invalid Json')
    assert.equal(fault(policy(STATEMENT), 'session'), undefined)
    assert.equal(fault(policy({ ...STATEMENT, Resource: [] }), 'session'), RESOURCES)
  })
})

const TRUST_FAULTS: [change: object, message: string][] = [
  [{ Resource: '*' }, 'Has prohibited field Resource'],
  [{ NotResource: '*' }, 'AssumeRole policy must not contain resources.'],
  [{ Effect: undefined }, 'Missing required field Effect'],
  [{ Effect: 'allow' }, 'Invalid effect: allow'],
  [{ Principal: undefined }, 'Missing required field Principal'],
  [{ Principal: {} }, 'Missing required field Principal cannot be empty!'],
  [{ Principal: 'me' }, 'Principal must be a JSON object.'],
  [{ Principal: { AWS: 'me' } }, 'Invalid principal in policy: "AWS":"me"'],
  [
    { Principal: { AWS: 'arn:aws:iam::111122223333:role/*' } },
    'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*"',
  ],
  [{ Principal: { Service: 'ec2' } }, 'Invalid principal in policy: "SERVICE":"ec2"'],
  [{ Principal: { Me: 'x' } }, 'Invalid principal in policy: "Me"'],
  [{ Principal: undefined, NotPrincipal: { AWS: '*' } }, 'Allow with NotPrincipal is not allowed.'],
  [{ Action: undefined }, 'Missing required field Action'],
  [{ Action: 's3:GetObject' }, 'AssumeRole policy may only specify STS AssumeRole actions.'],
]

describe('parsing a policy that names principals', () => {
  it('refuses a faulty trust policy in AWS’s words', () => {
    for (const [change, message] of TRUST_FAULTS) {
      const document = policy({ ...TRUST, ...change })
      assert.equal(fault(document, 'trust'), message, JSON.stringify(document))
    }
    assert.equal(fault('{oops', 'trust'), 'This policy contains invalid Json')
    const indented = ` ${JSON.stringify(policy([TRUST]))}`
    assert.equal(fault(indented, 'trust'), 'JSON strings must not have leading spaces')
    assert.equal(fault(`\n${indented.trim()}`, 'trust'), undefined)
    assert.equal(
      fault(policy([TRUST], '2020-01-01'), 'trust'),
      'The policy must contain a valid version string',
    )
    assert.equal(fault(policy([]), 'trust'), 'Could not parse the policy: Statement is empty!')
  })

  it('accepts trust policies of every kind and either version', () => {
    const principals = [
      '*',
      { AWS: '*' },
      { AWS: '111122223333' },
      { AWS: ['arn:aws:iam::111122223333:root', 'AROA0123456789ABCDEFG'] },
      { Service: ['ecs.amazonaws.com', 'events.amazonaws.com'] },
      { Federated: 'arn:aws:iam::111122223333:saml-provider/corp' },
    ]
    for (const Principal of principals) {
      assert.equal(fault(policy({ ...TRUST, Principal }, '2008-10-17'), 'trust'), undefined)
    }
    assert.equal(fault({ Statement: [TRUST] }, 'trust'), undefined)
  })

  it('asks a resource-based policy for resources', () => {
    const { Resource: _, ...without } = { ...STATEMENT, Principal: '*' }
    assert.equal(fault(policy(without), 'resource'), 'Missing required field Resource')
    assert.equal(fault(policy({ ...STATEMENT, Principal: '*' }), 'resource'), undefined)
    assert.equal(fault(policy(STATEMENT), 'resource'), 'Missing required field Principal')
  })
})

describe('parsing anything', () => {
  const REAL = [
    policy([STATEMENT, { ...STATEMENT, Sid: 'b', Condition: { DateEquals: { k: '2020-01-01' } } }]),
    policy({
      ...STATEMENT,
      Principal: { AWS: ['111122223333'] },
      Condition: { Bool: { k: true } },
    }),
    policy([TRUST]),
  ].map((document) => JSON.stringify(document))
  const kind = fc.constantFrom<PolicyKind>('identity', 'session', 'resource', 'trust')

  it('throws nothing but PolicyError for mutations of real documents', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      'null',
      '0',
      '${',
      '*',
      '\\',
      '',
    )
    const edit = fc.record({ at: fc.nat(400), drop: fc.nat(12), piece })
    const mutated = fc
      .tuple(fc.constantFrom(...REAL), fc.array(edit, { minLength: 1, maxLength: 4 }))
      .map(([text, edits]) =>
        edits.reduce((t, { at, drop, piece }) => t.slice(0, at) + piece + t.slice(at + drop), text),
      )
    fc.assert(
      fc.property(mutated, kind, (document, k) => void fault(document, k)),
      { numRuns: 10_000 },
    )
  })

  it('throws nothing but PolicyError for well-formed JSON of wrong types', () => {
    const swap = (json: unknown, path: number, value: unknown): unknown => {
      if (path === 0 || typeof json !== 'object' || json === null) return value
      const keys = Object.keys(json)
      const key = keys[path % keys.length] ?? 'x'
      const inner: unknown = Reflect.get(json, key)
      const changed = swap(inner, Math.floor(path / (keys.length + 1)), value)
      return Array.isArray(json) ? [changed] : { ...json, [key]: changed }
    }
    const document = fc
      .tuple(fc.constantFrom(...REAL), fc.nat(500), fc.jsonValue({ maxDepth: 3 }))
      .map(([text, path, value]) => JSON.stringify(swap(JSON.parse(text), path, value)))
    fc.assert(
      fc.property(document, kind, (text, k) => void fault(text, k)),
      { numRuns: 5000 },
    )
  })

  it('throws nothing but PolicyError for objects that are no JSON', () => {
    const cyclic: Record<string, unknown> = {}
    cyclic.Statement = cyclic
    const hostile = [cyclic, { Version: 1n }, '['.repeat(100_000), new Map(), () => {}]
    for (const document of hostile) {
      assert.notEqual(fault(document), undefined)
      assert.notEqual(fault(document, 'trust'), undefined)
    }
  })

  it('is not slow for hostile texts', () => {
    const long = 100_000
    const texts = [
      `\${${' '.repeat(long)}`,
      '${'.repeat(long),
      `\${a${",'".repeat(long)}`,
      '1'.repeat(long),
      `${'1'.repeat(long)}x`,
      `${'*?'.repeat(long)}b`,
    ]
    for (const text of texts) {
      const Condition = {
        StringLike: { k: text },
        NumericEquals: { k: text },
        ArnLike: { k: text },
      }
      const Resource = `arn:aws:s3:::${text}`
      const parsed = parsePolicy(policy({ ...STATEMENT, Resource, Condition }), 'identity')
      for (const condition of parsed.statements[0]?.conditions ?? []) {
        condition.holds(requestContext({ k: text }))
      }
      fault(policy({ ...STATEMENT, Condition: { DateEquals: { k: text } } }))
    }
  })

  it('keeps nothing of the object that it was given', () => {
    const statement = { ...STATEMENT }
    const parsed = parsePolicy(policy(statement), 'identity')
    statement.Action = '*'
    assert.deepEqual(parsed.document.Statement[0]?.Action, ['s3:ListBucket'])
  })
})
