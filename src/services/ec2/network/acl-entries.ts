/** The entries of network ACLs. */
import type {
  CreateNetworkAclEntryRequest,
  DeleteNetworkAclEntryRequest,
  ReplaceNetworkAclEntryRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Checked } from '../../../aws/service.ts'
import { invalidParameter, missingParameter } from '../errors.ts'
import { canonicalCidr, canonicalCidr6 } from './cidr.ts'
import { allowOnAcl, existingAcl } from './network-acls.ts'
import { type NetworkAcl, networkAcls } from './rows.ts'

const MAX_RULE_NUMBER = 32_766
const TCP = '6'
const UDP = '17'
const ICMP = '1'
const ICMP_6 = '58'

/** Protocols by the names that requests may use; entries keep numbers. */
const NUMBERS: Readonly<Record<string, string>> = {
  all: '-1',
  icmp: ICMP,
  tcp: TCP,
  udp: UDP,
  icmpv6: ICMP_6,
}

type Entry = NetworkAcl['Entries'][number]

function entryOf(input: Checked<CreateNetworkAclEntryRequest>): Entry {
  const { RuleNumber, RuleAction, Egress, CidrBlock, Ipv6CidrBlock } = input
  checkNumber(RuleNumber)
  const Protocol = NUMBERS[input.Protocol.toLowerCase()] ?? input.Protocol
  if (CidrBlock === undefined && Ipv6CidrBlock === undefined) throw missingParameter('cidrBlock')
  const withPorts = Protocol === TCP || Protocol === UDP
  if (withPorts && input.PortRange === undefined) throw missingParameter('portRange')
  const isIcmp = Protocol === ICMP || Protocol === ICMP_6
  if (isIcmp && input.IcmpTypeCode === undefined) throw missingParameter('icmpTypeCode')
  return {
    RuleNumber,
    Protocol,
    RuleAction,
    Egress,
    ...(CidrBlock !== undefined && { CidrBlock: canonicalCidr(CidrBlock, 'cidrBlock') }),
    ...(Ipv6CidrBlock !== undefined && {
      Ipv6CidrBlock: canonicalCidr6(Ipv6CidrBlock, 'ipv6CidrBlock'),
    }),
    ...(withPorts && { PortRange: input.PortRange }),
    ...(isIcmp && { IcmpTypeCode: input.IcmpTypeCode }),
  }
}

function checkNumber(ruleNumber: number): void {
  if (ruleNumber >= 1 && ruleNumber <= MAX_RULE_NUMBER) return
  const detail = `Rulenumber must be in range 1..${MAX_RULE_NUMBER}`
  throw invalidParameter('ruleNumber', ruleNumber, detail)
}

const isAt = (egress: boolean, ruleNumber: number) => (entry: Entry) =>
  entry.Egress === egress && entry.RuleNumber === ruleNumber

function notFound(egress: boolean, ruleNumber: number): AwsError {
  const direction = egress ? 'egress' : 'ingress'
  const text = `no ${direction} entry with number ${ruleNumber}`
  return new AwsError('InvalidNetworkAclEntry.NotFound', text)
}

/** Stores the entries in the order in which they are tried, outgoing ones first. */
function putEntries(acl: NetworkAcl, entries: readonly Entry[], ctx: Context): void {
  const order = ({ Egress, RuleNumber = 0 }: Entry) => RuleNumber - (Egress ? 1e6 : 0)
  const Entries = [...entries].sort((a, b) => order(a) - order(b))
  ctx.tx.put(networkAcls, acl.NetworkAclId, { ...acl, Entries })
}

/** Adds an entry under a number that is free in its direction. */
export function createNetworkAclEntry(
  input: Checked<CreateNetworkAclEntryRequest>,
  ctx: Context,
): object {
  const acl = existingAcl(input.NetworkAclId, ctx)
  allowOnAcl('ec2:CreateNetworkAclEntry', acl, ctx)
  const entry = entryOf(input)
  if (acl.Entries.some(isAt(input.Egress, input.RuleNumber))) {
    const text = `The network acl entry identified by ${input.RuleNumber} already exists.`
    throw new AwsError('NetworkAclEntryAlreadyExists', text)
  }
  putEntries(acl, [...acl.Entries, entry], ctx)
  return {}
}

/** Puts another entry in the place of the one of that number. */
export function replaceNetworkAclEntry(
  input: Checked<ReplaceNetworkAclEntryRequest>,
  ctx: Context,
): object {
  const acl = existingAcl(input.NetworkAclId, ctx)
  allowOnAcl('ec2:ReplaceNetworkAclEntry', acl, ctx)
  const entry = entryOf(input)
  const isIt = isAt(input.Egress, input.RuleNumber)
  if (!acl.Entries.some(isIt)) throw notFound(input.Egress, input.RuleNumber)
  putEntries(acl, [...acl.Entries.filter((each) => !isIt(each)), entry], ctx)
  return {}
}

/** Removes the entry of that number. */
export function deleteNetworkAclEntry(
  { NetworkAclId, Egress, RuleNumber }: Checked<DeleteNetworkAclEntryRequest>,
  ctx: Context,
): object {
  const acl = existingAcl(NetworkAclId, ctx)
  allowOnAcl('ec2:DeleteNetworkAclEntry', acl, ctx)
  checkNumber(RuleNumber)
  const isIt = isAt(Egress, RuleNumber)
  if (!acl.Entries.some(isIt)) throw notFound(Egress, RuleNumber)
  putEntries(
    acl,
    acl.Entries.filter((each) => !isIt(each)),
    ctx,
  )
  return {}
}
