/**
 * The public AMIs that each region has from the start, under names as their publishers form them,
 * with ids of our own that are always the same.
 */
import type { ArchitectureValues, BootModeValues, Image as SdkImage } from '@aws-sdk/client-ec2'
import type { Answer } from '../../aws/service.ts'
import { derivedId, IMAGE, SNAPSHOT } from './ids.ts'

export type Image = Answer<Omit<SdkImage, 'Tags' | 'BlockDeviceMappings'>> & {
  readonly ImageId: string
  readonly OwnerId: string
  readonly State: NonNullable<SdkImage['State']>
  readonly Architecture: ArchitectureValues
  readonly RootDeviceName: string
  readonly BlockDeviceMappings: Answer<NonNullable<SdkImage['BlockDeviceMappings']>>
}

interface Publisher {
  readonly OwnerId: string
  readonly ImageOwnerAlias?: string
  readonly RootDeviceName: string
  /** Gibibytes of the root volume. */
  readonly size: number
  readonly volumeType: 'gp2' | 'gp3' | 'standard'
  readonly windows?: boolean
  /** The metadata service takes version 2 requests only. */
  readonly imdsV2?: boolean
}

const AMAZON = { OwnerId: '137112412989', ImageOwnerAlias: 'amazon', RootDeviceName: '/dev/xvda' }
const AL2023: Publisher = { ...AMAZON, size: 8, volumeType: 'gp3', imdsV2: true }
const AL2_GP2: Publisher = { ...AMAZON, size: 8, volumeType: 'gp2' }
const AL2_EBS: Publisher = { ...AMAZON, size: 8, volumeType: 'standard' }
const CANONICAL: Publisher = {
  OwnerId: '099720109477',
  RootDeviceName: '/dev/sda1',
  size: 8,
  volumeType: 'gp3',
}
const CANONICAL_GP2: Publisher = { ...CANONICAL, volumeType: 'gp2' }
const DEBIAN: Publisher = {
  OwnerId: '136693071363',
  RootDeviceName: '/dev/xvda',
  size: 8,
  volumeType: 'gp3',
}
const WINDOWS: Publisher = {
  OwnerId: '801119661308',
  ImageOwnerAlias: 'amazon',
  RootDeviceName: '/dev/sda1',
  size: 30,
  volumeType: 'gp2',
  windows: true,
}

const X86 = 'x86_64'
const ARM = 'arm64'

/** Publisher, date, architecture, name, description. */
type Entry = readonly [Publisher, string, ArchitectureValues, string, string]

function amazonLinux2023(kernel: string, arch: ArchitectureValues): Entry[] {
  const build = '2023.9.20251110.1'
  const about = `Amazon Linux 2023 AMI ${build} ${arch} HVM kernel-${kernel}`
  return [
    [AL2023, '2025-11-10', arch, `al2023-ami-${build}-kernel-${kernel}-${arch}`, about],
    [
      AL2023,
      '2025-11-10',
      arch,
      `al2023-ami-minimal-${build}-kernel-${kernel}-${arch}`,
      about.replace('2023 AMI', '2023 AMI Minimal'),
    ],
  ]
}

function amazonLinux2(publisher: Publisher, kernel: string, arch: ArchitectureValues): Entry {
  const build = '2.0.20251110.1'
  const name = `amzn2-ami-${kernel}hvm-${build}-${arch}-${publisher === AL2_EBS ? 'ebs' : 'gp2'}`
  const about = `Amazon Linux 2 ${kernel ? 'Kernel 5.10 ' : ''}AMI ${build} ${arch} HVM`
  return [publisher, '2025-11-11', arch, name, `${about} ${publisher.volumeType}`]
}

function ubuntu(publisher: Publisher, release: string, arch: 'amd64' | 'arm64'): Entry {
  const disk = publisher === CANONICAL ? 'ssd-gp3' : 'ssd'
  const version = release.split('-')[1]
  const about = `Canonical, Ubuntu, ${version}, ${arch}, server image build on 2025-11-06`
  const name = `ubuntu/images/hvm-${disk}/ubuntu-${release}-${arch}-server-20251106`
  return [publisher, '2025-11-06', arch === 'amd64' ? X86 : ARM, name, about]
}

function debian(release: string, arch: 'amd64' | 'arm64'): Entry {
  const name = `debian-${release}-${arch}-20251112-2294`
  const about = `Debian ${release} (20251112-2294)`
  return [DEBIAN, '2025-11-12', arch === 'amd64' ? X86 : ARM, name, about]
}

function windows(version: string, edition: string): Entry {
  const name = `Windows_Server-${version}-English-${edition}-Base-2025.11.12`
  const desktop = edition === 'Full' ? 'with Desktop Experience ' : 'Core '
  const product = `Microsoft Windows Server ${version}`
  const about = `${product} ${desktop}Locale English AMI provided by Amazon`
  return [WINDOWS, '2025-11-12', X86, name, about]
}

const ENTRIES: readonly Entry[] = [
  ...['6.1', '6.12'].flatMap((kernel) => [
    ...amazonLinux2023(kernel, X86),
    ...amazonLinux2023(kernel, ARM),
  ]),
  amazonLinux2(AL2_GP2, '', X86),
  amazonLinux2(AL2_GP2, '', ARM),
  amazonLinux2(AL2_EBS, '', X86),
  amazonLinux2(AL2_GP2, 'kernel-5.10-', X86),
  amazonLinux2(AL2_GP2, 'kernel-5.10-', ARM),
  ubuntu(CANONICAL, 'noble-24.04', 'amd64'),
  ubuntu(CANONICAL, 'noble-24.04', 'arm64'),
  ubuntu(CANONICAL_GP2, 'jammy-22.04', 'amd64'),
  ubuntu(CANONICAL_GP2, 'jammy-22.04', 'arm64'),
  ubuntu(CANONICAL_GP2, 'focal-20.04', 'amd64'),
  ubuntu(CANONICAL_GP2, 'focal-20.04', 'arm64'),
  debian('13', 'amd64'),
  debian('13', 'arm64'),
  debian('12', 'amd64'),
  debian('12', 'arm64'),
  debian('11', 'amd64'),
  debian('11', 'arm64'),
  ...['2025', '2022', '2019', '2016'].flatMap((version) => [
    windows(version, 'Full'),
    windows(version, 'Core'),
  ]),
]

/** What DescribeImages tells of an image's system, by its platform. */
export const LINUX = { PlatformDetails: 'Linux/UNIX', UsageOperation: 'RunInstances' }
const WINDOWS_USAGE = {
  Platform: 'Windows' as const,
  PlatformDetails: 'Windows',
  UsageOperation: 'RunInstances:0002',
}

function imageOf([publisher, date, arch, name, Description]: Entry, region: string): Image {
  const { OwnerId, ImageOwnerAlias, RootDeviceName, size, volumeType } = publisher
  const BootMode: BootModeValues = arch === ARM ? 'uefi' : 'uefi-preferred'
  return {
    ImageId: derivedId(IMAGE, `${region} ${name}`),
    Name: name,
    Description,
    ImageLocation: `${ImageOwnerAlias ?? OwnerId}/${name}`,
    ImageType: 'machine',
    OwnerId,
    ...(ImageOwnerAlias && { ImageOwnerAlias }),
    Public: true,
    State: 'available',
    Architecture: arch,
    CreationDate: `${date}T12:00:00.000Z`,
    BootMode,
    EnaSupport: true,
    SriovNetSupport: 'simple',
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    RootDeviceType: 'ebs',
    RootDeviceName,
    ...(publisher.imdsV2 && { ImdsSupport: 'v2.0' as const }),
    ...(publisher.windows ? WINDOWS_USAGE : LINUX),
    BlockDeviceMappings: [
      {
        DeviceName: RootDeviceName,
        Ebs: {
          DeleteOnTermination: true,
          Encrypted: false,
          SnapshotId: derivedId(SNAPSHOT, `${region} ${name}`),
          VolumeSize: size,
          VolumeType: volumeType,
          ...(volumeType === 'gp3' && { Iops: 3000, Throughput: 125 }),
        },
      },
    ],
  }
}

const catalogues = new Map<string, ReadonlyMap<string, Image>>()

/** The public AMIs of a region, by their ids. */
export function publicImages(region: string): ReadonlyMap<string, Image> {
  const known = catalogues.get(region)
  if (known) return known
  const images = ENTRIES.map((entry) => imageOf(entry, region))
  const catalogue = new Map(images.map((image) => [image.ImageId, image]))
  catalogues.set(region, catalogue)
  return catalogue
}
