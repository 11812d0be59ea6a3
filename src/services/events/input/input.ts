/** What a target receives of an event. */
import type { Target } from '@aws-sdk/client-eventbridge'
import { invalidInputPath, invalidJsonInput, severalInputs } from '../errors.ts'
import { documentOf } from '../event.ts'
import { isJson, parseExact, syntaxError } from './json.ts'
import { isPath, valueAt } from './json-path.ts'
import { type Source, transform, validateTransformer } from './transformer.ts'

/** Throws ValidationException for more than one way of input, or one that cannot work. */
export function validateInput({ Id = '', Input, InputPath, InputTransformer }: Target): void {
  const given = [Input, InputPath, InputTransformer].filter((way) => way !== undefined)
  if (given.length > 1) throw severalInputs(Id)
  const error = Input ? syntaxError(Input) : undefined
  if (error) throw invalidJsonInput(Id, error)
  if (InputPath && !isPath(InputPath)) throw invalidInputPath(Id)
  if (InputTransformer) validateTransformer(Id, InputTransformer)
}

export interface Payload {
  text: string
  /** Targets get JSON only, or several JSON texts one below the other. */
  isJson: boolean
}

/** Of a path that leads nowhere, to null or is empty, an empty object comes (recorded). */
const NOTHING = '{}'

export function payloadOf(target: Target, source: Source): Payload {
  const { Input, InputPath, InputTransformer } = target
  if (Input !== undefined) return { text: Input, isJson: isJson(Input) }
  if (InputTransformer) return transform(InputTransformer, source)
  const document = documentOf(source.event)
  if (InputPath === undefined) return { text: document, isJson: true }
  const value = valueAt(InputPath, parseExact(document)) ?? undefined
  return { text: value === undefined ? NOTHING : JSON.stringify(value), isJson: true }
}
