/**
 * The AWS page "Using AWS Lambda with Amazon EC2", its commands verbatim but for account and
 * region, with the AWS CLI. https://docs.aws.amazon.com/lambda/latest/dg/services-ec2.html
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { aws, WITHOUT_CLI } from '../cli.ts'
import { testCloud } from '../cloud.ts'
import { BASIC_EXECUTION, zip } from '../functions.ts'

const ACCOUNT = '123456789012'
const REGION = 'us-east-2'
const folder = mkdtempSync(join(tmpdir(), 'page-'))
after(() => rmSync(folder, { recursive: true }))

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
  },
})
const STATE_CHANGES = JSON.stringify({
  source: ['aws.ec2'],
  'detail-type': ['EC2 Instance State-change Notification'],
})
const SHOW = 'exports.handler = async (event) => console.log(JSON.stringify(event))'

describe('the page', { skip: WITHOUT_CLI }, () => {
  it('works as it says, and the function gets the document that it shows', async () => {
    const cloud = await testCloud({ account: ACCOUNT, region: REGION, timing: 'aws' })
    const run = (command: string, ...more: string[]) => aws(cloud, ...command.split(' '), ...more)
    const file = join(folder, 'function.zip')
    writeFileSync(file, zip({ 'index.js': SHOW }))

    await run(`iam create-role --role-name lambda-role --assume-role-policy-document`, TRUST)
    await run(`iam attach-role-policy --role-name lambda-role --policy-arn ${BASIC_EXECUTION}`)
    await run(
      `lambda create-function --function-name my-function --runtime nodejs22.x ` +
        `--handler index.handler --role arn:aws:iam::${ACCOUNT}:role/lambda-role`,
      ...['--zip-file', `fileb://${file}`],
    )
    await run('events put-rule --name ec2-state --event-pattern', STATE_CHANGES)
    const target = `Id=1,Arn=arn:aws:lambda:${REGION}:${ACCOUNT}:function:my-function`
    await run('events put-targets --rule ec2-state --targets', target)

    const sourceArn = `arn:aws:events:${REGION}:${ACCOUNT}:rule/*`
    const added = await run(
      'lambda add-permission --action lambda:InvokeFunction --statement-id ec2-events ' +
        `--principal events.amazonaws.com --function-name my-function --source-arn ${sourceArn}`,
    )
    assert.deepEqual(JSON.parse((added as { Statement: string }).Statement), {
      Sid: 'ec2-events',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:my-function`,
      Condition: { ArnLike: { 'AWS:SourceArn': sourceArn } },
    })

    const launched = (await run(
      'ec2 run-instances --image-id ami-0abcdef1234567890 --instance-type t3.micro',
    )) as { Instances: { InstanceId: string }[] }
    const id = launched.Instances[0]?.InstanceId
    await cloud.advance(300)
    await run('ec2 wait instance-running --instance-ids', id ?? '')

    const { events } = (await run(
      'logs filter-log-events --log-group-name /aws/lambda/my-function --filter-pattern running',
    )) as { events: { message: string }[] }
    assert.equal(events.length, 1)
    const [, , , text = ''] = (events[0]?.message ?? '').split('\t')
    const document = JSON.parse(text)
    assert.deepEqual(document, {
      version: '0',
      id: document.id,
      'detail-type': 'EC2 Instance State-change Notification',
      source: 'aws.ec2',
      account: ACCOUNT,
      time: document.time,
      region: REGION,
      resources: [`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${id}`],
      detail: { 'instance-id': id, state: 'running' },
    })
    assert.match(document.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.match(document.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })
})
