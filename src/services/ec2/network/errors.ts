/** Errors that the operations of the network share. */
import { AwsError } from '../../../aws/errors.ts'

/** `name` is AWS's own: `vpc`, `subnet`, `routeTable`, `internetGateway`. */
export function hasDependencies(name: string, id: string): AwsError {
  return dependencyViolation(`The ${name} '${id}' has dependencies and cannot be deleted.`)
}

export function dependencyViolation(message: string): AwsError {
  return new AwsError('DependencyViolation', message)
}

export function alreadyAssociated(message: string): AwsError {
  return new AwsError('Resource.AlreadyAssociated', message)
}

export function associationNotFound(id: string): AwsError {
  return new AwsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`)
}

/** `rtb-1 and subnet-1`, which belong to different VPCs. */
export function differentNetworks(what: string): AwsError {
  return new AwsError('InvalidParameterValue', `${what} belong to different networks`)
}
