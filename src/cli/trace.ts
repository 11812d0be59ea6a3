/** `windtunnel trace`: what happened, and why. */
import type { Explanations } from '../trace/format.ts'
import { formatJourney, formatRecord, summarise } from '../trace/format.ts'
import type { Journey } from '../trace/journeys.ts'
import type { TraceRecord } from '../trace/record.ts'
import { PALETTE } from './palette.ts'
import { complain } from './request.ts'

interface Options {
  endpoint: string
  follow?: boolean
  json?: boolean
  limit: number
}

interface Answer {
  journeys: Journey[]
  explanations?: Explanations
}

export async function showTrace(id: string | undefined, options: Options): Promise<void> {
  try {
    if (options.follow) await follow(id, options)
    else await list(id, options)
  } catch (error) {
    complain(error, options.endpoint)
  }
}

async function list(id: string | undefined, { endpoint, json, limit }: Options): Promise<void> {
  const query = new URLSearchParams({ ...(id !== undefined && { id }), limit: String(limit) })
  const response = await fetch(`${endpoint}/_windtunnel/traces?${query}`)
  const answer = (await response.json()) as Answer & { message?: string }
  if (!response.ok) throw new Error(answer.message ?? response.statusText)
  if (json) {
    console.log(JSON.stringify(answer, null, 2))
    return
  }
  const { journeys, explanations } = answer
  if (journeys.length === 0) {
    console.log(id === undefined ? 'Nothing has happened yet.' : `Nothing is known of ${id}.`)
    if (id !== undefined) process.exitCode = 1
    return
  }
  for (const journey of journeys) {
    if (id === undefined) console.log(summarise(journey, PALETTE))
    else console.log(`${formatJourney(journey, PALETTE, explanations)}\n`)
  }
}

async function follow(id: string | undefined, { endpoint, json }: Options): Promise<void> {
  const response = await fetch(`${endpoint}/_windtunnel/traces?follow`)
  if (!response.ok || !response.body) throw new Error(response.statusText)
  let rest = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const record = JSON.parse(line) as TraceRecord
      if (id !== undefined && !record.refs.includes(id)) continue
      console.log(json ? line : formatRecord(record, PALETTE))
    }
  }
}
