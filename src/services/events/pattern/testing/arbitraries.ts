/** Random patterns and events, for tests only: of few names and values, so that they meet. */
import fc from 'fast-check'

const NAMES = ['a', 'b', 'a.b']
const TEXTS = ['', 'a', 'b', 'ab', 'aab', 'aB', 'é', '1', '10.0.0.1']
const NUMBERS = [0, 1, -1, 2.5, 12345678901.5]

const name = fc.constantFrom(...NAMES)
const text = fc.constantFrom(...TEXTS)
const nonEmptyText = fc.constantFrom(...TEXTS.slice(1))
const number = fc.constantFrom(...NUMBERS)
const scalar = fc.oneof(text, number, fc.constantFrom(true, false, null))
const fold = fc.constantFrom('', 'a', 'AB', 'bA', 'é1', 'aAb').map((folded) => ({
  'equals-ignore-case': folded,
}))
const wildcard = fc.constantFrom('', '*', 'a*', '*b', 'a*b', '*a*', 'é*', '*1')

const numeric = fc.oneof(
  fc.tuple(fc.constantFrom('=', '<', '<=', '>', '>='), number),
  fc
    .tuple(fc.constantFrom('>', '>='), number, fc.constantFrom('<', '<='), number)
    .filter(([, low, , high]) => low < high),
)

function oneOrMore<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> {
  return fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }))
}

const alternative = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.record({ prefix: fc.oneof(text, fold) }),
  fc.record({ suffix: fc.oneof(text, fold) }),
  fold,
  fc.record({ wildcard }),
  fc.record({ numeric }),
  fc.record({ cidr: fc.constantFrom('10.0.0.0/24', '10.0.0.0/8', '10.0.1.8/31') }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ 'anything-but': fc.oneof(oneOrMore(text), oneOrMore(number)) }),
  fc.record({ 'anything-but': fc.record({ prefix: oneOrMore(nonEmptyText) }) }),
  fc.record({ 'anything-but': fc.record({ suffix: oneOrMore(nonEmptyText) }) }),
  fc.record({ 'anything-but': fc.record({ wildcard: oneOrMore(wildcard) }) }),
  fc.record({ 'anything-but': fc.record({ 'equals-ignore-case': oneOrMore(text) }) }),
)

const alternatives = fc.array(alternative, { minLength: 1, maxLength: 3 })

function objectOf(member: fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  return fc.dictionary(name, member, { minKeys: 1, maxKeys: 2 })
}

/** An object to which `$or` may be added, as its first or its last member. */
function withOr(object: fc.Arbitrary<object>, branch: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const or = fc.option(fc.array(branch, { minLength: 2, maxLength: 3 }), { freq: 2 })
  return fc
    .tuple(object, or, fc.boolean())
    .map(([members, $or, first]) =>
      $or === null ? members : first ? { $or, ...members } : { ...members, $or },
    )
}

const fields = objectOf(alternatives)
const branches = fc.oneof(fields, objectOf(fields))

/** The text of a pattern that is valid, though its wildcards may be too complex. */
export const pattern: fc.Arbitrary<string> = withOr(
  objectOf(fc.oneof(alternatives, fields, withOr(fields, branches))),
  branches,
).map((object) => JSON.stringify(object))

/** The text of an event. */
export const event: fc.Arbitrary<string> = fc
  .letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4, depthSize: 'small' }, scalar, tie('object'), tie('array')),
    object: fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 3 }),
    array: fc.array(tie('value'), { maxLength: 4 }),
  }))
  .object.map((object) => JSON.stringify(object))
