/** The roles of an account, for those that look at all that is deployed. */
import type { Tx } from '../../store/store.ts'
import type { DeployedRole } from '../ports.ts'
import { boundaryPolicyOf, identityPoliciesOf } from './authority.ts'
import { trustPolicyOf } from './documents.ts'
import { roles } from './state.ts'

export function deployedRoles(tx: Tx): DeployedRole[] {
  return [...tx.all(roles)].map((role) => ({
    name: role.name,
    arn: role.arn,
    trust: trustPolicyOf(role),
    policies: identityPoliciesOf(role, tx),
    boundary: role.boundary === undefined ? undefined : boundaryPolicyOf(role.boundary, tx),
  }))
}
