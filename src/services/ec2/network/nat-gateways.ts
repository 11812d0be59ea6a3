/** NAT gateways: an interface of AWS's own in a subnet, with an address of the account. */
import type {
  CreateNatGatewayRequest,
  CreateNatGatewayResult,
  DeleteNatGatewayRequest,
  DeleteNatGatewayResult,
  DescribeNatGatewaysRequest,
  DescribeNatGatewaysResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { MS_PER_HOUR } from '../../../clock.ts'
import { missingParameter } from '../errors.ts'
import { earlier, identityOf } from '../idempotency.ts'
import { ELASTIC_IP, existing, NAT_GATEWAY, newId, SUBNET } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import { freeAddress } from './addresses.ts'
import { putOn, requestedAddress, takeOff } from './elastic-addresses.ts'
import { alreadyAssociated } from './errors.ts'
import { find } from './find.ts'
import { newInterface, removeInterface } from './interfaces.ts'
import {
  elasticAddresses,
  internetGateways,
  type NatGateway,
  natGateways,
  networkInterfaces,
  type Subnet,
} from './rows.ts'
import { existingSubnet, subnetOwned } from './subnets.ts'

/** A deleted gateway stays describable for this long. */
const DELETED_VISIBLE_MS = MS_PER_HOUR
const REQUESTER = 'amazon-aws'

/** Creates a gateway; it is available by the time that it is described. */
export function createNatGateway(
  input: Checked<CreateNatGatewayRequest>,
  ctx: Context,
): Answer<CreateNatGatewayResult> {
  const tags = tagsFor(input.TagSpecifications, ['natgateway'])
  const { AllocationId, ConnectivityType = 'public', ClientToken } = input
  if (!input.SubnetId) throw missingParameter('SubnetId')
  const subnet = existingSubnet(input.SubnetId, ctx)
  allowOn('ec2:CreateNatGateway', SUBNET, subnet.SubnetId, ctx, subnetOwned(subnet))
  allowNew('CreateNatGateway', NAT_GATEWAY, tags, ctx, { vpcId: subnet.VpcId })
  if (AllocationId) allowOn('ec2:CreateNatGateway', ELASTIC_IP, AllocationId, ctx)
  const identity = identityOf(input)
  const repeated = earlier(ctx.tx.by(natGateways, 'subnet', subnet.SubnetId), identity)
  if (repeated) return { NatGateway: shown(repeated, ctx), ClientToken }
  const isPublic = ConnectivityType === 'public'
  if (isPublic) checkPublic(AllocationId, subnet, ctx)
  const NatGatewayId = newId(NAT_GATEWAY, ctx)
  const row: NatGateway = {
    NatGatewayId,
    VpcId: subnet.VpcId,
    SubnetId: subnet.SubnetId,
    State: 'available',
    ConnectivityType,
    CreateTime: ctx.now,
    NatGatewayAddresses: [
      addressOf(NatGatewayId, subnet, isPublic ? AllocationId : undefined, ctx),
    ],
    ...identity,
  }
  ctx.tx.put(natGateways, NatGatewayId, row)
  tagNew(NatGatewayId, 'natgateway', tags, ctx)
  return { NatGateway: { ...shown(row, ctx), State: 'pending' }, ClientToken }
}

function checkPublic(allocationId: string | undefined, { VpcId }: Subnet, ctx: Context): void {
  if (!allocationId) throw missingParameter('AllocationId')
  const address = requestedAddress({ AllocationId: allocationId }, ctx)
  if (address.AssociationId) {
    throw alreadyAssociated(`Elastic IP address [${allocationId}] is already associated`)
  }
  if (ctx.tx.by(internetGateways, 'vpc', VpcId).length === 0) {
    const text = `Network ${VpcId} has no Internet gateway attached`
    throw new AwsError('Gateway.NotAttached', text)
  }
}

function addressOf(
  natGatewayId: string,
  subnet: Subnet,
  AllocationId: string | undefined,
  ctx: Context,
): NatGateway['NatGatewayAddresses'][number] {
  const PrivateIp = freeAddress(subnet, ctx)
  const spec = {
    subnet,
    groups: [],
    description: `Interface for NAT Gateway ${natGatewayId}`,
    associatePublicIp: false,
    privateIpAddress: PrivateIp,
    requester: REQUESTER,
  }
  const row = newInterface(spec, ctx)
  const inUse = { ...row, InterfaceType: 'natGateway', Status: 'in-use' } as const
  const { NetworkInterfaceId } = inUse
  ctx.tx.put(networkInterfaces, NetworkInterfaceId, inUse)
  const common = { NetworkInterfaceId, PrivateIp, IsPrimary: true, Status: 'succeeded' as const }
  if (!AllocationId) return common
  const address = requestedAddress({ AllocationId }, ctx)
  const AssociationId = putOn(address, inUse, PrivateIp, ctx)
  return { ...common, AllocationId, AssociationId, PublicIp: address.PublicIp }
}

function shown(row: NatGateway, ctx: Context) {
  return { ...row, Tags: tagsOf(row.NatGatewayId, ctx) }
}

/** Deletes a gateway; its address stays with the account. */
export function deleteNatGateway(
  { NatGatewayId }: Checked<DeleteNatGatewayRequest>,
  ctx: Context,
): DeleteNatGatewayResult {
  const row = existing(NAT_GATEWAY, natGateways, NatGatewayId, 'natGatewayId', ctx)
  allowOn('ec2:DeleteNatGateway', NAT_GATEWAY, NatGatewayId, ctx, { vpcId: row.VpcId })
  if (row.State === 'deleted') return { NatGatewayId }
  for (const { AllocationId, NetworkInterfaceId } of row.NatGatewayAddresses) {
    const address = AllocationId && ctx.tx.get(elasticAddresses, AllocationId)
    if (address) takeOff(address, ctx)
    const held = ctx.tx.get(networkInterfaces, NetworkInterfaceId ?? '')
    if (held) removeInterface(held, ctx)
  }
  const deleted: NatGateway = { ...row, State: 'deleted', DeleteTime: ctx.now }
  ctx.tx.put(natGateways, NatGatewayId, deleted)
  const payload: ForgetNatGateway = { id: NatGatewayId }
  ctx.later(DELETED_VISIBLE_MS, 'ec2.forget-nat-gateway', payload)
  return { NatGatewayId }
}

export interface ForgetNatGateway {
  readonly id: string
}

/** Removes a gateway that has been deleted for long enough. */
export function forgetNatGateway({ id }: ForgetNatGateway, ctx: Context): void {
  ctx.tx.delete(natGateways, id)
  forgetTags(id, ctx)
}

const NAT_GATEWAYS: Listing<NatGateway> = {
  kind: NAT_GATEWAY,
  table: natGateways,
  idOf: ({ NatGatewayId }) => NatGatewayId,
  fields: {
    'nat-gateway-id': ({ NatGatewayId }) => NatGatewayId,
    state: ({ State }) => State,
    'subnet-id': ({ SubnetId }) => SubnetId,
    'vpc-id': ({ VpcId }) => VpcId,
  },
  indexes: { 'subnet-id': 'subnet', 'vpc-id': 'vpc' },
}

/** Gateways by id, or all that match. */
export function describeNatGateways(
  input: DescribeNatGatewaysRequest,
  ctx: Context,
): Answer<DescribeNatGatewaysResult> {
  ctx.allow('ec2:DescribeNatGateways', '*')
  const request = { ...input, Filters: input.Filter }
  const parameters = { set: 'natGatewayIdSet', one: 'natGatewayId' }
  const { rows, NextToken } = find(NAT_GATEWAYS, input.NatGatewayIds, request, parameters, ctx)
  return { NatGateways: rows.map((row) => shown(row, ctx)), NextToken }
}
