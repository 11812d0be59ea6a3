/**
 * The documents of the events that EC2, EBS and their neighbours put on the default event bus.
 * Members that AWS documents in two forms have the form of its current guide.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ec2.html
 */

/** The envelope that every event has. */
export interface EventDocument<
  DetailType extends string = string,
  Source extends string = string,
  Detail extends object = object,
> {
  version: '0'
  id: string
  'detail-type': DetailType
  source: Source
  /** Twelve digits. */
  account: string
  /** `2026-05-11T21:29:54Z` */
  time: string
  region: string
  /** ARNs. */
  resources: string[]
  detail: Detail
}

type OfEc2<DetailType extends string, Detail extends object> = EventDocument<
  DetailType,
  'aws.ec2',
  Detail
>

export type InstanceState =
  | 'pending'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'shutting-down'
  | 'terminated'

export type InstanceStateChange = OfEc2<
  'EC2 Instance State-change Notification',
  { 'instance-id': string; state: InstanceState }
>

export interface VolumeNotificationDetail {
  result: string
  /** Empty on success, and absent for `initializeVolume`. */
  cause?: string
  event:
    | 'createVolume'
    | 'deleteVolume'
    | 'attachVolume'
    | 'reattachVolume'
    | 'modifyVolume'
    | 'initializeVolume'
    | 'sharedVolumeCopy'
  'request-id': string
  /** Of `initializeVolume`. */
  completionTime?: string
}

export type VolumeNotification = OfEc2<'EBS Volume Notification', VolumeNotificationDetail>

export interface SnapshotNotificationDetail {
  event: string
  result: 'succeeded' | 'failed'
  /** Empty on success. */
  cause: string
  'request-id': string
  /** An ARN. */
  snapshot_id: string
  /** The ARN of the volume or source snapshot, or the account that shared. */
  source?: string
  startTime: string
  endTime: string
  incremental?: 'true' | 'false'
  transferType?: 'standard' | 'time-based'
  completionDurationStartTime?: string
  missedCompletionDurationCause?: string
  lockState?: string
  lockCreatedOn?: string
  lockExpiresOn?: string
  lockDuration?: number
  lockStartDurationTime?: string
  /** Spelled so by AWS. */
  cooOffPeriod?: number
  coolOffPeriodExpiresOn?: string
  recycleBinExitTime?: string
  restoreExpiryTime?: string
}

export type SnapshotNotification = OfEc2<'EBS Snapshot Notification', SnapshotNotificationDetail>

export type CopyMissedCompletion = OfEc2<
  'EBS Copy Snapshot Missed Completion Duration',
  {
    event: 'copySnapshot'
    missedCompletionDurationCause: string
    snapshot_id: string
    source: string
    startTime: string
    transferType: 'time-based'
  }
>

interface BlockPublicAccess {
  SnapshotBlockPublicAccessState: 'block-all-sharing' | 'block-new-sharing' | 'unblocked'
  message: string
}

export type BlockPublicAccessEnabled = OfEc2<
  'EBS Snapshot Block Public Access Enabled',
  BlockPublicAccess
>
export type BlockPublicAccessDisabled = OfEc2<
  'EBS Snapshot Block Public Access Disabled',
  BlockPublicAccess
>

export type MultiVolumeSnapshots = OfEc2<
  'EBS Multi-Volume Snapshots Completion Status',
  {
    event: 'createSnapshots'
    result: 'succeeded' | 'failed'
    cause: string
    'request-id': string
    startTime: string
    endTime: string
    snapshots: { snapshot_id: string; source: string; status: 'completed' | 'error' }[]
  }
>

export type FastSnapshotRestore = OfEc2<
  'EBS Fast Snapshot Restore State-change Notification',
  {
    'snapshot-id': string
    state: 'enabling' | 'optimizing' | 'enabled' | 'disabling' | 'disabled'
    zone: string
    message: string
  }
>

export type InterruptionAction = 'hibernate' | 'stop' | 'terminate'

export type SpotInterruptionWarning = OfEc2<
  'EC2 Spot Instance Interruption Warning',
  { 'instance-id': string; 'instance-action': InterruptionAction }
>

export type RebalanceRecommendation = OfEc2<
  'EC2 Instance Rebalance Recommendation',
  { 'instance-id': string }
>

export type SpotRequestFulfillment = OfEc2<
  'EC2 Spot Instance Request Fulfillment',
  { 'spot-instance-request-id': string; 'instance-id': string }
>

export type ImageStateChange = OfEc2<
  'EC2 AMI State Change',
  {
    RequestId: string
    ImageId: string
    State: 'available' | 'failed' | 'deregistered' | 'disabled'
    /** Empty unless failed. */
    ErrorMessage: string
  }
>

export type FastLaunchStateChange = OfEc2<
  'EC2 Fast Launch State-change Notification',
  { imageId: string; resourceType: string; state: string; stateTransitionReason: string }
>

interface FleetDetails {
  'State Change': { 'sub-type': string }
  'Spot Instance Request Change': {
    'spot-instance-request-id': string
    description: string
    'sub-type': string
  }
  /** The description is JSON in a string. */
  'Instance Change': { 'instance-id': string; description: string; 'sub-type': string }
  Information: { description: string; 'sub-type': string }
  Error: { description: string; 'sub-type': string }
}

export type FleetKind = keyof FleetDetails

export type FleetEvent<Kind extends FleetKind> = EventDocument<
  `EC2 Fleet ${Kind}`,
  'aws.ec2fleet',
  FleetDetails[Kind]
>

export type SpotFleetEvent<Kind extends FleetKind> = EventDocument<
  `EC2 Spot Fleet ${Kind}`,
  'aws.ec2spotfleet',
  FleetDetails[Kind]
>

export type CapacityReservationState =
  | 'Scheduled'
  | 'Active'
  | 'Delayed'
  | 'Unsupported'
  | 'Failed'
  | 'Expired'
  | 'Cancelled'

export type CapacityReservationChange<State extends CapacityReservationState> = OfEc2<
  `EC2 Capacity Reservation ${State}`,
  { 'capacity-reservation-id': string; state: Lowercase<State> }
>

interface CapacityBlock {
  'capacity-reservation-id': string
  'end-date': string
}

export type CapacityBlockDelivered = OfEc2<'Capacity Block Delivered', CapacityBlock>
export type CapacityBlockExpiration = OfEc2<'Capacity Block Expiration Warning', CapacityBlock>

export type CapacityInterruptionWarning = OfEc2<
  'EC2 Capacity Reservation Instance Interruption Warning',
  {
    'instance-id': string
    'instance-action': 'terminate'
    'instance-termination-time': string
    'availability-zone-id': string
    'instance-lifecycle': 'capacity-block'
  }
>

type OfAutoScaling<DetailType extends string, Detail extends object> = EventDocument<
  DetailType,
  'aws.autoscaling',
  Detail
>

type Origin = 'EC2' | 'AutoScalingGroup' | 'WarmPool'

interface LifecycleAction<Transition extends string> {
  LifecycleActionToken: string
  AutoScalingGroupName: string
  LifecycleHookName: string
  EC2InstanceId: string
  LifecycleTransition: Transition
  /** When the hook has it. */
  NotificationMetadata?: string
  Origin?: Origin
  Destination?: Origin
}

export type LaunchLifecycleAction = OfAutoScaling<
  'EC2 Instance-launch Lifecycle Action',
  LifecycleAction<'autoscaling:EC2_INSTANCE_LAUNCHING'>
>
export type TerminateLifecycleAction = OfAutoScaling<
  'EC2 Instance-terminate Lifecycle Action',
  LifecycleAction<'autoscaling:EC2_INSTANCE_TERMINATING'>
>

interface ScalingActivity<StatusCode extends string> {
  StatusCode: StatusCode
  Description: string
  AutoScalingGroupName: string
  ActivityId: string
  Details: { 'Availability Zone': string; 'Subnet ID': string }
  RequestId: string
  StatusMessage: string
  StartTime: string
  EndTime: string
  EC2InstanceId: string
  Cause: string
  Origin?: Origin
  Destination?: Origin
}

export type LaunchSuccessful = OfAutoScaling<
  'EC2 Instance Launch Successful',
  ScalingActivity<'InProgress'>
>
export type LaunchUnsuccessful = OfAutoScaling<
  'EC2 Instance Launch Unsuccessful',
  ScalingActivity<'Failed'>
>
export type TerminateSuccessful = OfAutoScaling<
  'EC2 Instance Terminate Successful',
  ScalingActivity<'InProgress'>
>
export type TerminateUnsuccessful = OfAutoScaling<
  'EC2 Instance Terminate Unsuccessful',
  ScalingActivity<'Failed'>
>

export type InstanceRefreshKind = 'Started' | 'Succeeded' | 'Failed' | 'Cancelled'

export type InstanceRefresh<Kind extends InstanceRefreshKind> = OfAutoScaling<
  `EC2 Auto Scaling Instance Refresh ${Kind}`,
  { InstanceRefreshId: string; AutoScalingGroupName: string }
>

export type InstanceRefreshCheckpoint = OfAutoScaling<
  'EC2 Auto Scaling Instance Refresh Checkpoint Reached',
  {
    InstanceRefreshId: string
    AutoScalingGroupName: string
    CheckpointPercentage: string
    CheckpointDelay: string
  }
>

export interface HealthDetail {
  eventArn: string
  service: string
  eventTypeCode: string
  eventTypeCategory: 'issue' | 'accountNotification' | 'scheduledChange' | 'investigation'
  eventScopeCode: 'ACCOUNT_SPECIFIC' | 'PUBLIC'
  communicationId: string
  /** `Fri, 20 Mar 2026 12:00:00 GMT`, as the two below. */
  startTime: string
  endTime: string
  lastUpdatedTime: string
  statusCode: 'open' | 'closed' | 'upcoming'
  eventRegion: string
  eventDescription: { language: string; latestDescription: string }[]
  affectedEntities: { entityValue: string; status?: string; tags?: Record<string, string> }[]
  affectedAccount: string
  page: string
  totalPages: string
  backupEvent: 'true' | 'false'
}

/** Its `resources` are entity values, not ARNs. */
export type HealthEvent = EventDocument<'AWS Health Event', 'aws.health', HealthDetail>

export type LifecyclePolicyError = EventDocument<
  'DLM Policy State Change',
  'aws.dlm',
  { state: 'ERROR'; cause: string; policy_id: string }
>

export type TagChange = EventDocument<
  'Tag Change on Resource',
  'aws.tag',
  {
    'changed-tag-keys': string[]
    service: string
    'resource-type': string
    version: number
    /** After the change. */
    tags: Record<string, string>
  }
>

export interface CloudTrailIdentity {
  type?: string
  principalId?: string
  arn?: string
  accountId?: string
  accessKeyId?: string
  userName?: string
  sessionContext?: {
    sessionIssuer?: Record<string, string>
    attributes?: Record<string, string>
    [member: string]: unknown
  }
  /** The service that made the call for the identity. */
  invokedBy?: string
}

/** What CloudTrail records of a call; `null` where its user guide says so. */
export interface CloudTrailRecord {
  eventVersion: string
  userIdentity: CloudTrailIdentity
  eventTime: string
  /** `ec2.amazonaws.com` */
  eventSource: string
  eventName: string
  awsRegion: string
  sourceIPAddress: string
  userAgent: string
  /** Of calls that were refused or failed. */
  errorCode?: string
  errorMessage?: string
  requestParameters: Record<string, unknown> | null
  /** Null when the call failed, or only reads. */
  responseElements: Record<string, unknown> | null
  requestID: string
  eventID: string
  readOnly: boolean
  eventType: 'AwsApiCall' | 'AwsServiceEvent'
  managementEvent: boolean
  recipientAccountId: string
  serviceEventDetails?: Record<string, unknown>
  eventCategory: string
}

export type ApiCall = EventDocument<'AWS API Call via CloudTrail', string, CloudTrailRecord>
export type ServiceEventViaCloudTrail = OfEc2<'AWS Service Event via CloudTrail', CloudTrailRecord>

export type RecycleBinKind =
  | 'Rule Locked'
  | 'Rule Change Attempted'
  | 'Rule Unlock Scheduled'
  | 'Rule Unlocking Notice'
  | 'Rule Unlocked'

export type RecycleBinEvent<Kind extends RecycleBinKind> = EventDocument<
  `Recycle Bin ${Kind}`,
  'aws.rbin',
  {
    'detail-version': string
    'rule-id': string
    'rule-description': string
    'unlock-delay-period': string
    'api-name'?: string
    'scheduled-unlock-time'?: string
  }
>

export type ScheduledEvent = EventDocument<'Scheduled Event', 'aws.events', object>

/** A detail-type that AWS lists without saying what is in its detail. */
export type UndocumentedEvent = OfEc2<string, Record<string, unknown>>
