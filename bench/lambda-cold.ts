/** Cold starts: from the wish for an environment to the answer of its handler. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { TestBed } from '../src/services/lambda/runtime/testing/bed.ts'
import type { FunctionImage } from '../src/services/lambda/runtime/types.ts'
import { beside, type Samples } from './lambda-figures.ts'
import { print } from './table.ts'

const ROUNDS = 40
const WARM_UP_ROUNDS = 3
/** A spare is there this long after the start before it. */
const SPARE_READY_MS = 400

export const NODE = { 'index.js': 'exports.handler = async () => 1' }
export const PYTHON = { 'app.py': 'def handler(event, context): return 1' }
/** The smallest custom runtime there is: one static program that knows two requests. */
const CUSTOM_SOURCE = `
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
  char *api = getenv("AWS_LAMBDA_RUNTIME_API"), in[8192], out[1024];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(strchr(api, ':') + 1))};
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(s, (struct sockaddr *)&to, sizeof to)) return 1;
  for (;;) {
    dprintf(s, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: l\\r\\n\\r\\n");
    ssize_t n = read(s, in, sizeof in - 1);
    if (n <= 0) return 1;
    in[n] = 0;
    char id[64] = {0};
    sscanf(strstr(in, "Request-Id: ") + 12, "%63[^\\r]", id);
    dprintf(s, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\\r\\n"
               "Host: l\\r\\nContent-Length: 1\\r\\n\\r\\n1", id);
    if (read(s, out, sizeof out) <= 0) return 1;
  }
}`

/** Connects, says a word, and ends with the answer. */
const BARE_NODE = `
const socket = require('net').connect(Number(process.argv[1]), '127.0.0.1', () => socket.write('x'))
socket.on('data', () => socket.end())`

export async function cold(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-lambda-'))
  const echo = createServer((socket) => socket.pipe(socket))
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
  const { port } = echo.address() as AddressInfo
  const node = () => run(process.execPath, ['-e', BARE_NODE, String(port)])
  const spares = new TestBed()
  const bare = new TestBed({ maxSpares: 0 })
  const python: Partial<FunctionImage> = { runtime: 'python3.12', handler: 'app.handler' }
  const sampled = async (bed: TestBed, files: Record<string, string>, rest = {}) =>
    coldStart(bed, bed.image(files, rest))
  const rows = [
    await compare('Node.js, with a spare', () => sampled(spares, NODE), node, 0.33),
    await compare('Node.js, without', () => sampled(bare, NODE), node, 1.3),
  ]
  const interpreter = pythonHere()
  if (interpreter) {
    const reference = () => run(interpreter, ['-c', '0'])
    rows.push(
      await compare('Python, with a spare', () => sampled(spares, PYTHON, python), reference, 1),
      await compare('Python, without', () => sampled(bare, PYTHON, python), reference, 1),
    )
  } else console.log('No python3 here: its cold starts are left out.')
  const bootstrap = compiled(folder)
  if (bootstrap) {
    const custom = () => {
      const image = { ...bare.image({}), codeDir: folder, runtime: 'provided.al2023' }
      return coldStart(bare, image)
    }
    rows.push(await compare('Custom runtime in C', custom, () => run('/bin/true', []), 2))
  } else console.log('No C compiler here: the custom runtime is left out.')
  print('Cold start to the answer of the handler (median; p99)', rows)
  await Promise.all([spares.close(), bare.close()])
  echo.close()
  rmSync(folder, { recursive: true })
}

/** Turn by turn, so that both see the same machine. */
async function compare(
  what: string,
  ours: () => Promise<number>,
  reference: () => Promise<number>,
  most: number,
) {
  const samples: Samples = { ours: [], reference: [] }
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const [one, other] = [await ours(), await reference()]
    if (round < 0) continue
    samples.ours.push(one)
    samples.reference.push(other)
  }
  return beside(what, samples, { most })
}

export async function coldStart(bed: TestBed, image: FunctionImage): Promise<number> {
  const start = performance.now()
  const { payload, coldStart } = await bed.run(image)
  const took = performance.now() - start
  if (payload !== '1' || !coldStart) throw new Error(`no cold start: ${payload}`)
  bed.runtimes.retire(image.key)
  await new Promise((resolve) => setTimeout(resolve, SPARE_READY_MS))
  return took
}

async function run(command: string, args: string[]): Promise<number> {
  const start = performance.now()
  await once(spawn(command, args, { stdio: 'ignore' }), 'exit')
  return performance.now() - start
}

/** The interpreter itself: what the PATH names may be a version manager's script. */
export function pythonHere(): string | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'])
  return status === 0 ? stdout.toString().trim() : undefined
}

/** Whether `folder` now holds a compiled `bootstrap`. */
function compiled(folder: string): boolean {
  const bootstrap = join(folder, 'bootstrap')
  const { status } = spawnSync('cc', ['-O2', '-static', '-w', '-x', 'c', '-', '-o', bootstrap], {
    input: CUSTOM_SOURCE,
  })
  if (status !== 0) return false
  chmodSync(bootstrap, 0o755)
  return true
}
