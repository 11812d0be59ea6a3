/** The real AWS CLI, where this machine has it. */
import { execFile, spawnSync } from 'node:child_process'
import type { TestCloud } from './cloud.ts'

export const hasCli = spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0
export const WITHOUT_CLI = hasCli ? false : 'the AWS CLI is not installed'

/** The first that knows AWS_ENDPOINT_URL. */
const BOTO3 = 'import boto3; assert tuple(map(int, boto3.__version__.split(".")[:2])) >= (1, 28)'
const hasBoto3 = spawnSync('python3', ['-c', BOTO3], { stdio: 'ignore' }).status === 0
export const WITHOUT_BOTO3 = hasBoto3 ? false : 'python3 with boto3 1.28 or newer is not installed'

/** What `aws …` prints, parsed; the words of the command as a shell would split them. */
export async function aws(cloud: TestCloud, ...words: string[]): Promise<unknown> {
  // Older CLIs don't know AWS_ENDPOINT_URL.
  const more = ['--endpoint-url', cloud.endpoint, '--output', 'json']
  const text = await run('aws', [...words, ...more], {
    AWS_DEFAULT_REGION: cloud.config.region,
    AWS_ACCESS_KEY_ID: cloud.config.account,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  })
  return text === '' ? undefined : JSON.parse(text)
}

/** What a Python program prints that uses boto3. */
export function python(cloud: TestCloud, source: string): Promise<string> {
  return run('python3', ['-c', source], {
    AWS_ENDPOINT_URL: cloud.endpoint,
    AWS_DEFAULT_REGION: cloud.config.region,
    AWS_ACCESS_KEY_ID: cloud.config.account,
    AWS_SECRET_ACCESS_KEY: 'test',
  })
}

function run(command: string, args: string[], env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr || error.message))
      else resolve(stdout.trim())
    })
  })
}
