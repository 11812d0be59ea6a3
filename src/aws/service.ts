/** Declares a service: its operations by name, checked against its model. */
import type { ConditionKeys, Verdict } from './authority.ts'
import type { Context, WaitingContext } from './context.ts'
import type { AwsError } from './errors.ts'
import { loadModel, type Model } from './model.ts'

/** The SDK's input type once validation has seen it: what is required is there. */
export type Checked<T> = {
  [K in keyof T]: undefined extends T[K]
    ? Record<never, never> extends Pick<T, K>
      ? T[K]
      : Exclude<T[K], undefined>
    : T[K]
}

/** The SDK's output type as handlers may give it: times as epoch milliseconds too. */
export type Answer<T> = T extends Date
  ? Date | number
  : T extends Uint8Array
    ? T
    : T extends readonly (infer E)[]
      ? readonly Answer<E>[]
      : T extends object
        ? { readonly [K in keyof T]: Answer<T[K]> }
        : T

/** An error answer that keeps what the operation did; an error that is thrown undoes it. */
export class KeptFailure {
  readonly error: AwsError

  constructor(error: AwsError) {
    this.error = error
  }
}

/** One transaction, start to end. The type of the input is the handler's own business. */
// biome-ignore lint/suspicious/noExplicitAny: operations differ in their input types
export type Operation = (input: any, ctx: Context) => object

/** An operation that waits between transactions: Invoke, ReceiveMessage. */
// biome-ignore lint/suspicious/noExplicitAny: operations differ in their input types
export type WaitingOperation = (input: any, ctx: WaitingContext) => Promise<object>

export interface Waiting {
  readonly waits: WaitingOperation
}

export function waiting(operation: WaitingOperation): Waiting {
  return { waits: operation }
}

export interface Refusal {
  verdict: Verdict
  action: string
  resource: string
  /** Condition keys that the operation gave for the resource. */
  keys: ConditionKeys
  ctx: Context
}

export interface ServiceDefinition {
  /** The endpoint prefix and signing name: `ec2`, `events`. */
  readonly name: string
  readonly operations: Readonly<Record<string, Operation | Waiting>>
  /** The error of a refused call; each service words it in its own way. */
  readonly denied: (refusal: Refusal) => AwsError
  /** Operations that need no signature, as their models say: their caller is nobody. */
  readonly unsigned?: ReadonlySet<string>
  /** Runs before each operation, outside of its transaction. */
  readonly before?: () => void
  /** Wraps every operation of one transaction: EC2's DryRun. */
  readonly around?: (operation: Operation) => Operation
}

export interface Service extends ServiceDefinition {
  readonly model: Model
}

/**
 * Joins a definition with its model, which is loaded when it is first asked for: most runs use few
 * services. An operation that the model lacks is a defect, told then.
 */
export function defineService(definition: ServiceDefinition): Service {
  let model: Model | undefined
  return {
    ...definition,
    get model() {
      model ??= checkedModel(definition)
      return model
    },
  }
}

function checkedModel({ name, operations }: ServiceDefinition): Model {
  const model = loadModel(name)
  const unknown = Object.keys(operations).find((operation) => !model.operation(operation))
  if (unknown !== undefined) throw new Error(`${name} has no operation ${unknown}`)
  return model
}
