/** DescribeRegions and DescribeAvailabilityZones. */
import type {
  AvailabilityZone,
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeRegionsRequest,
  DescribeRegionsResult,
  Region,
} from '@aws-sdk/client-ec2'
import { partitionOf } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { checkedFilters, type Fields, predicate } from './filters.ts'
import { REGIONS, zonesOf } from './regions.ts'

const REGION_FIELDS: Fields<Region> = {
  endpoint: ({ Endpoint }) => Endpoint,
  'opt-in-status': ({ OptInStatus }) => OptInStatus,
  'region-name': ({ RegionName }) => RegionName,
}

const ZONE_FIELDS: Fields<AvailabilityZone> = {
  'group-long-name': ({ GroupLongName }) => GroupLongName,
  'group-name': ({ GroupName }) => GroupName,
  message: ({ Messages }) => Messages?.map(({ Message }) => Message),
  'opt-in-status': ({ OptInStatus }) => OptInStatus,
  'parent-zone-id': ({ ParentZoneId }) => ParentZoneId,
  'parent-zone-name': ({ ParentZoneName }) => ParentZoneName,
  'region-name': ({ RegionName }) => RegionName,
  state: ({ State }) => State,
  'zone-id': ({ ZoneId }) => ZoneId,
  'zone-name': ({ ZoneName }) => ZoneName,
  'zone-type': ({ ZoneType }) => ZoneType,
}

/** Regions that the account may use, or all. */
export function describeRegions(
  { RegionNames, AllRegions, Filters }: DescribeRegionsRequest,
  ctx: Context,
): DescribeRegionsResult {
  ctx.allow('ec2:DescribeRegions', '*')
  const tests = checkedFilters(Filters).map((filter) => predicate(filter, REGION_FIELDS))
  const unknown = RegionNames?.filter((name) => !REGIONS.some((region) => region.name === name))
  if (unknown && unknown.length > 0) {
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid region names provided: ${unknown.join(', ')}`,
    )
  }
  const named = RegionNames && RegionNames.length > 0 ? new Set(RegionNames) : undefined
  const Regions = REGIONS.filter(({ name, optInStatus }) =>
    named ? named.has(name) : AllRegions || optInStatus === 'opt-in-not-required',
  )
    .map(({ name, optInStatus }) => ({
      RegionName: name,
      Endpoint: `ec2.${name}.${domainOf(name)}`,
      OptInStatus: optInStatus,
    }))
    .filter((region) => tests.every((test) => test(region, ctx)))
  return { Regions }
}

/** The zones of the region that was asked. */
export function describeAvailabilityZones(
  { ZoneNames, ZoneIds, Filters }: DescribeAvailabilityZonesRequest,
  ctx: Context,
): DescribeAvailabilityZonesResult {
  ctx.allow('ec2:DescribeAvailabilityZones', '*')
  const { region } = ctx
  const zones = zonesOf(region)
  for (const name of ZoneNames ?? []) {
    if (!zones.some((zone) => zone.name === name)) throw invalidZones(name)
  }
  for (const id of ZoneIds ?? []) if (!zones.some((zone) => zone.id === id)) throw invalidZones(id)
  const tests = checkedFilters(Filters).map((filter) => predicate(filter, ZONE_FIELDS))
  const AvailabilityZones = zones
    .filter(({ name }) => !ZoneNames?.length || ZoneNames.includes(name))
    .filter(({ id }) => !ZoneIds?.length || ZoneIds.includes(id))
    .map(({ name, id }) => ({
      State: 'available' as const,
      OptInStatus: 'opt-in-not-required' as const,
      Messages: [],
      RegionName: region,
      ZoneName: name,
      ZoneId: id,
      GroupName: `${region}-zg-1`,
      NetworkBorderGroup: region,
      ZoneType: 'availability-zone',
    }))
    .filter((zone) => tests.every((test) => test(zone, ctx)))
  return { AvailabilityZones }
}

function domainOf(region: string): string {
  return partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
}

function invalidZones(name: string): AwsError {
  return new AwsError('InvalidParameterValue', `Invalid availability zone: [${name}]`)
}
