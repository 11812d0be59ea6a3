/** The waiters of AWS's own clients. After each look of a waiter, time goes on by a second. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionExists,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda'
import { python, WITHOUT_BOTO3 } from '../../../test/cli.ts'
import { type TestCloud, testCloud } from '../../../test/cloud.ts'
import { createFunction, role } from '../../../test/functions.ts'
import { ECHO } from './testing/functions.ts'

/** A client that goes on with `then` after each answer, and waits shortly between looks. */
function watching(cloud: TestCloud, then: () => Promise<unknown>) {
  const client = cloud.client(LambdaClient)
  let looks = 0
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args)
      } finally {
        looks++
        await then()
      }
    },
    { step: 'build' },
  )
  const waiter = { client, maxWaitTime: 30, minDelay: 0.01, maxDelay: 0.01 }
  return { waiter, looks: () => looks }
}

it('of JavaScript see a function appear, become Active and be updated', async () => {
  const cloud = await testCloud({ timing: 'aws' })
  const Role = await role(cloud, 'r')
  const create = () => createFunction(cloud.clientConfig, 'f', ECHO, { Role, Publish: true })
  let created: Promise<string> | undefined
  const FunctionName = 'f'
  const first = watching(cloud, () => (created ??= create()))
  await waitUntilFunctionExists(first.waiter, { FunctionName })
  assert.equal(first.looks(), 2)
  // Two seconds, and the look that sees it.
  const active = watching(cloud, () => cloud.advance(1))
  await waitUntilFunctionActiveV2(active.waiter, { FunctionName })
  assert.equal(active.looks(), 3)
  const version = watching(cloud, () => cloud.advance(1))
  await waitUntilPublishedVersionActive(version.waiter, { FunctionName, Qualifier: '1' })
  assert.equal(version.looks(), 1)
  await cloud
    .client(LambdaClient)
    .send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 5 }))
  const updated = watching(cloud, () => cloud.advance(1))
  await waitUntilFunctionUpdatedV2(updated.waiter, { FunctionName })
  assert.equal(updated.looks(), 3)
})

const SOURCE = `
import boto3, io, json, os, urllib.request, zipfile
aws = boto3.client('lambda')
looks = 0
def look(**_):
    global looks
    looks += 1
    url = os.environ['AWS_ENDPOINT_URL'] + '/_windtunnel/clock/advance'
    body = json.dumps({'seconds': 1}).encode()
    urllib.request.urlopen(urllib.request.Request(url, data=body, method='POST'))
aws.meta.events.register('after-call.lambda.GetFunction', look)
aws.meta.events.register('after-call.lambda.GetFunctionConfiguration', look)
def wait(name, **named):
    global looks
    looks = 0
    quick = {'Delay': 0.01, 'MaxAttempts': 50}
    aws.get_waiter(name).wait(FunctionName='f', WaiterConfig=quick, **named)
    return looks
package = io.BytesIO()
with zipfile.ZipFile(package, 'w') as files:
    files.writestr('index.py', 'def handler(event, context): return event')
aws.create_function(FunctionName='f', Runtime='python3.13', Handler='index.handler',
    Role=ROLE, Code={'ZipFile': package.getvalue()}, Publish=True)
told = [wait('function_exists'), wait('published_version_active', Qualifier='1')]
aws.update_function_configuration(FunctionName='f', Timeout=5)
told += [wait('function_active_v2'), wait('function_updated_v2')]
aws.update_function_configuration(FunctionName='f', Timeout=6)
print(json.dumps(told + [wait('function_updated')]))
`

it('of boto3 see the same', { skip: WITHOUT_BOTO3 }, async () => {
  const cloud = await testCloud({ timing: 'aws' })
  const ROLE = `ROLE = '${await role(cloud, 'r')}'\n`
  // Of an update, the look at the state takes the first second.
  assert.deepEqual(JSON.parse(await python(cloud, ROLE + SOURCE)), [1, 2, 1, 2, 3])
})
