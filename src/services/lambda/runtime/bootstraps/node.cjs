'use strict'
// Runs a function of a Node.js runtime: loads the handler, takes invocations from the Runtime API
// and answers them, as AWS's runtime does (see aws-lambda-nodejs-runtime-interface-client).
// A plain script without dependencies: it also runs on the older versions that a machine may have.
const Module = require('node:module')
const { RuntimeClient } = require('./node-client.cjs')
const { setRuntime } = require('./node-errors.cjs')
const { loadHandler, streamifyResponse } = require('./node-handler.cjs')
const { patchConsole } = require('./node-log.cjs')
const { searchBeforeHooks } = require('./node-path.cjs')
const { HttpResponseStream } = require('./node-stream.cjs')

const FIRST_WRITTEN_ANEW = 24

const { env } = process

function takeVariable(name) {
  const value = env[name]
  delete env[name]
  return value
}

/** Becomes the function that the server has for a process started ahead. */
async function assigned(client) {
  // The loader of ES modules takes a while to start: now nobody waits.
  await import('data:text/javascript,')
  const { variables, cwd } = await new Promise((resolve) => client.assignment(resolve))
  const { TZ } = env
  for (const name of Object.keys(env)) delete env[name]
  Object.assign(env, { TZ }, variables)
  process.chdir(cwd)
  Module._initPaths()
}

function setGlobals(invokeStore) {
  if (['1', 'true'].includes(env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return
  globalThis.awslambda = {
    streamifyResponse,
    HttpResponseStream,
    ...(invokeStore && { InvokeStore: invokeStore }),
  }
}

async function main() {
  const client = new RuntimeClient(env.AWS_LAMBDA_RUNTIME_API)
  if (env._WINDTUNNEL_SPARE) await assigned(client)
  const taskRoot = env.LAMBDA_TASK_ROOT
  const major = Number(/nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV)?.[1] ?? 0)
  const writtenAnew = major >= FIRST_WRITTEN_ANEW
  const generation = require(writtenAnew ? './node-runtime-24.cjs' : './node-runtime.cjs')
  setRuntime({ taskRoot, runtimeDir: __dirname, writtenAnew })
  const telemetryFd = takeVariable('_LAMBDA_TELEMETRY_LOG_FD')
  patchConsole({ telemetryFd, requestId: generation.currentRequestId, writtenAnew })
  takeVariable('_WINDTUNNEL_OPT')
  takeVariable('_WINDTUNNEL_SDK')
  searchBeforeHooks()
  setGlobals(generation.invokeStore)
  const runtime = new generation.Runtime(client)
  let handler
  try {
    handler = await loadHandler(env._HANDLER, { taskRoot, writtenAnew })
  } catch (error) {
    return runtime.failInit(error)
  }
  return runtime.serve(handler)
}

main()
