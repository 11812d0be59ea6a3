import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { type TestCloud, testCloud } from '../../../../test/cloud.ts'
import { deploy } from '../../../../test/functions.ts'
import { Actor, deliveries, settingsOf } from '../testing/delivery.ts'

const OTHER = '111111111111'
const ROOT = 'Root=1-6ab2832c-0123456789abcdef01234567'

describe('functions as targets', () => {
  let cloud: TestCloud
  let here: Actor

  beforeEach(async () => {
    cloud = await testCloud()
    here = new Actor(cloud)
  })

  const mayInvoke = (Resource: string) => ({
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    Resource,
  })

  /** Puts an event; how its delivery to a function of this ARN ended, under these roles. */
  async function outcomes(Arn: string, ...roles: string[]) {
    await here.rule(
      'rule',
      roles.map((RoleArn) => ({ Arn, RoleArn })),
    )
    const steps = deliveries(cloud, await here.put())
    return steps.map(({ errorCode, outcome }) => errorCode ?? outcome)
  }

  it('are invoked under the role of the target, by its permissions alone', async () => {
    const { arn } = await deploy(cloud, 'f', 'exports.handler = async () => {}')
    const able = await here.role('able', mayInvoke(arn))
    const powerless = await here.role('powerless')
    const missing = able.replace('able', 'missing')
    assert.deepEqual(await outcomes(arn, able, powerless, missing), [
      'accepted',
      'NO_PERMISSIONS',
      'FAILED_TO_ASSUME_ROLE',
    ])
  })

  it('of another account let the role in, too', async () => {
    const settings = settingsOf({ account: OTHER })
    const there = { ...cloud.clientConfig, ...settings }
    const other = Object.assign(Object.create(cloud), { clientConfig: there })
    const { arn } = await deploy(other, 'f', 'exports.handler = async () => {}')
    const able = await here.role('able', mayInvoke(arn))
    assert.deepEqual(await outcomes(arn, able), ['NO_PERMISSIONS'])
    await cloud.client(LambdaClient, settings).send(
      new AddPermissionCommand({
        FunctionName: 'f',
        StatementId: 'here',
        Action: 'lambda:InvokeFunction',
        Principal: here.account,
      }),
    )
    assert.deepEqual(await outcomes(arn, able), ['accepted'])
    const powerless = await here.role('powerless')
    assert.deepEqual(await outcomes(arn, powerless), ['NO_PERMISSIONS'])
  })

  it('go on with the trace that the event came with', async () => {
    const source = 'exports.handler = async () => console.log(process.env._X_AMZN_TRACE_ID)'
    const { arn } = await deploy(cloud, 'f', source)
    await here.rule('rule', [{ Arn: arn, RoleArn: await here.role('able', mayInvoke(arn)) }])
    await here.put({ TraceHeader: `${ROOT};Parent=0123456789abcdef;Sampled=1` })
    const logged = cloud.trace
      .records()
      .filter(({ step }) => step.kind === 'invocation' && step.phase === 'start')
    assert.equal(logged[0]?.journey, '0123456789abcdef01234567')
    const { events = [] } = await cloud
      .client(CloudWatchLogsClient)
      .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/f', filterPattern: 'Root' }))
    const header = `${ROOT};Parent=${logged[0]?.id};Sampled=1`
    assert.match(events[0]?.message ?? '', new RegExp(header))
  })
})
