/** Events about EC2 that other services send, and those of rules themselves. */
import type {
  ApiCall,
  HealthEvent,
  LifecyclePolicyError,
  RecycleBinEvent,
  RecycleBinKind,
  ScheduledEvent,
  ServiceEventViaCloudTrail,
  TagChange,
} from './documents.ts'
import { type Entries, type Entry, INSTANCE_ID } from './entry.ts'

const RETIREMENT = 'AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED'

const health: Entry<HealthEvent> = {
  detailType: 'AWS Health Event',
  source: 'aws.health',
  when:
    'AWS Health tells of an issue or a scheduled change: retirement, reboot, maintenance. ' +
    'Its resources are ids, not ARNs.',
  lives: false,
  resources: ['{detail.affectedEntities.*.entityValue}'],
  detail: {
    eventArn: `arn:{partition}:health:{region}::event/EC2/${RETIREMENT}/${RETIREMENT}_{region}_1`,
    service: 'EC2',
    eventTypeCode: RETIREMENT,
    eventTypeCategory: 'scheduledChange',
    eventScopeCode: 'ACCOUNT_SPECIFIC',
    communicationId: '01b0993207d81a09dcd552ebd1e633e36cf1f09a-1',
    startTime: 'Fri, 20 Mar 2026 12:00:00 GMT',
    endTime: 'Fri, 20 Mar 2026 12:00:00 GMT',
    lastUpdatedTime: 'Tue, 10 Mar 2026 12:03:38 GMT',
    statusCode: 'upcoming',
    eventRegion: '{region}',
    eventDescription: [
      { language: 'en_US', latestDescription: 'An instance is scheduled for retirement.' },
    ],
    affectedEntities: [{ entityValue: INSTANCE_ID }],
    affectedAccount: '{account}',
    page: '1',
    totalPages: '1',
    backupEvent: 'false',
  },
}

const policyError: Entry<LifecyclePolicyError> = {
  detailType: 'DLM Policy State Change',
  source: 'aws.dlm',
  when: 'A lifecycle policy of snapshots has entered the error state.',
  lives: false,
  resources: ['{detail.policy_id}'],
  detail: {
    state: 'ERROR',
    cause: 'Role provided does not have sufficient permissions',
    policy_id: 'arn:{partition}:dlm:{region}:{account}:policy/policy-0123456789abcdef',
  },
}

const tagChange: Entry<TagChange> = {
  detailType: 'Tag Change on Resource',
  source: 'aws.tag',
  when: "The tags of a resource change, on creation too. The source is aws.tag, not the service's.",
  lives: true,
  resources: [
    'arn:{partition}:{detail.service}:{region}:{account}:' +
      '{detail.resource-type}/i-0abcd1234abcd1234',
  ],
  detail: {
    'changed-tag-keys': ['Schedule'],
    service: 'ec2',
    'resource-type': 'instance',
    version: 1,
    tags: { Schedule: 'office' },
  },
}

const CALL = {
  eventVersion: '1.10',
  eventTime: '{time}',
  eventSource: 'ec2.amazonaws.com',
  awsRegion: '{region}',
  requestID: '{uuid}',
  eventID: '{uuid}',
  readOnly: false,
  managementEvent: true,
  recipientAccountId: '{account}',
  eventCategory: 'Management',
} as const

const apiCall: Entry<ApiCall> = {
  detailType: 'AWS API Call via CloudTrail',
  source: 'aws.ec2',
  when:
    'Somebody called an operation that changes something, with success or without (`errorCode`); ' +
    'operations that only read are told to rules in the state ' +
    'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS. The source is that of the service called.',
  lives: true,
  resources: [],
  detail: {
    ...CALL,
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAJT12345SQ2EXAMPLE',
      arn: 'arn:{partition}:iam::{account}:user/administrator',
      accountId: '{account}',
      accessKeyId: 'AKIAJ67890A6EXAMPLE',
      userName: 'administrator',
    },
    eventName: 'RunInstances',
    sourceIPAddress: '192.0.2.12',
    userAgent: 'aws-cli/2.31.0',
    requestParameters: {
      instancesSet: { items: [{ imageId: 'ami-0abcdef1234567890', minCount: 1, maxCount: 1 }] },
      instanceType: 't3.micro',
    },
    responseElements: {
      requestId: '{uuid}',
      reservationId: 'r-0123456789abcdef0',
      ownerId: '{account}',
      groupSet: {},
      instancesSet: {
        items: [{ instanceId: INSTANCE_ID, instanceState: { code: 0, name: 'pending' } }],
      },
    },
    eventType: 'AwsApiCall',
  },
}

const bidEvicted: Entry<ServiceEventViaCloudTrail> = {
  detailType: 'AWS Service Event via CloudTrail',
  source: 'aws.ec2',
  when: 'A Spot Instance was really taken back (eventName BidEvictedEvent).',
  lives: true,
  resources: [],
  detail: {
    ...CALL,
    userIdentity: { accountId: '{account}', invokedBy: 'sec2.amazonaws.com' },
    eventName: 'BidEvictedEvent',
    sourceIPAddress: 'ec2.amazonaws.com',
    userAgent: 'ec2.amazonaws.com',
    requestParameters: null,
    responseElements: null,
    eventType: 'AwsServiceEvent',
    serviceEventDetails: { instanceIdSet: [INSTANCE_ID] },
  },
}

function ofRecycleBin<Kind extends RecycleBinKind>(
  kind: Kind,
  when: string,
  more: { 'api-name'?: string; 'scheduled-unlock-time'?: string } = {},
): Entry<RecycleBinEvent<Kind>> {
  return {
    detailType: `Recycle Bin ${kind}`,
    source: 'aws.rbin',
    when,
    lives: false,
    resources: ['arn:{partition}:rbin:{region}:{account}:rule/{detail.rule-id}'],
    detail: {
      // The samples have the leading blank.
      'detail-version': ' 1.0.0',
      'rule-id': 'a12345abcde',
      'rule-description': 'locked account level rule',
      'unlock-delay-period': '30 days',
      ...more,
    },
  }
}

const scheduled: Entry<ScheduledEvent> = {
  detailType: 'Scheduled Event',
  source: 'aws.events',
  when: 'The schedule of a rule has come round; only its own rule receives it.',
  lives: true,
  resources: ['arn:{partition}:events:{region}:{account}:rule/my-schedule'],
  detail: {},
}

export const NEIGHBOUR_EVENTS = {
  'aws-health-event': health,
  'dlm-policy-state-change': policyError,
  'tag-change-on-resource': tagChange,
  'aws-api-call-via-cloudtrail': apiCall,
  'ec2-bid-evicted': bidEvicted,
  'recycle-bin-rule-locked': ofRecycleBin('Rule Locked', 'A retention rule was locked.'),
  'recycle-bin-rule-change-attempted': ofRecycleBin(
    'Rule Change Attempted',
    'Somebody tried to change a locked retention rule.',
    { 'api-name': 'DeleteRule' },
  ),
  'recycle-bin-rule-unlock-scheduled': ofRecycleBin(
    'Rule Unlock Scheduled',
    'A retention rule is to be unlocked.',
    { 'scheduled-unlock-time': '{time}' },
  ),
  'recycle-bin-rule-unlocking-notice': ofRecycleBin(
    'Rule Unlocking Notice',
    'A retention rule is about to be unlocked.',
    { 'scheduled-unlock-time': '{time}' },
  ),
  'recycle-bin-rule-unlocked': ofRecycleBin('Rule Unlocked', 'A retention rule is unlocked.'),
  'scheduled-event': scheduled,
} satisfies Entries
