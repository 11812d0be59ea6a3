/** The forms of a function's name, as they were recorded on AWS. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { failure, testCloud } from '../../../test/cloud.ts'
import { deploy } from '../../../test/functions.ts'
import { parseFunctionName } from './names.ts'
import { ECHO, FUNCTIONS, refused } from './testing/functions.ts'

const HERE = { account: '000000000000', region: 'us-east-1' }

describe('a function name', () => {
  it('may be whole, partial or alone, with a qualifier or without', () => {
    const forms = {
      f: undefined,
      'f:live': 'live',
      'f:$LATEST': '$LATEST',
      'function:f': undefined,
      '000000000000:f': undefined,
      '000000000000:function:f:1': '1',
      [`${FUNCTIONS}:f`]: undefined,
      [`${FUNCTIONS}:f:live`]: 'live',
    }
    for (const [form, qualifier] of Object.entries(forms)) {
      assert.deepEqual(parseFunctionName(form, HERE), { world: HERE, name: 'f', qualifier }, form)
    }
    assert.equal(parseFunctionName(FUNCTIONS, HERE).name, 'function')
    const other = parseFunctionName('111122223333:function:f', HERE)
    assert.equal(other.world.account, '111122223333')
  })

  it('is refused in the words that AWS was recorded with', async () => {
    const cloud = await testCloud()
    const lambda = cloud.client(LambdaClient)
    const get = (FunctionName: string, Qualifier?: string) =>
      lambda.send(new GetFunctionCommand({ FunctionName, Qualifier }))
    const invoke = (FunctionName: string) => lambda.send(new InvokeCommand({ FunctionName }))
    const notFound = 'ResourceNotFoundException'
    await refused(get('f'), notFound, `Function not found: ${FUNCTIONS}:f`)
    await refused(invoke('f'), notFound, `Function not found: ${FUNCTIONS}:f:$LATEST`)
    await refused(invoke('f:a'), notFound, `Function not found: ${FUNCTIONS}:f:a`)
    await refused(get('f', '$latest'), notFound, `Function not found: ${FUNCTIONS}:f:$latest`)
    await refused(
      get(`${FUNCTIONS}:f`.replace('us-east-1', 'eu-west-1')),
      notFound,
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    )
    const odd = await failure(get('my-function!'))
    assert.equal(odd.name, 'ValidationException')
    assert.match(
      odd.message,
      /^1 validation error detected: Value 'my-function!' at 'functionName' failed to satisfy /,
    )
    const long = 'a'.repeat(65)
    await refused(
      deploy(cloud, long, ECHO, { Role: 'arn:aws:iam::000000000000:role/r' }),
      'InvalidParameterValueException',
      `1 validation error detected: Value '${long}' at 'functionName' failed to satisfy ` +
        'constraint: Member must have length less than or equal to 64',
    )
  })
})
