import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePattern, PatternError } from './index.ts'

function errorOf(text: string): PatternError {
  try {
    compilePattern(text)
  } catch (error) {
    if (error instanceof PatternError) return error
    throw error
  }
  throw new Error(`${text} is valid`)
}

/** The reason, and the column if there is one, for each pattern. */
const ERRORS: readonly (readonly [pattern: string, reason: string, column?: number])[] = [
  ['', 'Filter is not an object', 1],
  ['[]', 'Filter is not an object', 2],
  ['{}', 'Empty objects are not allowed', 3],
  ['{"a": {}}', 'Empty objects are not allowed', 9],
  ['{"a": []}', 'Empty arrays are not allowed', 9],
  ['{"a": "x"}', '"a" must be an object or an array', 8],
  ['{"a": [[1]]}', 'Match value must be String, number, true, false, or null', 9],
  ['{"a": [{}]}', 'Match expression name not found', 10],
  ['{"a": [{"Prefix": "x"}]}', 'Unrecognized match type Prefix', 20],
  ['{"a": [{"prefix": "x", "suffix": "y"}]}', 'Only one key allowed in match expression', 35],
  ['{"a": [{"exactly": 1}]}', 'exact match pattern must be a string', 21],
  ['{"a": [{"prefix": 1}]}', 'prefix match pattern must be a string', 20],
  ['{"a": [{"suffix": null}]}', 'suffix match pattern must be a string', 23],
  ['{"a": [{"prefix": {}}]}', 'Prefix expression name not found', 21],
  ['{"a": [{"suffix": {"wildcard": "x"}}]}', 'Unsupported suffix pattern: wildcard', 33],
  ['{"a": [{"wildcard": ["x"]}]}', 'wildcard match pattern must be a string', 22],
  ['{"a": [{"wildcard": "x**"}]}', 'Consecutive wildcard characters at pos 2', 26],
  ['{"a": [{"wildcard": "é\\\\n"}]}', 'Invalid escape character at pos 3', 27],
  ['{"a": [{"exists": "true"}]}', 'exists match pattern must be either true or false.', 20],
  ['{"a": [{"numeric": 1}]}', 'Value of numeric must be an array.', 21],
  ['{"a": [{"numeric": []}]}', 'Invalid member in numeric match: ]', 22],
  ['{"a": [{"numeric": [1]}]}', 'Invalid member in numeric match: 1', 22],
  ['{"a": [{"numeric": ["~", 1]}]}', 'Unrecognized numeric range operator: ~', 27],
  ['{"a": [{"numeric": ["=", "1"]}]}', 'Value of equals must be numeric', 27],
  ['{"a": [{"numeric": [">="]}]}', 'Value of >= must be numeric', 26],
  ['{"a": [{"numeric": ["=", 1, 2]}]}', 'Too many elements in numeric expression', 30],
  ['{"a": [{"numeric": [">", 1, 2]}]}', 'Bad value in numeric range: 2', 30],
  ['{"a": [{"numeric": [">", 1, "=", 2]}]}', 'Bad numeric range operator: =', 32],
  ['{"a": [{"numeric": [">", 1, "<", 2, 3]}]}', 'Too many terms in numeric range expression', 38],
  ['{"a": [{"numeric": [">=", 5, "<=", 5]}]}', 'Bottom must be less than top', 38],
  ['{"a": [{"numeric": ["=", 1e999]}]}', 'Cannot compare number : 1e999', 32],
  [
    '{"a": [{"anything-but": null}]}',
    'Value of anything-but must be an array or single string/number value.',
    29,
  ],
  ['{"a": [{"anything-but": {}}]}', 'Anything-But expression name not found', 27],
  ['{"a": [{"anything-but": {"cidr": "::/0"}}]}', 'Unsupported anything-but pattern: cidr', 35],
  ['{"a": [{"anything-but": 9007199254740993}]}', 'Cannot compare number : 9007199254740993'],
  ['{"a": [{"cidr": 1}]}', 'prefix match pattern must be a string', 18],
  ['{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
  ['{"a": [{"cidr": "10.0.0.0/x"}]}', 'Malformed CIDR, mask bits must be an integer'],
  ['{"a": [{"cidr": "10.0.0.0/-1"}]}', 'Malformed CIDR, mask bits must not be negative'],
  ['{"a": [{"cidr": "10.0.0.0/32"}]}', 'IPv4 mask bits must be < 32'],
  ['{"a": [{"cidr": "::/128"}]}', 'IPv6 mask bits must be < 128'],
  ['{"a": [{"cidr": "host/8"}]}', 'Nonstandard IP address: host'],
  ['{"$or": {"a": [1]}}', 'It must be an Array followed with $or.', 10],
  ['{"$or": [{"a": [1]}]}', 'There must have at least 2 Objects in $or relationship.', 21],
  ['{"$or": [1, 2]}', 'Only JSON object is allowed in array of $or relationship.', 11],
  [
    '{"$or": [{"a": {"cidr": [1]}}, {"b": [1]}]}',
    'cidr is Ruler reserved fieldName which cannot be used inside $or.',
    26,
  ],
  [
    "{'a': [1]}",
    "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
    2,
  ],
  ['{"a": ["\\x"]}', "Unrecognized character escape 'x' (code 120)", 10],
  ['{"a": [01]}', 'Invalid numeric value: Leading zeroes not allowed', 9],
  ['{"a": ["x]}', 'Unexpected end-of-input: was expecting closing quote for a string value', 12],
]

test('refuses invalid patterns with the words and the place that AWS gives', () => {
  for (const [text, reason, column] of ERRORS) {
    const { message, location } = errorOf(text)
    assert.deepEqual(location, column === undefined ? undefined : { line: 1, column }, text)
    const place = `\n at [Source: (String)"${text}"; line: 1, column: ${column}]`
    const expected = column === undefined ? reason : reason + place
    assert.equal(message, `Event pattern is not valid. Reason: ${expected}`)
  }
})

test('says twice where an error within a list is', () => {
  const text = '{"a": [{"anything-but": ["x", 1]}]}'
  const { message } = errorOf('{"a": [{"anything-but": ["x", null]}]}')
  assert.equal(message.split('[Source: ').length - 1, 2)
  assert.match(errorOf(text).reason, /^Inside anything but list, either all values/)
})

test('counts lines as Jackson does, and cuts long sources', () => {
  assert.deepEqual(errorOf('{\r\n"a":\n  [}').location, { line: 3, column: 4 })
  const text = `{"${'x'.repeat(600)}": 1}`
  assert.match(errorOf(text).message, /x"\[truncated 107 chars\]; line: 1, column: 607\]$/)
})

test('keeps the last of two lists at one path, and merges objects', () => {
  const paths = (text: string) =>
    compilePattern(text).subRules.map((fields) => fields.map(({ path }) => path))
  assert.deepEqual(paths('{"a": [1], "a": [2]}'), [['a']])
  assert.deepEqual(paths('{"a": {"b": [1]}, "a": {"c": [2]}, "a.b": [3]}'), [['a.b', 'a.c']])
  assert.deepEqual(paths('{"x": [1], "$or": [{"a": [1]}, {"b": [1]}], "z": [1]}'), [
    ['a', 'x', 'z'],
    ['b', 'x', 'z'],
  ])
})

test('does not read what follows the pattern', () => {
  assert.equal(compilePattern('{"a": [1]} }').subRules.length, 1)
})

test('refuses what is too large', () => {
  const or = (index: number) => `{"$or": [{"a${index}": [1]}, {"b${index}": [1]}]}`
  const nested = Array.from({ length: 10 }, (_, i) => `"x${i}": ${or(i)}`)
  assert.match(errorOf(`{${nested}}`).reason, /more than 1000 rule combinations/)
  const fields = Array.from({ length: 257 }, (_, i) => `"f${i}": [1]`)
  assert.match(errorOf(`{${fields}}`).reason, /exceeds max value of 256/)
  assert.match(errorOf('{"a":'.repeat(2000)).reason, /nesting depth/)
})

test('refuses wildcards that are too complex', () => {
  const wildcard = (text: string) => JSON.stringify({ a: [{ wildcard: text }] })
  assert.equal(
    errorOf(wildcard('*:*:*:*:*:event-bus/*')).message,
    'Event pattern is not valid. Reason: Rule is too complex - try using fewer wildcard ' +
      'characters or fewer repeating character sequences after a wildcard character',
  )
  compilePattern(wildcard('/Users/*/dir/dir/dir/dir/dir/doc.txt'))
  compilePattern(wildcard('*1*2*3*4*5*6*7*8'))
})
