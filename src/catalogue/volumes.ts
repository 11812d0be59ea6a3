/** Events of EBS volumes and snapshots. */
import type {
  BlockPublicAccessDisabled,
  BlockPublicAccessEnabled,
  CopyMissedCompletion,
  FastSnapshotRestore,
  MultiVolumeSnapshots,
  SnapshotNotification,
  SnapshotNotificationDetail,
  VolumeNotification,
  VolumeNotificationDetail,
} from './documents.ts'
import type { Entries, Entry } from './entry.ts'

const VOLUME_ARN = 'arn:{partition}:ec2:{region}:{account}:volume/vol-06699b4ba0c64af0b'
// The documented ARNs of createSnapshot and its like have the region in the account's place.
const SNAPSHOT_ARN = 'arn:{partition}:ec2::{region}:snapshot/snap-01234567890abcdef'
const SOURCE_VOLUME_ARN = 'arn:{partition}:ec2::{region}:volume/vol-01234567890abcdef'
const SOURCE_SNAPSHOT_ARN = 'arn:{partition}:ec2::{region}:snapshot/snap-0fedcba0987654321'
// Those of archiving have it in its own.
const ARCHIVED_ARN = 'arn:{partition}:ec2:{region}::snapshot/snap-01234567890abcdef'

function ofVolume(
  lives: boolean,
  when: string,
  {
    event,
    result,
    ...more
  }: Pick<VolumeNotificationDetail, 'event' | 'result'> & Partial<VolumeNotificationDetail>,
): Entry<VolumeNotification> {
  const cause = event === 'initializeVolume' ? {} : { cause: '' }
  return {
    detailType: 'EBS Volume Notification',
    source: 'aws.ec2',
    when,
    lives,
    resources: [VOLUME_ARN],
    detail: { result, ...cause, event, 'request-id': '{uuid}', ...more },
  }
}

function ofSnapshot(
  lives: boolean,
  when: string,
  {
    event,
    ...more
  }: Pick<SnapshotNotificationDetail, 'event'> & Partial<SnapshotNotificationDetail>,
): Entry<SnapshotNotification> {
  return {
    detailType: 'EBS Snapshot Notification',
    source: 'aws.ec2',
    when,
    lives,
    resources: ['{detail.snapshot_id}'],
    detail: {
      event,
      result: 'succeeded',
      cause: '',
      'request-id': '',
      snapshot_id: SNAPSHOT_ARN,
      startTime: '{time}',
      endTime: '{time}',
      ...more,
    },
  }
}

const VOLUME_EVENTS = {
  'ebs-volume-create': ofVolume(
    true,
    'The creation of a volume has ended; `failed` when its KMS key cannot be used.',
    { event: 'createVolume', result: 'available' },
  ),
  'ebs-volume-delete': ofVolume(true, 'A volume has been deleted.', {
    event: 'deleteVolume',
    result: 'deleted',
  }),
  // UNCERTAIN: the result of an attachment that succeeds is not shown; a failure's is.
  'ebs-volume-attach': ofVolume(true, 'A volume has been attached, or could not be.', {
    event: 'attachVolume',
    result: 'attached',
  }),
  'ebs-volume-reattach': ofVolume(
    false,
    'A volume could not be attached again after maintenance, as its KMS key cannot be used.',
    {
      event: 'reattachVolume',
      result: 'failed',
      cause: 'arn:{partition}:kms:{region}:{account}:key/01234567-0123-0123-0123 is disabled.',
      'request-id': '',
    },
  ),
  'ebs-volume-modify': ofVolume(true, 'The modification of a volume has gone on.', {
    event: 'modifyVolume',
    result: 'optimizing',
  }),
  'ebs-volume-initialize': ofVolume(
    true,
    'The blocks of its snapshot are all on a volume. Not for fast snapshot restore.',
    { event: 'initializeVolume', result: 'succeeded', completionTime: '{time}' },
  ),
  // UNCERTAIN: whether the account that copied is named.
  'ebs-volume-shared-copy': ofVolume(
    false,
    'A copy of a shared volume has ended; both its owner and the account that copied are told.',
    { event: 'sharedVolumeCopy', result: 'completed' },
  ),
}

// UNCERTAIN: the guide's samples have the account without quotes here, too.
const LOCK = {
  source: '{account}',
  lockCreatedOn: '{time}',
  lockExpiresOn: '{time}',
  lockDuration: 1,
  lockStartDurationTime: '{time}',
  cooOffPeriod: 24,
  coolOffPeriodExpiresOn: '{time}',
} as const

const SNAPSHOT_EVENTS = {
  'ebs-snapshot-create': ofSnapshot(true, 'A snapshot has been completed, or has failed.', {
    event: 'createSnapshot',
    source: SOURCE_VOLUME_ARN,
  }),
  'ebs-snapshot-copy': ofSnapshot(
    true,
    'A copy of a snapshot has ended; it is sent in the region of the copy.',
    {
      event: 'copySnapshot',
      source: SOURCE_SNAPSHOT_ARN,
      incremental: 'true',
      transferType: 'standard',
    },
  ),
  // UNCERTAIN: the guide's sample has the account without quotes.
  'ebs-snapshot-share': ofSnapshot(
    true,
    'A private snapshot was shared with this account. Making one public sends nothing.',
    { event: 'shareSnapshot', source: '{account}' },
  ),
  'ebs-snapshot-lock': ofSnapshot(true, 'A snapshot was locked, or its lock was changed.', {
    event: 'lockSnapshot',
    lockState: 'compliance-cooloff',
    ...LOCK,
  }),
  'ebs-snapshot-lock-expiry': ofSnapshot(true, 'The lock of a snapshot has expired.', {
    event: 'lockDurationExpiry',
    lockState: 'expired',
    ...LOCK,
  }),
  'ebs-snapshot-cool-off-expiry': ofSnapshot(
    true,
    'The cooling-off period of a lock in compliance mode has expired.',
    { event: 'cooloffperiodExpiry', lockState: 'compliance', ...LOCK },
  ),
  'ebs-snapshot-archive': ofSnapshot(true, 'A snapshot has been archived.', {
    event: 'archiveSnapshot',
    snapshot_id: ARCHIVED_ARN,
    recycleBinExitTime: '',
  }),
  'ebs-snapshot-permanent-restore': ofSnapshot(true, 'An archived snapshot is back for good.', {
    event: 'permanentRestoreSnapshot',
    snapshot_id: ARCHIVED_ARN,
  }),
  'ebs-snapshot-temporary-restore': ofSnapshot(true, 'An archived snapshot is back for a time.', {
    event: 'temporaryRestoreSnapshot',
    snapshot_id: ARCHIVED_ARN,
    restoreExpiryTime: '{time}',
  }),
  // UNCERTAIN: one sample of the guide spells it restoryExpiry.
  'ebs-snapshot-restore-expiry': ofSnapshot(true, 'The time of a temporary restore is over.', {
    event: 'restoreExpiry',
    snapshot_id: ARCHIVED_ARN,
    restoreExpiryTime: '{time}',
  }),
}

const missedCompletion: Entry<CopyMissedCompletion> = {
  detailType: 'EBS Copy Snapshot Missed Completion Duration',
  source: 'aws.ec2',
  when: 'A time-based copy of a snapshot was not completed within its duration.',
  lives: false,
  resources: ['{detail.snapshot_id}'],
  detail: {
    event: 'copySnapshot',
    missedCompletionDurationCause: 'Snapshot copy was not completed within its duration.',
    snapshot_id: 'arn:{partition}:ec2:{region}:{account}:snapshot/snap-01234567890abcdef',
    source: 'arn:{partition}:ec2:{region}:{account}:snapshot/snap-0fedcba0987654321',
    startTime: 'Sun Nov 24 22:32:55 UTC 2024',
    transferType: 'time-based',
  },
}

const blockEnabled: Entry<BlockPublicAccessEnabled> = {
  detailType: 'EBS Snapshot Block Public Access Enabled',
  source: 'aws.ec2',
  when: 'Block public access for snapshots was enabled, or its mode changed.',
  lives: true,
  resources: [],
  detail: {
    SnapshotBlockPublicAccessState: 'block-all-sharing',
    message: "Block Public Access was successfully enabled in 'block-all-sharing' mode",
  },
}

const blockDisabled: Entry<BlockPublicAccessDisabled> = {
  detailType: 'EBS Snapshot Block Public Access Disabled',
  source: 'aws.ec2',
  when: 'Block public access for snapshots was disabled.',
  lives: true,
  resources: [],
  detail: {
    SnapshotBlockPublicAccessState: 'unblocked',
    message: 'Block Public Access was successfully disabled',
  },
}

const multiVolume: Entry<MultiVolumeSnapshots> = {
  detailType: 'EBS Multi-Volume Snapshots Completion Status',
  source: 'aws.ec2',
  when: 'All snapshots of a CreateSnapshots call have been completed, or one has failed.',
  lives: true,
  resources: ['{detail.snapshots.*.snapshot_id}'],
  detail: {
    event: 'createSnapshots',
    result: 'succeeded',
    cause: '',
    'request-id': '',
    startTime: '{time}',
    endTime: '{time}',
    snapshots: [
      { snapshot_id: SNAPSHOT_ARN, source: SOURCE_VOLUME_ARN, status: 'completed' },
      {
        snapshot_id: 'arn:{partition}:ec2::{region}:snapshot/snap-01234567890abcdee',
        source: 'arn:{partition}:ec2::{region}:volume/vol-01234567890abcdee',
        status: 'completed',
      },
    ],
  },
}

const fastRestore: Entry<FastSnapshotRestore> = {
  detailType: 'EBS Fast Snapshot Restore State-change Notification',
  source: 'aws.ec2',
  when: 'Fast snapshot restore of a snapshot changes its state in an Availability Zone.',
  lives: true,
  resources: ['arn:{partition}:ec2:{region}::snapshot/{detail.snapshot-id}'],
  detail: {
    'snapshot-id': 'snap-03a55cf56513fa1b6',
    state: 'optimizing',
    zone: '{zone}',
    message: 'Client.UserInitiated - Lifecycle state transition',
  },
}

export const EBS_EVENTS = {
  ...VOLUME_EVENTS,
  ...SNAPSHOT_EVENTS,
  'ebs-copy-snapshot-missed-completion-duration': missedCompletion,
  'ebs-snapshot-block-public-access-enabled': blockEnabled,
  'ebs-snapshot-block-public-access-disabled': blockDisabled,
  'ebs-multi-volume-snapshots-completion-status': multiVolume,
  'ebs-fast-snapshot-restore-state-change': fastRestore,
} satisfies Entries
