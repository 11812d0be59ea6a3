import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AssociateIamInstanceProfileCommand,
  CreatePlacementGroupCommand,
  DeletePlacementGroupCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribePlacementGroupsCommand,
  DisassociateIamInstanceProfileCommand,
  EC2Client,
  ReplaceIamInstanceProfileAssociationCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam'
import { describe, type Ec2Cloud, ec2Cloud, run, running } from '../../../test/ec2.ts'
import { fault } from '../../../test/network.ts'
import { allow } from '../../../test/policies.ts'
import { user } from '../../../test/principals.ts'

const ARN = 'arn:aws:iam::000000000000:'

async function newProfile({ cloud }: Ec2Cloud, name: string): Promise<string> {
  const iam = cloud.client(IAMClient)
  const names = { InstanceProfileName: name, RoleName: name }
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  }
  const AssumeRolePolicyDocument = JSON.stringify(trust)
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }))
  const { InstanceProfile } = await iam.send(new CreateInstanceProfileCommand(names))
  await iam.send(new AddRoleToInstanceProfileCommand(names))
  return InstanceProfile?.InstanceProfileId ?? ''
}

test('an instance has one profile, which can be replaced and taken away', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const Id = await newProfile(on, 'web')
  const otherId = await newProfile(on, 'db')
  const InstanceId = await running(on)
  const associate = (Name: string) =>
    ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile: { Name } }))
  const { IamInstanceProfileAssociation } = await associate('web')
  const AssociationId = IamInstanceProfileAssociation?.AssociationId ?? ''
  const Arn = `${ARN}instance-profile/web`
  assert.deepEqual(IamInstanceProfileAssociation, {
    AssociationId,
    InstanceId,
    IamInstanceProfile: { Arn, Id },
    State: 'associating',
  })
  assert.match(AssociationId, /^iip-assoc-0[0-9a-f]{16}$/)
  assert.deepEqual((await describe(on, InstanceId)).IamInstanceProfile, { Arn, Id })
  assert.equal(
    await fault(associate('db')),
    `IncorrectState: There is an existing association for instance ${InstanceId}`,
  )
  const IamInstanceProfile = { Arn: `${ARN}instance-profile/db` }
  await ec2.send(
    new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, IamInstanceProfile }),
  )
  const Filters = [{ Name: 'instance-id', Values: [InstanceId] }]
  const list = () => ec2.send(new DescribeIamInstanceProfileAssociationsCommand({ Filters }))
  const [held] = (await list()).IamInstanceProfileAssociations ?? []
  assert.equal(held?.State, 'associated')
  assert.equal(held?.IamInstanceProfile?.Id, otherId)
  const remove = { AssociationId: held?.AssociationId }
  await ec2.send(new DisassociateIamInstanceProfileCommand(remove))
  assert.deepEqual((await list()).IamInstanceProfileAssociations, [])
  assert.equal(
    await fault(ec2.send(new DisassociateIamInstanceProfileCommand(remove))),
    `InvalidAssociationID.NotFound: An invalid association-id of '${held?.AssociationId}' was ` +
      'given',
  )
})

test('a launch with a profile asks for iam:PassRole, and for the profile to exist', async () => {
  const on = await ec2Cloud()
  assert.equal(
    await fault(run(on, { IamInstanceProfile: { Name: 'web' } })),
    'InvalidParameterValue: Value (web) for parameter iamInstanceProfile.name is invalid. ' +
      'Invalid IAM Instance Profile name',
  )
  await newProfile(on, 'web')
  const credentials = await user(on.cloud, 'eva', allow('ec2:*'))
  const eva = { cloud: on.cloud, ec2: on.cloud.client(EC2Client, { credentials }) }
  const text = await fault(run(eva, { IamInstanceProfile: { Name: 'web' } }))
  assert.match(text, /^UnauthorizedOperation: .* iam:PassRole on resource: .*:role\/web because/)
  const InstanceId = await running(on, { IamInstanceProfile: { Name: 'web' } })
  const { IamInstanceProfileAssociations } = await on.ec2.send(
    new DescribeIamInstanceProfileAssociationsCommand({}),
  )
  assert.equal(IamInstanceProfileAssociations?.[0]?.InstanceId, InstanceId)
})

test('placement groups are launched into, and kept while they are used', async () => {
  const on = await ec2Cloud()
  const { ec2 } = on
  const Placement = { GroupName: 'near' }
  assert.equal(
    await fault(run(on, { Placement })),
    "InvalidPlacementGroup.Unknown: The placement group 'near' is unknown.",
  )
  const create = () =>
    ec2.send(new CreatePlacementGroupCommand({ GroupName: 'near', Strategy: 'spread' }))
  const { PlacementGroup } = await create()
  assert.equal(PlacementGroup?.SpreadLevel, 'rack')
  assert.equal(
    await fault(create()),
    "InvalidPlacementGroup.Duplicate: The placement group 'near' already exists.",
  )
  const id = await running(on, { Placement })
  assert.equal((await describe(on, id)).Placement?.GroupName, 'near')
  const remove = () => ec2.send(new DeletePlacementGroupCommand({ GroupName: 'near' }))
  assert.equal(
    await fault(remove()),
    "InvalidPlacementGroup.InUse: The placement group 'near' is in use and may not be deleted.",
  )
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
  await on.cloud.advance(1)
  await remove()
  assert.deepEqual((await ec2.send(new DescribePlacementGroupsCommand({}))).PlacementGroups, [])
})
