/** The other services' part: role, function, rules, permissions, log group and queues. */
import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand as ListLogTagsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand as GetFunctionPolicyCommand,
  ListVersionsByFunctionCommand,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs'
import { zip } from '../functions.ts'
import { type Answers, answered, type Provider } from './clients.ts'

const NAME = 'seed'
const LOG_GROUP = '/aws/lambda/seed'
const EventBusName = 'default'
const RULES = ['seed-state', 'seed-spot', 'seed-volume']
const tags = { Name: NAME }
const Tags = [{ Key: 'Name', Value: NAME }]

export interface AutomationState {
  queueUrl: string
  policyArn: string
  functionArn: string
  ruleArns: string[]
}

const statement = (Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })

export async function applyAutomation(provider: Provider): Promise<AutomationState> {
  const { logs, sqs } = provider
  await logs.send(new CreateLogGroupCommand({ logGroupName: LOG_GROUP, tags }))
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: LOG_GROUP, retentionInDays: 7 }))
  const Attributes = { MessageRetentionPeriod: '1209600', SqsManagedSseEnabled: 'true' }
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: NAME, Attributes, tags }),
  )
  const policyArn = await applyRole(provider)
  const functionArn = await applyFunction(provider)
  const ruleArns = await applyRules(provider, functionArn)
  const QueueArn = functionArn.replace(
    /^arn:aws:lambda:([^:]+:[^:]+):.*$/,
    `arn:aws:sqs:$1:${NAME}`,
  )
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: QueueArn,
      },
    ],
  }
  const set = { QueueUrl, Attributes: { Policy: JSON.stringify(policy) } }
  await sqs.send(new SetQueueAttributesCommand(set))
  return { queueUrl: QueueUrl, policyArn, functionArn, ruleArns }
}

async function applyRole({ iam }: Provider): Promise<string> {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  }
  const AssumeRolePolicyDocument = JSON.stringify(trust)
  await iam.send(
    new CreateRoleCommand({
      RoleName: NAME,
      Path: '/',
      AssumeRolePolicyDocument,
      MaxSessionDuration: 3600,
      Tags,
    }),
  )
  const { Policy } = await iam.send(
    new CreatePolicyCommand({
      PolicyName: NAME,
      Path: '/',
      Description: 'seed policy',
      PolicyDocument: statement(['logs:CreateLogStream', 'logs:PutLogEvents']),
      Tags,
    }),
  )
  const PolicyArn = Policy?.Arn ?? ''
  await iam.send(new AttachRolePolicyCommand({ RoleName: NAME, PolicyArn }))
  const PolicyDocument = statement(['ec2:DescribeInstances', 'ec2:CreateTags'])
  await iam.send(new PutRolePolicyCommand({ RoleName: NAME, PolicyName: NAME, PolicyDocument }))
  return PolicyArn
}

async function applyFunction({ lambda, iam }: Provider): Promise<string> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: NAME }))
  const source = 'exports.handler = async () => ({})'
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: NAME,
      Role: Role?.Arn,
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Code: { ZipFile: zip({ 'index.js': source }) },
      MemorySize: 128,
      Timeout: 10,
      Publish: false,
      Environment: { Variables: { STAGE: 'seed' } },
      Tags: tags,
    }),
  )
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: NAME,
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 3600,
    }),
  )
  return FunctionArn
}

async function applyRules({ events, lambda }: Provider, Arn: string): Promise<string[]> {
  const arns: string[] = []
  for (const Name of RULES) {
    const EventPattern = JSON.stringify({ source: ['aws.ec2'], detail: { state: [Name] } })
    const rule = { Name, EventBusName, EventPattern, Tags }
    const { RuleArn = '' } = await events.send(new PutRuleCommand(rule))
    const Targets = [{ Id: 'function', Arn }]
    await events.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets }))
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: NAME,
        StatementId: Name,
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: RuleArn,
      }),
    )
    arns.push(RuleArn)
  }
  return arns
}

/** The reads of a refresh. */
export async function readAutomation(provider: Provider, state: AutomationState): Promise<Answers> {
  const answers: Answers = {}
  await readRules(provider, state, answers)
  await readFunction(provider, answers)
  await readRole(provider, state, answers)
  const { logs, sqs } = provider
  const groups = new DescribeLogGroupsCommand({ logGroupNamePrefix: LOG_GROUP })
  const found = await logs.send(groups)
  answered('log group', found, answers)
  const resourceArn = found.logGroups?.[0]?.logGroupArn ?? ''
  answered('log tags', await logs.send(new ListLogTagsCommand({ resourceArn })), answers)
  const queue = { QueueUrl: state.queueUrl }
  const all = { ...queue, AttributeNames: ['All' as const] }
  answered('queue', await sqs.send(new GetQueueAttributesCommand(all)), answers)
  answered('queue tags', await sqs.send(new ListQueueTagsCommand(queue)), answers)
  return answers
}

async function readRules(
  { events }: Provider,
  { ruleArns }: AutomationState,
  answers: Answers,
): Promise<void> {
  for (const [i, Name] of RULES.entries()) {
    const rule = await events.send(new DescribeRuleCommand({ Name, EventBusName }))
    answered(Name, rule, answers)
    const ResourceARN = ruleArns[i]
    const held = await events.send(new ListTagsForResourceCommand({ ResourceARN }))
    answered(`${Name} tags`, held, answers)
    const list = new ListTargetsByRuleCommand({ Rule: Name, EventBusName, Limit: 100 })
    answered(`${Name} targets`, await events.send(list), answers)
  }
}

async function readFunction({ lambda }: Provider, answers: Answers): Promise<void> {
  const it = { FunctionName: NAME }
  const { Code, ...found } = await lambda.send(new GetFunctionCommand(it))
  // The address of the code is signed anew each time.
  answered('function', { ...found, Code: Code?.RepositoryType }, answers)
  answered('versions', await lambda.send(new ListVersionsByFunctionCommand(it)), answers)
  answered('signing', await lambda.send(new GetFunctionCodeSigningConfigCommand(it)), answers)
  answered('invoke', await lambda.send(new GetFunctionEventInvokeConfigCommand(it)), answers)
  answered('permissions', await lambda.send(new GetFunctionPolicyCommand(it)), answers)
}

async function readRole(
  { iam }: Provider,
  { policyArn: PolicyArn }: AutomationState,
  answers: Answers,
): Promise<void> {
  const it = { RoleName: NAME }
  answered('role', await iam.send(new GetRoleCommand(it)), answers)
  answered('inline', await iam.send(new ListRolePoliciesCommand(it)), answers)
  const own = new GetRolePolicyCommand({ ...it, PolicyName: NAME })
  answered('own policy', await iam.send(own), answers)
  answered('attached', await iam.send(new ListAttachedRolePoliciesCommand(it)), answers)
  answered('policy', await iam.send(new GetPolicyCommand({ PolicyArn })), answers)
  const version = new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' })
  answered('policy version', await iam.send(version), answers)
}

export async function destroyAutomation(
  { events, lambda, iam, logs, sqs }: Provider,
  { queueUrl: QueueUrl, policyArn: PolicyArn }: AutomationState,
): Promise<void> {
  const FunctionName = NAME
  for (const Rule of RULES) {
    await events.send(new RemoveTargetsCommand({ Rule, EventBusName, Ids: ['function'] }))
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: Rule }))
    await events.send(new DeleteRuleCommand({ Name: Rule, EventBusName }))
  }
  await lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }))
  await lambda.send(new DeleteFunctionCommand({ FunctionName }))
  const role = { RoleName: NAME }
  await iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn }))
  await iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName: NAME }))
  await iam.send(new ListInstanceProfilesForRoleCommand(role))
  await iam.send(new DeleteRoleCommand(role))
  await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))
  await iam.send(new DeletePolicyCommand({ PolicyArn }))
  await logs.send(new DeleteLogGroupCommand({ logGroupName: LOG_GROUP }))
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: '' } }))
  await sqs.send(new DeleteQueueCommand({ QueueUrl }))
}

/** The reads that have to fail for the provider to believe that all is gone, with their codes. */
export function goneAutomation(
  { lambda, sqs }: Provider,
  { queueUrl: QueueUrl }: AutomationState,
): Record<string, () => Promise<unknown>> {
  const FunctionName = NAME
  return {
    ResourceNotFoundException: () => lambda.send(new GetFunctionPolicyCommand({ FunctionName })),
    QueueDoesNotExist: () =>
      sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })),
  }
}
