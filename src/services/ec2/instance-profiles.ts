/** IAM instance profiles of instances: how what runs on them comes by a role. */
import type {
  AssociateIamInstanceProfileRequest,
  AssociateIamInstanceProfileResult,
  DescribeIamInstanceProfileAssociationsRequest,
  DescribeIamInstanceProfileAssociationsResult,
  DisassociateIamInstanceProfileRequest,
  DisassociateIamInstanceProfileResult,
  IamInstanceProfileAssociation,
  IamInstanceProfileAssociationState,
  IamInstanceProfileSpecification,
  ReplaceIamInstanceProfileAssociationRequest,
  ReplaceIamInstanceProfileAssociationResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import type { InstanceProfile } from '../ports.ts'
import {
  incorrectInstanceState,
  incorrectState,
  invalidParameter,
  missingParameter,
} from './errors.ts'
import { checkedFilters, type Fields, predicate } from './filters.ts'
import { ec2Arn, existing, INSTANCE, newId } from './ids.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import { pageOf } from './pagination.ts'
import type { Settings } from './settings.ts'

/** The profile of a request; throws when IAM has none of that name or ARN. */
export function requestedProfile(
  { Arn, Name }: IamInstanceProfileSpecification,
  ctx: Context,
  { instanceProfiles }: Settings,
): InstanceProfile {
  const found = instanceProfiles.find(Arn ? { arn: Arn } : { name: Name ?? '' }, ctx)
  if (found) return found
  if (Arn) {
    throw invalidParameter('iamInstanceProfile.arn', Arn, 'Invalid IAM Instance Profile ARN')
  }
  if (Name) {
    throw invalidParameter('iamInstanceProfile.name', Name, 'Invalid IAM Instance Profile name')
  }
  throw missingParameter('iamInstanceProfile')
}

/** What an instance keeps of its profile. */
export function profileOf(
  { arn: Arn, id: Id }: InstanceProfile,
  ctx: Context,
): Pick<Instance, 'IamInstanceProfile' | 'ProfileAssociation'> {
  const AssociationId = newId({ prefix: 'iip-assoc' }, ctx)
  return { IamInstanceProfile: { Arn, Id }, ProfileAssociation: { AssociationId } }
}

/** Handing an instance a role asks for iam:PassRole. */
export function allowPassRole({ roleArn }: InstanceProfile, ctx: Context): void {
  if (roleArn === undefined) return
  ctx.allow('iam:PassRole', roleArn, { keys: { 'iam:PassedToService': 'ec2.amazonaws.com' } })
}

function allowOn(action: string, instance: Instance, ctx: Context): void {
  const arn = ec2Arn('instance', instance.InstanceId, ctx)
  ctx.allow(action, arn, { keys: instanceKeys(instance, ctx) })
}

function association(
  { InstanceId, IamInstanceProfile, ProfileAssociation }: Instance,
  State: IamInstanceProfileAssociationState,
): Answer<IamInstanceProfileAssociation> {
  const { AssociationId } = ProfileAssociation ?? {}
  return { AssociationId, InstanceId, IamInstanceProfile, State }
}

/** Gives a profile to an instance that has none. */
export function associateIamInstanceProfile(
  input: Checked<AssociateIamInstanceProfileRequest>,
  ctx: Context,
  settings: Settings,
): Answer<AssociateIamInstanceProfileResult> {
  const instance = existing(INSTANCE, instances, input.InstanceId, 'instanceId', ctx)
  allowOn('ec2:AssociateIamInstanceProfile', instance, ctx)
  const profile = requestedProfile(input.IamInstanceProfile, ctx, settings)
  allowPassRole(profile, ctx)
  const { InstanceId, StateName } = instance
  if (StateName !== 'running' && StateName !== 'stopped') {
    throw incorrectInstanceState(
      `The instance '${InstanceId}' is not in the 'running' or 'stopped' states.`,
    )
  }
  if (instance.IamInstanceProfile) {
    throw incorrectState(`There is an existing association for instance ${InstanceId}`)
  }
  const changed = { ...instance, ...profileOf(profile, ctx) }
  ctx.tx.put(instances, InstanceId, changed)
  return { IamInstanceProfileAssociation: association(changed, 'associating') }
}

function associated(id: string, ctx: Context): Instance {
  for (const instance of ctx.tx.all(instances)) {
    if (instance.ProfileAssociation?.AssociationId === id) return instance
  }
  const text = `An invalid association-id of '${id}' was given`
  throw new AwsError('InvalidAssociationID.NotFound', text)
}

/** Takes the profile from an instance. */
export function disassociateIamInstanceProfile(
  { AssociationId }: Checked<DisassociateIamInstanceProfileRequest>,
  ctx: Context,
): Answer<DisassociateIamInstanceProfileResult> {
  const instance = associated(AssociationId, ctx)
  allowOn('ec2:DisassociateIamInstanceProfile', instance, ctx)
  const { IamInstanceProfile: _profile, ProfileAssociation: _association, ...rest } = instance
  ctx.tx.put(instances, instance.InstanceId, rest)
  return { IamInstanceProfileAssociation: association(instance, 'disassociating') }
}

/** Puts another profile in the place of the one that an instance has. */
export function replaceIamInstanceProfileAssociation(
  input: Checked<ReplaceIamInstanceProfileAssociationRequest>,
  ctx: Context,
  settings: Settings,
): Answer<ReplaceIamInstanceProfileAssociationResult> {
  const instance = associated(input.AssociationId, ctx)
  allowOn('ec2:ReplaceIamInstanceProfileAssociation', instance, ctx)
  const profile = requestedProfile(input.IamInstanceProfile, ctx, settings)
  allowPassRole(profile, ctx)
  const changed = { ...instance, ...profileOf(profile, ctx) }
  ctx.tx.put(instances, instance.InstanceId, changed)
  return { IamInstanceProfileAssociation: association(changed, 'associating') }
}

const FIELDS: Fields<Instance> = {
  'instance-id': ({ InstanceId }) => InstanceId,
  state: () => 'associated',
}

/** Associations by id, or all that match. */
export function describeIamInstanceProfileAssociations(
  input: DescribeIamInstanceProfileAssociationsRequest,
  ctx: Context,
): Answer<DescribeIamInstanceProfileAssociationsResult> {
  ctx.allow('ec2:DescribeIamInstanceProfileAssociations', '*')
  const tests = checkedFilters(input.Filters).map((filter) => predicate(filter, FIELDS))
  const ids = input.AssociationIds ?? []
  const all = ids.length > 0 ? ids.map((id) => associated(id, ctx)) : ctx.tx.all(instances)
  const matching = [...all].filter(
    (row) =>
      row.ProfileAssociation &&
      row.StateName !== 'terminated' &&
      tests.every((test) => test(row, ctx)),
  )
  const positionOf = ({ InstanceId }: Instance) => ctx.tx.sequence(instances, InstanceId) ?? 0
  const { rows, NextToken } = pageOf(matching, positionOf, input)
  const IamInstanceProfileAssociations = rows.map((row) => association(row, 'associated'))
  return { IamInstanceProfileAssociations, NextToken }
}
