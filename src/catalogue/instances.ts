/** Events of instances, Spot requests and AMIs. */
import type {
  FastLaunchStateChange,
  ImageStateChange,
  InstanceStateChange,
  RebalanceRecommendation,
  SpotInterruptionWarning,
  SpotRequestFulfillment,
} from './documents.ts'
import { type Entries, type Entry, INSTANCE_ARN, INSTANCE_ID } from './entry.ts'

const stateChange: Entry<InstanceStateChange> = {
  detailType: 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  when:
    'An instance enters a state: pending, running, stopping, stopped, shutting-down, terminated. ' +
    'A reboot sends nothing.',
  lives: true,
  resources: [INSTANCE_ARN],
  detail: { 'instance-id': INSTANCE_ID, state: 'running' },
}

// The zone in the place of the region, and no account: the guide says so explicitly.
const interruption: Entry<SpotInterruptionWarning> = {
  detailType: 'EC2 Spot Instance Interruption Warning',
  source: 'aws.ec2',
  when:
    'Two minutes before a Spot Instance is stopped or terminated; hibernation begins at once. ' +
    'The ARN names the Availability Zone and no account.',
  lives: true,
  resources: ['arn:{partition}:ec2:{zone}:instance/{detail.instance-id}'],
  detail: { 'instance-id': INSTANCE_ID, 'instance-action': 'terminate' },
}

const rebalance: Entry<RebalanceRecommendation> = {
  detailType: 'EC2 Instance Rebalance Recommendation',
  source: 'aws.ec2',
  when: 'A Spot Instance is at elevated risk of interruption: before the warning, or with it.',
  lives: true,
  resources: [INSTANCE_ARN],
  detail: { 'instance-id': INSTANCE_ID },
}

const fulfillment: Entry<SpotRequestFulfillment> = {
  detailType: 'EC2 Spot Instance Request Fulfillment',
  source: 'aws.ec2',
  when: 'A Spot Instance request is fulfilled: its instance has been launched.',
  lives: true,
  resources: [INSTANCE_ARN],
  detail: { 'spot-instance-request-id': 'sir-1a2b3c4d', 'instance-id': INSTANCE_ID },
}

const image: Entry<ImageStateChange> = {
  detailType: 'EC2 AMI State Change',
  source: 'aws.ec2',
  when:
    'An AMI becomes available, failed, deregistered or disabled. Nothing is sent while it is ' +
    'pending. The member is `State`, with a capital letter.',
  lives: true,
  resources: ['arn:{partition}:ec2:{region}::image/{detail.ImageId}'],
  detail: {
    RequestId: '{uuid}',
    ImageId: 'ami-0abcdef1234567890',
    State: 'available',
    ErrorMessage: '',
  },
}

// UNCERTAIN: the members are those of AWS's schema; the form of its resources is not published.
const fastLaunch: Entry<FastLaunchStateChange> = {
  detailType: 'EC2 Fast Launch State-change Notification',
  source: 'aws.ec2',
  when: 'Faster launching of a Windows AMI changes its state.',
  lives: false,
  resources: ['arn:{partition}:ec2:{region}::image/{detail.imageId}'],
  detail: {
    imageId: 'ami-0abcdef1234567890',
    resourceType: 'snapshot',
    state: 'enabled',
    stateTransitionReason: 'Client.UserInitiated',
  },
}

export const INSTANCE_EVENTS = {
  'ec2-instance-state-change': stateChange,
  'ec2-spot-instance-interruption-warning': interruption,
  'ec2-instance-rebalance-recommendation': rebalance,
  'ec2-spot-instance-request-fulfillment': fulfillment,
  'ec2-ami-state-change': image,
  'ec2-fast-launch-state-change': fastLaunch,
} satisfies Entries
