/** Calls any operation of any service, by its name. */
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as ec2 from '@aws-sdk/client-ec2'
import * as events from '@aws-sdk/client-eventbridge'
import * as iam from '@aws-sdk/client-iam'
import * as lambda from '@aws-sdk/client-lambda'
import * as sqs from '@aws-sdk/client-sqs'
import * as sts from '@aws-sdk/client-sts'
import type { TestCloud } from '../cloud.ts'
import type { ClientCredentials } from '../principals.ts'

interface Client {
  send(command: object): Promise<object>
}

type Constructor<T> = new (settings: object) => T

/** The parts of a client package, by their names. */
type Package = Readonly<Record<string, unknown>>

const PACKAGES: Readonly<Record<string, [client: string, parts: Package]>> = {
  cloudtrail: ['CloudTrailClient', cloudtrail],
  ec2: ['EC2Client', ec2],
  events: ['EventBridgeClient', events],
  iam: ['IAMClient', iam],
  lambda: ['LambdaClient', lambda],
  logs: ['CloudWatchLogsClient', logs],
  sqs: ['SQSClient', sqs],
  sts: ['STSClient', sts],
}

// biome-ignore lint/suspicious/noExplicitAny: answers differ with the operation that is named
export type Call = (service: string, operation: string, input?: object) => Promise<any>

/** @param credentials The root user's unless given. */
export function caller(cloud: TestCloud, credentials?: ClientCredentials): Call {
  const clients = new Map<string, Client>()
  return (service, operation, input = {}) => {
    const [name, parts] = PACKAGES[service] ?? []
    if (name === undefined || parts === undefined) throw new Error(`no client of ${service}`)
    let client = clients.get(service)
    if (!client) {
      const settings = { ...cloud.clientConfig, ...(credentials && { credentials }) }
      client = new (parts[name] as Constructor<Client>)(settings)
      clients.set(service, client)
    }
    const command = new (parts[`${operation}Command`] as Constructor<object>)(input)
    return client.send(command)
  }
}
