'use strict'
// The parts of the context object, and what an invocation sets in the environment.
const { env } = process

function parseHeader(text, name) {
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error}`)
  }
}

/** For the X-Ray SDK, which reads it there. */
function setTraceId(headers) {
  const trace = headers['lambda-runtime-trace-id']
  if (trace) env._X_AMZN_TRACE_ID = trace
  else delete env._X_AMZN_TRACE_ID
}

const ofEnvironment = () => ({
  functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
  functionName: env.AWS_LAMBDA_FUNCTION_NAME,
  memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
})

/** @param extra members that only some runtimes have. */
function ofInvocation(headers, extra = {}) {
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  return {
    clientContext: parseHeader(headers['lambda-runtime-client-context'], 'ClientContext'),
    identity: parseHeader(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    ...extra,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
}

module.exports = { ofEnvironment, ofInvocation, setTraceId }
