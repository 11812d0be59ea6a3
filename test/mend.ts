/** Runs the command that mends a finding, through the SDK, as the AWS CLI would. */
import { loadModel } from '../src/aws/model.ts'
import { caller } from './authorization/caller.ts'
import type { TestCloud } from './cloud.ts'

/** `aws lambda add-permission --function-name f …` */
export async function mend(cloud: TestCloud, words: readonly string[] = []): Promise<void> {
  const [aws, service = '', command = '', ...options] = words
  if (aws !== 'aws') throw new Error(`not a command of the AWS CLI: ${words.join(' ')}`)
  const name = command.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase())
  const operation = loadModel(service).operation(name)
  if (!operation) throw new Error(`${service} has no ${name}`)
  const input: Record<string, unknown> = {}
  for (let at = 0; at < options.length; at += 2) {
    const flag = (options[at] ?? '').replace(/^--/, '').replaceAll('-', '')
    const member = operation.input.members.find((each) => each.name.toLowerCase() === flag)
    if (!member) throw new Error(`${name} has no ${options[at]}`)
    const value = options[at + 1] ?? ''
    input[member.name] = member.shape.kind === 'map' ? JSON.parse(value) : value
  }
  await caller(cloud)(service, name, input)
}
