/**
 * Detail-types that AWS lists without saying what they hold: their detail is empty until it is set.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ec2.html
 */
import type { UndocumentedEvent } from './documents.ts'
import type { Entry } from './entry.ts'
import { kebab } from './names.ts'

const DETAIL_TYPES = [
  'EBS Snapshot Acceleration State-change Notification',
  'EC2 Spot Instance Rebalance Recommended',
  'EC2 AMI Available',
  'EC2 AMI Failed',
  'Launch Template Alias Change',
  'EC2 On-Demand Capacity Reservation Suspended',
  'EC2 On-Demand Capacity Reservation Suspension Failed',
  'EC2 On-Demand Capacity Reservation Unsuspended',
  'EC2 On-Demand Capacity Reservation Unsuspension Failed',
  'On-Demand Capacity Reservation Billing Ownership Request Pending',
  'On-Demand Capacity Reservation Billing Ownership Request Expired',
  'On-Demand Capacity Reservation Billing Ownership Request Cancelled',
  'On-Demand Capacity Reservation Billing Ownership Revoked',
  'On-Demand Capacity Reservation Billing Ownership Request Accepted',
  'On-Demand Capacity Reservation Billing Ownership Request Rejected',
  'Future Capacity Request in Assessing',
  'Future Capacity Request Scheduled',
  'Future Capacity Request Unsupported',
  'Future Capacity Request Delayed',
  'Future Capacity Request Completed',
  'Future Capacity Request Canceled',
  'Future Capacity Request Failed',
]

function undocumented(detailType: string): Entry<UndocumentedEvent> {
  return {
    detailType,
    source: 'aws.ec2',
    when: 'AWS lists the detail-type and publishes no document; set what your rule needs.',
    lives: false,
    resources: [],
    detail: {},
  }
}

export const UNDOCUMENTED_EVENTS: Readonly<Record<string, Entry<UndocumentedEvent>>> =
  Object.fromEntries(DETAIL_TYPES.map((name) => [kebab(name), undocumented(name)]))
