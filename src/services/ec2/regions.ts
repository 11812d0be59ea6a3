/**
 * Regions and availability zones. Names map to ids differently in each account; here as in one
 * account that was recorded.
 * https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */

/** Regions of accounts by default; the others have to be opted into. */
const ALWAYS_ON = new Set([
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
])

const OPT_IN = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
]

/** Letters of the zones with the numbers of their ids, where they are not a1 b2 c3. */
const ZONES: Readonly<Record<string, string>> = {
  'ap-northeast-1': 'a4 c1 d2',
  'ap-northeast-2': 'a1 b2 c3 d4',
  'ap-south-1': 'a1 b3 c2',
  'ap-southeast-2': 'a1 b3 c2',
  'ca-central-1': 'a1 b2 d4',
  'eu-central-1': 'a2 b3 c1',
  'eu-west-1': 'a3 b1 c2',
  'eu-west-2': 'a2 b3 c1',
  'us-east-1': 'a6 b1 c2 d4 e3 f5',
  'us-west-1': 'a3 b1',
  'us-west-2': 'a2 b1 c3 d4',
}
const USUAL_ZONES = 'a1 b2 c3'

export interface RegionFacts {
  readonly name: string
  readonly optInStatus: 'opt-in-not-required' | 'not-opted-in'
}

/** All regions of the standard partition, by name. */
export const REGIONS: readonly RegionFacts[] = [
  ...[...ALWAYS_ON].map((name) => ({ name, optInStatus: 'opt-in-not-required' as const })),
  ...OPT_IN.map((name) => ({ name, optInStatus: 'not-opted-in' as const })),
].sort((a, b) => (a.name < b.name ? -1 : 1))

export interface Zone {
  /** `us-east-1a` */
  readonly name: string
  /** `use1-az6` */
  readonly id: string
}

const zonesByRegion = new Map<string, readonly Zone[]>()

/** The zones of a region; regions that AWS has not are as good as any. */
export function zonesOf(region: string): readonly Zone[] {
  const known = zonesByRegion.get(region)
  if (known) return known
  const short = shortName(region)
  const zones = (ZONES[region] ?? USUAL_ZONES).split(' ').map((zone) => ({
    name: `${region}${zone.charAt(0)}`,
    id: `${short}-az${zone.slice(1)}`,
  }))
  zonesByRegion.set(region, zones)
  return zones
}

/** `use1` of us-east-1, `apne2` of ap-northeast-2. */
function shortName(region: string): string {
  const [area = '', ...rest] = region.split('-')
  const number = rest.pop() ?? ''
  const directions = rest.map((word) => {
    const compound = /^(north|south)(east|west)$/.exec(word)
    return compound ? `${compound[1]?.charAt(0)}${compound[2]?.charAt(0)}` : word.charAt(0)
  })
  return `${area}${directions.join('')}${number}`
}

/** The suffix of host names within a region. */
export function internalDomain(region: string): string {
  return region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`
}

/** The suffix of public host names. */
export function publicDomain(region: string): string {
  return region === 'us-east-1' ? 'compute-1.amazonaws.com' : `${region}.compute.amazonaws.com`
}
