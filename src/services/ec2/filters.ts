/**
 * Filters of Describe operations: values of one filter are alternatives, filters all have to match.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
 */
import type { Filter, Tag } from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { invalidValue, missingParameter } from './errors.ts'
import { glob, literal } from './glob.ts'

const MAX_FILTER_VALUES = 200
const TAG_PREFIX = 'tag:'

/** What a row holds under a filter's name; one of the values of a list is enough. */
export type FilterValue = string | number | boolean | undefined | readonly FilterValue[]

/** The filters of a kind of resource, by name, beside `tag:KEY` and `tag-key`. */
export type Fields<Row> = Readonly<Record<string, (row: Row, ctx: Context) => FilterValue>>

export type TagsOf<Row> = (row: Row, ctx: Context) => readonly Tag[] | undefined

export type Predicate<Row> = (row: Row, ctx: Context) => boolean

export interface CheckedFilter {
  readonly name: string
  readonly values: readonly string[]
}

/** The filters of a request; throws what AWS answers to those without a name or values. */
export function checkedFilters(filters: readonly Filter[] = []): CheckedFilter[] {
  let count = 0
  return filters.map(({ Name, Values }, i) => {
    if (!Name) throw invalidValue("The filter 'null' is invalid")
    if (!Values || Values.length === 0) throw missingParameter(`Filter.${i + 1}.Value`)
    count += Values.length
    if (count > MAX_FILTER_VALUES) throw tooManyValues()
    return { name: Name, values: Values }
  })
}

/** The test of one filter; throws when the resource has no filter of that name. */
export function predicate<Row>(
  { name, values }: CheckedFilter,
  fields: Fields<Row>,
  tagsOf?: TagsOf<Row>,
): Predicate<Row> {
  const matches = anyOf(values)
  if (tagsOf && name === 'tag-key') {
    return (row, ctx) => tagsOf(row, ctx)?.some(({ Key }) => matches(Key)) ?? false
  }
  if (tagsOf && name.startsWith(TAG_PREFIX)) {
    const key = name.slice(TAG_PREFIX.length)
    return (row, ctx) =>
      tagsOf(row, ctx)?.some(({ Key, Value }) => Key === key && matches(Value)) ?? false
  }
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  // UNCERTAIN: AWS's answer is recorded with this wording; moto answers with another code.
  if (!field) throw invalidValue(`The filter '${name}' is invalid`)
  return (row, ctx) => matches(field(row, ctx))
}

/** The key of a `tag:KEY` filter. */
export function tagKeyOf(name: string): string | undefined {
  return name.startsWith(TAG_PREFIX) ? name.slice(TAG_PREFIX.length) : undefined
}

function anyOf(values: readonly string[]): (value: FilterValue) => boolean {
  const exact = new Set<string>()
  const globs: ((text: string) => boolean)[] = []
  for (const value of values) {
    const text = literal(value)
    if (text === undefined) globs.push(glob(value))
    else exact.add(text)
  }
  const test = (value: FilterValue): boolean => {
    if (value === undefined) return false
    if (Array.isArray(value)) return value.some(test)
    const text = String(value)
    return exact.has(text) || globs.some((matches) => matches(text))
  }
  return test
}

function tooManyValues(): AwsError {
  return new AwsError(
    'FilterLimitExceeded',
    `The maximum number of filter values specified on a single call is ${MAX_FILTER_VALUES}`,
  )
}
