/** Short ways of Lambda's tests. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { failure, type TestCloud } from '../../../../test/cloud.ts'
import { zip } from '../../../../test/functions.ts'
import { realtime } from '../../../clock.ts'

const POLL_MS = 5

export const FUNCTIONS = 'arn:aws:lambda:us-east-1:000000000000:function'
export const ECHO = 'exports.handler = async (event) => ({ echo: event })'
export const THROW = "exports.handler = async () => { throw new TypeError('no luck') }"

/** Asserts the error that a call ends in, to the letter; answers its HTTP status. */
export async function refused(call: Promise<unknown>, name: string, message: string) {
  const error = await failure(call)
  assert.deepEqual([error.name, error.message], [name, message])
  const { $metadata } = error as unknown as { $metadata: { httpStatusCode: number } }
  return $metadata.httpStatusCode
}

/** Gives the function this code and publishes it; answers the version's number. */
export async function release(cloud: TestCloud, name: string, source: string): Promise<string> {
  const lambda = cloud.client(LambdaClient)
  const ZipFile = zip({ 'index.js': source })
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile }))
  await cloud.settle()
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: name }))
  return Version ?? ''
}

/** A function that answers once the gate is opened; `entered` resolves when it runs. */
export function gate() {
  const folder = mkdtempSync(join(tmpdir(), 'gate-'))
  const [entered, open] = [join(folder, 'entered'), join(folder, 'open')]
  const source = `const fs = require('node:fs')
    exports.handler = async () => {
      fs.writeFileSync(${JSON.stringify(entered)}, '')
      while (!fs.existsSync(${JSON.stringify(open)})) await new Promise((r) => setTimeout(r, 5))
      return 'done'
    }`
  return {
    source,
    async entered(): Promise<void> {
      while (!existsSync(entered)) await realtime.wait(POLL_MS)
    },
    open: () => writeFileSync(open, ''),
    /** The file that opens it. */
    opens: open,
  }
}
