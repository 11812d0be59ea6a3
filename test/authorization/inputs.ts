/** A valid input for each operation: what its model requires, filled from the world of the test. */
import type { Model, Shape, StructureShape } from '../../src/aws/model.ts'
import type { Service } from '../../src/aws/service.ts'
import { zip } from '../functions.ts'
import { ec2Inputs, ec2Values } from './ec2-inputs.ts'
import type { World } from './world.ts'

export type Values = Readonly<Record<string, unknown>>
export type Inputs = Readonly<Record<string, Values>>

/** The input of an operation; members that are stated `undefined` are left out. */
export function inputOf({ name, model }: Service, operation: string, world: World): Values {
  const known = VALUES[name]?.(world) ?? {}
  const stated = INPUTS[name]?.(world)[operation] ?? {}
  const shape = model.operation(operation)?.input
  if (!shape) throw new Error(`${name} has no ${operation}`)
  return { ...required(model, shape, known), ...stated }
}

function required(model: Model, shape: StructureShape, known: Values): Values {
  const constraint = model.constraint(shape.name)
  const names = constraint?.required ?? []
  return Object.fromEntries(
    names.map((name) => {
      if (Object.hasOwn(known, name)) return [name, known[name]]
      const member = shape.members.find((each) => each.name === name)
      const choices = model.constraint(constraint?.members?.[name] ?? '')?.enum
      return [name, choices?.[0] ?? (member && anything(model, member.shape, known))]
    }),
  )
}

function anything(model: Model, shape: Shape, known: Values): unknown {
  switch (shape.kind) {
    case 'structure':
      return required(model, shape, known)
    case 'list':
      return [anything(model, shape.item.shape, known)]
    case 'map':
      return { key: anything(model, shape.value.shape, known) }
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return true
    case 'timestamp':
      return new Date(0)
    case 'blob':
      return new Uint8Array(1)
    default:
      return 'abc'
  }
}

const TAGS = [{ Key: 'team', Value: 'blue' }]

const VALUES: Readonly<Record<string, (world: World) => Values>> = {
  cloudtrail: () => ({ Name: 'trail' }),
  ec2: ec2Values,
  events: (world) => ({
    Name: 'rule',
    Rule: 'rule',
    ReplayName: 'replay',
    ArchiveName: 'archive',
    ResourceARN: world.rule,
    TargetArn: world.function,
    Tags: TAGS,
    TagKeys: ['team'],
    EventPattern: world.pattern,
    Event: JSON.stringify({
      id: '1',
      'detail-type': 't',
      source: 's',
      account: '1',
      time: '2026-01-01T00:00:00Z',
      region: 'r',
      resources: [],
      detail: {},
    }),
    EventSourceArn: world.bus,
  }),
  iam: (world) => ({
    UserName: 'ann',
    GroupName: 'team',
    RoleName: 'worker',
    PolicyName: 'inline',
    PolicyDocument: world.document,
    PolicyArn: world.policy,
    PermissionsBoundary: world.policy,
    VersionId: 'v2',
    AccessKeyId: world.accessKey,
    InstanceProfileName: 'profile',
    OpenIDConnectProviderArn: world.oidcProvider,
    PolicySourceArn: world.role,
    PolicyInputList: [world.document],
    ActionNames: ['ec2:RunInstances'],
    Tags: TAGS,
    TagKeys: ['team'],
    ThumbprintList: ['0'.repeat(40)],
    ClientID: 'client',
    AWSServiceName: 'autoscaling.amazonaws.com',
    AccountAlias: 'windy-tunnel',
    Status: 'Inactive',
  }),
  lambda: (world) => ({
    FunctionName: 'worker',
    LayerName: 'layer',
    VersionNumber: 1,
    Name: 'live',
    FunctionVersion: '1',
    UUID: world.mapping,
    Arn: world.layerVersion,
    Resource: world.function,
    Tags: { team: 'blue' },
    TagKeys: ['team'],
    Role: world.functionRole,
    StatementId: 'known',
    Principal: '111122223333',
    Action: 'lambda:InvokeFunction',
    AuthType: 'NONE',
    Qualifier: '1',
    RecursiveLoop: 'Allow',
    UpdateRuntimeOn: 'Auto',
  }),
  logs: () => ({
    logGroupName: 'group',
    logStreamName: 'stream',
    resourceArn: 'arn:aws:logs:us-east-1:000000000000:log-group:group',
    tags: { team: 'blue' },
    tagKeys: ['team'],
    logEvents: [{ timestamp: Date.now(), message: 'm' }],
    retentionInDays: 7,
  }),
  sqs: (world) => ({
    QueueUrl: world.queueUrl,
    QueueName: 'jobs',
    SourceArn: world.queue,
    MessageBody: 'hello',
    ReceiptHandle: 'handle',
    AWSAccountIds: ['111122223333'],
    Actions: ['SendMessage'],
    Tags: { team: 'blue' },
    TagKeys: ['team'],
    Attributes: { VisibilityTimeout: '10' },
  }),
  sts: (world) => ({
    RoleArn: world.role,
    RoleSessionName: 'session',
    Name: 'federated',
    EncodedMessage: 'abc',
    AccessKeyId: world.accessKey,
    WebIdentityToken: 'abc',
  }),
}

const FUNCTION_CODE = { ZipFile: zip({ 'index.js': 'exports.handler = async () => 1' }) }

/** Inputs that name what is not there yet, or something that no model requires. */
const INPUTS: Readonly<Record<string, (world: World) => Inputs>> = {
  ec2: ec2Inputs,
  events: (world) => ({
    CreateArchive: { ArchiveName: 'archive-2' },
    CreateEventBus: { Name: 'bus-2' },
    DeleteEventBus: { Name: 'bus' },
    UpdateEventBus: { Name: 'bus', Description: 'd' },
    PutEvents: { Entries: [{ Source: 's', DetailType: 't', Detail: '{}' }] },
    PutPermission: { Action: 'events:PutEvents', Principal: '111122223333', StatementId: 'known' },
    RemovePermission: { StatementId: 'known' },
    PutRule: { EventPattern: world.pattern, Name: 'rule-2' },
    PutTargets: { Targets: [{ Id: 'function', Arn: world.function }] },
    RemoveTargets: { Ids: ['function'] },
    StartReplay: {
      ReplayName: 'replay-2',
      EventSourceArn: world.archive,
      EventStartTime: new Date(0),
      EventEndTime: new Date(1000),
      Destination: { Arn: world.bus },
    },
    UpdateArchive: { Description: 'd' },
  }),
  iam: (world) => ({
    CreateUser: { UserName: 'ben', Tags: TAGS, PermissionsBoundary: world.policy },
    CreateGroup: { GroupName: 'team-2' },
    CreateRole: { RoleName: 'worker-2', AssumeRolePolicyDocument: world.trust, Tags: TAGS },
    CreatePolicy: { PolicyName: 'managed-2' },
    CreateInstanceProfile: { InstanceProfileName: 'profile-2' },
    CreateOpenIDConnectProvider: { Url: 'https://other.example.com', ClientIDList: ['c'] },
    UpdateAssumeRolePolicy: { PolicyDocument: world.trust },
    DeleteServiceLinkedRole: { RoleName: 'AWSServiceRoleForEC2Spot' },
    GetServiceLinkedRoleDeletionStatus: {
      DeletionTaskId: 'task/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot/1',
    },
    GetUser: { UserName: 'ann' },
    GetUserPolicy: {},
    UpdateAccessKey: { UserName: 'ann' },
    DeleteAccessKey: { UserName: 'ann' },
    ListAccessKeys: { UserName: 'ann' },
    CreateAccessKey: { UserName: 'ann' },
    ListMFADevices: { UserName: 'ann' },
    ListSSHPublicKeys: { UserName: 'ann' },
    ListSigningCertificates: { UserName: 'ann' },
    ListServiceSpecificCredentials: { UserName: 'ann' },
    GetLoginProfile: { UserName: 'ann' },
    DeleteLoginProfile: { UserName: 'ann' },
    UpdateUser: { NewPath: '/division/' },
    UpdateGroup: { NewPath: '/division/' },
  }),
  lambda: (world) => ({
    AddPermission: { StatementId: 'new' },
    CreateAlias: { Name: 'next' },
    CreateEventSourceMapping: { EventSourceArn: world.queue, FunctionName: 'other' },
    CreateFunction: {
      FunctionName: 'new',
      Code: FUNCTION_CODE,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
    },
    CreateFunctionUrlConfig: { Qualifier: 'live' },
    DeleteAlias: { Name: 'live' },
    GetLayerVersionByArn: {},
    PublishLayerVersion: { Content: FUNCTION_CODE },
    AddLayerVersionPermission: { StatementId: 'new', Action: 'lambda:GetLayerVersion' },
    PutFunctionConcurrency: { ReservedConcurrentExecutions: 1 },
    UpdateFunctionCode: FUNCTION_CODE,
    UpdateFunctionConfiguration: { Role: world.functionRole },
    UpdateEventSourceMapping: { BatchSize: 5 },
    InvokeAsync: { InvokeArgs: new TextEncoder().encode('{}') },
  }),
  logs: (world) => ({
    CreateLogGroup: { logGroupName: 'group-2' },
    CreateLogStream: { logStreamName: 'stream-2' },
    PutResourcePolicy: { policyName: 'p', policyDocument: world.trust },
    DeleteResourcePolicy: { policyName: 'p' },
    DescribeLogStreams: { logGroupName: 'group' },
    FilterLogEvents: { logGroupName: 'group' },
    GetLogEvents: { logGroupName: 'group' },
    UntagLogGroup: { tags: ['team'] },
  }),
  sqs: (world) => ({
    CreateQueue: { QueueName: 'jobs-2' },
    DeleteMessageBatch: { Entries: [{ Id: '1', ReceiptHandle: 'handle' }] },
    ChangeMessageVisibilityBatch: {
      Entries: [{ Id: '1', ReceiptHandle: 'handle', VisibilityTimeout: 1 }],
    },
    SendMessageBatch: { Entries: [{ Id: '1', MessageBody: 'hello' }] },
    CancelMessageMoveTask: {
      TaskHandle: Buffer.from(JSON.stringify({ sourceArn: world.queue })).toString('base64'),
    },
  }),
}
