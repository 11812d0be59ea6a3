/** When Spot Instances may be stopped and started by their user. */
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import { unsupportedOperation } from '../errors.ts'
import type { Instance } from '../instance-rows.ts'
import { requestOf } from './rows.ts'

/** Throws for the instance of a one-time request. */
export function checkSpotStop(instance: Instance, ctx: Context): void {
  if (requestOf(instance, ctx)?.Type !== 'one-time') return
  throw unsupportedOperation(
    `You can't stop the Spot Instance '${instance.InstanceId}' because it is associated with a ` +
      'one-time Spot Instance request. You can only stop Spot Instances associated with ' +
      'persistent Spot Instance requests.',
  )
}

/** Throws unless the request of a stopped instance waits for it to be started. */
export function checkSpotStart(instance: Instance, ctx: Context): void {
  if (instance.SpotInstanceRequestId === undefined) return
  const request = requestOf(instance, ctx)
  if (request?.State === 'disabled') {
    if (request.Status.Code === 'instance-stopped-by-user') return
    throw new AwsError(
      'InsufficientInstanceCapacity',
      'There is no Spot capacity available that matches your request.',
      { status: 500 },
    )
  }
  throw new AwsError(
    'IncorrectSpotRequestState',
    `You can't start the Spot Instance '${instance.InstanceId}' because the associated Spot ` +
      'Instance request is not in an appropriate state to support start.',
  )
}
