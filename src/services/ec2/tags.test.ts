import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteTagsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  paginateDescribeTags,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import {
  describe,
  type Ec2Cloud,
  ec2Cloud,
  eventsOf,
  publicImage,
  running,
} from '../../../test/ec2.ts'

const tag = ({ ec2 }: Ec2Cloud, id: string, tags: Record<string, string>) =>
  ec2.send(
    new CreateTagsCommand({
      Resources: [id],
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  )

test('tags are added, replaced and deleted, each change with its event', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  await tag(on, id, { Name: 'a', team: 'blue' })
  await tag(on, id, { Name: 'b' })
  await tag(on, id, { Name: 'b' })
  const Resources = [id]
  const wrong = { Resources, Tags: [{ Key: 'team', Value: 'red' }] }
  await on.ec2.send(new DeleteTagsCommand(wrong))
  await on.ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'team' }] }))
  assert.deepEqual((await describe(on, id)).Tags, [{ Key: 'Name', Value: 'b' }])
  await on.ec2.send(new DeleteTagsCommand({ Resources }))
  assert.equal((await describe(on, id)).Tags, undefined)
  const envelope = (version: number, changed: string[], tags: Record<string, string>) => ({
    version: '0',
    id: '',
    'detail-type': 'Tag Change on Resource',
    source: 'aws.tag',
    account: '000000000000',
    time: '2026-01-01T00:00:01Z',
    region: 'us-east-1',
    resources: [`arn:aws:ec2:us-east-1:000000000000:instance/${id}`],
    detail: {
      'changed-tag-keys': changed,
      service: 'ec2',
      'resource-type': 'instance',
      version,
      tags,
    },
  })
  assert.deepEqual(eventsOf(on, 'Tag Change on Resource'), [
    envelope(1, ['Name', 'team'], { Name: 'a', team: 'blue' }),
    envelope(2, ['Name'], { Name: 'b', team: 'blue' }),
    envelope(3, ['team'], { Name: 'b' }),
    envelope(4, ['Name'], {}),
  ])
})

test('resources are all tagged or none', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const both = (other: string) =>
    on.ec2.send(new CreateTagsCommand({ Resources: [id, other], Tags: [{ Key: 'k', Value: 'v' }] }))
  const unknown = await failure(both('vol-0123456789abcdef0'))
  assert.equal(unknown.name, 'InvalidVolume.NotFound')
  const senseless = await failure(both('hello'))
  assert.deepEqual(
    [senseless.name, senseless.message],
    ['InvalidID', "The ID 'hello' is not valid"],
  )
  assert.equal((await describe(on, id)).Tags, undefined)
})

test('tags have their limits', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const reserved = await failure(tag(on, id, { 'aws:mine': 'x' }))
  assert.equal(reserved.name, 'InvalidParameterValue')
  assert.equal(reserved.message, "Tag keys starting with 'aws:' are reserved for internal use")
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v']))
  assert.equal((await failure(tag(on, id, many))).name, 'TagLimitExceeded')
  assert.equal(
    (await failure(tag(on, id, { ['k'.repeat(128)]: '' }))).name,
    'InvalidParameterValue',
  )
  const none = on.ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [] }))
  assert.equal((await failure(none)).name, 'MissingParameter')
})

test('tags of every kind of resource are described, filtered and paged', async () => {
  const on = await ec2Cloud()
  const id = await running(on)
  const { Vpcs } = await on.ec2.send(new DescribeVpcsCommand({}))
  const vpc = Vpcs?.[0]?.VpcId ?? ''
  await tag(on, id, { a: '1', b: '2', c: '3' })
  await tag(on, vpc, { a: '1', d: 'x' })
  await tag(on, publicImage(), { a: '9' })
  const find = async (...Filters: { Name: string; Values: string[] }[]) => {
    const { Tags } = await on.ec2.send(new DescribeTagsCommand({ Filters }))
    return Tags?.map(({ ResourceType, Key }) => `${ResourceType} ${Key}`)
  }
  assert.deepEqual(
    await find({ Name: 'resource-id', Values: [id] }, { Name: 'key', Values: ['b'] }),
    ['instance b'],
  )
  assert.deepEqual(await find({ Name: 'resource-type', Values: ['vpc', 'image'] }), [
    'vpc a',
    'vpc d',
    'image a',
  ])
  assert.deepEqual(await find({ Name: 'tag:a', Values: ['1'] }), ['instance a', 'vpc a'])
  assert.deepEqual(await find({ Name: 'value', Values: ['?'] }, { Name: 'key', Values: ['d'] }), [
    'vpc d',
  ])
  const pages: number[] = []
  for await (const { Tags } of paginateDescribeTags({ client: on.ec2, pageSize: 5 }, {})) {
    pages.push(Tags?.length ?? 0)
  }
  assert.deepEqual(pages, [5, 1])
})

test('a tag specification says of what type it is, and has a tag', async () => {
  const { ec2 } = await ec2Cloud()
  const create = (specification: object) =>
    failure(
      ec2.send(
        new CreateVolumeCommand({
          AvailabilityZone: 'us-east-1a',
          Size: 1,
          TagSpecifications: [specification],
        }),
      ),
    )
  const untyped = await create({ Tags: [{ Key: 'a', Value: 'b' }] })
  assert.equal(untyped.name, 'InvalidParameterValue')
  assert.equal(untyped.message, 'Tag specification resource type must have a value')
  const empty = await create({ ResourceType: 'volume', Tags: [] })
  assert.equal(empty.message, 'Tag specification must have at least one tag')
})
