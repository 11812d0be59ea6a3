/** Prefix lists: those that AWS keeps of its services with gateway endpoints. */
import type {
  DescribeManagedPrefixListsRequest,
  DescribeManagedPrefixListsResult,
  DescribePrefixListsRequest,
  DescribePrefixListsResult,
  GetManagedPrefixListEntriesRequest,
  GetManagedPrefixListEntriesResult,
  ManagedPrefixList,
} from '@aws-sdk/client-ec2'
import { arn } from '../../../arn.ts'
import type { Context } from '../../../aws/context.ts'
import type { Checked } from '../../../aws/service.ts'
import { checkedFilters, type Fields, predicate } from '../filters.ts'
import { checkForm, derivedId, PREFIX_LIST } from '../ids.ts'
import { pageOfList } from '../pagination.ts'
import { allowOn } from './access.ts'

const OWNER = 'AWS'
const DIGITS_OF_OLD_IDS = 8
const MOST_RESULTS = 100

/** Blocks that AWS has published of these services; here they are the same in every region. */
const BLOCKS: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ['52.94.0.0/22', '52.119.224.0/20'],
  s3: ['3.5.0.0/19', '16.15.192.0/18', '52.216.0.0/15', '54.231.0.0/16'],
}

interface PrefixList {
  readonly PrefixListId: string
  readonly PrefixListName: string
  readonly Cidrs: readonly string[]
}

const serviceName = (service: string, region: string) => `com.amazonaws.${region}.${service}`

function prefixLists(region: string): PrefixList[] {
  return Object.entries(BLOCKS).map(([service, Cidrs]) => {
    const PrefixListName = serviceName(service, region)
    const long = derivedId(PREFIX_LIST, PrefixListName)
    const PrefixListId = long.slice(0, PREFIX_LIST.prefix.length + 1 + DIGITS_OF_OLD_IDS)
    return { PrefixListId, PrefixListName, Cidrs }
  })
}

/** The list of a service; undefined when the service has no gateway endpoints. */
export function prefixListOf(service: string, { region }: Context): PrefixList | undefined {
  return prefixLists(region).find(({ PrefixListName }) => PrefixListName === service)
}

interface Request {
  PrefixListIds?: readonly string[] | undefined
  Filters?: DescribePrefixListsRequest['Filters']
}

function matching(
  { PrefixListIds = [], Filters }: Request,
  fields: Fields<PrefixList>,
  ctx: Context,
): PrefixList[] {
  checkForm(PREFIX_LIST, PrefixListIds, 'prefixListId')
  const all = prefixLists(ctx.region)
  const missing = PrefixListIds.filter((id) => !all.some((list) => list.PrefixListId === id))
  if (missing.length > 0) throw PREFIX_LIST.missing(missing)
  const named = (id: string) => PrefixListIds.length === 0 || PrefixListIds.includes(id)
  const tests = checkedFilters(Filters).map((filter) => predicate(filter, fields))
  return all
    .filter(({ PrefixListId }) => named(PrefixListId))
    .filter((list) => tests.every((test) => test(list, ctx)))
}

const FIELDS: Fields<PrefixList> = {
  'prefix-list-id': ({ PrefixListId }) => PrefixListId,
  'prefix-list-name': ({ PrefixListName }) => PrefixListName,
}

/** The services that route tables know, with their blocks. */
export function describePrefixLists(
  input: DescribePrefixListsRequest,
  ctx: Context,
): DescribePrefixListsResult {
  ctx.allow('ec2:DescribePrefixLists', '*')
  const { rows, NextToken } = pageOfList(matching(input, FIELDS, ctx), input)
  return { PrefixLists: rows.map((row) => ({ ...row, Cidrs: [...row.Cidrs] })), NextToken }
}

function managed(
  { PrefixListId, PrefixListName }: PrefixList,
  { region }: Context,
): ManagedPrefixList {
  return {
    PrefixListId,
    AddressFamily: 'IPv4',
    State: 'create-complete',
    PrefixListArn: arn('ec2', region, 'aws', `prefix-list/${PrefixListId}`),
    PrefixListName,
    Tags: [],
    OwnerId: OWNER,
  }
}

/** The same lists as resources. */
export function describeManagedPrefixLists(
  input: DescribeManagedPrefixListsRequest,
  ctx: Context,
): DescribeManagedPrefixListsResult {
  ctx.allow('ec2:DescribeManagedPrefixLists', '*')
  const found = matching(input, { ...FIELDS, 'owner-id': () => OWNER }, ctx)
  const { rows, NextToken } = pageOfList(found, input, { least: 1, most: MOST_RESULTS })
  return { PrefixLists: rows.map((row) => managed(row, ctx)), NextToken }
}

/** The blocks of a list. */
export function getManagedPrefixListEntries(
  input: Checked<GetManagedPrefixListEntriesRequest>,
  ctx: Context,
): GetManagedPrefixListEntriesResult {
  const { PrefixListId: id } = input
  const [list] = matching({ PrefixListIds: [id] }, FIELDS, ctx)
  allowOn('ec2:GetManagedPrefixListEntries', PREFIX_LIST, id, ctx)
  const bounds = { least: 1, most: MOST_RESULTS }
  const { rows, NextToken } = pageOfList(list?.Cidrs ?? [], input, bounds)
  return { Entries: rows.map((Cidr) => ({ Cidr })), NextToken }
}
