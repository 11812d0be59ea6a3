/** Amazon Resource Names: `arn:partition:service:region:account:resource`. */

export interface Arn {
  partition: string
  service: string
  region: string
  account: string
  /** All that follows the fifth colon: `instance/i-1`, `function:name:alias`, `queue`. */
  resource: string
}

/** The parts of an ARN, or undefined when the text has not the form of one. */
export function parseArn(text: string): Arn | undefined {
  const parts = text.split(':')
  const [arn, partition, service, region, account, ...rest] = parts
  if (arn !== 'arn' || !partition || !service || rest.length === 0) return undefined
  if (region === undefined || account === undefined) return undefined
  return { partition, service, region, account, resource: rest.join(':') }
}

/** The partition that a region belongs to. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  if (region.startsWith('us-gov-')) return 'aws-us-gov'
  return 'aws'
}

/** Builds the ARN of a resource; pass '' where a service leaves the region or account empty. */
export function arn(service: string, region: string, account: string, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`
}
