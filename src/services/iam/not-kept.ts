/**
 * What users have in AWS and cannot be given here: passwords, MFA devices, certificates and other
 * credentials. Tools that delete a user ask for them first, and are truthfully told of none.
 */
import type {
  DeleteLoginProfileRequest,
  GetLoginProfileRequest,
  ListMFADevicesRequest,
  ListServiceSpecificCredentialsRequest,
  ListSigningCertificatesRequest,
  ListSSHPublicKeysRequest,
} from '@aws-sdk/client-iam'
import type { Context } from '../../aws/context.ts'
import { ask } from './entities.ts'
import { noSuchEntity } from './errors.ts'
import type { User } from './state.ts'
import { foundOrSelf } from './users.ts'

export function getLoginProfile({ UserName }: GetLoginProfileRequest, ctx: Context): object {
  throw noLoginProfile(foundOrSelf(UserName, ctx))
}

export function deleteLoginProfile({ UserName }: DeleteLoginProfileRequest, ctx: Context): object {
  throw noLoginProfile(foundOrSelf(UserName, ctx))
}

export function listMFADevices({ UserName }: ListMFADevicesRequest, ctx: Context): object {
  foundOrSelf(UserName, ctx)
  return { MFADevices: [], IsTruncated: false }
}

export function listVirtualMFADevices(_: object, ctx: Context): object {
  ask(ctx, '*')
  return { VirtualMFADevices: [], IsTruncated: false }
}

export function listSSHPublicKeys({ UserName }: ListSSHPublicKeysRequest, ctx: Context): object {
  foundOrSelf(UserName, ctx)
  return { SSHPublicKeys: [], IsTruncated: false }
}

export function listSigningCertificates(
  { UserName }: ListSigningCertificatesRequest,
  ctx: Context,
): object {
  foundOrSelf(UserName, ctx)
  return { Certificates: [], IsTruncated: false }
}

export function listServiceSpecificCredentials(
  { UserName }: ListServiceSpecificCredentialsRequest,
  ctx: Context,
): object {
  foundOrSelf(UserName, ctx)
  return { ServiceSpecificCredentials: [], IsTruncated: false }
}

function noLoginProfile(user: User | undefined) {
  return noSuchEntity(`Login Profile for User ${user?.name ?? '<root_account>'} cannot be found.`)
}
