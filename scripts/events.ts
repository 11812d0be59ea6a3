/** Writes docs/EVENTS.md from the catalogue of events. */
import { writeFileSync } from 'node:fs'
import { CATALOGUE, type Entry, exampleEvent } from '../src/catalogue/index.ts'

export const EVENTS_FILE = new URL('../docs/EVENTS.md', import.meta.url)

const HEAD = `# Events

Made from \`src/catalogue/\` by \`npm run docs\`; a test says when it is out of date.

Every event that Amazon EC2, Amazon EBS and their neighbours put on the default event bus of an
account and region: its name here, when it is sent, and a valid document.

- **Sent by itself** (●): what you do with Windtunnel's services sends it, as on AWS.
- Any of them: \`windtunnel emit NAME --set detail.MEMBER=VALUE\`, or
  \`POST /_windtunnel/emit {"name": "NAME", "set": {"detail.MEMBER": "VALUE"}}\`. Account, region,
  time and id are fresh; \`resources\` follow the detail unless they are set too. A detail-type
  is a name too.
- In TypeScript: \`import type { InstanceStateChange } from 'aws-windtunnel/events'\`, and
  \`exampleEvent(NAME, { set })\` from the same place for unit tests.
`

/** The whole document. */
export function eventsDocument(): string {
  const entries = Object.entries(CATALOGUE)
  const documented = entries.filter(([, { detail, lives }]) => lives || hasMembers(detail))
  const others = entries.filter((entry) => !documented.includes(entry))
  return [
    HEAD,
    table(documented),
    ...documented.map(([name, entry]) => section(name, entry)),
    '## Without a published document\n',
    'AWS lists these detail-types of `aws.ec2` and does not say what they hold; `windtunnel emit`',
    'sends them with an empty detail, and with what you set.\n',
    ...others.map(([name, { detailType }]) => `- \`${name}\`: ${detailType}`),
    '',
  ].join('\n')
}

function hasMembers(detail: object): boolean {
  return Object.keys(detail).length > 0
}

function table(entries: [string, Entry][]): string {
  const rows = entries.map(
    ([name, { detailType, source, lives }]) =>
      `| [${name}](#${name}) | \`${source}\` | ${detailType} | ${lives ? '●' : ''} |`,
  )
  return ['| name | source | detail-type | |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

function section(name: string, { detailType, source, when, lives, resources }: Entry): string {
  const forms = resources.map((form) => `\`${form}\``).join(', ')
  return [
    `## ${name}\n`,
    `**${detailType}** of \`${source}\`${lives ? ', sent by itself' : ''}. ${when}\n`,
    `Resources: ${forms || 'none'}.\n`,
    '```json',
    JSON.stringify(exampleEvent(name), null, 2),
    '```\n',
  ].join('\n')
}

if (import.meta.main) writeFileSync(EVENTS_FILE, eventsDocument())
