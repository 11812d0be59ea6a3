/** Events of fleets and of reserved capacity. */
import type {
  CapacityBlockDelivered,
  CapacityBlockExpiration,
  CapacityInterruptionWarning,
  CapacityReservationChange,
  CapacityReservationState,
  FleetEvent,
  FleetKind,
  SpotFleetEvent,
} from './documents.ts'
import { type Entries, type Entry, INSTANCE_ARN, INSTANCE_ID } from './entry.ts'

const UUID = '598fb973-87b7-422d-be4d-6b0809bfff0a'
const FLEET = `arn:{partition}:ec2:{region}:{account}:fleet/fleet-${UUID}`
const SPOT_FLEET = `arn:{partition}:ec2:{region}:{account}:spot-fleet-request/sfr-${UUID}`

const RESERVATION =
  'arn:{partition}:ec2:{region}:{account}:' +
  'capacity-reservation/{detail.capacity-reservation-id}'

const DESCRIPTION = JSON.stringify({
  instanceType: 'c5.large',
  image: 'ami-6057e21a',
  productDescription: 'Linux/UNIX',
  availabilityZone: 'us-east-1d',
})

const FLEET_DETAILS: { [Kind in FleetKind]: FleetEvent<Kind>['detail'] } = {
  'State Change': { 'sub-type': 'active' },
  'Spot Instance Request Change': {
    'spot-instance-request-id': 'sir-rmqske6h',
    description: 'SpotInstanceRequestId sir-rmqske6h, PreviousState: cancelled_running',
    'sub-type': 'cancelled',
  },
  'Instance Change': {
    'instance-id': 'i-0c594155dd5ff1829',
    description: DESCRIPTION,
    'sub-type': 'launched',
  },
  Information: {
    description: 'The fleet cannot make progress at present.',
    'sub-type': 'fleetProgressHalted',
  },
  Error: {
    description: 'The limit of Spot Instances is exceeded.',
    'sub-type': 'spotInstanceCountLimitExceeded',
  },
}

const FLEET_WHEN: Readonly<Record<FleetKind, string>> = {
  'State Change':
    'A fleet is submitted, active, progress, modify_in_progress, modify_succeeded, expired or ' +
    'ended (`sub-type`). Fleets of the type instant send no events.',
  'Spot Instance Request Change': 'A Spot Instance request of the fleet changes its state.',
  'Instance Change':
    'An instance of the fleet was launched, is to be interrupted or was terminated.',
  Information: 'The fleet cannot go on as it should, but will.',
  Error: 'The fleet has failed to do something.',
}

function ofFleet<Kind extends FleetKind>(kind: Kind): Entry<FleetEvent<Kind>> {
  return {
    detailType: `EC2 Fleet ${kind}`,
    source: 'aws.ec2fleet',
    when: FLEET_WHEN[kind],
    lives: kind !== 'Error',
    resources: [FLEET],
    detail: FLEET_DETAILS[kind],
  }
}

function ofSpotFleet<Kind extends FleetKind>(kind: Kind): Entry<SpotFleetEvent<Kind>> {
  return {
    detailType: `EC2 Spot Fleet ${kind}`,
    source: 'aws.ec2spotfleet',
    when: FLEET_WHEN[kind].replace(' Fleets of the type instant send no events.', ''),
    lives: false,
    resources: [SPOT_FLEET],
    detail: FLEET_DETAILS[kind],
  }
}

function ofReservation<State extends CapacityReservationState>(
  state: State,
  when: string,
): Entry<CapacityReservationChange<State>> {
  return {
    detailType: `EC2 Capacity Reservation ${state}`,
    source: 'aws.ec2',
    when,
    lives: false,
    resources: [RESERVATION],
    detail: {
      'capacity-reservation-id': 'cr-1234567890abcdef0',
      state: state.toLowerCase() as Lowercase<State>,
    },
  }
}

const BLOCK = {
  source: 'aws.ec2',
  lives: false,
  resources: [RESERVATION],
  detail: { 'capacity-reservation-id': 'cr-1234567890abcdef0', 'end-date': '{time}' },
} as const

// UNCERTAIN: the guide's own list once says "Capacity Block Reservation Delivered".
const delivered: Entry<CapacityBlockDelivered> = {
  ...BLOCK,
  detailType: 'Capacity Block Delivered',
  when: 'The time of a Capacity Block has begun.',
}

const expiration: Entry<CapacityBlockExpiration> = {
  ...BLOCK,
  detailType: 'Capacity Block Expiration Warning',
  when: '40 minutes before a Capacity Block ends; 30 minutes before, its instances terminate.',
}

const interruption: Entry<CapacityInterruptionWarning> = {
  detailType: 'EC2 Capacity Reservation Instance Interruption Warning',
  source: 'aws.ec2',
  when: 'An instance in reserved capacity is going to be terminated.',
  lives: false,
  resources: [INSTANCE_ARN],
  detail: {
    'instance-id': INSTANCE_ID,
    'instance-action': 'terminate',
    'instance-termination-time': '{time}',
    'availability-zone-id': 'use1-az1',
    'instance-lifecycle': 'capacity-block',
  },
}

export const CAPACITY_EVENTS = {
  'ec2-fleet-state-change': ofFleet('State Change'),
  'ec2-fleet-spot-instance-request-change': ofFleet('Spot Instance Request Change'),
  'ec2-fleet-instance-change': ofFleet('Instance Change'),
  'ec2-fleet-information': ofFleet('Information'),
  'ec2-fleet-error': ofFleet('Error'),
  'ec2-spot-fleet-state-change': ofSpotFleet('State Change'),
  'ec2-spot-fleet-spot-instance-request-change': ofSpotFleet('Spot Instance Request Change'),
  'ec2-spot-fleet-instance-change': ofSpotFleet('Instance Change'),
  'ec2-spot-fleet-information': ofSpotFleet('Information'),
  'ec2-spot-fleet-error': ofSpotFleet('Error'),
  'ec2-capacity-reservation-scheduled': ofReservation(
    'Scheduled',
    'A future-dated Capacity Reservation has been scheduled.',
  ),
  'ec2-capacity-reservation-active': ofReservation(
    'Active',
    'The capacity of a future-dated Capacity Reservation is there.',
  ),
  'ec2-capacity-reservation-delayed': ofReservation(
    'Delayed',
    'The capacity of a future-dated Capacity Reservation comes later than asked.',
  ),
  'ec2-capacity-reservation-unsupported': ofReservation(
    'Unsupported',
    'A future-dated Capacity Reservation cannot be supported.',
  ),
  'ec2-capacity-reservation-failed': ofReservation(
    'Failed',
    'A future-dated Capacity Reservation has failed.',
  ),
  'ec2-capacity-reservation-expired': ofReservation(
    'Expired',
    'A future-dated Capacity Reservation has ended.',
  ),
  'ec2-capacity-reservation-cancelled': ofReservation(
    'Cancelled',
    'A future-dated Capacity Reservation was cancelled.',
  ),
  'capacity-block-delivered': delivered,
  'capacity-block-expiration-warning': expiration,
  'ec2-capacity-reservation-instance-interruption-warning': interruption,
} satisfies Entries
