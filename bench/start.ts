/** From the start of the process to the first answers, and memory when idle. */

import { type RunningServer, residentMb, startBare, startWindtunnel } from './processes.ts'
import { bare, form } from './requests.ts'
import { median, print, type Row } from './table.ts'

const RUNS = 21
const SETTLE_MS = 1500

const identity = (port: number) =>
  form('sts', port, { Action: 'GetCallerIdentity', Version: '2011-06-15' })
const instances = (port: number) =>
  form('ec2', port, { Action: 'DescribeInstances', Version: '2016-11-15' })

type Start = () => Promise<RunningServer>

export async function start(): Promise<void> {
  const kinds: Record<'bare' | 'identity' | 'instances', Start> = {
    bare: () => startBare(async (port) => bare(port)),
    identity: () => startWindtunnel(['--ephemeral'], identity),
    instances: () => startWindtunnel(['--ephemeral'], instances),
  }
  const times: Record<keyof typeof kinds, number[]> = { bare: [], identity: [], instances: [] }
  for (let run = 0; run < RUNS; run++) {
    for (const [kind, begin] of Object.entries(kinds)) {
      const server = await begin()
      times[kind as keyof typeof kinds].push(server.firstAnswerMs)
      await server.stop()
    }
  }
  const reference = median(times.bare)
  const row = (what: string, value: number): Row => ({
    what,
    value: `${value.toFixed(0)} ms`,
    reference: `${reference.toFixed(0)} ms`,
    ratio: value / reference,
    aim: { most: 2 },
  })
  print('Start to first answer (median), beside a bare node:http server', [
    row('GetCallerIdentity', median(times.identity)),
    row('DescribeInstances', median(times.instances)),
  ])
  await memory(kinds)
}

async function memory(kinds: Record<'bare' | 'identity', Start>): Promise<void> {
  const idle = async (begin: Start) => {
    const server = await begin()
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    const used = residentMb(server)
    await server.stop()
    return used
  }
  const reference = await idle(kinds.bare)
  const used = await idle(kinds.identity)
  const over = used - reference
  const figures = `${used.toFixed(0)} MB, bare ${reference.toFixed(0)} MB`
  console.log(`Idle memory: ${figures}: ${over.toFixed(0)} MB over it (aim: at most 40)`)
}
