/** IpPermissions of requests and answers, and the rules that they stand for. */
import type { IpPermission } from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import type { Answer } from '../../../aws/service.ts'
import { invalidValue } from '../errors.ts'
import { existing, SECURITY_GROUP } from '../ids.ts'
import { block, blockText, canonicalCidr6 } from './cidr.ts'
import {
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroupRules,
  securityGroups,
} from './rows.ts'
import type { NewRule } from './vpc-parts.ts'

const MAX_PORT = 65_535
const ALL = '-1'

/** Protocols that AWS names; others keep their numbers. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  all: ALL,
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
}
const WITH_PORTS = new Set(['tcp', 'udp'])
const ICMP = new Set(['icmp', 'icmpv6'])

type Permission = Answer<IpPermission>
type Writable = {
  -readonly [K in keyof Permission]: NonNullable<Permission[K]> extends readonly (infer E)[]
    ? E[]
    : Permission[K]
}

/** The rules of a group in one direction, as DescribeSecurityGroups groups them. */
export function permissionsOf(
  { GroupId }: SecurityGroup,
  isEgress: boolean,
  ctx: Context,
): Permission[] {
  const rules = ctx.tx
    .by(securityGroupRules, 'group', GroupId)
    .filter(({ IsEgress }) => IsEgress === isEgress)
  return grouped(rules)
}

/** Rules of the same protocol and ports make one permission. */
export function grouped(rules: readonly (NewRule | SecurityGroupRule)[]): Permission[] {
  const byPorts = new Map<string, Writable>()
  for (const rule of rules) {
    const { IpProtocol, FromPort, ToPort } = rule
    const key = `${IpProtocol} ${FromPort} ${ToPort}`
    const permission = byPorts.get(key) ?? newPermission(rule)
    byPorts.set(key, permission)
    const described = rule.Description === undefined ? {} : { Description: rule.Description }
    const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo: group } = rule
    if (CidrIpv4) permission.IpRanges?.push({ CidrIp: CidrIpv4, ...described })
    if (CidrIpv6) permission.Ipv6Ranges?.push({ CidrIpv6, ...described })
    if (PrefixListId) permission.PrefixListIds?.push({ PrefixListId, ...described })
    if (group) {
      const { GroupId, UserId } = group
      permission.UserIdGroupPairs?.push({ GroupId, UserId, ...described })
    }
  }
  return [...byPorts.values()]
}

function newPermission({ IpProtocol, FromPort, ToPort }: NewRule): Writable {
  return {
    IpProtocol,
    ...(hasPorts(IpProtocol) && { FromPort, ToPort }),
    IpRanges: [],
    Ipv6Ranges: [],
    PrefixListIds: [],
    UserIdGroupPairs: [],
  }
}

function hasPorts(protocol: string): boolean {
  return WITH_PORTS.has(protocol) || ICMP.has(protocol)
}

/** Whether two rules let the same traffic through. */
export function ruleKey(rule: NewRule): string {
  const { IsEgress, IpProtocol, FromPort, ToPort } = rule
  return [IsEgress, IpProtocol, FromPort, ToPort, peerOf(rule)].join(' ')
}

function peerOf({ CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo }: NewRule): string {
  return CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? ReferencedGroupInfo?.GroupId ?? ''
}

/** `peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW` */
export function spelledRule(rule: NewRule): string {
  const { IpProtocol, FromPort, ToPort } = rule
  return `peer: ${peerOf(rule)}, ${traffic(IpProtocol, FromPort, ToPort)}, ALLOW`
}

function traffic(protocol: string, from: number, to: number): string {
  if (protocol === ALL) return 'ALL'
  const name = protocol.toUpperCase()
  if (WITH_PORTS.has(protocol)) return `${name}, from port: ${from}, to port: ${to}`
  if (ICMP.has(protocol)) return `${name}, type: ${orAll(from)}, code: ${orAll(to)}`
  return `protocol: ${protocol}`
}

const orAll = (n: number) => (n === -1 ? 'ALL' : String(n))

export const BOTH_PORTS = 'Must specify both from and to ports with TCP/UDP.'

/** Protocol and ports of a request, checked; -1 stands for all. */
export function checkedTraffic(
  protocol: string | undefined,
  from: number | undefined,
  to: number | undefined,
  missingPorts = `Invalid value '${BOTH_PORTS}' for portRange.`,
): Pick<NewRule, 'IpProtocol' | 'FromPort' | 'ToPort'> {
  if (protocol === undefined) {
    throw invalidValue(
      "Invalid value 'null' for protocol. VPC security group rules must specify protocols " +
        'explicitly.',
    )
  }
  const lower = protocol.toLowerCase()
  const IpProtocol = PROTOCOLS[lower] ?? lower
  if (ICMP.has(IpProtocol)) return { IpProtocol, FromPort: from ?? -1, ToPort: to ?? -1 }
  if (!WITH_PORTS.has(IpProtocol)) {
    if (IpProtocol !== ALL && !/^\d{1,3}$/.test(IpProtocol)) {
      throw invalidValue(`Invalid value '${protocol}' for IP protocol. Unknown protocol.`)
    }
    return { IpProtocol, FromPort: -1, ToPort: -1 }
  }
  if (from === undefined || to === undefined) {
    throw invalidValue(missingPorts)
  }
  if (from < 0 || to > MAX_PORT || from > to) {
    throw invalidValue(`Invalid ${IpProtocol.toUpperCase()} port range.`)
  }
  return { IpProtocol, FromPort: from, ToPort: to }
}

/** A block as rules keep it, without the bits of the host. */
export function checkedPeer(cidr: string): Pick<NewRule, 'CidrIpv4' | 'CidrIpv6'> {
  if (cidr.includes(':')) return { CidrIpv6: canonicalCidr6(cidr, 'cidrIpv6') }
  const found = block(cidr)
  if (!found) throw invalidValue(`CIDR block ${cidr} is malformed`)
  return { CidrIpv4: blockText(found) }
}

/** A group that a rule names; groups of other accounts are taken on trust. */
export function checkedReference(
  { VpcId }: SecurityGroup,
  groupId: string,
  userId: string | undefined,
  ctx: Context,
): Pick<NewRule, 'ReferencedGroupInfo'> {
  const UserId = userId ?? ctx.account
  if (UserId === ctx.account) {
    const group = existing(SECURITY_GROUP, securityGroups, groupId, 'groupId', ctx)
    if (group.VpcId !== VpcId) {
      const text = 'You have specified two resources that belong to different networks.'
      throw new AwsError('InvalidGroup.NotFound', text)
    }
  }
  return { ReferencedGroupInfo: { GroupId: groupId, UserId } }
}
