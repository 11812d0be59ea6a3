/** What a target receives of an event. */
import type { Target } from '@aws-sdk/client-eventbridge'
import { invalidJsonInput, severalInputs } from '../errors.ts'
import { documentOf } from '../event.ts'
import { isJson, parseExact } from './json.ts'
import { valueAt } from './json-path.ts'
import { type Source, transform, validateTransformer } from './transformer.ts'

/** Throws ValidationException for more than one way of input, or one that cannot work. */
export function validateInput({ Id = '', Input, InputPath, InputTransformer }: Target): void {
  const given = [Input, InputPath, InputTransformer].filter((way) => way !== undefined)
  if (given.length > 1) throw severalInputs(Id)
  if (Input !== undefined && !isJson(Input)) throw invalidJsonInput(Id)
  if (InputTransformer) validateTransformer(Id, InputTransformer)
}

/**
 * The payload as JSON text; undefined when a transformer makes something else. UNCERTAIN: a path
 * that leads nowhere gives null.
 */
export function payloadOf(target: Target, source: Source): string | undefined {
  const { Input, InputPath, InputTransformer } = target
  if (Input !== undefined) return Input
  if (InputTransformer) return transform(InputTransformer, source)
  const document = documentOf(source.event)
  if (InputPath === undefined) return document
  return JSON.stringify(valueAt(InputPath, parseExact(document)) ?? null)
}
