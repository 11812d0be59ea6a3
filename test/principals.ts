/** Principals for tests: users and roles with their credentials. */
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import type { Credentials } from '@aws-sdk/client-sts'
import type { TestCloud } from './cloud.ts'

export interface ClientCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** A user with inline policies, or managed ones given by ARN; returns its credentials. */
export async function user(
  cloud: TestCloud,
  UserName: string,
  ...policies: string[]
): Promise<ClientCredentials> {
  const iam = cloud.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName }))
  for (const [index, policy] of policies.entries()) {
    const command = policy.startsWith('arn:')
      ? new AttachUserPolicyCommand({ UserName, PolicyArn: policy })
      : new PutUserPolicyCommand({ UserName, PolicyName: `p${index}`, PolicyDocument: policy })
    await iam.send(command as PutUserPolicyCommand)
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
}

/** A role with inline policies; returns its ARN. */
export async function role(
  cloud: TestCloud,
  RoleName: string,
  trust: string,
  ...policies: string[]
): Promise<string> {
  const iam = cloud.client(IAMClient)
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, MaxSessionDuration: 7200 }),
  )
  for (const [index, PolicyDocument] of policies.entries()) {
    const inline = { RoleName, PolicyName: `p${index}`, PolicyDocument }
    await iam.send(new PutRolePolicyCommand(inline))
  }
  return Role?.Arn ?? ''
}

/** The credentials of an answer of STS, as clients take them. */
export function credentialsIn({ Credentials }: { Credentials?: Credentials }): ClientCredentials {
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}
