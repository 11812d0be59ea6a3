/** For tests: functions written to a temporary folder and run by real runtimes. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MS_PER_HOUR, realtime } from '../../../../clock.ts'
import { SystemIds } from '../../../../ids.ts'
import { createRuntimes } from '../runtimes.ts'
import type { FunctionImage, Invocation, InvocationResult, RuntimesOptions } from '../types.ts'

export interface Ran extends InvocationResult {
  requestId: string
  /** Every log event so far of the log stream that the invocation wrote to. */
  log: string[]
}

const EXECUTABLE = 0o755
const POLL_MS = 5
const GIVE_UP_MS = 10_000

export class TestBed {
  readonly ids = new SystemIds()
  readonly dir = mkdtempSync(path.join(tmpdir(), 'windtunnel-test-'))
  readonly streams = new Map<string, string[]>()
  readonly runtimes
  #functions = 0

  constructor(options: Partial<RuntimesOptions> = {}) {
    this.runtimes = createRuntimes({
      ids: this.ids,
      now: () => realtime.now(),
      credentials: async () => ({
        accessKeyId: 'ASIAEXAMPLE',
        secretAccessKey: 'secret',
        sessionToken: 'token',
        expiresAt: realtime.now() + MS_PER_HOUR,
      }),
      onLog: (_image, stream, lines) => {
        const log = this.streams.get(stream) ?? []
        this.streams.set(stream, log)
        for (const { message } of lines) log.push(message)
      },
      ...options,
    })
  }

  /** A function of these files; `bootstrap` and what is in `extensions/` is made executable. */
  image(files: Record<string, string>, rest: Partial<FunctionImage> = {}): FunctionImage {
    const functionName = `f${this.#functions++}`
    const codeDir = path.join(this.dir, functionName)
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(codeDir, name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, text)
      if (/^(bootstrap$|extensions\/)/.test(name)) chmodSync(file, EXECUTABLE)
    }
    return {
      key: functionName,
      functionName,
      functionVersion: '$LATEST',
      functionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${functionName}`,
      account: '123456789012',
      region: 'eu-west-1',
      runtime: 'nodejs22.x',
      handler: 'index.handler',
      codeDir,
      memoryMb: 256,
      timeoutMs: 10_000,
      ephemeralMb: 512,
      environment: {},
      logGroup: `/aws/lambda/${functionName}`,
      logFormat: 'Text',
      endpointUrl: 'http://127.0.0.1:4566',
      ...rest,
    }
  }

  async run(
    image: FunctionImage,
    event: unknown = {},
    clientContext?: string,
    onStream?: Invocation['onStream'],
  ): Promise<Ran> {
    const requestId = this.ids.uuid()
    const result = await this.runtimes.invoke(image, {
      requestId,
      payload: JSON.stringify(event),
      invokedFunctionArn: image.functionArn,
      traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
      ...(clientContext !== undefined && { clientContext }),
      ...(onStream && { onStream }),
    })
    return { ...result, requestId, log: this.streams.get(result.logStreamName) ?? [] }
  }

  async close(): Promise<void> {
    await this.runtimes.close()
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Whether the process is there and runs; one that nobody has buried yet does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return (
      process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    )
  } catch {
    return false
  }
}

/** Linux only: whatever still carries the environment of this function, in a sandbox as well. */
export function processesOf(functionName: string): number[] {
  const marker = `AWS_LAMBDA_FUNCTION_NAME=${functionName}\0`
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(marker)
      } catch {
        return false
      }
    })
}

export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = realtime.monotonic() + GIVE_UP_MS
  while (!holds()) {
    assert.ok(realtime.monotonic() < deadline, `Waited in vain: ${what}`)
    await realtime.wait(POLL_MS)
  }
}
