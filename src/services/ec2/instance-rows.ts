/** Instances as they are stored: what DescribeInstances answers, less what other tables hold. */
import type {
  InstanceStateName,
  Instance as SdkInstance,
  ShutdownBehavior,
} from '@aws-sdk/client-ec2'
import type { Answer } from '../../aws/service.ts'
import { table } from '../../store/store.ts'

/** Members that are found elsewhere: in the tables of volumes, interfaces and tags. */
type Elsewhere =
  | 'State'
  | 'Tags'
  | 'BlockDeviceMappings'
  | 'NetworkInterfaces'
  | 'SecurityGroups'
  | 'PrivateDnsName'
  | 'PublicDnsName'
  | 'PublicIpAddress'
  | 'PrivateIpAddress'

type Always = 'InstanceId' | 'ImageId' | 'InstanceType' | 'LaunchTime' | 'Placement'

type Shown = Answer<Omit<SdkInstance, Elsewhere | Always>> & {
  readonly [K in Always]-?: Answer<NonNullable<SdkInstance[K]>>
}

/** What DescribeInstanceAttribute tells and DescribeInstances does not. */
interface Attributes {
  /** Base64, as it came. */
  readonly UserData?: string
  readonly DisableApiTermination: boolean
  readonly DisableApiStop: boolean
  readonly InstanceInitiatedShutdownBehavior: ShutdownBehavior
  /** `standard` or `unlimited`, of burstable types. */
  readonly CpuCredits?: string
}

export interface Instance extends Shown, Attributes {
  readonly ReservationId: string
  readonly StateName: InstanceStateName
  /** Of its primary network interface; absent once terminated. */
  readonly VpcId?: string
  readonly VolumeIds: readonly string[]
  /** The primary interface comes first. */
  readonly NetworkInterfaceIds: readonly string[]
  /** Tells whether a repeated ClientToken comes with the same arguments. */
  readonly RequestDigest?: string
  /** Of the instance with its IAM instance profile. */
  readonly ProfileAssociation?: { readonly AssociationId: string }
  /** When it last entered running; absent until it has once. */
  readonly RunningSince?: number
}

export const instances = table<Instance>('ec2.instances', {
  indexes: {
    state: ({ StateName }) => StateName,
    vpc: ({ VpcId }) => VpcId,
    subnet: ({ SubnetId }) => SubnetId,
    image: ({ ImageId }) => ImageId,
    reservation: ({ ReservationId }) => ReservationId,
    clientToken: ({ ClientToken }) => ClientToken,
  },
})

/**
 * The low byte of the state codes; nothing is ever in the high one.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html
 */
const STATE_CODES: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
}

export interface State {
  readonly Code: number
  readonly Name: InstanceStateName
}

export function stateOf(Name: InstanceStateName): State {
  return { Code: STATE_CODES[Name], Name }
}
