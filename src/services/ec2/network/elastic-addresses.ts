/** Elastic IP addresses: public addresses that the account keeps until it releases them. */
import type {
  AllocateAddressRequest,
  AllocateAddressResult,
  AssociateAddressRequest,
  AssociateAddressResult,
  DescribeAddressesAttributeRequest,
  DescribeAddressesAttributeResult,
  DescribeAddressesRequest,
  DescribeAddressesResult,
  DisassociateAddressRequest,
  ReleaseAddressRequest,
  Address as SdkAddress,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer } from '../../../aws/service.ts'
import { incorrectInstanceState, invalidParameter, missingParameter } from '../errors.ts'
import { checkedFilters, type Fields, predicate } from '../filters.ts'
import { allExisting, ELASTIC_IP, existing, INSTANCE, NETWORK_INTERFACE, newId } from '../ids.ts'
import { instanceKeys } from '../instance-keys.ts'
import { type Instance, instances } from '../instance-rows.ts'
import { pageOfList } from '../pagination.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import { newPublicIp, publicDnsName } from './addresses.ts'
import { ensureDefaultVpc } from './default-vpc.ts'
import { alreadyAssociated, associationNotFound } from './errors.ts'
import { associate, primaryInterface, takeAddress, withoutAssociation } from './interfaces.ts'
import { allowOnInterface, existingInterface } from './network-interfaces.ts'
import {
  type ElasticAddress,
  elasticAddresses,
  internetGateways,
  type NetworkInterface,
  networkInterfaces,
} from './rows.ts'

/** Allocates an address from the pool of Amazon. */
export function allocateAddress(
  input: AllocateAddressRequest,
  ctx: Context,
): AllocateAddressResult {
  const tags = tagsFor(input.TagSpecifications, ['elastic-ip'])
  allowNew('AllocateAddress', ELASTIC_IP, tags, ctx, { keys: { 'ec2:Domain': 'vpc' } })
  if (input.Domain === 'standard') {
    throw invalidParameter('domain', input.Domain, 'EC2-Classic has been retired.')
  }
  if (input.Address) throw addressNotFound(input.Address)
  return shownAllocation(allocate(ctx), tags, ctx)
}

function allocate(ctx: Context): ElasticAddress {
  const AllocationId = newId(ELASTIC_IP, ctx)
  const row: ElasticAddress = {
    AllocationId,
    PublicIp: newPublicIp(ctx),
    PublicIpv4Pool: 'amazon',
    NetworkBorderGroup: ctx.region,
    Domain: 'vpc',
  }
  ctx.tx.put(elasticAddresses, AllocationId, row)
  return row
}

function shownAllocation(
  row: ElasticAddress,
  tags: ReturnType<typeof tagsFor>,
  ctx: Context,
): AllocateAddressResult {
  const { AllocationId, PublicIp, PublicIpv4Pool, NetworkBorderGroup } = row
  tagNew(AllocationId, 'elastic-ip', tags, ctx)
  return { AllocationId, PublicIp, PublicIpv4Pool, NetworkBorderGroup, Domain: 'vpc' }
}

function addressNotFound(ip: string): AwsError {
  return new AwsError('InvalidAddress.NotFound', `Address '${ip}' not found.`)
}

/** The address of a request, by its allocation or by itself. */
export function requestedAddress(
  { AllocationId, PublicIp }: { AllocationId?: string | undefined; PublicIp?: string | undefined },
  ctx: Context,
): ElasticAddress {
  if (AllocationId) {
    return existing(ELASTIC_IP, elasticAddresses, AllocationId, 'allocationId', ctx)
  }
  if (!PublicIp) throw missingParameter('AllocationId')
  const [row] = ctx.tx.by(elasticAddresses, 'ip', PublicIp)
  if (row) return row
  const text = `The address '${PublicIp}' does not belong to you.`
  throw new AwsError('AuthFailure', text)
}

function allowOnAddress(action: string, { AllocationId, PublicIp }: ElasticAddress, ctx: Context) {
  const keys = { 'ec2:Domain': 'vpc', 'ec2:PublicIpAddress': PublicIp }
  allowOn(action, ELASTIC_IP, AllocationId, ctx, { keys })
}

/** Gives back an address that is on no interface. */
export function releaseAddress(input: ReleaseAddressRequest, ctx: Context): object {
  const row = requestedAddress(input, ctx)
  allowOnAddress('ec2:ReleaseAddress', row, ctx)
  if (row.AssociationId) {
    throw new AwsError('InvalidIPAddress.InUse', `Address ${row.PublicIp} is in use.`)
  }
  ctx.tx.delete(elasticAddresses, row.AllocationId)
  forgetTags(row.AllocationId, ctx)
  return {}
}

/** Puts an address on an instance's primary interface, or on a named one. */
export function associateAddress(
  input: AssociateAddressRequest,
  ctx: Context,
): AssociateAddressResult {
  ensureDefaultVpc(ctx)
  const row = requestedAddress(input, ctx)
  const action = 'ec2:AssociateAddress'
  const instance = input.InstanceId ? usableInstance(input.InstanceId, ctx) : undefined
  const target = targetOf(input, instance, ctx)
  allowOnAddress(action, row, ctx)
  if (instance) {
    allowOn(action, INSTANCE, instance.InstanceId, ctx, { keys: instanceKeys(instance, ctx) })
  } else allowOnInterface(action, target, ctx)
  const address = input.PrivateIpAddress ?? target.PrivateIpAddress
  const spot = target.PrivateIpAddresses.find((each) => each.PrivateIpAddress === address)
  if (!spot) {
    const text = `It is not assigned to ${target.NetworkInterfaceId}.`
    throw invalidParameter('privateIpAddress', address, text)
  }
  const isThere = row.NetworkInterfaceId === target.NetworkInterfaceId
  if (isThere && row.PrivateIpAddress === address) return { AssociationId: row.AssociationId }
  checkReassociation(row, spot.Association?.AllocationId, input.AllowReassociation, ctx)
  return { AssociationId: putOn(row, target, address, ctx) }
}

function usableInstance(id: string, ctx: Context): Instance {
  const instance = existing(INSTANCE, instances, id, 'instanceId', ctx)
  if (instance.StateName === 'pending') {
    throw incorrectInstanceState(
      `The pending instance '${id}' is not in a valid state for this operation.`,
    )
  }
  return instance
}

function targetOf(
  { NetworkInterfaceId }: AssociateAddressRequest,
  instance: Instance | undefined,
  ctx: Context,
): NetworkInterface {
  if (!instance && !NetworkInterfaceId) throw missingParameter('NetworkInterfaceId or InstanceId')
  const row = instance
    ? primaryInterface(instance, ctx)
    : existingInterface(NetworkInterfaceId, ctx)
  if (!row) {
    throw incorrectInstanceState(
      `The instance '${instance?.InstanceId}' is not in a valid state for this operation.`,
    )
  }
  if (ctx.tx.by(internetGateways, 'vpc', row.VpcId).length === 0) {
    const text = `Network ${row.VpcId} is not attached to any internet gateway`
    throw new AwsError('Gateway.NotAttached', text)
  }
  return row
}

/** Takes the address, and the one that it replaces, off where they are; or refuses to. */
function checkReassociation(
  row: ElasticAddress,
  replaced: string | undefined,
  allowed = true,
  ctx: Context,
): void {
  const other = replaced ? ctx.tx.get(elasticAddresses, replaced) : undefined
  for (const each of [row, other]) {
    if (!each?.AssociationId) continue
    if (!allowed) {
      throw alreadyAssociated(
        `resource ${each.AllocationId} is already associated with associate-id ` +
          `${each.AssociationId}`,
      )
    }
    takeOff(each, ctx)
  }
}

/** Puts an address on one of the private addresses of an interface; returns the association. */
export function putOn(
  { AllocationId, PublicIp }: ElasticAddress,
  { NetworkInterfaceId, VpcId }: NetworkInterface,
  PrivateIpAddress: string,
  ctx: Context,
): string {
  const AssociationId = newId({ prefix: 'eipassoc' }, ctx)
  const address = existing(ELASTIC_IP, elasticAddresses, AllocationId, 'allocationId', ctx)
  ctx.tx.put(elasticAddresses, AllocationId, {
    ...address,
    AssociationId,
    NetworkInterfaceId,
    NetworkInterfaceOwnerId: ctx.account,
    PrivateIpAddress,
  })
  const association = {
    PublicIp,
    PublicDnsName: publicDnsName(PublicIp, VpcId, ctx),
    IpOwnerId: ctx.account,
    AllocationId,
    AssociationId,
  }
  associate(existingInterface(NetworkInterfaceId, ctx), PrivateIpAddress, association, ctx)
  return AssociationId
}

/** Takes an address off the interface that it is on. */
export function takeOff(row: ElasticAddress, ctx: Context): void {
  ctx.tx.put(elasticAddresses, row.AllocationId, withoutAssociation(row))
  const target = ctx.tx.get(networkInterfaces, row.NetworkInterfaceId ?? '')
  if (!target) return
  const bare = associate(target, row.PrivateIpAddress ?? '', undefined, ctx)
  const instance = ctx.tx.get(instances, bare.Attachment?.InstanceId ?? '')
  // It gets back what it would have had without the account's address.
  if (instance?.StateName === 'running') takeAddress(bare, ctx)
}

/** Takes an address off, by its association or by itself. */
export function disassociateAddress(input: DisassociateAddressRequest, ctx: Context): object {
  const { AssociationId: id, PublicIp } = input
  const [row] = id
    ? ctx.tx.by(elasticAddresses, 'association', id)
    : [requestedAddress({ PublicIp }, ctx)]
  if (!row?.AssociationId) throw associationNotFound(id ?? PublicIp ?? '')
  allowOnAddress('ec2:DisassociateAddress', row, ctx)
  const target = row.NetworkInterfaceId
  if (target) allowOn('ec2:DisassociateAddress', NETWORK_INTERFACE, target, ctx)
  takeOff(row, ctx)
  return {}
}

function instanceOf({ NetworkInterfaceId }: ElasticAddress, ctx: Context): string | undefined {
  const row = NetworkInterfaceId && ctx.tx.get(networkInterfaces, NetworkInterfaceId)
  return row ? row.Attachment?.InstanceId : undefined
}

const FIELDS: Fields<ElasticAddress> = {
  'allocation-id': ({ AllocationId }) => AllocationId,
  'association-id': ({ AssociationId }) => AssociationId,
  domain: ({ Domain }) => Domain,
  'instance-id': instanceOf,
  'network-border-group': ({ NetworkBorderGroup }) => NetworkBorderGroup,
  'network-interface-id': ({ NetworkInterfaceId }) => NetworkInterfaceId,
  'network-interface-owner-id': ({ NetworkInterfaceOwnerId }) => NetworkInterfaceOwnerId,
  'private-ip-address': ({ PrivateIpAddress }) => PrivateIpAddress,
  'public-ip': ({ PublicIp }) => PublicIp,
}

/** All addresses that match; this operation has no pages. */
export function describeAddresses(
  { AllocationIds = [], PublicIps = [], Filters }: DescribeAddressesRequest,
  ctx: Context,
): Answer<DescribeAddressesResult> {
  ctx.allow('ec2:DescribeAddresses', '*')
  const tests = checkedFilters(Filters).map((filter) =>
    predicate(filter, FIELDS, ({ AllocationId }, at) => tagsOf(AllocationId, at)),
  )
  const named = PublicIps.map((ip) => {
    const [row] = ctx.tx.by(elasticAddresses, 'ip', ip)
    if (!row) throw addressNotFound(ip)
    return row
  })
  const rows = [
    ...allExisting(ELASTIC_IP, elasticAddresses, AllocationIds, 'allocationId', ctx),
    ...named,
  ]
  const all = AllocationIds.length + PublicIps.length > 0 ? rows : ctx.tx.all(elasticAddresses)
  const matching = [...all].filter((row) => tests.every((test) => test(row, ctx)))
  return { Addresses: matching.map((row) => shown(row, ctx)) }
}

function shown(row: ElasticAddress, ctx: Context): Answer<SdkAddress> {
  return { ...row, InstanceId: instanceOf(row, ctx), Tags: tagsOf(row.AllocationId, ctx) }
}

/** Reverse DNS records, which no address has here. */
export function describeAddressesAttribute(
  input: DescribeAddressesAttributeRequest,
  ctx: Context,
): DescribeAddressesAttributeResult {
  ctx.allow('ec2:DescribeAddressesAttribute', '*')
  const ids = input.AllocationIds ?? []
  const named = allExisting(ELASTIC_IP, elasticAddresses, ids, 'allocationId', ctx)
  const rows = ids.length > 0 ? named : [...ctx.tx.all(elasticAddresses)]
  const { rows: page, NextToken } = pageOfList(rows, input)
  const Addresses = page.map(({ AllocationId, PublicIp }) => ({ AllocationId, PublicIp }))
  return { Addresses, NextToken }
}
