/**
 * Spot prices: made up, but always the same. Each type, product and zone has a series of its own
 * that changes a few times a day, between a third and two thirds of what the capacity is worth.
 */
import { createHash } from 'node:crypto'
import type {
  DescribeSpotPriceHistoryRequest,
  DescribeSpotPriceHistoryResult,
  SpotPrice,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer } from '../../../aws/service.ts'
import { isoMillis, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE } from '../../../clock.ts'
import { invalidValue } from '../errors.ts'
import { checkedFilters, type Fields, type Predicate, predicate } from '../filters.ts'
import { instanceType, instanceTypeNames } from '../instance-types.ts'
import { zonesOf } from '../regions.ts'

/** Between two changes of a price. */
const STEP_MS = 6 * MS_PER_HOUR
const HISTORY_MS = 90 * MS_PER_DAY
const MAX_RESULTS = 1000
/** A page ends after so many prices that filters were asked about, however few of them match. */
const MAX_EXAMINED = 20_000
const MIB_PER_GIB = 1024
const TOKEN = /^prices:(\d{1,9}):(\d{1,9})$/

/** Dollars an hour for each vCPU beside the machine itself. */
const PRODUCTS: Readonly<Record<string, number>> = {
  'Linux/UNIX': 0,
  'Red Hat Enterprise Linux': 0.0144,
  'SUSE Linux': 0.0125,
  Windows: 0.046,
}
/** Names of the same, from before everything was in a VPC. */
const withoutVpc = (name: string) => name.replace(/ \(Amazon VPC\)$/, '')
export const LINUX = 'Linux/UNIX'
const DOLLARS_PER_VCPU_HOUR = 0.0255
const DOLLARS_PER_GIB_HOUR = 0.0029
const DOLLARS_PER_BURSTABLE_GIB_HOUR = 0.0104

interface Series {
  readonly type: string
  readonly product: string
  readonly zone: string
  readonly zoneId: string
}

interface Entry extends Series {
  readonly price: string
  readonly at: number
}

/** Dollars an hour with six decimals, at a moment. */
export function spotPriceAt(series: Omit<Series, 'zoneId'>, at: number): string {
  return priceAt(series, seedOf(series), at)
}

type Product = Pick<Series, 'type' | 'product'>

function priceAt({ type, product }: Product, { hash, offset }: Seed, at: number): string {
  const step = Math.floor((at - offset) / STEP_MS)
  const info = instanceType(type)
  const vcpus = info?.VCpuInfo?.DefaultVCpus ?? 1
  const gib = (info?.MemoryInfo?.SizeInMiB ?? MIB_PER_GIB) / MIB_PER_GIB
  const worth = info?.BurstablePerformanceSupported
    ? gib * DOLLARS_PER_BURSTABLE_GIB_HOUR
    : vcpus * DOLLARS_PER_VCPU_HOUR + gib * DOLLARS_PER_GIB_HOUR
  const share = 1 / 3 + mixed(hash ^ step) / 3
  return (worth * share + vcpus * (PRODUCTS[product] ?? 0)).toFixed(6)
}

/** A number in [0, 1) for every integer. */
function mixed(value: number): number {
  const first = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  const second = Math.imul(first ^ (first >>> 16), 0x45d9f3b)
  return ((second ^ (second >>> 16)) >>> 0) / 2 ** 32
}

/** What makes one series differ from another. */
interface Seed {
  readonly hash: number
  /** Of the changes of its price, in milliseconds. */
  readonly offset: number
}

function seedOf({ type, product, zone }: Omit<Series, 'zoneId'>): Seed {
  const digest = createHash('sha256').update(`${type} ${product} ${zone}`).digest()
  const offset = (digest.readUInt32BE(4) % (STEP_MS / MS_PER_MINUTE)) * MS_PER_MINUTE
  return { hash: digest.readInt32BE(0), offset }
}

/** When the price that holds at a moment began to. */
function beginningOf({ offset }: Seed, at: number): number {
  return Math.floor((at - offset) / STEP_MS) * STEP_MS + offset
}

const FIELDS: Fields<Entry> = {
  'availability-zone': ({ zone }) => zone,
  'availability-zone-id': ({ zoneId }) => zoneId,
  'instance-type': ({ type }) => type,
  'product-description': ({ product }) => product,
  'spot-price': ({ price }) => price,
  timestamp: ({ at }) => isoMillis(at),
}
/** Filters of the series themselves, which are the same for all of its entries. */
const OF_SERIES = new Set([
  'availability-zone',
  'availability-zone-id',
  'instance-type',
  'product-description',
])

/** The prices of a time, the newest of each series first, with the one that held at its start. */
export function describeSpotPriceHistory(
  input: DescribeSpotPriceHistoryRequest,
  ctx: Context,
): Answer<DescribeSpotPriceHistoryResult> {
  ctx.allow('ec2:DescribeSpotPriceHistory', '*')
  const filters = checkedFilters(input.Filters).map(({ name, values }) => ({
    name,
    values: name === 'product-description' ? values.map(withoutVpc) : values,
  }))
  const tests = filters.map((filter) => predicate(filter, FIELDS))
  const early = filters.flatMap((filter, i) => (OF_SERIES.has(filter.name) ? [tests[i]!] : []))
  const all = seriesOf(input, early, ctx)
  const to = Math.min(input.EndTime?.getTime() ?? ctx.now, ctx.now)
  // A client whose clock is ahead asks for the prices of now.
  const from = Math.min(Math.max(input.StartTime?.getTime() ?? 0, ctx.now - HISTORY_MS), to)
  const limit = Math.min(input.MaxResults || MAX_RESULTS, MAX_RESULTS)
  let [index, skip] = input.NextToken ? placeIn(input.NextToken) : [0, 0]
  const found: SpotPrice[] = []
  let examined = 0
  for (; index < all.length; index++, skip = 0) {
    for (const entry of entriesOf(all[index]!, from, to, skip)) {
      if (found.length === limit || examined++ === MAX_EXAMINED) {
        return { SpotPriceHistory: found, NextToken: token(index, skip) }
      }
      skip++
      if (tests.every((test) => test(entry, ctx))) found.push(shown(entry) as SpotPrice)
    }
  }
  // At the end the token is empty here, where others leave it out.
  return { SpotPriceHistory: found, NextToken: '' }
}

function seriesOf(
  { InstanceTypes = [], ProductDescriptions = [], AvailabilityZone }: Input,
  tests: readonly Predicate<Entry>[],
  ctx: Context,
): Series[] {
  const products = ProductDescriptions.map(withoutVpc)
  const zones = zonesOf(ctx.region).filter(({ name }) => name === (AvailabilityZone ?? name))
  const types: readonly string[] = InstanceTypes.length > 0 ? InstanceTypes : instanceTypeNames()
  return types
    .filter((type) => instanceType(type))
    .flatMap((type) =>
      zones.flatMap(({ name: zone, id: zoneId }) =>
        Object.keys(PRODUCTS)
          .filter((product) => products.length === 0 || products.includes(product))
          .map((product) => ({ type, product, zone, zoneId })),
      ),
    )
    .filter((series) => tests.every((test) => test({ ...series, price: '', at: 0 }, ctx)))
}

type Input = DescribeSpotPriceHistoryRequest

function* entriesOf(series: Series, from: number, to: number, skip: number): Iterable<Entry> {
  const seed = seedOf(series)
  const newest = beginningOf(seed, to)
  for (let n = skip; ; n++) {
    const at = newest - n * STEP_MS
    // The price that held when the time began is told too.
    if (at + STEP_MS <= from) return
    yield { ...series, at, price: priceAt(series, seed, at) }
  }
}

function shown({ type, product, zone, zoneId, price, at }: Entry): Answer<SpotPrice> {
  return {
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId,
    InstanceType: type as SpotPrice['InstanceType'],
    ProductDescription: product as SpotPrice['ProductDescription'],
    SpotPrice: price,
    Timestamp: at,
  }
}

function token(index: number, skip: number): string {
  return Buffer.from(`prices:${index}:${skip}`).toString('base64url')
}

function placeIn(text: string): [index: number, skip: number] {
  const found = TOKEN.exec(Buffer.from(text, 'base64url').toString())
  if (!found) throw invalidValue(`The token '${text}' is invalid`)
  return [Number(found[1]), Number(found[2])]
}

/** When the price of a series changes next. */
export function nextChangeAfter(series: Omit<Series, 'zoneId'>, at: number): number {
  return beginningOf(seedOf(series), at) + STEP_MS
}
