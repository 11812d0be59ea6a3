import assert from 'node:assert/strict'
import { test } from 'node:test'
import { principalKeys } from './principal-keys.ts'
import type { Principal } from './types.ts'

const account = '111122223333'
const CASES: [Principal, Record<string, string>][] = [
  [
    { type: 'root', account },
    {
      'aws:PrincipalAccount': account,
      'aws:PrincipalIsAWSService': 'false',
      'aws:PrincipalArn': `arn:aws:iam::${account}:root`,
      'aws:PrincipalType': 'Account',
      'aws:userid': account,
    },
  ],
  [
    { type: 'user', account, arn: `arn:aws:iam::${account}:user/team/eva`, id: 'AIDA1' },
    {
      'aws:PrincipalAccount': account,
      'aws:PrincipalIsAWSService': 'false',
      'aws:PrincipalArn': `arn:aws:iam::${account}:user/team/eva`,
      'aws:PrincipalType': 'User',
      'aws:userid': 'AIDA1',
      'aws:username': 'eva',
    },
  ],
  [
    {
      type: 'assumed-role',
      account,
      arn: `arn:aws:sts::${account}:assumed-role/r/s`,
      roleArn: `arn:aws:iam::${account}:role/path/r`,
      id: 'AROA1',
    },
    {
      'aws:PrincipalAccount': account,
      'aws:PrincipalIsAWSService': 'false',
      'aws:PrincipalArn': `arn:aws:iam::${account}:role/path/r`,
      'aws:PrincipalType': 'AssumedRole',
      'aws:userid': 'AROA1:s',
    },
  ],
  [
    {
      type: 'federated-user',
      account,
      arn: `arn:aws:sts::${account}:federated-user/bob`,
      federator: `arn:aws:iam::${account}:user/eva`,
    },
    {
      'aws:PrincipalAccount': account,
      'aws:PrincipalIsAWSService': 'false',
      'aws:PrincipalArn': `arn:aws:sts::${account}:federated-user/bob`,
      'aws:PrincipalType': 'FederatedUser',
      'aws:userid': `${account}:bob`,
    },
  ],
  [
    { type: 'service', service: 'events.amazonaws.com' },
    {
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': 'events.amazonaws.com',
    },
  ],
]

test('the condition keys of each kind of principal are AWS’s', () => {
  for (const [principal, keys] of CASES) assert.deepEqual(principalKeys(principal), keys)
})
