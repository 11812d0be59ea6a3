/** Internet gateways, and those that only let out. */
import type {
  AttachInternetGatewayRequest,
  CreateEgressOnlyInternetGatewayRequest,
  CreateEgressOnlyInternetGatewayResult,
  CreateInternetGatewayRequest,
  CreateInternetGatewayResult,
  DeleteEgressOnlyInternetGatewayRequest,
  DeleteEgressOnlyInternetGatewayResult,
  DeleteInternetGatewayRequest,
  DescribeEgressOnlyInternetGatewaysRequest,
  DescribeEgressOnlyInternetGatewaysResult,
  DescribeInternetGatewaysRequest,
  DescribeInternetGatewaysResult,
  DetachInternetGatewayRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { invalidValue } from '../errors.ts'
import { earlier, identityOf } from '../idempotency.ts'
import { EGRESS_ONLY_GATEWAY, existing, INTERNET_GATEWAY, newId, VPC } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import { attachmentOf, ensureDefaultVpc } from './default-vpc.ts'
import { alreadyAssociated, dependencyViolation, hasDependencies } from './errors.ts'
import { find } from './find.ts'
import {
  type EgressOnlyInternetGateway,
  egressOnlyGateways,
  type InternetGateway,
  internetGateways,
  networkInterfaces,
  subnets,
} from './rows.ts'
import { existingVpc, vpcKeysOf } from './vpcs.ts'

/** Creates a gateway that is attached to nothing. */
export function createInternetGateway(
  input: CreateInternetGatewayRequest,
  ctx: Context,
): Answer<CreateInternetGatewayResult> {
  const tags = tagsFor(input.TagSpecifications, ['internet-gateway'])
  allowNew('CreateInternetGateway', INTERNET_GATEWAY, tags, ctx)
  const InternetGatewayId = newId(INTERNET_GATEWAY, ctx)
  const row: InternetGateway = { InternetGatewayId, OwnerId: ctx.account, Attachments: [] }
  ctx.tx.put(internetGateways, InternetGatewayId, row)
  tagNew(InternetGatewayId, 'internet-gateway', tags, ctx)
  return { InternetGateway: shown(row, ctx) }
}

function shown(row: InternetGateway, ctx: Context) {
  return { ...row, Tags: tagsOf(row.InternetGatewayId, ctx) }
}

function existingGateway(id: string, ctx: Context): InternetGateway {
  ensureDefaultVpc(ctx)
  return existing(INTERNET_GATEWAY, internetGateways, id, 'internetGatewayId', ctx)
}

/** A VPC has one internet gateway, and a gateway one VPC. */
export function attachInternetGateway(
  input: Checked<AttachInternetGatewayRequest>,
  ctx: Context,
): object {
  const gateway = existingGateway(input.InternetGatewayId, ctx)
  const { InternetGatewayId } = gateway
  const vpc = existingVpc(input.VpcId, ctx)
  allowOn('ec2:AttachInternetGateway', INTERNET_GATEWAY, InternetGatewayId, ctx)
  allowOn('ec2:AttachInternetGateway', VPC, vpc.VpcId, ctx, vpcKeysOf(vpc))
  const [attached] = gateway.Attachments
  if (attached) {
    throw alreadyAssociated(
      `resource ${InternetGatewayId} is already attached to network ${attached.VpcId}`,
    )
  }
  if (ctx.tx.by(internetGateways, 'vpc', vpc.VpcId).length > 0) {
    throw invalidValue(`Network ${vpc.VpcId} already has an internet gateway attached`)
  }
  const Attachments = [attachmentOf(vpc.VpcId)]
  ctx.tx.put(internetGateways, InternetGatewayId, { ...gateway, Attachments })
  return {}
}

/** Detaches a gateway from a VPC in which nothing has a public address. */
export function detachInternetGateway(
  input: Checked<DetachInternetGatewayRequest>,
  ctx: Context,
): object {
  const gateway = existingGateway(input.InternetGatewayId, ctx)
  const { InternetGatewayId } = gateway
  const vpc = existingVpc(input.VpcId, ctx)
  allowOn('ec2:DetachInternetGateway', INTERNET_GATEWAY, InternetGatewayId, ctx)
  allowOn('ec2:DetachInternetGateway', VPC, vpc.VpcId, ctx, vpcKeysOf(vpc))
  if (gateway.Attachments[0]?.VpcId !== vpc.VpcId) {
    const text = `resource ${InternetGatewayId} is not attached to network ${vpc.VpcId}`
    throw new AwsError('Gateway.NotAttached', text)
  }
  if (hasPublicAddresses(vpc.VpcId, ctx)) {
    throw dependencyViolation(
      `Network ${vpc.VpcId} has some mapped public address(es). Please unmap those public ` +
        'address(es) before detaching the gateway.',
    )
  }
  ctx.tx.put(internetGateways, InternetGatewayId, { ...gateway, Attachments: [] })
  return {}
}

function hasPublicAddresses(vpcId: string, ctx: Context): boolean {
  return ctx.tx
    .by(subnets, 'vpc', vpcId)
    .some(({ SubnetId }) =>
      ctx.tx.by(networkInterfaces, 'subnet', SubnetId).some(({ Association }) => Association),
    )
}

/** Deletes a gateway that is attached to nothing. */
export function deleteInternetGateway(
  input: Checked<DeleteInternetGatewayRequest>,
  ctx: Context,
): object {
  const { InternetGatewayId, Attachments } = existingGateway(input.InternetGatewayId, ctx)
  allowOn('ec2:DeleteInternetGateway', INTERNET_GATEWAY, InternetGatewayId, ctx)
  if (Attachments.length > 0) throw hasDependencies('internetGateway', InternetGatewayId)
  ctx.tx.delete(internetGateways, InternetGatewayId)
  forgetTags(InternetGatewayId, ctx)
  return {}
}

const GATEWAYS: Listing<InternetGateway> = {
  kind: INTERNET_GATEWAY,
  table: internetGateways,
  idOf: ({ InternetGatewayId }) => InternetGatewayId,
  fields: {
    'attachment.state': ({ Attachments }) => Attachments.map(({ State }) => State),
    'attachment.vpc-id': ({ Attachments }) => Attachments.map(({ VpcId }) => VpcId),
    'internet-gateway-id': ({ InternetGatewayId }) => InternetGatewayId,
    'owner-id': ({ OwnerId }) => OwnerId,
  },
  indexes: { 'attachment.vpc-id': 'vpc' },
}

/** Gateways by id, or all that match. */
export function describeInternetGateways(
  input: DescribeInternetGatewaysRequest,
  ctx: Context,
): Answer<DescribeInternetGatewaysResult> {
  ctx.allow('ec2:DescribeInternetGateways', '*')
  const parameters = { set: 'internetGatewayIdSet', one: 'internetGatewayId' }
  const { rows, NextToken } = find(GATEWAYS, input.InternetGatewayIds, input, parameters, ctx)
  return { InternetGateways: rows.map((row) => shown(row, ctx)), NextToken }
}

/** Creates a gateway of a VPC that lets IPv6 out only. */
export function createEgressOnlyInternetGateway(
  input: Checked<CreateEgressOnlyInternetGatewayRequest>,
  ctx: Context,
): Answer<CreateEgressOnlyInternetGatewayResult> {
  const tags = tagsFor(input.TagSpecifications, ['egress-only-internet-gateway'])
  const vpc = existingVpc(input.VpcId, ctx)
  allowOn('ec2:CreateEgressOnlyInternetGateway', VPC, vpc.VpcId, ctx, vpcKeysOf(vpc))
  allowNew('CreateEgressOnlyInternetGateway', EGRESS_ONLY_GATEWAY, tags, ctx)
  const { ClientToken } = input
  const identity = identityOf(input)
  const repeated = earlier(ctx.tx.by(egressOnlyGateways, 'vpc', vpc.VpcId), identity)
  if (repeated) return { ClientToken, EgressOnlyInternetGateway: shownEgressOnly(repeated, ctx) }
  const EgressOnlyInternetGatewayId = newId(EGRESS_ONLY_GATEWAY, ctx)
  const Attachments = [{ State: 'attached' as const, VpcId: vpc.VpcId }]
  const row = { EgressOnlyInternetGatewayId, Attachments, ...identity }
  ctx.tx.put(egressOnlyGateways, EgressOnlyInternetGatewayId, row)
  tagNew(EgressOnlyInternetGatewayId, 'egress-only-internet-gateway', tags, ctx)
  return { ClientToken, EgressOnlyInternetGateway: shownEgressOnly(row, ctx) }
}

function shownEgressOnly(row: EgressOnlyInternetGateway, ctx: Context) {
  return { ...row, Tags: tagsOf(row.EgressOnlyInternetGatewayId, ctx) }
}

/** Deletes a gateway; routes by it become black holes. */
export function deleteEgressOnlyInternetGateway(
  input: Checked<DeleteEgressOnlyInternetGatewayRequest>,
  ctx: Context,
): DeleteEgressOnlyInternetGatewayResult {
  const id = input.EgressOnlyInternetGatewayId
  existing(EGRESS_ONLY_GATEWAY, egressOnlyGateways, id, 'egressOnlyInternetGatewayId', ctx)
  allowOn('ec2:DeleteEgressOnlyInternetGateway', EGRESS_ONLY_GATEWAY, id, ctx)
  ctx.tx.delete(egressOnlyGateways, id)
  forgetTags(id, ctx)
  return { ReturnCode: true }
}

const EGRESS_ONLY: Listing<EgressOnlyInternetGateway> = {
  kind: EGRESS_ONLY_GATEWAY,
  table: egressOnlyGateways,
  idOf: ({ EgressOnlyInternetGatewayId }) => EgressOnlyInternetGatewayId,
  // Documented with the filters on tags only.
  fields: {},
}

/** Gateways by id, or all that match. */
export function describeEgressOnlyInternetGateways(
  input: DescribeEgressOnlyInternetGatewaysRequest,
  ctx: Context,
): Answer<DescribeEgressOnlyInternetGatewaysResult> {
  ctx.allow('ec2:DescribeEgressOnlyInternetGateways', '*')
  const parameters = { set: 'egressOnlyInternetGatewayIdSet', one: 'egressOnlyInternetGatewayId' }
  const ids = input.EgressOnlyInternetGatewayIds
  const { rows, NextToken } = find(EGRESS_ONLY, ids, input, parameters, ctx)
  const EgressOnlyInternetGateways = rows.map((row) => shownEgressOnly(row, ctx))
  return { EgressOnlyInternetGateways, NextToken }
}
