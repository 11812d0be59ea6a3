/** Refuses inputs that break the constraints of the service's API, in the service's wording. */
import { AwsError } from './errors.ts'
import type { Model, OperationModel } from './model.ts'
import { ec2Parameter } from './protocols/ec2-query.ts'
import { type Fault, faultsOf, type Rule, type Step } from './validation/faults.ts'
import { doubleText, javaText, lowerFirst } from './validation/java-text.ts'

/** Throws AwsError for the first faults found. */
export function validate(model: Model, operation: OperationModel, input: object): void {
  const faults = faultsOf(model, operation.input, input)
  if (faults.length === 0) return
  const fault = errorOf(model, faults)
  if (fault) throw fault
}

/** The answer to the faults; undefined when the service words them by operation. */
function errorOf(model: Model, faults: readonly Fault[]): AwsError | undefined {
  if (model.protocol === 'ec2Query') return ec2Fault(faults)
  if (model.service === 'sqs') {
    // SQS takes attribute names that its API lacks, so a value is never refused here.
    const missing = faults.find(({ rule }) => rule.kind === 'required')
    return missing && sqsFault(missing)
  }
  if (model.service === 'logs' && faults.some(isLongLogName)) {
    const text = 'Invalid LogGroup or LogStream, both must have length less than or equal to 512.'
    return new AwsError(codeOf(model), text)
  }
  if (model.service !== 'lambda') return listed(model, faults)
  const runtime = faults.find(isUnknownRuntime)
  if (runtime) return unknownRuntime(runtime)
  // Of runtimes in a list it tells first (recorded).
  const ofRuntimes = ({ constraint }: Fault) => constraint === 'Runtime'
  const others = faults.filter((fault) => !ofRuntimes(fault))
  return listed(model, [...faults.filter(ofRuntimes), ...others])
}

/** Recorded of CreateLogGroup. */
function isLongLogName({ constraint, rule }: Fault): boolean {
  return rule.kind === 'max' && (constraint === 'LogGroupName' || constraint === 'LogStreamName')
}

/** The code of the shared text; CloudWatch Logs has its own. */
function codeOf(model: Model): string {
  if (model.service === 'logs') return 'InvalidParameterException'
  return model.protocol === 'awsQuery' ? 'ValidationError' : 'ValidationException'
}

function listed(model: Model, faults: readonly Fault[]): AwsError {
  const texts = faults.map((fault) => textOf(model, fault))
  const code = codeOf(model)
  if (texts.length > 1) {
    return new AwsError(code, `${texts.length} validation errors detected: ${texts.join('; ')}`)
  }
  const text = texts.join()
  const isWhole = text.startsWith('The specified value')
  return new AwsError(code, isWhole ? text : `1 validation error detected: ${text}`)
}

/** IAM explains two of its patterns instead of showing them (seen in many users' reports). */
const IAM_PATTERNS: Readonly<Record<string, string>> = {
  '[\\w+=,.@-]+': 'It must contain only alphanumeric characters and/or the following: +=,.@_-',
  '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)':
    'It must begin and end with / and contain only alphanumeric characters and/or / characters.',
}

function textOf(model: Model, fault: Fault): string {
  const { path, shape, value, rule } = fault
  const at = pathText(path)
  const failed = `at '${at}' failed to satisfy constraint`
  if (model.service === 'iam') {
    const explanation = rule.kind === 'pattern' ? IAM_PATTERNS[rule.pattern] : undefined
    if (explanation) return `The specified value for ${at} is invalid. ${explanation}`
    // IAM shows neither the value nor the set that it is not in (recorded in 2025).
    const text = rule.kind === 'enum' ? 'Member must satisfy enum value set' : ruleTexts(rule)
    return `Value ${failed}: ${text}`
  }
  const constraint = model.service === 'lambda' ? lambdaTexts(fault) : ruleTexts(rule)
  if (value === undefined) return `Value null ${failed}: ${constraint}`
  const isSecret = path.some((step) => 'member' in step && step.member.traits.secret)
  return isSecret
    ? `Value ${failed}: ${constraint}`
    : `Value '${javaText(shape, value)}' ${failed}: ${constraint}`
}

/** `targets.1.member.id` */
function pathText(path: readonly Step[]): string {
  return path
    .map((step) => {
      if ('member' in step) return lowerFirst(step.member.name)
      return 'item' in step ? `${step.item}.member` : `${step.key}.member`
    })
    .join('.')
}

/** Items of which Lambda does not say that they must not be null (recorded). */
const NULLABLE_ITEMS = new Set(['SubnetId', 'SecurityGroupId'])

/**
 * Lambda also says of items and values, not of keys, that they must not be null; of runtimes in a
 * list it says what it says of one (recorded).
 */
function lambdaTexts({ rule, constraint }: Fault): string {
  if (!('rules' in rule) || rule.kind === 'keys') return ruleTexts(rule)
  if (constraint === 'Runtime') return rule.rules.map(ruleText).join()
  return ruleTexts(rule, NULLABLE_ITEMS.has(constraint) ? [] : ['Member must not be null'])
}

function ruleTexts(rule: Fault['rule'], more: readonly string[] = []): string {
  if (!('rules' in rule)) return ruleText(rule)
  const texts = [...rule.rules.map(ruleText), ...more]
  const subject = { items: 'Member', keys: 'Map keys', values: 'Map value' }[rule.kind]
  return `${subject} must satisfy constraint: [${texts.join(', ')}]`
}

function ruleText(rule: Rule): string {
  switch (rule.kind) {
    case 'required':
      return 'Member must not be null'
    case 'min':
    case 'max': {
      const limit = rule.decimal ? doubleText(rule.limit) : rule.limit
      const bound = rule.kind === 'min' ? 'greater than or equal to' : 'less than or equal to'
      return `Member must have ${rule.of} ${bound} ${limit}`
    }
    case 'pattern':
      return `Member must satisfy regular expression pattern: ${rule.pattern}`
    case 'enum':
      return `Member must satisfy enum value set: [${rule.told.join(', ')}]`
  }
}

const isUnknownRuntime = ({ rule, constraint }: Fault) =>
  rule.kind === 'enum' && constraint === 'Runtime'

/** A runtime is refused by the service itself, which also takes ARNs of runtime versions. */
function unknownRuntime({ value, rule }: Fault): AwsError {
  const set = 'told' in rule ? rule.told.join(', ') : ''
  const text = `Value ${value} at 'runtime' failed to satisfy constraint: Member must satisfy enum`
  return new AwsError(
    'InvalidParameterValueException',
    `${text} value set: [${set}] or be a valid ARN`,
  )
}

/** Names that the operations refuse with codes of their own: `InvalidAMIName.Malformed`. */
const EC2_NAMES = new Set(['ImageNameRequest', 'LaunchTemplateName'])

/** EC2 says of an empty list which set is missing, where the operation tags (seen in reports). */
const EC2_SETS: Readonly<Record<string, string>> = { ResourceId: 'resourceIdSet', Tag: 'tagSet' }

/**
 * EC2 words a missing parameter and a simple value that is out of its set or range; what else is
 * wrong, such as an unknown id in a list, it words by operation: undefined.
 */
function ec2Fault(faults: readonly Fault[]): AwsError | undefined {
  const missing = faults.find(({ rule }) => rule.kind === 'required')
  if (missing) {
    const name = ec2Parameter(missing.path)
    const text = `The request must contain the parameter ${EC2_SETS[name] ?? name}`
    return new AwsError('MissingParameter', text)
  }
  const simple = faults.find(
    ({ value, constraint }) => typeof value !== 'object' && !EC2_NAMES.has(constraint),
  )
  return simple && new AwsError('InvalidParameterValue', ec2Text(simple))
}

function ec2Text({ path, value, rule, constraint }: Fault): string {
  if (constraint === 'InstanceType') return `Invalid value '${value}' for InstanceType.`
  const parameter = lowerFirst(ec2Parameter(path))
  if ((rule.kind !== 'min' && rule.kind !== 'max') || rule.of === 'length') {
    return `Value (${value}) for parameter ${parameter} is invalid.`
  }
  // The lower bound was seen in users' reports, the upper one is worded after it.
  const bound = `${rule.kind === 'min' ? 'greater' : 'less'} than ${rule.limit}`
  return `Value ( ${value} ) for parameter ${parameter} is invalid. Expecting a value ${bound}.`
}

/** SQS has two more answers to a name that is missing (recorded; the second text is not). */
function sqsFault({ path }: Fault): AwsError {
  const names = path.map((step) => {
    if ('member' in step) return step.member.traits.xml ?? step.member.name
    return 'item' in step ? String(step.item) : step.key
  })
  const name = names.join('.')
  if (name === 'QueueUrl') {
    return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
  }
  if (name === 'QueueName') {
    const text = 'Value for parameter QueueName is invalid. Reason: Must specify a queue name.'
    return new AwsError('InvalidParameterValue', text)
  }
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}.`)
}
