import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypesCommand,
  type DescribeInstanceTypesCommandInput,
  DescribeRegionsCommand,
  EC2Client,
  paginateDescribeInstanceTypes,
} from '@aws-sdk/client-ec2'
import { failure } from '../../../test/cloud.ts'
import { ec2Cloud } from '../../../test/ec2.ts'

test('regions are those of an account that opted into none, or all', async () => {
  const { ec2 } = await ec2Cloud()
  const { Regions = [] } = await ec2.send(new DescribeRegionsCommand({}))
  assert.equal(Regions.length, 17)
  assert.deepEqual(Regions[0], {
    RegionName: 'ap-northeast-1',
    Endpoint: 'ec2.ap-northeast-1.amazonaws.com',
    OptInStatus: 'opt-in-not-required',
  })
  const all = await ec2.send(new DescribeRegionsCommand({ AllRegions: true }))
  assert.ok((all.Regions?.length ?? 0) > 30)
  const unknown = ec2.send(new DescribeRegionsCommand({ RegionNames: ['mars-north-1'] }))
  assert.equal((await failure(unknown)).name, 'InvalidParameterValue')
})

test('zones have names and ids', async () => {
  const { cloud, ec2 } = await ec2Cloud()
  const { AvailabilityZones } = await ec2.send(new DescribeAvailabilityZonesCommand({}))
  assert.deepEqual(
    AvailabilityZones?.map(({ ZoneName, ZoneId }) => `${ZoneName} ${ZoneId}`),
    [
      'us-east-1a use1-az6',
      'us-east-1b use1-az1',
      'us-east-1c use1-az2',
      'us-east-1d use1-az4',
      'us-east-1e use1-az3',
      'us-east-1f use1-az5',
    ],
  )
  const stockholm = cloud.client(EC2Client, { region: 'eu-north-1' })
  const filtered = await stockholm.send(
    new DescribeAvailabilityZonesCommand({ Filters: [{ Name: 'zone-id', Values: ['eun1-az3'] }] }),
  )
  assert.equal(filtered.AvailabilityZones?.[0]?.ZoneName, 'eu-north-1c')
  const unknown = ec2.send(new DescribeAvailabilityZonesCommand({ ZoneNames: ['us-east-1z'] }))
  assert.equal((await failure(unknown)).message, 'Invalid availability zone: [us-east-1z]')
})

test('instance types tell their processors, memory and network', async () => {
  const { ec2 } = await ec2Cloud()
  const find = async (input: DescribeInstanceTypesCommandInput) =>
    (await ec2.send(new DescribeInstanceTypesCommand(input))).InstanceTypes ?? []
  const [micro] = await find({ InstanceTypes: ['t3.micro'] })
  assert.equal(micro?.VCpuInfo?.DefaultVCpus, 2)
  assert.equal(micro?.MemoryInfo?.SizeInMiB, 1024)
  assert.deepEqual(micro?.ProcessorInfo?.SupportedArchitectures, ['x86_64'])
  assert.equal(micro?.NetworkInfo?.MaximumNetworkInterfaces, 2)
  assert.equal(micro?.EbsInfo?.EbsOptimizedInfo?.BaselineThroughputInMBps, 10.875)
  const arm = await find({
    Filters: [
      { Name: 'processor-info.supported-architecture', Values: ['arm64'] },
      { Name: 'memory-info.size-in-mib', Values: ['512'] },
      { Name: 'burstable-performance-supported', Values: ['true'] },
    ],
  })
  assert.deepEqual(
    arm.map(({ InstanceType }) => InstanceType),
    ['t4g.nano'],
  )
  const unknown = await failure(find({ InstanceTypes: ['p2.xlarge'] }))
  assert.equal(unknown.name, 'InvalidInstanceType')
  let count = 0
  for await (const page of paginateDescribeInstanceTypes({ client: ec2 }, {})) {
    count += page.InstanceTypes?.length ?? 0
  }
  assert.ok(count > 1200)
})
