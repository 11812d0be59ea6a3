/** What the consoles of instances show. Nothing boots behind ours, so there is nothing to show. */
import type {
  GetConsoleOutputRequest,
  GetConsoleOutputResult,
  GetPasswordDataRequest,
  GetPasswordDataResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { ec2Arn, existing, INSTANCE } from './ids.ts'
import { instanceKeys } from './instance-keys.ts'
import { type Instance, instances } from './instance-rows.ts'
import { wholeSeconds } from './settings.ts'

function allowed(action: string, id: string, ctx: Context): Instance {
  const instance = existing(INSTANCE, instances, id, 'instanceId', ctx)
  ctx.allow(action, ec2Arn('instance', id, ctx), { keys: instanceKeys(instance, ctx) })
  return instance
}

/** The answer has no output, as AWS's has none before the instance has posted any. */
export function getConsoleOutput(
  { InstanceId }: Checked<GetConsoleOutputRequest>,
  ctx: Context,
): Answer<GetConsoleOutputResult> {
  allowed('ec2:GetConsoleOutput', InstanceId, ctx)
  return { InstanceId, Timestamp: wholeSeconds(ctx.now) }
}

/** "Returns an empty string if the password is not available", as it is for Linux on AWS too. */
export function getPasswordData(
  { InstanceId }: Checked<GetPasswordDataRequest>,
  ctx: Context,
): Answer<GetPasswordDataResult> {
  const { LaunchTime } = allowed('ec2:GetPasswordData', InstanceId, ctx)
  return { InstanceId, Timestamp: LaunchTime, PasswordData: '' }
}
