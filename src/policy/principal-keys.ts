/** What a request says of its principal: its name in AWS's texts and its condition keys. */
import type { Principal } from './types.ts'

/** An ARN, a service or a provider: who is `User: …` in a denial. */
export function principalName(principal: Principal): string {
  switch (principal.type) {
    case 'root':
      return `arn:aws:iam::${principal.account}:root`
    case 'service':
      return principal.service
    case 'web-identity':
      return principal.provider
    case 'anonymous':
      return 'anonymous'
    default:
      return principal.arn
  }
}

/**
 * The condition keys that follow from who the principal is. Tags, organization and the like are
 * not known here. IAM user guide: reference_policies_variables, "Principal key values".
 */
export function principalKeys(principal: Principal): Record<string, string | undefined> {
  if (principal.type === 'service') {
    return { 'aws:PrincipalIsAWSService': 'true', 'aws:PrincipalServiceName': principal.service }
  }
  if (principal.type === 'anonymous' || principal.type === 'web-identity') {
    return { 'aws:PrincipalType': 'Anonymous', 'aws:PrincipalIsAWSService': 'false' }
  }
  return {
    'aws:PrincipalAccount': principal.account,
    'aws:PrincipalIsAWSService': 'false',
    ...identityKeys(principal),
  }
}

type Identity = Extract<Principal, { account: string }>

function identityKeys(principal: Identity): Record<string, string | undefined> {
  switch (principal.type) {
    case 'root':
      return {
        'aws:PrincipalArn': principalName(principal),
        'aws:PrincipalType': 'Account',
        'aws:userid': principal.account,
      }
    case 'user':
      return {
        'aws:PrincipalArn': principal.arn,
        'aws:PrincipalType': 'User',
        'aws:userid': principal.id,
        'aws:username': lastPart(principal.arn),
      }
    case 'assumed-role':
      return {
        'aws:PrincipalArn': principal.roleArn,
        'aws:PrincipalType': 'AssumedRole',
        'aws:userid': principal.id && `${principal.id}:${lastPart(principal.arn)}`,
      }
    case 'federated-user':
      return {
        'aws:PrincipalArn': principal.arn,
        'aws:PrincipalType': 'FederatedUser',
        'aws:userid': `${principal.account}:${lastPart(principal.arn)}`,
      }
  }
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}
