/** Events of EC2 Auto Scaling. */
import type {
  InstanceRefresh,
  InstanceRefreshCheckpoint,
  InstanceRefreshKind,
  LaunchLifecycleAction,
  LaunchSuccessful,
  LaunchUnsuccessful,
  TerminateLifecycleAction,
  TerminateSuccessful,
  TerminateUnsuccessful,
} from './documents.ts'
import { type Entries, type Entry, INSTANCE_ID } from './entry.ts'

const GROUP =
  'arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:' +
  '042cba90-ad2f-431c-9b4d-6d9055bcc9fb:autoScalingGroupName/{detail.AutoScalingGroupName}'
const INSTANCE = 'arn:{partition}:ec2:{region}:{account}:instance/{detail.EC2InstanceId}'

const OF_GROUP = { source: 'aws.autoscaling', lives: false, resources: [GROUP] } as const

const HOOK = {
  LifecycleActionToken: '{uuid}',
  AutoScalingGroupName: 'my-asg',
  LifecycleHookName: 'my-lifecycle-hook',
  EC2InstanceId: INSTANCE_ID,
} as const

const launchAction: Entry<LaunchLifecycleAction> = {
  ...OF_GROUP,
  detailType: 'EC2 Instance-launch Lifecycle Action',
  when:
    'An instance has entered Pending:Wait. The group waits for CompleteLifecycleAction, or until ' +
    'the heartbeat of the hook times out.',
  detail: {
    ...HOOK,
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    NotificationMetadata: 'additional-info',
    Origin: 'EC2',
    Destination: 'AutoScalingGroup',
  },
}

const terminateAction: Entry<TerminateLifecycleAction> = {
  ...OF_GROUP,
  detailType: 'EC2 Instance-terminate Lifecycle Action',
  when: 'An instance has entered Terminating:Wait.',
  detail: {
    ...HOOK,
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    NotificationMetadata: 'additional-info',
    Origin: 'AutoScalingGroup',
    Destination: 'EC2',
  },
}

const ACTIVITY = {
  AutoScalingGroupName: 'my-asg',
  ActivityId: '{uuid}',
  Details: { 'Availability Zone': '{zone}', 'Subnet ID': 'subnet-01234567890abcdef' },
  RequestId: '{uuid}',
  StatusMessage: '',
  StartTime: '{time}',
  EndTime: '{time}',
  EC2InstanceId: INSTANCE_ID,
  Cause: 'description-text',
} as const

const OF_ACTIVITY = { ...OF_GROUP, resources: [GROUP, INSTANCE] } as const
const LAUNCHING = {
  ...ACTIVITY,
  Description: `Launching a new EC2 instance: ${INSTANCE_ID}`,
  Origin: 'EC2',
  Destination: 'AutoScalingGroup',
} as const
const TERMINATING = {
  ...ACTIVITY,
  Description: `Terminating EC2 instance: ${INSTANCE_ID}`,
  Origin: 'AutoScalingGroup',
  Destination: 'EC2',
} as const

const launched: Entry<LaunchSuccessful> = {
  ...OF_ACTIVITY,
  detailType: 'EC2 Instance Launch Successful',
  when: 'The group has launched an instance.',
  detail: { StatusCode: 'InProgress', ...LAUNCHING },
}

const notLaunched: Entry<LaunchUnsuccessful> = {
  ...OF_ACTIVITY,
  detailType: 'EC2 Instance Launch Unsuccessful',
  when: 'The group could not launch an instance.',
  detail: { StatusCode: 'Failed', ...LAUNCHING, StatusMessage: 'message-text' },
}

const terminated: Entry<TerminateSuccessful> = {
  ...OF_ACTIVITY,
  detailType: 'EC2 Instance Terminate Successful',
  when: 'The group has terminated an instance.',
  detail: { StatusCode: 'InProgress', ...TERMINATING },
}

const notTerminated: Entry<TerminateUnsuccessful> = {
  ...OF_ACTIVITY,
  detailType: 'EC2 Instance Terminate Unsuccessful',
  when: 'The group could not terminate an instance.',
  detail: { StatusCode: 'Failed', ...TERMINATING, StatusMessage: 'message-text' },
}

const REFRESH = { InstanceRefreshId: '{uuid}', AutoScalingGroupName: 'my-asg' }

function ofRefresh<Kind extends InstanceRefreshKind>(kind: Kind): Entry<InstanceRefresh<Kind>> {
  const been = kind === 'Cancelled' ? 'been ' : ''
  return {
    ...OF_GROUP,
    detailType: `EC2 Auto Scaling Instance Refresh ${kind}`,
    when: `An instance refresh of the group has ${been}${kind.toLowerCase()}.`,
    detail: REFRESH,
  }
}

const checkpoint: Entry<InstanceRefreshCheckpoint> = {
  ...OF_GROUP,
  detailType: 'EC2 Auto Scaling Instance Refresh Checkpoint Reached',
  when: 'An instance refresh has reached a checkpoint.',
  detail: { ...REFRESH, CheckpointPercentage: '50', CheckpointDelay: '300' },
}

export const AUTO_SCALING_EVENTS = {
  'ec2-instance-launch-lifecycle-action': launchAction,
  'ec2-instance-terminate-lifecycle-action': terminateAction,
  'ec2-instance-launch-successful': launched,
  'ec2-instance-launch-unsuccessful': notLaunched,
  'ec2-instance-terminate-successful': terminated,
  'ec2-instance-terminate-unsuccessful': notTerminated,
  'ec2-auto-scaling-instance-refresh-started': ofRefresh('Started'),
  'ec2-auto-scaling-instance-refresh-succeeded': ofRefresh('Succeeded'),
  'ec2-auto-scaling-instance-refresh-failed': ofRefresh('Failed'),
  'ec2-auto-scaling-instance-refresh-cancelled': ofRefresh('Cancelled'),
  'ec2-auto-scaling-instance-refresh-checkpoint-reached': checkpoint,
} satisfies Entries
