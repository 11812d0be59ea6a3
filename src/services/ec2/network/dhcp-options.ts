/** Sets of DHCP options. */
import type {
  AssociateDhcpOptionsRequest,
  CreateDhcpOptionsRequest,
  CreateDhcpOptionsResult,
  DeleteDhcpOptionsRequest,
  DescribeDhcpOptionsRequest,
  DescribeDhcpOptionsResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer, Checked } from '../../../aws/service.ts'
import { invalidParameter, missingParameter } from '../errors.ts'
import { DHCP_OPTIONS, existing, newId, VPC } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { forgetTags, tagsOf } from '../tag-rows.ts'
import { tagNew, tagsFor } from '../tag-specifications.ts'
import { allowNew, allowOn } from './access.ts'
import { ensureDefaultVpc } from './default-vpc.ts'
import { hasDependencies } from './errors.ts'
import { find } from './find.ts'
import { type DhcpOptions, dhcpOptions, vpcs } from './rows.ts'
import { existingVpc, vpcKeysOf } from './vpcs.ts'

const KEYS = new Set([
  'domain-name',
  'domain-name-servers',
  'ipv6-address-preferred-lease-time',
  'netbios-name-servers',
  'netbios-node-type',
  'ntp-servers',
])
/** In place of an id: no options at all. */
const NONE = 'default'

/** Creates a set of options that no VPC uses yet. */
export function createDhcpOptions(
  input: Checked<CreateDhcpOptionsRequest>,
  ctx: Context,
): Answer<CreateDhcpOptionsResult> {
  const tags = tagsFor(input.TagSpecifications, ['dhcp-options'])
  allowNew('CreateDhcpOptions', DHCP_OPTIONS, tags, ctx)
  const DhcpConfigurations = input.DhcpConfigurations.map(({ Key = '', Values = [] }) => {
    if (!KEYS.has(Key)) {
      throw invalidParameter('name', Key, `Unknown DHCP option`)
    }
    if (Values.length === 0) throw missingParameter('dhcpConfiguration.value')
    return { Key, Values: Values.map((Value) => ({ Value })) }
  })
  const DhcpOptionsId = newId(DHCP_OPTIONS, ctx)
  const row: DhcpOptions = { DhcpOptionsId, OwnerId: ctx.account, DhcpConfigurations }
  ctx.tx.put(dhcpOptions, DhcpOptionsId, row)
  tagNew(DhcpOptionsId, 'dhcp-options', tags, ctx)
  return { DhcpOptions: shown(row, ctx) }
}

function shown(row: DhcpOptions, ctx: Context) {
  return { ...row, Tags: tagsOf(row.DhcpOptionsId, ctx) }
}

function existingOptions(id: string, ctx: Context): DhcpOptions {
  ensureDefaultVpc(ctx)
  return existing(DHCP_OPTIONS, dhcpOptions, id, 'dhcpOptionsId', ctx)
}

/** Has a VPC use another set of options, or none. */
export function associateDhcpOptions(
  { DhcpOptionsId, VpcId }: Checked<AssociateDhcpOptionsRequest>,
  ctx: Context,
): object {
  const vpc = existingVpc(VpcId, ctx)
  if (DhcpOptionsId !== NONE) {
    existingOptions(DhcpOptionsId, ctx)
    allowOn('ec2:AssociateDhcpOptions', DHCP_OPTIONS, DhcpOptionsId, ctx)
  }
  allowOn('ec2:AssociateDhcpOptions', VPC, vpc.VpcId, ctx, vpcKeysOf(vpc))
  ctx.tx.put(vpcs, vpc.VpcId, { ...vpc, DhcpOptionsId })
  return {}
}

/** Deletes a set that no VPC uses. */
export function deleteDhcpOptions(
  { DhcpOptionsId }: Checked<DeleteDhcpOptionsRequest>,
  ctx: Context,
): object {
  existingOptions(DhcpOptionsId, ctx)
  allowOn('ec2:DeleteDhcpOptions', DHCP_OPTIONS, DhcpOptionsId, ctx)
  if ([...ctx.tx.all(vpcs)].some((vpc) => vpc.DhcpOptionsId === DhcpOptionsId)) {
    throw hasDependencies('dhcpOptions', DhcpOptionsId)
  }
  ctx.tx.delete(dhcpOptions, DhcpOptionsId)
  forgetTags(DhcpOptionsId, ctx)
  return {}
}

const OPTIONS: Listing<DhcpOptions> = {
  kind: DHCP_OPTIONS,
  table: dhcpOptions,
  idOf: ({ DhcpOptionsId }) => DhcpOptionsId,
  fields: {
    'dhcp-options-id': ({ DhcpOptionsId }) => DhcpOptionsId,
    key: ({ DhcpConfigurations }) => DhcpConfigurations.map(({ Key }) => Key),
    'owner-id': ({ OwnerId }) => OwnerId,
    value: ({ DhcpConfigurations }) =>
      DhcpConfigurations.map(({ Values }) => Values?.map(({ Value }) => Value)),
  },
}

/** Sets by id, or all that match. */
export function describeDhcpOptions(
  input: DescribeDhcpOptionsRequest,
  ctx: Context,
): Answer<DescribeDhcpOptionsResult> {
  ctx.allow('ec2:DescribeDhcpOptions', '*')
  const parameters = { set: 'dhcpOptionsSet', one: 'dhcpOptionsId' }
  const { rows, NextToken } = find(OPTIONS, input.DhcpOptionsIds, input, parameters, ctx)
  return { DhcpOptions: rows.map((row) => shown(row, ctx)), NextToken }
}
