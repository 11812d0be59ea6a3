import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { requestContext } from './context.ts'
import { denialText } from './denial.ts'
import { evaluate, type Policies } from './evaluate.ts'
import { describeDecision, nearestMisses } from './explain.ts'
import { parsePolicy } from './policy.ts'
import type { AccessRequest, Principal } from './types.ts'

const INSTANCE = 'arn:aws:ec2:us-east-1:111122223333:instance/i-0abc'
const REQUEST: AccessRequest = {
  principal: { type: 'user', account: '111122223333', arn: 'arn:aws:iam::111122223333:user/eva' },
  action: 'ec2:StopInstances',
  resource: INSTANCE,
  context: requestContext({ 'aws:ResourceTag/env': 'prod', 'aws:TagKeys': ['a', 'b'] }),
}
const TEAM = parsePolicy(
  {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'ec2:Describe*', Resource: '*' },
      {
        Sid: 'StopOwn',
        Effect: 'Allow',
        Action: 'ec2:Stop*',
        Resource: 'arn:aws:ec2:us-west-2:*:instance/*',
        Condition: {
          StringEquals: { 'aws:RequestTag/team': 'blue', 'aws:ResourceTag/env': 'dev' },
        },
      },
      {
        Effect: 'Allow',
        Action: 'ec2:*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestTag/team': ['blue', 'red'] } },
      },
    ],
  },
  'identity',
  'team-policy',
)

function describe_(request: AccessRequest, policies: Policies): string[] {
  return describeDecision(request, policies, evaluate(request, policies))
}

describe('nearest misses', () => {
  it('say what each statement that allows the action lacked, the nearest first', () => {
    const policies = { identity: [TEAM] }
    const misses = nearestMisses(REQUEST, policies, evaluate(REQUEST, policies))
    assert.deepEqual(
      misses.map(({ statement, failures }) => [statement.index, failures]),
      [
        [
          2,
          [
            {
              element: 'Condition',
              operator: 'StringEquals',
              key: 'aws:RequestTag/team',
              wanted: ['blue', 'red'],
              actual: undefined,
            },
          ],
        ],
        [
          1,
          [
            {
              element: 'Resource',
              wanted: ['arn:aws:ec2:us-west-2:*:instance/*'],
              actual: INSTANCE,
            },
            {
              element: 'Condition',
              operator: 'StringEquals',
              key: 'aws:RequestTag/team',
              wanted: ['blue'],
              actual: undefined,
            },
            {
              element: 'Condition',
              operator: 'StringEquals',
              key: 'aws:ResourceTag/env',
              wanted: ['dev'],
              actual: ['prod'],
            },
          ],
        ],
      ],
    )
  })

  it('are none for what is allowed or explicitly denied', () => {
    const policies = { identity: [TEAM] }
    const request = { ...REQUEST, action: 'ec2:DescribeInstances', resource: '*' }
    assert.deepEqual(nearestMisses(request, policies, evaluate(request, policies)), [])
  })
})

describe('descriptions', () => {
  it('name the statement that allowed', () => {
    const request = { ...REQUEST, action: 'ec2:DescribeInstances', resource: '*' }
    assert.deepEqual(describe_(request, { identity: [TEAM], boundary: TEAM }), [
      'Allowed: ec2:DescribeInstances on * is allowed by statement 1 of identity-based policy ' +
        'team-policy, and statement 1 of permissions boundary team-policy.',
    ])
    const root: Principal = { type: 'root', account: '111122223333' }
    assert.deepEqual(describe_({ ...request, principal: root }, {}), [
      'Allowed: the root user of an account may call ec2:DescribeInstances on * by default.',
    ])
  })

  it('name the statement that denied', () => {
    const deny = { Sid: 'Never', Effect: 'Deny', Action: 'ec2:StopInstances', Resource: '*' }
    const guard = parsePolicy({ Version: '2012-10-17', Statement: deny }, 'identity')
    assert.deepEqual(describe_(REQUEST, { identity: [TEAM, guard] }), [
      `Denied: ec2:StopInstances on ${INSTANCE} is explicitly denied by statement 1 (Never) of ` +
        'identity-based policy.',
    ])
  })

  it('say what the nearest statement lacked', () => {
    const [denied, first] = describe_(REQUEST, { identity: [TEAM] })
    assert.equal(
      denied,
      `Denied: no identity-based policy allows ec2:StopInstances on ${INSTANCE}.`,
    )
    assert.equal(
      first,
      'Statement 3 of identity-based policy team-policy allows the action, but its condition ' +
        'StringEquals aws:RequestTag/team "blue" or "red" did not hold: the request has none.',
    )
  })

  it('say when no policy or no statement is near', () => {
    const request = { ...REQUEST, action: 's3:GetObject' }
    assert.deepEqual(describe_(request, { identity: [TEAM] }).slice(1), [
      'No statement of them allows s3:GetObject.',
    ])
    assert.deepEqual(describe_(request, {}).slice(1), ['There is no identity-based policy at all.'])
  })

  it('say whom a resource’s policy names instead', () => {
    const resource = parsePolicy(
      {
        Version: '2012-10-17',
        Statement: {
          Sid: 's1',
          Effect: 'Allow',
          Principal: { Service: 's3.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Resource: 'arn:aws:lambda:us-east-1:111122223333:function:f',
        },
      },
      'resource',
    )
    const request: AccessRequest = {
      principal: { type: 'service', service: 'events.amazonaws.com' },
      action: 'lambda:InvokeFunction',
      resource: 'arn:aws:lambda:us-east-1:111122223333:function:f',
      context: requestContext({}),
    }
    assert.deepEqual(describe_(request, { resource }).slice(1), [
      'Statement 1 (s1) of resource-based policy allows the action, but its Principal ' +
        '"s3.amazonaws.com" does not name events.amazonaws.com.',
    ])
  })
})

describe('denial texts', () => {
  const USER = 'User: arn:aws:iam::111122223333:user/eva is not authorized to perform:'
  const s3 = parsePolicy(
    { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } },
    'identity',
  )
  const noEc2 = parsePolicy(
    { Version: '2012-10-17', Statement: { Effect: 'Deny', Action: 'ec2:*', Resource: '*' } },
    'identity',
  )
  const cases: [policies: Policies, text: string][] = [
    [{}, 'because no identity-based policy allows the ec2:StopInstances action'],
    [{ identity: [noEc2] }, 'with an explicit deny in an identity-based policy'],
    [{ boundary: noEc2 }, 'with an explicit deny in a permissions boundary'],
    [{ session: [noEc2] }, 'with an explicit deny in a session policy'],
    [{ serviceControl: [[noEc2]] }, 'with an explicit deny in a service control policy'],
    [
      { serviceControl: [[s3]] },
      'because no service control policy allows the ec2:StopInstances action',
    ],
  ]

  it('are AWS’s', () => {
    for (const [policies, why] of cases) {
      const text = denialText(REQUEST, evaluate(REQUEST, policies))
      assert.equal(text, `${USER} ec2:StopInstances on resource: ${INSTANCE} ${why}`)
    }
  })

  it('leave out the resource of actions without resource-level permissions', () => {
    const request = { ...REQUEST, action: 'ec2:DescribeInstances', resource: '*' }
    assert.equal(
      denialText(request, evaluate(request, {})),
      `${USER} ec2:DescribeInstances because no identity-based policy allows the ` +
        'ec2:DescribeInstances action',
    )
  })
})
