import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  paginateDescribeInstances,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { type Ec2Cloud, ec2Cloud, run, running } from '../../../test/ec2.ts'

async function find({ ec2 }: Ec2Cloud, input: DescribeInstancesCommandInput): Promise<string[]> {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand(input))
  return Reservations.flatMap(({ Instances = [] }) => Instances).map(
    ({ InstanceId }) => InstanceId ?? '',
  )
}

const by = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] })
const named = (Value: string) => ({
  TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'Name', Value }] }],
})

test('filters choose by every member, with alternatives and wildcards', async () => {
  const on = await ec2Cloud()
  const web = await running(on, named('web-1'))
  const other = await running(on, { ...named('web*2'), InstanceType: 't3.small' })
  const plain = await running(on, { Placement: { AvailabilityZone: 'us-east-1b' } })
  await on.ec2.send(new StopInstancesCommand({ InstanceIds: [plain] }))
  await on.cloud.advance(1)
  const cases: [DescribeInstancesCommandInput, string[]][] = [
    [{}, [web, other, plain]],
    [by('tag:Name', 'web-1'), [web]],
    [by('tag:Name', 'web*'), [web, other]],
    [by('tag:Name', 'web\\*2'), [other]],
    [by('tag:Name', 'web??'), [web, other].slice(0, 2)],
    [by('tag:Name', 'WEB-1'), []],
    [by('tag-key', 'Nam?'), [web, other]],
    [by('instance-state-name', 'stopped'), [plain]],
    [by('instance-state-name', 'stopped', 'running'), [web, other, plain]],
    [by('instance-state-code', '16'), [web, other]],
    [by('instance-type', 't3.small', 't3.large'), [other]],
    [by('availability-zone', 'us-east-1b'), [plain]],
    [by('root-device-type', 'ebs'), [web, other, plain]],
    [by('network-interface.addresses.primary', 'true'), [web, other, plain]],
    [by('state-reason-code', 'Client.UserInitiatedShutdown'), [plain]],
    [by('instance-lifecycle', 'spot'), []],
    [by('ip-address', '*'), [web, other]],
    [
      { Filters: [by('tag-key', 'Name').Filters[0]!, by('instance-type', 't3.micro').Filters[0]!] },
      [web],
    ],
    [{ InstanceIds: [plain, web, web], ...by('tag-key', 'Name') }, [web]],
  ]
  for (const [input, expected] of cases) {
    assert.deepEqual(await find(on, input), expected, JSON.stringify(input))
  }
})

test('filters that do not exist or have no values are refused', async () => {
  const on = await ec2Cloud()
  const unknown = await failure(find(on, by('instance-colour', 'red')))
  assert.equal(unknown.name, 'InvalidParameterValue')
  assert.equal(unknown.message, "The filter 'instance-colour' is invalid")
  const inherited = await failure(find(on, by('constructor', 'x')))
  assert.equal(inherited.message, "The filter 'constructor' is invalid")
  const empty = await failure(find(on, by('instance-type')))
  assert.equal(empty.name, 'MissingParameter')
  const many = Array.from({ length: 201 }, (_, i) => `i-${i}`)
  assert.equal((await failure(find(on, by('instance-id', ...many)))).name, 'FilterLimitExceeded')
})

test('pages count instances, and the last has no token', async () => {
  const on = await ec2Cloud()
  const ids = (await run(on, { MaxCount: 7 })).map(({ InstanceId }) => InstanceId)
  ids.push(...(await run(on, { MaxCount: 5 })).map(({ InstanceId }) => InstanceId))
  const pages: string[][] = []
  const paginator = paginateDescribeInstances({ client: on.ec2, pageSize: 5 }, {})
  for await (const { Reservations = [] } of paginator) {
    pages.push(
      Reservations.flatMap(({ Instances = [] }) => Instances.map((i) => i.InstanceId ?? '')),
    )
  }
  assert.deepEqual(
    pages.map(({ length }) => length),
    [5, 5, 2],
  )
  assert.deepEqual(pages.flat(), ids)
})

test('page sizes, tokens and ids that do not go together are refused', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const both = await failure(find(on, { InstanceIds: [id], MaxResults: 5 }))
  assert.equal(both.name, 'InvalidParameterCombination')
  assert.equal(
    both.message,
    'The parameter instancesSet cannot be used with the parameter maxResults',
  )
  const small = await failure(find(on, { MaxResults: 4 }))
  assert.equal(small.name, 'InvalidParameterValue')
  assert.equal(
    small.message,
    'Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
  )
  assert.equal((await failure(find(on, { MaxResults: 1001 }))).name, 'InvalidParameterValue')
  const token = await failure(find(on, { NextToken: 'nonsense' }))
  assert.equal(token.name, 'InvalidParameterValue')
  assert.equal(token.message, "The token 'nonsense' is invalid")
})

test('accounts and regions are separate worlds', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const { EC2Client } = await import('@aws-sdk/client-ec2')
  const elsewhere = on.cloud.client(EC2Client, { region: 'eu-west-1' })
  assert.deepEqual(await find({ ...on, ec2: elsewhere }, {}), [])
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'test' }
  const others = { ...on, ec2: on.cloud.client(EC2Client, { credentials }) }
  assert.equal(
    (await failure(find(others, { InstanceIds: [id] }))).name,
    'InvalidInstanceID.NotFound',
  )
})
