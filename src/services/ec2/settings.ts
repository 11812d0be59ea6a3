/** What a user's configuration decides about EC2: how long things take, and unknown AMIs. */
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from '../../clock.ts'
import type { Config, Timing } from '../../config.ts'
import type { InstanceProfiles } from '../ports.ts'

export interface Durations {
  /** pending → running. */
  readonly bootMs: number
  /** stopping → stopped. */
  readonly stopMs: number
  /** shutting-down → terminated. */
  readonly shutdownMs: number
  /** From running until both status checks are ok. */
  readonly statusChecksMs: number
  /** creating → available. */
  readonly createVolumeMs: number
  /** deleting → gone. */
  readonly deleteVolumeMs: number
  /** attaching → attached. */
  readonly attachMs: number
  /** detaching → detached. */
  readonly detachMs: number
  /** From available until the blocks of the snapshot are on the volume. */
  readonly initializeVolumeMs: number
  /** modifying → optimizing. */
  readonly modifyVolumeMs: number
  /** optimizing → completed. */
  readonly optimizeVolumeMs: number
  /** A snapshot, pending → completed. */
  readonly snapshotMs: number
  /** A snapshot, from one storage tier to the other. */
  readonly tieringMs: number
  /** A Spot request, open → active. */
  readonly spotMs: number
  /** An AMI, pending → available, beyond its snapshots. */
  readonly imageMs: number
}

const NO_TIME: Durations = {
  bootMs: 0,
  stopMs: 0,
  shutdownMs: 0,
  statusChecksMs: 0,
  createVolumeMs: 0,
  deleteVolumeMs: 0,
  attachMs: 0,
  detachMs: 0,
  initializeVolumeMs: 0,
  modifyVolumeMs: 0,
  optimizeVolumeMs: 0,
  snapshotMs: 0,
  tieringMs: 0,
  spotMs: 0,
  imageMs: 0,
}

const FAST: Durations = {
  bootMs: 300,
  stopMs: 300,
  shutdownMs: 300,
  statusChecksMs: 400,
  createVolumeMs: 150,
  deleteVolumeMs: 150,
  attachMs: 100,
  detachMs: 100,
  initializeVolumeMs: 200,
  modifyVolumeMs: 150,
  optimizeVolumeMs: 300,
  snapshotMs: 500,
  tieringMs: 500,
  spotMs: 100,
  imageMs: 100,
}

/** What is usual on AWS for a small Linux instance and a few gigabytes. */
const AS_ON_AWS: Durations = {
  bootMs: 15 * MS_PER_SECOND,
  stopMs: 30 * MS_PER_SECOND,
  shutdownMs: 30 * MS_PER_SECOND,
  statusChecksMs: 2 * MS_PER_MINUTE,
  createVolumeMs: 3 * MS_PER_SECOND,
  deleteVolumeMs: 3 * MS_PER_SECOND,
  attachMs: 3 * MS_PER_SECOND,
  detachMs: 5 * MS_PER_SECOND,
  initializeVolumeMs: 2 * MS_PER_MINUTE,
  modifyVolumeMs: 5 * MS_PER_SECOND,
  optimizeVolumeMs: 5 * MS_PER_MINUTE,
  snapshotMs: MS_PER_MINUTE,
  tieringMs: MS_PER_DAY,
  spotMs: 2 * MS_PER_SECOND,
  imageMs: 30 * MS_PER_SECOND,
}

/** Terminated instances stay describable for this long, whatever the timing. */
export const TERMINATED_VISIBLE_MS = MS_PER_HOUR

const DURATIONS: Readonly<Record<Timing, Durations>> = {
  fast: FAST,
  aws: AS_ON_AWS,
  instant: NO_TIME,
}

export interface Settings {
  readonly durations: Durations
  readonly unknownImages: Config['unknownImages']
  readonly instanceProfiles: InstanceProfiles
}

/** What EC2 is made with. */
export type Ec2Options = Pick<Config, 'timing' | 'unknownImages'> &
  Pick<Settings, 'instanceProfiles'>

export function settingsOf({ timing, ...rest }: Ec2Options): Settings {
  return { ...rest, durations: DURATIONS[timing] }
}

/** Launch and attach times have no fractions of seconds on AWS. */
export function wholeSeconds(ms: number): number {
  return ms - (ms % MS_PER_SECOND)
}
