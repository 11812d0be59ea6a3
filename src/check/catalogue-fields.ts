/**
 * What an event's fields can hold beyond its example: the values of those that have few, the
 * members that only some documents have, and where anything may be. All other fields hold ids,
 * times and the like, of which any text is possible.
 */
import type {
  CopyMissedCompletion,
  EventDocument,
  FastSnapshotRestore,
  HealthEvent,
  ImageStateChange,
  InstanceStateChange,
  InterruptionAction,
  LifecyclePolicyError,
  SnapshotNotificationDetail,
  SpotInterruptionWarning,
} from '../catalogue/index.ts'

type Values = Readonly<Record<string, readonly string[]>>

/** Ties a list to the type of the member, so that one cannot say what the other does not. */
function choices<D extends EventDocument, M extends keyof D['detail'] & string>(
  member: M,
  values: readonly (D['detail'][M] & string)[],
): Values {
  return { [`detail.${member}`]: values }
}

const INTERRUPTIONS: readonly InterruptionAction[] = ['hibernate', 'stop', 'terminate']

/** By detail-type and path. */
export const CHOICES: Readonly<Record<string, Values>> = {
  'EC2 Instance State-change Notification': choices<InstanceStateChange, 'state'>('state', [
    'pending',
    'running',
    'stopping',
    'stopped',
    'shutting-down',
    'terminated',
  ]),
  'EC2 AMI State Change': choices<ImageStateChange, 'State'>('State', [
    'available',
    'failed',
    'deregistered',
    'disabled',
  ]),
  'EC2 Spot Instance Interruption Warning': choices<SpotInterruptionWarning, 'instance-action'>(
    'instance-action',
    INTERRUPTIONS,
  ),
  'EBS Fast Snapshot Restore State-change Notification': choices<FastSnapshotRestore, 'state'>(
    'state',
    ['enabling', 'optimizing', 'enabled', 'disabling', 'disabled'],
  ),
  'EBS Snapshot Notification': { 'detail.result': ['succeeded', 'failed'] },
  'EBS Multi-Volume Snapshots Completion Status': { 'detail.result': ['succeeded', 'failed'] },
  'EBS Copy Snapshot Missed Completion Duration': choices<CopyMissedCompletion, 'event'>('event', [
    'copySnapshot',
  ]),
  'EC2 Capacity Reservation Instance Interruption Warning': {
    'detail.instance-action': ['terminate'],
  },
  'DLM Policy State Change': choices<LifecyclePolicyError, 'state'>('state', ['ERROR']),
  'AWS Health Event': choices<HealthEvent, 'eventTypeCategory'>('eventTypeCategory', [
    'issue',
    'accountNotification',
    'scheduledChange',
    'investigation',
  ]),
}

/** Fields that every event of a name holds as its example does. */
export const FIXED: readonly string[] = [
  'detail.event',
  'detail.LifecycleTransition',
  'detail.StatusCode',
  'detail.instance-lifecycle',
  'detail.SnapshotBlockPublicAccessState',
]

type Optional = Exclude<keyof SnapshotNotificationDetail, 'event' | 'result' | 'cause'>

const OF_SNAPSHOTS: readonly Optional[] = [
  'source',
  'incremental',
  'transferType',
  'completionDurationStartTime',
  'missedCompletionDurationCause',
  'lockState',
  'lockCreatedOn',
  'lockExpiresOn',
  'lockDuration',
  'lockStartDurationTime',
  'cooOffPeriod',
  'coolOffPeriodExpiresOn',
  'recycleBinExitTime',
  'restoreExpiryTime',
]

/** Members that only some events have, or that hold what users put there. By their first names. */
export const OPTIONAL: readonly string[] = [
  ...OF_SNAPSHOTS.map((name) => `detail.${name}`),
  'detail.cause',
  'detail.completionTime',
  'detail.NotificationMetadata',
  'detail.Origin',
  'detail.Destination',
  'detail.api-name',
  'detail.scheduled-unlock-time',
  'detail.tags',
  'detail.affectedEntities',
  'detail.eventMetadata',
]

export const API_CALL = 'AWS API Call via CloudTrail'
/** Documents of which only the envelope is known, or whose detail depends on the call. */
export const OPEN: readonly string[] = [API_CALL, 'AWS Service Event via CloudTrail']
