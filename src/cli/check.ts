/** `windtunnel check`: what is wrong with what is deployed, before anything runs. */
import { commandLine, type Finding } from '../check/finding.ts'
import { sarif } from '../check/sarif.ts'
import { VERSION } from '../version.ts'
import { PALETTE } from './palette.ts'
import { complain, get } from './request.ts'

interface Options {
  endpoint: string
  json?: boolean
  sarif?: boolean
  account?: string
  region?: string
}

/** Ends as failed when there are errors. */
export async function check({ endpoint, json, sarif: asSarif, ...place }: Options): Promise<void> {
  try {
    const { findings } = (await get(endpoint, 'check', place)) as { findings: Finding[] }
    if (json) console.log(JSON.stringify({ findings }, null, 2))
    else if (asSarif) console.log(JSON.stringify(sarif(findings, VERSION), null, 2))
    else console.log(findings.length === 0 ? 'Nothing is wrong.' : findings.map(shown).join('\n\n'))
    if (findings.some(({ level }) => level === 'error')) process.exitCode = 1
  } catch (error) {
    complain(error, endpoint)
  }
}

function shown({ level, what, why, mend }: Finding): string {
  const { bad, strong, faint } = PALETTE
  const mark = level === 'error' ? bad('error') : strong('warning')
  const command = mend ? [`  ${strong(commandLine(mend))}`] : []
  return [`${mark}  ${what}`, faint(`  ${why}`), ...command].join('\n')
}
