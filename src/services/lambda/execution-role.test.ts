import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testCloud } from '../../../test/cloud.ts'
import { deploy, invoke, role } from '../../../test/functions.ts'

const source = `
  const { EC2Client, DescribeInstancesCommand } = require('@aws-sdk/client-ec2')
  exports.handler = () => new EC2Client({}).send(new DescribeInstancesCommand({})).then(
    () => 'allowed', ({ name }) => name)`

test('a role can tell its functions apart by lambda:SourceFunctionArn', async () => {
  const cloud = await testCloud()
  const own = 'arn:aws:lambda:us-east-1:000000000000:function:own'
  const Condition = { ArnEquals: { 'lambda:SourceFunctionArn': own } }
  const may = { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*', Condition }
  const Role = await role(cloud, 'shared', [may])
  const answers: unknown[] = []
  for (const name of ['own', 'other']) {
    await deploy(cloud, name, source, { Role })
    answers.push((await invoke(cloud, name)).payload)
  }
  assert.deepEqual(answers, ['allowed', 'UnauthorizedOperation'])
})

test('a session is named after its function, with more when that is one character', async () => {
  const cloud = await testCloud()
  const whoami = `
    const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts')
    exports.handler = async () => (await new STSClient({}).send(
      new GetCallerIdentityCommand({}))).Arn`
  const Role = await role(cloud, 'r')
  const names: unknown[] = []
  for (const name of ['f', 'fn']) {
    await deploy(cloud, name, whoami, { Role })
    names.push((await invoke(cloud, name)).payload)
  }
  const session = 'arn:aws:sts::000000000000:assumed-role/r'
  assert.deepEqual(names, [`${session}/f@lambda_function`, `${session}/fn`])
})
