/** Malformed documents, given to the real API: each is answered as one, and nothing breaks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import fc from 'fast-check'
import { testCloud } from '../../../test/cloud.ts'
import { allow, trustOf } from '../../../test/policies.ts'
import { user } from '../../../test/principals.ts'
import { PolicyError, type PolicyKind, parsePolicy } from '../../policy/index.ts'

const DOCUMENTS = 150
const RoleName = 'worker'
const REAL = [
  allow('ec2:StopInstances', '*', { StringEquals: { 'aws:ResourceTag/team': 'blue' } }),
  allow(['ec2:Describe*', 'ec2:CreateTags'], 'arn:aws:ec2:us-east-1:000000000000:instance/*'),
  trustOf({ Service: 'lambda.amazonaws.com' }),
  trustOf({ AWS: '111122223333' }, { StringEquals: { 'sts:ExternalId': 'x' } }),
]

/** Real documents with pieces cut out and put in. */
const mutated = fc
  .tuple(
    fc.constantFrom(...REAL),
    fc.array(
      fc.record({
        at: fc.nat(250),
        drop: fc.nat(12),
        piece: fc.constantFrom('{', '}', '[', '"', ',', ':', 'null', '0', '${', '*', '\\', ''),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((t, { at, drop, piece }) => t.slice(0, at) + piece + t.slice(at + drop), text),
  )
  .filter((text) => text.length > 0)

/** The message that the document is refused with; undefined for one that happens to be valid. */
function fault(document: string, kind: PolicyKind): string | undefined {
  try {
    parsePolicy(document, kind)
    return undefined
  } catch (error) {
    assert.ok(error instanceof PolicyError)
    return error.message
  }
}

test('documents that are no policies are refused as malformed, wherever they come in', async () => {
  const defects: unknown[] = []
  const cloud = await testCloud({}, { onDefect: (_, error) => defects.push(error) })
  const iam = cloud.client(IAMClient)
  const trust = trustOf({ AWS: 'arn:aws:iam::000000000000:root' })
  const AssumeRolePolicyDocument = trust
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  const credentials = await user(cloud, 'eva', allow('sts:AssumeRole'))
  const sts = cloud.client(STSClient, { credentials })
  const session = { RoleArn: Role?.Arn ?? '', RoleSessionName: 'session' }
  let count = 0
  const ways: [PolicyKind, (document: string) => Promise<unknown>][] = [
    [
      'identity',
      (PolicyDocument) => {
        const PolicyName = `p${++count}`
        return iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))
      },
    ],
    [
      'identity',
      (PolicyDocument) =>
        iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument })),
    ],
    [
      'trust',
      (PolicyDocument) =>
        iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'other', PolicyDocument })),
    ],
    ['session', (Policy) => sts.send(new AssumeRoleCommand({ ...session, Policy }))],
  ]
  const other = { RoleName: 'other', AssumeRolePolicyDocument }
  await iam.send(new CreateRoleCommand(other))
  let refused = 0
  for (const document of fc.sample(mutated, { numRuns: DOCUMENTS, seed: 6 })) {
    for (const [kind, send] of ways) {
      const wanted = fault(document, kind)
      const error = await send(document).then(
        () => undefined,
        (thrown: Error) => thrown,
      )
      if (wanted === undefined) continue
      refused++
      assert.equal(error?.name, 'MalformedPolicyDocumentException', document)
      assert.equal(error.message, wanted, document)
    }
  }
  assert.ok(refused > 2 * DOCUMENTS, `only ${refused} were malformed`)
  assert.deepEqual(defects, [])
})
