/** The service's errors, in AWS's words as recorded of the real service. */
import { AwsError } from '../../aws/errors.ts'
import type { Refusal } from '../../aws/service.ts'

const notFound = (message: string) => new AwsError('ResourceNotFoundException', message)
const alreadyExists = (message: string) => new AwsError('ResourceAlreadyExistsException', message)
const invalid = (message: string) => new AwsError('ValidationException', message)

export const noBus = (name: string) => notFound(`Event bus ${name} does not exist.`)
export const noRule = (rule: string, bus: string) =>
  notFound(`Rule ${rule} does not exist on EventBus ${bus}.`)
export const noArchive = (name: string) => notFound(`Archive ${name} does not exist.`)
export const noReplay = (name: string) => notFound(`Replay ${name} does not exist.`)
export const noStatement = () => notFound('Statement with the provided id does not exist.')

export const busExists = (name: string) => alreadyExists(`Event bus ${name} already exists.`)
export const archiveExists = (name: string) => alreadyExists(`Archive ${name} already exists.`)
export const replayExists = (name: string) => alreadyExists(`Replay ${name} already exists.`)

export const limitExceeded = () =>
  new AwsError(
    'LimitExceededException',
    'The requested resource exceeds the maximum number allowed.',
  )

export const invalidParameter = (name: string) => invalid(`Parameter ${name} is not valid.`)
export const invalidParameterBecause = (name: string, reason: string) =>
  invalid(`Parameter ${name} is not valid. Reason: ${reason}`)

export const cannotDeleteDefaultBus = () => invalid('Cannot delete event bus default.')
export const ruleHasTargets = () => invalid("Rule can't be deleted since it has targets.")
export const nothingToMatch = () =>
  invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.')
export const scheduleOnCustomBus = () =>
  invalid('ScheduleExpression is supported only on the default event bus.')
export const nothingToUpdate = () =>
  invalid('At least one of EventPattern, RetentionDays or Description must be provided.')
export const severalInputs = (target: string) =>
  invalid(
    `Only one of Input, InputPath, or InputTransformer must be provided for target ${target}.`,
  )
export const invalidPlaceholder = (target: string, name: string) =>
  invalid(`InputTemplate for target ${target} contains invalid placeholder ${name}.`)
/** `where` is Jackson's `[Source: …]`, also below. */
export const invalidJsonInput = (target: string, where: string) =>
  invalid(`JSON syntax error in input for target ${target}: ${where}`)
export const invalidInputPath = (target: string) =>
  invalid(`InputPath for target ${target} is invalid.`)
export const invalidTemplate = (target: string, where: string) =>
  invalid(`Invalid InputTemplate for target ${target} : ${where}.`)
export const placeholderInKey = (target: string) =>
  invalid(`InputTemplate placeholder present as a JSON object key for target ${target}.`)
export const placeholderOutsideJson = (target: string, name: string) =>
  invalid(
    `InputTemplate for target ${target} contains placeholder ${name} valid only for JSON template.`,
  )
export const inputForBus = (target: string) =>
  invalid(`Modifying the input for target ${target} is not supported.`)
export const retryPolicyForBus = () =>
  invalid('Retry policy is not supported for Event bus targets.')
export const busTargetsItself = () =>
  invalid('Source EventBus and Target EventBus must not be the same.')
export const inputForLogGroup = (target: string) =>
  invalid(
    `Input and InputPath are not valid forms of input for target ${target}. ` +
      'The only valid form of input is InputTransformer.',
  )
export const foreignTarget = () =>
  invalid('Only EventBus targets are allowed on cross-account PutTargets calls.')
export const roleNotSupported = (targetArn: string) =>
  invalid(`RoleArn is not supported for target ${targetArn}.`)
export const roleRequired = (targetArn: string) =>
  invalid(`RoleArn is required for target ${targetArn}.`)
export const roleNotAssumable = (roleArn: string) =>
  invalid(`Provided role '${roleArn}' cannot be assumed by principal 'events.amazonaws.com'.`)
export const groupIdRequired = (target: string) =>
  invalid(`Parameter(s) MessageGroupId must be specified for target: ${target}.`)
/** UNCERTAIN: the words are those of other services; the rule is that of the guide on tagging. */
export const reservedTagKey = () =>
  invalid('aws: prefixed tag key names are not allowed for external use.')
export const entriesTooLarge = () =>
  invalid('Total size of the entries in the request is over the limit.')

/** Recorded of RemoveTargets and DeleteRule; UNCERTAIN of operations that cannot be forced. */
export const managedRule = (rule: string) =>
  new AwsError(
    'ManagedRuleException',
    `${rule} is a managed rule. Set 'force' parameter to true to override.`,
  )
export const invalidPattern = (message: string) =>
  new AwsError('InvalidEventPatternException', message)
/** Recorded of a policy that names another bus. */
export const notThisBus = (relativeId: string, arn: string) =>
  invalid(`The relative-id "${relativeId}" is invalid for ARN "${arn}"`)
export const policyTooLong = () =>
  new AwsError(
    'PolicyLengthExceededException',
    'The event bus policy size exceeds the maximum number allowed.',
  )

/** EventBridge answers refusals with status 400, unlike most. */
export const accessDenied = ({ verdict }: Refusal) =>
  new AwsError('AccessDeniedException', verdict.denial())

/** UNCERTAIN: the sentence is that of the API page. */
export const slashInBusName = () =>
  invalidParameterBecause('Name', "The names of custom event buses can't contain the / character.")
export const busHasRules = () => invalid("EventBus can't be deleted since it has rules.")
export const requiredParameter = (name: string) => invalid(`Parameter ${name} is required.`)
export const sourceIsNoArchive = (name: string) =>
  invalidParameterBecause('EventSourceArn', `Archive ${name} does not exist.`)
export const crossBusReplay = () =>
  invalidParameterBecause('Destination.Arn', 'Cross event bus replay is not permitted.')
export const startAfterEnd = () =>
  invalidParameterBecause('EventEndTime', 'EventStartTime must be before EventEndTime.')
/** The text is that of the API model's documentation of the exception. */
export const cannotCancel = () =>
  new AwsError(
    'IllegalStatusException',
    'A replay can be canceled only when the state is Running or Starting.',
  )
