import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  GetLaunchTemplateDataCommand,
  ModifyLaunchTemplateCommand,
  paginateDescribeLaunchTemplateVersions,
  type RequestLaunchTemplateData,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, type Ec2Cloud, ec2Cloud, publicImage, running } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'

const DATA: RequestLaunchTemplateData = {
  ImageId: publicImage(),
  InstanceType: 't3.small',
  UserData: Buffer.from('echo hello').toString('base64'),
  Monitoring: { Enabled: true },
  MetadataOptions: { HttpTokens: 'required' },
  BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 5, VolumeType: 'gp3' } }],
  TagSpecifications: [
    { ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'red' }] },
    { ResourceType: 'volume', Tags: [{ Key: 'team', Value: 'red' }] },
  ],
}

async function create({ ec2 }: Ec2Cloud, LaunchTemplateData = DATA): Promise<string> {
  const command = new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', LaunchTemplateData })
  const { LaunchTemplate } = await ec2.send(command)
  return LaunchTemplate?.LaunchTemplateId ?? ''
}

test('a template begins with its first version, which is the default', async () => {
  const on = await ec2Cloud()
  const LaunchTemplateId = await create(on)
  const described = await on.ec2.send(
    new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ['web'] }),
  )
  const [template] = described.LaunchTemplates ?? []
  assert.equal(template?.LaunchTemplateId, LaunchTemplateId)
  assert.equal(template?.CreatedBy, 'arn:aws:iam::000000000000:root')
  assert.deepEqual([template?.DefaultVersionNumber, template?.LatestVersionNumber], [1, 1])
  const { LaunchTemplateVersions } = await on.ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Latest'] }),
  )
  const [version] = LaunchTemplateVersions ?? []
  assert.equal(version?.DefaultVersion, true)
  assert.deepEqual(version?.LaunchTemplateData, DATA)
})

test('versions are added, chosen as default and deleted', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const LaunchTemplateId = await create(on)
  const LaunchTemplateData = { InstanceType: 't3.large' as const }
  const from = { LaunchTemplateId, SourceVersion: '1', LaunchTemplateData }
  const { LaunchTemplateVersion } = await ec2.send(new CreateLaunchTemplateVersionCommand(from))
  assert.equal(LaunchTemplateVersion?.VersionNumber, 2)
  assert.deepEqual(LaunchTemplateVersion?.LaunchTemplateData, { ...DATA, ...LaunchTemplateData })
  const { LaunchTemplate } = await ec2.send(
    new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: '2' }),
  )
  assert.equal(LaunchTemplate?.DefaultVersionNumber, 2)
  const removed = await ec2.send(
    new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['1', '2', '9'] }),
  )
  assert.deepEqual(
    removed.SuccessfullyDeletedLaunchTemplateVersions?.map(({ VersionNumber }) => VersionNumber),
    [1],
  )
  assert.deepEqual(
    removed.UnsuccessfullyDeletedLaunchTemplateVersions?.map((item) => item.ResponseError?.Code),
    ['unexpectedError', 'launchTemplateVersionDoesNotExist'],
  )
  await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData }))
  const pages = paginateDescribeLaunchTemplateVersions(
    { client: ec2, pageSize: 1 },
    { LaunchTemplateId },
  )
  const numbers: unknown[] = []
  for await (const { LaunchTemplateVersions = [] } of pages) {
    numbers.push(...LaunchTemplateVersions.map(({ VersionNumber }) => VersionNumber))
  }
  assert.deepEqual(numbers, [3, 2])
  const all = await ec2.send(new DescribeLaunchTemplateVersionsCommand({ Versions: ['$Default'] }))
  assert.equal(all.LaunchTemplateVersions?.[0]?.VersionNumber, 2)
})

test('an instance is what its template says, and what the request changes', async () => {
  const on = await ec2Cloud()
  const LaunchTemplateId = await create(on)
  const command = new RunInstancesCommand({
    LaunchTemplate: { LaunchTemplateId, Version: '$Latest' },
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    MetadataOptions: { HttpPutResponseHopLimit: 2 },
    TagSpecifications: [
      { ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'blue' }] },
      { ResourceType: 'network-interface', Tags: [{ Key: 'team', Value: 'blue' }] },
    ],
  })
  const { Instances } = await on.ec2.send(command)
  await on.cloud.advance(1)
  const id = Instances?.[0]?.InstanceId ?? ''
  const instance = await describe(on, id)
  assert.equal(instance.InstanceType, 't3.micro')
  assert.equal(instance.ImageId, DATA.ImageId)
  assert.equal(instance.Monitoring?.State, 'enabled')
  assert.equal(instance.MetadataOptions?.HttpTokens, 'required')
  assert.equal(instance.MetadataOptions?.HttpPutResponseHopLimit, 2)
  assert.deepEqual(instance.Tags, [
    { Key: 'team', Value: 'blue' },
    { Key: 'aws:ec2launchtemplate:id', Value: LaunchTemplateId },
    { Key: 'aws:ec2launchtemplate:version', Value: '1' },
  ])
  const Filters = [{ Name: 'attachment.instance-id', Values: [id] }]
  const { Volumes } = await on.ec2.send(new DescribeVolumesCommand({ Filters }))
  assert.deepEqual(
    Volumes?.map(({ Size, Tags }) => [Size, Tags?.[0]?.Value]),
    [
      [8, 'red'],
      [5, 'red'],
    ],
  )
})

test('templates are found by id or name, or not at all', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const LaunchTemplateId = await create(on)
  assert.equal(
    await fault(create(on)),
    'InvalidLaunchTemplateName.AlreadyExistsException: Launch template name already in use.',
  )
  const launch = (LaunchTemplate: object) =>
    fault(ec2.send(new RunInstancesCommand({ LaunchTemplate, MinCount: 1, MaxCount: 1 })))
  const missing = 'lt-00000000000000000'
  assert.equal(
    await launch({ LaunchTemplateId: missing }),
    'InvalidLaunchTemplateId.NotFound: The specified launch template, with template ID ' +
      `${missing}, does not exist.`,
  )
  assert.equal(
    await launch({ LaunchTemplateName: 'other' }),
    'InvalidLaunchTemplateName.NotFoundException: The specified launch template, with template ' +
      'name other, does not exist.',
  )
  assert.equal(
    await launch({ LaunchTemplateId, Version: '7' }),
    'InvalidLaunchTemplateId.VersionNotFound: Could not find the specified version 7 for the ' +
      `launch template with ID ${LaunchTemplateId}.`,
  )
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }))
  const describeIt = new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [LaunchTemplateId] })
  assert.match(await fault(ec2.send(describeIt)), /^InvalidLaunchTemplateId\.NotFound: /)
})

test('the same token makes one template; tags go on it', async () => {
  const { ec2 } = await ec2Cloud()
  const Tags = [{ Key: 'team', Value: 'red' }]
  const input = {
    LaunchTemplateName: 'web',
    LaunchTemplateData: DATA,
    ClientToken: 'once',
    TagSpecifications: [{ ResourceType: 'launch-template' as const, Tags }],
  }
  const first = await ec2.send(new CreateLaunchTemplateCommand(input))
  const again = await ec2.send(new CreateLaunchTemplateCommand(input))
  assert.deepEqual(again.LaunchTemplate, first.LaunchTemplate)
  const { Tags: all } = await ec2.send(new DescribeTagsCommand({}))
  assert.equal(all?.[0]?.ResourceType, 'launch-template')
})

test('the data of an instance is that of a template for more like it', async () => {
  const on = await ec2Cloud()
  const id = await running(on, { EbsOptimized: true })
  const { LaunchTemplateData } = await on.ec2.send(
    new GetLaunchTemplateDataCommand({ InstanceId: id }),
  )
  assert.equal(LaunchTemplateData?.ImageId, publicImage())
  assert.equal(LaunchTemplateData?.InstanceType, 't3.micro')
  assert.equal(LaunchTemplateData?.EbsOptimized, true)
  assert.equal(LaunchTemplateData?.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize, 8)
})

test('what names no template is refused in the words of its operation', async () => {
  const { ec2, ...on } = await ec2Cloud()
  const LaunchTemplateId = await create({ ec2, ...on })
  const versions = (input: object) =>
    fault(ec2.send(new DescribeLaunchTemplateVersionsCommand(input)))
  assert.match(
    await versions({}),
    /^MissingParameter: To describe the launch template data for all your launch templates, for ‘/,
  )
  assert.match(
    await versions({ Versions: ['1'] }),
    /^InvalidParameterValue: To describe the launch/,
  )
  const unknown = new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ['other'] })
  assert.equal(
    await fault(ec2.send(unknown)),
    'InvalidLaunchTemplateName.NotFoundException: At least one of the launch templates specified ' +
      'in the request does not exist.',
  )
  const modify = (input: object) =>
    fault(ec2.send(new ModifyLaunchTemplateCommand({ DefaultVersion: '2', ...input })))
  assert.equal(
    await modify({ LaunchTemplateId: 'web', LaunchTemplateName: 'web' }),
    'InvalidParameterCombination: Either provide launch template ID or launch template name to ' +
      'modify the template.',
  )
  assert.equal(
    await modify({ LaunchTemplateId }),
    'InvalidLaunchTemplateId.VersionNotFound: The launch template version 2 is not found for the ' +
      'specified launch template.',
  )
})
