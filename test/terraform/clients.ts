/** What the scenario of Terraform's AWS provider is made of: clients, and the calls in order. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { EC2Client } from '@aws-sdk/client-ec2'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { IAMClient } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import type { TestCloud } from '../cloud.ts'

export interface Provider {
  readonly cloud: TestCloud
  readonly ec2: EC2Client
  readonly events: EventBridgeClient
  readonly iam: IAMClient
  readonly lambda: LambdaClient
  readonly logs: CloudWatchLogsClient
  readonly sqs: SQSClient
  readonly sts: STSClient
}

export function provider(cloud: TestCloud): Provider {
  return {
    cloud,
    ec2: cloud.client(EC2Client),
    events: cloud.client(EventBridgeClient),
    iam: cloud.client(IAMClient),
    lambda: cloud.client(LambdaClient),
    logs: cloud.client(CloudWatchLogsClient),
    sqs: cloud.client(SQSClient),
    sts: cloud.client(STSClient),
  }
}

/** Answers by what was asked, without what differs from call to call. */
export type Answers = Record<string, unknown>

export function answered(name: string, answer: object, into: Answers): void {
  const { $metadata: _, ...rest } = answer as { $metadata?: unknown }
  into[name] = rest
}
