import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DescribeImagesCommand, type DescribeImagesCommandInput } from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { type Ec2Cloud, ec2Cloud, publicImage, run } from '../../../test/ec2.ts'

async function names({ ec2 }: Ec2Cloud, input: DescribeImagesCommandInput) {
  const { Images } = await ec2.send(new DescribeImagesCommand(input))
  return Images?.map(({ Name }) => Name) ?? []
}

test('public images are found as templates look for them', async () => {
  const on = await ec2Cloud()
  const searches: [string, string][] = [
    ['amazon', 'al2023-ami-2023*-kernel-6.1-x86_64'],
    ['amazon', 'al2023-ami-2023*-arm64'],
    ['137112412989', 'amzn2-ami-hvm-*-x86_64-gp2'],
    ['amazon', 'amzn2-ami-hvm-*-x86_64-ebs'],
    ['099720109477', 'ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*'],
    ['099720109477', 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-*'],
    ['136693071363', 'debian-12-amd64-*'],
    ['amazon', 'Windows_Server-2022-English-Full-Base-*'],
  ]
  for (const [owner, pattern] of searches) {
    const input = { Owners: [owner], Filters: [{ Name: 'name', Values: [pattern] }] }
    assert.ok((await names(on, input)).length > 0, pattern)
  }
  const own = await names(on, { Owners: ['self'] })
  assert.deepEqual(own, [])
  const windows = { Filters: [{ Name: 'platform', Values: ['windows'] }] }
  assert.equal((await names(on, windows)).length, 8)
})

test('each region has ids of its own, always the same', async () => {
  const on = await ec2Cloud()
  const again = await ec2Cloud()
  const ids = async ({ ec2 }: Ec2Cloud) => {
    const { Images } = await ec2.send(new DescribeImagesCommand({}))
    return Images?.map(({ ImageId }) => ImageId)
  }
  const { EC2Client } = await import('@aws-sdk/client-ec2')
  const elsewhere = { ...on, ec2: on.cloud.client(EC2Client, { region: 'eu-west-1' }) }
  assert.deepEqual(await ids(on), await ids(again))
  assert.notDeepEqual(await ids(on), await ids(elsewhere))
})

test('an image tells its root device', async () => {
  const on = await ec2Cloud()
  const command = new DescribeImagesCommand({ ImageIds: [publicImage()] })
  const [image] = (await on.ec2.send(command)).Images ?? []
  assert.equal(image?.RootDeviceName, '/dev/xvda')
  assert.equal(image?.State, 'available')
  assert.equal(image?.Public, true)
  assert.equal(image?.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize, 8)
  assert.match(image?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '', /^snap-0[0-9a-f]{16}$/)
})

test('an unknown image is adopted by whoever asks for it first, or refused', async () => {
  const on = await ec2Cloud()
  const ImageIds = ['ami-0123456789abcdef0']
  assert.deepEqual(await names(on, { ImageIds }), ImageIds)
  const [instance] = await run(on, { ImageId: ImageIds[0], InstanceType: 't4g.nano' })
  assert.equal(instance?.Architecture, 'arm64')
  const strict = await ec2Cloud({ unknownImages: 'refuse' })
  const one = await failure(names(strict, { ImageIds }))
  assert.deepEqual(
    [one.name, one.message],
    ['InvalidAMIID.NotFound', "The image id '[ami-0123456789abcdef0]' does not exist"],
  )
  const two = await failure(names(strict, { ImageIds: [...ImageIds, 'ami-12345678'] }))
  assert.equal(two.message, "The image ids '[ami-0123456789abcdef0, ami-12345678]' do not exist")
  const malformed = await failure(names(strict, { ImageIds: ['ami-1'] }))
  assert.equal(malformed.name, 'InvalidAMIID.Malformed')
})
