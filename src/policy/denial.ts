/** AWS's text for a denied request. IAM user guide: troubleshoot_access-denied. */
import { principalName } from './principal-keys.ts'
import type { AccessRequest, Decision, PolicyType } from './types.ts'

const WITH_ARTICLE: Readonly<Record<PolicyType, string>> = {
  'service control policy': 'a service control policy',
  'resource-based policy': 'a resource-based policy',
  'role trust policy': 'the role trust policy',
  'identity-based policy': 'an identity-based policy',
  'permissions boundary': 'a permissions boundary',
  'session policy': 'a session policy',
}

/**
 * `User: ARN is not authorized to perform: ACTION on resource: ARN because no identity-based
 * policy allows the ACTION action`, or `… with an explicit deny in an identity-based policy`. Of
 * actions without resource-level permissions most services name no resource; Lambda says
 * `on resource: *` (users' reports), which `anyResource` asks for. Services put their own words
 * around it.
 */
export function denialText(
  request: AccessRequest,
  decision: Decision,
  anyResource = false,
): string {
  const { action, resource } = request
  const { policyType = 'identity-based policy', reason } = decision
  const user = principalName(request.principal)
  const what = resource === '*' && !anyResource ? action : `${action} on resource: ${resource}`
  const why =
    reason === 'explicitDeny'
      ? `with an explicit deny in ${WITH_ARTICLE[policyType]}`
      : `because no ${policyType} allows the ${action} action`
  return `User: ${user} is not authorized to perform: ${what} ${why}`
}
