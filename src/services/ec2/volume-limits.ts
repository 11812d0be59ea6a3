/**
 * What volumes of each type can be.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
 */
import type { VolumeType } from '@aws-sdk/client-ec2'
import { AwsError } from '../../aws/errors.ts'
import { invalidCombination, invalidValue } from './errors.ts'

interface Range {
  readonly least: number
  readonly most: number
}

interface Limits {
  readonly sizeGiB: Range
  /** Absent where the request cannot choose. */
  readonly iops?: Range & { readonly perGiB: number; readonly byDefault?: number }
  readonly throughputMiBps?: Range & { readonly byDefault: number }
}

const LIMITS: Readonly<Record<VolumeType, Limits>> = {
  standard: { sizeGiB: { least: 1, most: 1024 } },
  gp2: { sizeGiB: { least: 1, most: 16_384 } },
  gp3: {
    sizeGiB: { least: 1, most: 65_536 },
    iops: { least: 3000, most: 80_000, perGiB: 500, byDefault: 3000 },
    throughputMiBps: { least: 125, most: 2000, byDefault: 125 },
  },
  io1: {
    sizeGiB: { least: 4, most: 16_384 },
    iops: { least: 100, most: 64_000, perGiB: 50 },
  },
  io2: {
    sizeGiB: { least: 4, most: 65_536 },
    iops: { least: 100, most: 256_000, perGiB: 1000 },
  },
  st1: { sizeGiB: { least: 125, most: 16_384 } },
  sc1: { sizeGiB: { least: 125, most: 16_384 } },
}

/** gp2 gets three for each gibibyte, within these bounds. */
const GP2_IOPS: Range = { least: 100, most: 16_000 }
const GP2_IOPS_PER_GIB = 3

export interface Performance {
  readonly Iops?: number
  /** MiB/s. */
  readonly Throughput?: number
}

export interface VolumeShape extends Performance {
  readonly VolumeType: VolumeType
  /** GiB. */
  readonly Size: number
}

/** The performance that a volume gets; throws where the request is beyond its type. */
export function performanceOf({ VolumeType, Size, Iops, Throughput }: VolumeShape): Performance {
  const { sizeGiB, iops, throughputMiBps } = LIMITS[VolumeType]
  if (Size < sizeGiB.least || Size > sizeGiB.most) throw wrongSize(VolumeType, Size, sizeGiB)
  if (Throughput !== undefined && !throughputMiBps) {
    throw invalidCombination(`The parameter throughput is not supported for ${VolumeType} volumes.`)
  }
  if (!iops) {
    if (Iops !== undefined) {
      throw invalidCombination(`The parameter iops is not supported for ${VolumeType} volumes.`)
    }
    return VolumeType === 'gp2' ? { Iops: gp2Iops(Size) } : {}
  }
  const chosen = Iops ?? iops.byDefault
  if (chosen === undefined) {
    const text = `The parameter iops must be specified for ${VolumeType} volumes.`
    throw new AwsError('MissingParameter', text)
  }
  checkRange('iops', chosen, iops)
  const ratio = chosen / Size
  if (ratio > iops.perGiB && chosen !== iops.byDefault) {
    throw invalidValue(
      `Iops to volume size ratio of ${ratio.toFixed(6)} is too high; ` +
        `maximum is ${iops.perGiB.toFixed(6)}`,
    )
  }
  if (!throughputMiBps) return { Iops: chosen }
  const speed = Throughput ?? throughputMiBps.byDefault
  checkRange('throughput', speed, throughputMiBps)
  return { Iops: chosen, Throughput: speed }
}

function gp2Iops(size: number): number {
  return Math.min(GP2_IOPS.most, Math.max(GP2_IOPS.least, GP2_IOPS_PER_GIB * size))
}

function wrongSize(type: VolumeType, size: number, { least, most }: Range): AwsError {
  return size > most
    ? invalidValue(
        `Volume of ${size}GiB is too large for volume type ${type}; maximum is ${most}GiB`,
      )
    : invalidValue(
        `Volume of ${size}GiB is too small for volume type ${type}; minimum is ${least}GiB`,
      )
}

function checkRange(what: string, value: number, { least, most }: Range): void {
  if (value < least)
    throw invalidValue(`Volume ${what} of ${value} is too low; minimum is ${least}.`)
  if (value > most)
    throw invalidValue(`Volume ${what} of ${value} is too high; maximum is ${most}.`)
}
