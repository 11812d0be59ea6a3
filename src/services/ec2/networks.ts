/** EC2's networks, for services whose resources are put into them. */
import type { Networks } from '../ports.ts'
import { ensureDefaultVpc } from './network/default-vpc.ts'
import { securityGroups, subnets } from './network/rows.ts'

export const networks: Networks = {
  vpcOfSubnet(subnetId, ctx) {
    ensureDefaultVpc(ctx)
    return ctx.tx.get(subnets, subnetId)?.VpcId
  },
  vpcOfSecurityGroup(groupId, ctx) {
    ensureDefaultVpc(ctx)
    return ctx.tx.get(securityGroups, groupId)?.VpcId
  },
}
