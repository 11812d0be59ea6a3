/** What the demo sets up through the real SDK clients, and takes away again. */
import { EC2Client } from '@aws-sdk/client-ec2'
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import type { DemoFunction } from './functions.ts'

const ROLE = 'ec2-automation'
const LOGS_POLICY = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
const TRUST = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
  },
}
/** Not ec2:StopInstances, which one of the functions tries all the same. */
const MAY = {
  Version: '2012-10-17',
  Statement: {
    Sid: 'TagAndLook',
    Effect: 'Allow',
    Action: ['ec2:CreateTags', 'ec2:DescribeSnapshots'],
    Resource: '*',
  },
}
const MAX_ACTIVE_WAIT_SECONDS = 10

export interface Rule {
  name: string
  pattern: object
  target: string
}

export class DemoAccount {
  readonly ec2: EC2Client
  readonly #events: EventBridgeClient
  readonly #iam: IAMClient
  readonly #lambda: LambdaClient
  readonly #undo: (() => Promise<unknown>)[] = []
  readonly #ruleArns = new Map<string, string>()

  constructor(endpoint: string, region: string) {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const config = { endpoint, region, credentials }
    this.ec2 = new EC2Client(config)
    this.#events = new EventBridgeClient(config)
    this.#iam = new IAMClient(config)
    this.#lambda = new LambdaClient(config)
  }

  /** The execution role of both functions; returns its ARN. */
  async role(): Promise<string> {
    const RoleName = ROLE
    const AssumeRolePolicyDocument = JSON.stringify(TRUST)
    const { Role } = await this.#iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }),
    )
    const PolicyName = 'tag-and-look'
    const PolicyDocument = JSON.stringify(MAY)
    await this.#iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }))
    await this.#iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: LOGS_POLICY }))
    this.#undo.push(async () => {
      await this.#iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: LOGS_POLICY }))
      await this.#iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))
      await this.#iam.send(new DeleteRoleCommand({ RoleName }))
    })
    return Role?.Arn ?? ''
  }

  /** Resolves with the function's ARN once it is Active. */
  async deploy({ name, runtime, handler, zip }: DemoFunction, role: string): Promise<string> {
    const { FunctionArn = '' } = await this.#lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: runtime,
        Handler: handler,
        Role: role,
        Code: { ZipFile: zip },
        Timeout: 30,
      }),
    )
    this.#undo.push(() => this.#lambda.send(new DeleteFunctionCommand({ FunctionName: name })))
    await waitUntilFunctionActiveV2(
      { client: this.#lambda, maxWaitTime: MAX_ACTIVE_WAIT_SECONDS, minDelay: 1, maxDelay: 1 },
      { FunctionName: name },
    )
    return FunctionArn
  }

  /** Whether a function runs here: deploys it, invokes it once and deletes it. */
  async succeeds(probe: DemoFunction, role: string): Promise<boolean> {
    await this.deploy(probe, role)
    const call = new InvokeCommand({ FunctionName: probe.name })
    const { FunctionError } = await this.#lambda.send(call)
    await this.#undo.pop()?.()
    return FunctionError === undefined
  }

  async rule({ name, pattern, target }: Rule): Promise<void> {
    const { RuleArn = '' } = await this.#events.send(
      new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern) }),
    )
    const Targets = [{ Id: 'function', Arn: target }]
    await this.#events.send(new PutTargetsCommand({ Rule: name, Targets }))
    this.#ruleArns.set(name, RuleArn)
    this.#undo.push(async () => {
      await this.#events.send(new RemoveTargetsCommand({ Rule: name, Ids: ['function'] }))
      await this.#events.send(new DeleteRuleCommand({ Name: name }))
    })
  }

  /** The statement that lets a rule invoke a function. */
  async permit(rule: string, functionName: string): Promise<void> {
    await this.#lambda.send(
      new AddPermissionCommand({
        FunctionName: functionName,
        StatementId: `let-${rule}`,
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: this.#ruleArns.get(rule),
      }),
    )
  }

  async cleanUp(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo()
  }
}
