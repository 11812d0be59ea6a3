/** Functions and queues that start each other again and again. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CreateEventSourceMappingCommand,
  LambdaClient,
  PutFunctionRecursionConfigCommand,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type TestCloud, testCloud } from '../../../../test/cloud.ts'
import { deploy } from '../../../../test/functions.ts'
import { lineageOf, MAX_PASSES, nextLineage, passesThrough } from './lineage.ts'

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:q'
const STATEMENT = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
const LIMIT = MAX_PASSES + 4

/** Sends on what it gets, with its trace header, as SDKs do; gives up after `LIMIT` passes. */
const FORWARD = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
  const client = new SQSClient({ maxAttempts: 1 })
  exports.handler = async ({ Records: [{ body }] }) => {
    const pass = Number(body) + 1
    if (pass > ${LIMIT}) return
    const QueueUrl = process.env.AWS_ENDPOINT_URL + '/000000000000/q'
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: String(pass) }))
  }`

async function loop(cloud: TestCloud): Promise<number> {
  const sqs = cloud.client(SQSClient)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))
  await cloud.client(LambdaClient).send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: QUEUE,
      FunctionName: 'f',
      BatchSize: 1,
    }),
  )
  await cloud.settle()
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '0' }))
  await cloud.settle()
  return cloud.trace
    .records()
    .filter(({ step }) => step.kind === 'invocation' && step.phase === 'start').length
}

describe('a recursive loop of a queue and a function', () => {
  it('is stopped', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', FORWARD, { statements: [STATEMENT], Timeout: 20 })
    await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'q' }))
    assert.equal(await loop(cloud), MAX_PASSES)
  })

  it('goes on where the function allows it', async () => {
    const cloud = await testCloud()
    await deploy(cloud, 'f', FORWARD, { statements: [STATEMENT], Timeout: 20 })
    await cloud
      .client(LambdaClient)
      .send(new PutFunctionRecursionConfigCommand({ FunctionName: 'f', RecursiveLoop: 'Allow' }))
    assert.equal(await loop(cloud), LIMIT + 1)
  })
})

describe('the lineage of a chain', () => {
  it('counts the passes of each function', () => {
    let header = 'Root=1-67000000-000000000000000000000000;Parent=0000000000000000;Sampled=0'
    for (const arn of ['f', 'g', 'f'])
      header = `${header.split(';Lineage')[0]};${next(header, arn)}`
    const lineage = lineageOf(header)
    assert.deepEqual(
      ['f', 'g', 'h'].map((arn) => passesThrough(lineage, arn)),
      [2, 1, 0],
    )
  })

  const next = (header: string, arn: string) => nextLineage([lineageOf(header)], arn)
})
