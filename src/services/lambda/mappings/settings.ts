/** The settings of an event source mapping: defaults, limits, and what they need to work. */
import type {
  CreateEventSourceMappingRequest,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../../aws/context.ts'
import { type AwsError, notImplemented } from '../../../aws/errors.ts'
import type { EventPatterns, QueueSource, Roles } from '../../ports.ts'
import { invalidParameter } from '../errors.ts'
import { checkRoleMay } from '../execution-role.ts'
import type { LambdaFunction } from '../functions.ts'
import type { Mapping } from './rows.ts'

const DEFAULT_BATCH_SIZE = 10
/** Larger batches need a window to gather in, which FIFO queues have not. */
const MAX_UNGATHERED_BATCH_SIZE = 10
/** The quota, "Multiple filters on a single event source mapping"; AWS raises it on request. */
const MAX_FILTERS = 5
/** What reading a queue takes. */
export const READ_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']

/** For streams and brokers; recorded of the first, the words of the others are as its. */
const UNSUPPORTED = [
  'DestinationConfig',
  'BisectBatchOnFunctionError',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ParallelizationFactor',
  'TumblingWindowInSeconds',
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'SelfManagedEventSource',
  'SelfManagedKafkaEventSourceConfig',
  'AmazonManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
] as const

/** What a queue's mapping can have at AWS, and has not here. */
const MISSING = [
  ['ProvisionedPollerConfig', 'provisioned pollers'],
  ['MetricsConfig', 'metrics of event source mappings'],
] as const

export type MappingInput = Partial<
  CreateEventSourceMappingRequest & UpdateEventSourceMappingRequest
>

export type MappingSettings = Pick<
  Mapping,
  | 'batchSize'
  | 'windowSeconds'
  | 'reportsItemFailures'
  | 'filters'
  | 'maximumConcurrency'
  | 'kmsKeyArn'
>

export const DEFAULT_SETTINGS: MappingSettings = {
  batchSize: DEFAULT_BATCH_SIZE,
  windowSeconds: 0,
  reportsItemFailures: false,
  filters: [],
}

/** The settings after a request; members that it leaves out stay. Throws AWS's refusals. */
export function changedSettings(
  before: MappingSettings,
  input: MappingInput,
  patterns: EventPatterns,
): MappingSettings {
  const unsupported = UNSUPPORTED.find((member) => input[member])
  if (unsupported) {
    throw invalidParameter(
      `Unsupported ${unsupported} parameter for given event source mapping type.`,
    )
  }
  // Seen in users' reports.
  if (input.StartingPosition) {
    throw invalidParameter('StartingPosition is not valid for SQS event sources.')
  }
  const missing = MISSING.find(([member]) => input[member])
  if (missing) throw notImplemented('lambda', missing[1])
  const { FunctionResponseTypes: types, FilterCriteria, ScalingConfig, KMSKeyArn } = input
  const { maximumConcurrency, kmsKeyArn } = before
  const scaled = ScalingConfig ? ScalingConfig.MaximumConcurrency : maximumConcurrency
  const key = KMSKeyArn ?? kmsKeyArn
  const after: MappingSettings = {
    batchSize: input.BatchSize ?? before.batchSize,
    windowSeconds: input.MaximumBatchingWindowInSeconds ?? before.windowSeconds,
    reportsItemFailures: types ? types.length > 0 : before.reportsItemFailures,
    filters: FilterCriteria
      ? (FilterCriteria.Filters ?? []).map(({ Pattern = '' }) => Pattern)
      : before.filters,
    ...(scaled !== undefined && { maximumConcurrency: scaled }),
    ...(key && { kmsKeyArn: key }),
  }
  if (after.batchSize > MAX_UNGATHERED_BATCH_SIZE && after.windowSeconds === 0) {
    throw invalidParameter(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater ' +
        `than ${MAX_UNGATHERED_BATCH_SIZE}`,
    )
  }
  // UNCERTAIN: that it is an error is documented, its words are not.
  if (after.filters.length > MAX_FILTERS) {
    throw invalidParameter(`Number of filters exceeds the limit of ${MAX_FILTERS}.`)
  }
  if (after.filters.some((pattern) => !patterns.compile(pattern))) {
    throw invalidParameter('Invalid filter pattern definition.')
  }
  return after
}

/** Throws AWS's refusal unless the function can read the queue. */
export function checkSource(
  queueArn: string,
  { windowSeconds }: MappingSettings,
  { settings, name }: LambdaFunction,
  { source, roles }: { source: QueueSource; roles: Roles },
  ctx: Context,
): void {
  const queue = source.describe(queueArn, ctx)
  if (!queue) {
    throw invalidParameter(
      'Error occurred while ReceiveMessage. SQS Error Code: ' +
        'AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does ' +
        'not exist.',
    )
  }
  if (queue.isFifo && windowSeconds > 0) {
    throw invalidParameter('Batching window is not supported for FIFO queues')
  }
  for (const action of READ_ACTIONS) {
    const holder = { role: settings.role, name }
    checkRoleMay(action, queueArn, holder, roles, ctx, { resourcePolicy: queue.policy })
  }
  const { visibilityTimeoutSeconds: visible } = queue
  if (visible < settings.timeoutSeconds) {
    throw invalidParameter(
      `Queue visibility timeout: ${visible} seconds is less than Function timeout: ` +
        `${settings.timeoutSeconds} seconds`,
    )
  }
}

/** For the sources that we have not. */
export function unsupportedSource(service: string): AwsError {
  return notImplemented('lambda', `event sources of the service "${service}"`)
}
