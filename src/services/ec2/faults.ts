/**
 * What users make go wrong on purpose, by tags of the instance that is launched:
 *
 * - `windtunnel:launch-failure` = a code of LAUNCH_FAILURES: instead of running, the instance is
 *   terminated for this reason, after the time that it would have taken to boot;
 * - `windtunnel:shut-down-after` = seconds: so long after it has entered running, the operating
 *   system shuts down by itself, which stops or terminates the instance as its
 *   InstanceInitiatedShutdownBehavior says.
 */
import type { StateReason } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { MS_PER_SECOND } from '../../clock.ts'
import type { Instance } from './instance-rows.ts'
import { tagsOf } from './tag-rows.ts'

const LAUNCH_FAILURE_TAG = 'windtunnel:launch-failure'
const SHUT_DOWN_TAG = 'windtunnel:shut-down-after'

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html */
const LAUNCH_FAILURES: Readonly<Record<string, string>> = {
  'Server.InsufficientInstanceCapacity':
    'There was insufficient capacity available to satisfy the launch request.',
  'Server.InternalError': 'Internal error on launch',
  'Client.InternalError': 'Client error on launch',
  'Client.InvalidSnapshot.NotFound': 'The specified snapshot was not found.',
  'Client.VolumeLimitExceeded': 'Volume limit exceeded',
}

function tagOf({ InstanceId }: Instance, key: string, ctx: Context): string | undefined {
  return tagsOf(InstanceId, ctx)?.find(({ Key }) => Key === key)?.Value
}

/** Why the launch of an instance is to fail; undefined when it is not. */
export function launchFailure(instance: Instance, ctx: Context): StateReason | undefined {
  const Code = tagOf(instance, LAUNCH_FAILURE_TAG, ctx)
  const text = Code !== undefined && Object.hasOwn(LAUNCH_FAILURES, Code) && LAUNCH_FAILURES[Code]
  return text ? { Code, Message: `${Code}: ${text}` } : undefined
}

/** How long after booting the operating system shuts down by itself. */
export function shutDownAfterMs(instance: Instance, ctx: Context): number | undefined {
  const seconds = Number(tagOf(instance, SHUT_DOWN_TAG, ctx) || Number.NaN)
  return seconds >= 0 ? seconds * MS_PER_SECOND : undefined
}
