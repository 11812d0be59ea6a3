/** How services meet: each offers a port, and `cloud.ts` hands it to those that need it. */
import type { Caller, ConditionKeys } from '../aws/authority.ts'
import type { Access, Context, ServiceEvent } from '../aws/context.ts'
import type { Evaluation, Policy } from '../policy/index.ts'
import type { World } from '../store/store.ts'
import type { Cause } from '../trace/record.ts'

/** Why a service could not take what another gave it; `code` is EventBridge's ERROR_CODE. */
export interface Refused {
  accepted: false
  code:
    | 'NO_PERMISSIONS'
    | 'NO_RESOURCE'
    | 'THROTTLING'
    | 'INVALID_PARAMETER'
    | 'ERROR_FROM_TARGET'
    | 'FAILED_TO_ASSUME_ROLE'
  /** What the target's API would have said. */
  message: string
  /** True when trying again may help. */
  retryable: boolean
  /** For the trace: the statement that decided, or what came nearest. */
  because: string
  /** When a policy refused: all that the decision rested on. */
  evaluation?: Evaluation | undefined
}

export interface Accepted {
  accepted: true
  /** For the trace: the statement that let it in. */
  because: string
  /** When a policy refused it, and IAM only audits: all that the decision rested on. */
  evaluation?: Evaluation | undefined
}

export type Outcome = Accepted | Refused

/** A service that acts for itself, with the resource on whose behalf it does. */
export interface ServiceSender {
  /** `events.amazonaws.com` */
  service: string
  /** The rule, queue or function: `aws:SourceArn`. */
  sourceArn: string
}

/** Lambda, for those that invoke functions asynchronously. */
export interface Invoker {
  /**
   * Checks the function's resource-based policy for the sender, or its role's permissions, then
   * puts the payload on the function's queue. `functionArn` may carry a version or alias. Runs in
   * `ctx`'s transaction.
   */
  invoke(
    functionArn: string,
    event: AsyncEvent,
    sender: ServiceSender | RoleSender,
    ctx: Context,
    cause: Cause,
  ): Outcome
}

/** What a function is invoked with, without waiting for it. */
export interface AsyncEvent {
  payload: string
  /** The X-Ray trace that the invocation belongs to. */
  traceHeader?: string | undefined
}

export interface QueueMessage {
  body: string
  attributes?: Record<string, { dataType: 'String' | 'Number'; value: string }>
  groupId?: string
  deduplicationId?: string
  /** `Root=1-…;Parent=…;Sampled=0`: what it follows from. */
  traceHeader?: string | undefined
}

/** SQS, for those that send to queues. */
export interface Queue {
  /** Checks the queue's policy for the sender (or the caller's own permissions), then sends. */
  send(
    queueArn: string,
    message: QueueMessage,
    sender: ServiceSender | RoleSender,
    ctx: Context,
  ): Outcome
}

/** What a reader of a queue must know of it. */
export interface QueueFacts {
  isFifo: boolean
  visibilityTimeoutSeconds: number
  policy: Policy | undefined
}

/** A message that was received, and is invisible to others until it is deleted or times out. */
export interface ReceivedMessage {
  messageId: string
  receiptHandle: string
  body: string
  md5OfBody: string
  md5OfMessageAttributes?: string
  /** The record of its sending. */
  cause?: Cause
  /** `SentTimestamp`, `ApproximateReceiveCount`, `AWSTraceHeader`, … */
  attributes: Readonly<Record<string, string>>
  messageAttributes: Readonly<Record<string, ReceivedAttribute>>
}

export interface ReceivedAttribute {
  dataType: string
  stringValue?: string
  /** Base64. */
  binaryValue?: string
}

export interface Reception {
  accepted: true
  messages: ReceivedMessage[]
  /** When time alone may make more receivable: milliseconds since the epoch, or Infinity. */
  nextAt: number
}

/** SQS, for those that read queues under a role. */
export interface QueueSource {
  /** Undefined when there is no such queue. */
  describe(queueArn: string, ctx: Context): QueueFacts | undefined
  /** Up to `count` messages, ten at most, that are receivable now; never waits. */
  receive(queueArn: string, count: number, sender: RoleSender, ctx: Context): Reception | Refused
  delete(
    queueArn: string,
    receiptHandles: readonly string[],
    sender: RoleSender,
    ctx: Context,
  ): Outcome
  /** Calls back, outside of transactions, when something may have become receivable. */
  onArrival(listener: (queueArn: string) => void): void
}

/** The pattern language of EventBridge, for services that filter by it. */
export interface EventPatterns {
  /** A test of events, given as JSON texts; undefined when the pattern is not valid. */
  compile(pattern: string): ((event: string) => boolean) | undefined
}

/** A service that acts under a role: its permissions are the role's. */
export interface RoleSender {
  roleArn: string
  /** The service that assumes the role, which its trust policy must let. */
  service: string
  sessionName: string
  /** The resource on whose behalf it does: `aws:SourceArn`, for conditions of the trust policy. */
  onBehalfOf?: string
  /** Condition keys that come with the session's calls: `lambda:SourceFunctionArn`. */
  keys?: Readonly<Record<string, string>>
}

export interface LogLine {
  /** Milliseconds since the epoch. */
  timestamp: number
  message: string
}

/** CloudWatch Logs, for those that write under a role or as a service. */
export interface LogSink {
  /**
   * Creates group and stream when the role may, then writes; what is refused is not written. A
   * service only creates streams: it is let in by the account's resource policies.
   */
  write(
    group: string,
    stream: string,
    lines: LogLine[],
    sender: RoleSender | ServiceSender,
    ctx: Context,
  ): Outcome
  /** Runs before logs are read, so that lines which wait to be written are seen. */
  beforeReading(work: () => void): void
}

export interface SessionCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION` */
  arn: string
  /** `AROA…:SESSION` */
  userId: string
}

/** IAM, for services that act under a role. */
export interface Roles {
  /** Undefined when the role's trust policy does not let the service, or there is no such role. */
  assume(sender: RoleSender, ctx: Context): SessionCredentials | undefined
  /** True when there is such a role and the service may assume it. */
  assumable(roleArn: string, service: string, ctx: Context): boolean
  /** The role's session, for calls in its name; undefined when the service may not assume it. */
  caller(sender: RoleSender, ctx: Context): Caller | undefined
  /** Whether the role's session may do it, as a service that acts under the role asks. */
  decide(
    sender: RoleSender,
    action: string,
    resource: string,
    ctx: Context,
    access?: Access,
  ): { allowed: boolean; because: string; denial: string; evaluation?: Evaluation }
}

export interface InstanceProfile {
  arn: string
  /** `AIPA…` */
  id: string
  /** Undefined while it holds no role. */
  roleArn: string | undefined
}

/** IAM, for EC2, whose instances come by roles through profiles. */
export interface InstanceProfiles {
  /** Undefined when the account has none of that ARN or name. */
  find(by: { arn: string } | { name: string }, ctx: Context): InstanceProfile | undefined
}

export interface AssumableRole {
  arn: string
  /** `AROA…` */
  id: string
  name: string
  maxSessionSeconds: number
  trust: Policy
  /** Condition keys of the role as a resource: its tags. */
  keys: ConditionKeys
}

/** What is asked of a session when it is opened. */
export interface SessionGrant {
  seconds: number
  /** Session policies: documents, and ARNs of managed policies. */
  policies?: readonly string[]
  policyArns?: readonly string[]
  tags?: readonly { readonly Key: string; readonly Value: string }[]
  /** Keys of the tags that roles assumed from the session inherit. */
  transitive?: readonly string[]
  sourceIdentity?: string
  /** Further condition keys that come with the session. */
  keys?: Readonly<Record<string, string>>
}

/** The session that a request was signed with. */
export interface CurrentSession {
  tags: readonly { readonly Key: string; readonly Value: string }[]
  transitive: readonly string[]
  sourceIdentity?: string
}

export interface IdentityProvider {
  arn: string
  /** Without its scheme: `token.example.com/path`. */
  url: string
  clientIds: readonly string[]
}

/** IAM, for STS, which decides on sessions; IAM keeps them. */
export interface Sessions {
  role(arn: string, ctx: Context): AssumableRole | undefined
  ofRole(role: AssumableRole, name: string, grant: SessionGrant, ctx: Context): SessionCredentials
  /** A session of the calling user, or of the root user. */
  ofCaller(grant: SessionGrant, ctx: Context): SessionCredentials
  /** A session of a federated user under the calling user. */
  federated(name: string, grant: SessionGrant, ctx: Context): SessionCredentials
  /** Undefined when the caller signs with long-term credentials. */
  current(ctx: Context): CurrentSession | undefined
  /** The account that an access key belongs to. */
  accountOf(accessKeyId: string, ctx: Context): string | undefined
  /** The OpenID Connect provider of a URL, without its scheme, in `ctx`'s account. */
  provider(url: string, ctx: Context): IdentityProvider | undefined
  /** Whether there is a managed policy of this ARN that the account can use. */
  hasPolicy(arn: string, ctx: Context): boolean
}

/** Operations of other services, for those that call them under a role. */
export interface ApiCaller {
  /**
   * Runs `service:operation` as the role's session, in `ctx`'s transaction: what the operation
   * refuses it refuses before it has written anything. `cause` is the record that led to the call.
   */
  call(request: ApiRequest, sender: RoleSender, ctx: Context, cause: Cause): Outcome
}

export interface ApiRequest {
  /** `ec2` */
  service: string
  /** `StopInstances` */
  operation: string
  input: object
}

/** EC2, for those whose resources are put into its networks: the VPC, undefined of none such. */
export interface Networks {
  vpcOfSubnet(subnetId: string, ctx: Context): string | undefined
  vpcOfSecurityGroup(groupId: string, ctx: Context): string | undefined
}

/** What is known of an event before it is made. */
export interface EventKind {
  source: string
  detailType: string
  /** A management event of CloudTrail about an operation that only reads. */
  readOnly?: boolean
}

/** EventBridge, for those that emit. */
export interface EventSink {
  publish(event: ServiceEvent, ctx: Context): void
  /** Whether a rule of the default bus may match such an event: most often one look-up. */
  wants(kind: EventKind, ctx: Context): boolean
}

/** What a service does when the agenda reaches a row of its kind. */
export type AgendaHandler = (payload: never, ctx: Context) => void
export type AgendaHandlers = Readonly<Record<string, AgendaHandler>>

/** For work that no request asked for: what a service does when something it started has ended. */
export interface Background {
  /** One transaction of the service in a world, caused by a record of the trace. */
  transact<T>(origin: Origin, work: (ctx: Context) => T): T
  /** Resolves once all that was committed is on disk. */
  durable(): Promise<void>
  /** Runs before each write to the disk, so that what its transactions add shares the fsync. */
  beforeWrite(work: () => void): void
  /** Counts running work, so that `settle` and `advance` wait for it. */
  track(work: Promise<unknown>): void
  /** The cloud's time, milliseconds since the epoch. */
  now(): number
}

export interface Origin {
  /** `lambda` */
  service: string
  world: World
  /** Begins a journey of its own when there is none. */
  cause?: Cause
}

/** What is deployed, for those that look at all of it together: each service tells its own. */
export interface DeployedRule {
  name: string
  bus: string
  arn: string
  enabled: boolean
  pattern?: string
  schedule?: string
  description?: string
  roleArn?: string
  targets: readonly DeployedTarget[]
}

export interface DeployedTarget {
  id: string
  arn: string
  deadLetterArn?: string
}

export interface DeployedFunction {
  name: string
  arn: string
  roleArn: string
  logGroup: string
  /** The policies of the function and of its versions and aliases. */
  policies: readonly { qualifier?: string; policy: Policy }[]
  /** What it does in its role's name beside writing logs. */
  needs: readonly { action: string; resource: string }[]
}

export interface DeployedQueue {
  name: string
  arn: string
  policy: Policy | undefined
}

export interface DeployedRole {
  name: string
  arn: string
  trust: Policy
  /** Inline and managed ones. */
  policies: readonly Policy[]
  boundary: Policy | undefined
}
