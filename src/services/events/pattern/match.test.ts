import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compilePattern, EventError, matchesPattern, PatternSet, validateEvent } from './index.ts'

function matches(pattern: string | object, event: string | object): boolean {
  const toText = (json: string | object) => (typeof json === 'string' ? json : JSON.stringify(json))
  return matchesPattern(compilePattern(toText(pattern)), toText(event))
}

/** Which of some values of a field meet an alternative. */
function met(alternative: unknown, values: readonly unknown[]): unknown[] {
  return values.filter((value) => matches({ a: [alternative] }, { a: value }))
}

const ANY_TYPE = ['x', '1', 'true', 'null', 1, true, false, null, [], {}, { b: 'x' }]

describe('literals', () => {
  test('never match a value of another type', () => {
    assert.deepEqual(met('1', ANY_TYPE), ['1'])
    assert.deepEqual(met(1, ANY_TYPE), [1])
    assert.deepEqual(met(true, ANY_TYPE), [true])
    assert.deepEqual(met(null, ANY_TYPE), [null])
  })

  test('compare numbers by value, and those beyond comparison by spelling', () => {
    for (const text of ['1', '1.0', '1e0', '10E-1', '0.1e1']) {
      assert.ok(matches('{"a": [1.00]}', `{"a": ${text}}`), text)
    }
    assert.ok(matches('{"a": [0]}', '{"a": -0.0}'))
    assert.ok(matches('{"a": [9007199254740993]}', '{"a": 9007199254740993}'))
    assert.ok(!matches('{"a": [9007199254740993]}', '{"a": 9007199254740992}'))
    assert.ok(!matches('{"a": [9007199254740993]}', '{"a": 9007199254740993.0}'))
  })

  test('compare strings by their UTF-8 bytes, escapes decoded', () => {
    assert.ok(matches('{"\\u0061": ["\\u00e9\\n😀"]}', '{"a": "é\\u000a\\ud83d\\ude00"}'))
    assert.ok(matches('{"a": ["\\/\\\\\\""]}', '{"\\u0061": "/\\u005c\\u0022"}'))
    assert.deepEqual(met('é', ['e\u0301', 'é']), ['é'])
  })
})

describe('strings', () => {
  test('by prefix and suffix', () => {
    assert.deepEqual(met({ prefix: 'ab' }, ['ab', 'abc', 'a', 'cab', 'AB', 1]), ['ab', 'abc'])
    assert.deepEqual(met({ suffix: 'é' }, ['é', 'caf\u00e9', 'e', '']), ['é', 'café'])
    assert.deepEqual(met({ prefix: '' }, ['', 'x', 1, null]), ['', 'x'])
    const aB = { 'equals-ignore-case': 'aB' }
    assert.deepEqual(met({ prefix: aB }, ['AB', 'abc', 'ba']), ['AB', 'abc'])
    assert.deepEqual(met({ suffix: aB }, ['AB', 'cAb', 'aba']), ['AB', 'cAb'])
  })

  test('with the quotes around them', () => {
    assert.deepEqual(met({ suffix: '"abc' }, ['abc', 'xabc', 'x"abc']), ['abc', 'x"abc'])
    assert.deepEqual(met({ prefix: 'abc"' }, ['abc', 'abcx', 'abc"x']), ['abc', 'abc"x'])
  })

  test('in any letter case, character by character of the pattern', () => {
    const fold = (text: string) => ({ 'equals-ignore-case': text })
    assert.deepEqual(met(fold('straße'), ['STRASSE', 'straße', 'strasse']), ['STRASSE', 'straße'])
    assert.deepEqual(met(fold('ss'), ['SS', 'ß', 'sS']), ['SS', 'sS'])
    assert.deepEqual(met(fold('\u212a'), ['k', '\u212a', 'K']), ['k', '\u212a'])
    assert.deepEqual(met(fold('İ'), ['i\u0307', 'İ', 'i', 'I']), ['i\u0307', 'İ'])
    assert.deepEqual(met(fold('ÉA'), ['éa', 'Éa', 'ea']), ['éa', 'Éa'])
  })

  test('by wildcard', () => {
    const wild = (wildcard: string) => ({ wildcard })
    assert.deepEqual(met(wild('a*b*'), ['ab', 'axbx', 'a', 'ba', 'AB']), ['ab', 'axbx'])
    assert.deepEqual(met(wild('*'), ['', 'x', 1]), ['', 'x'])
    assert.deepEqual(met(wild(''), ['', 'x']), [''])
    assert.deepEqual(met(wild('\\*\\\\*'), ['*\\', '*\\x', 'x\\']), ['*\\', '*\\x'])
    assert.deepEqual(met(wild('*aab'), ['aaab', 'aab', 'aabx']), ['aaab', 'aab'])
  })

  test('exactly, even if they look like addresses', () => {
    assert.deepEqual(met({ exactly: '10.0.0.1' }, ['10.0.0.1', '10.0.0.01']), ['10.0.0.1'])
  })
})

describe('addresses', () => {
  test('by block', () => {
    const block = { cidr: '10.1.2.3/16' }
    assert.deepEqual(met(block, ['10.1.0.0', '10.2.0.0', '10.01.9.9', 'x']), [
      '10.1.0.0',
      '10.01.9.9',
    ])
    const six = { cidr: '2001:DB8::/33' }
    assert.deepEqual(met(six, ['2001:db8::1', '2001:db8:8000::', '::']), ['2001:db8::1'])
  })

  test('by literal, however it is spelt', () => {
    assert.deepEqual(met('::1', ['0:0:0:0:0:0:0:1', '::0001', '::2']), [
      '0:0:0:0:0:0:0:1',
      '::0001',
    ])
    assert.deepEqual(met('10.0.0.1', ['10.0.0.01', '::ffff:a00:1', '10.0.0.2']), [
      '10.0.0.01',
      '::ffff:a00:1',
    ])
    assert.deepEqual(met('999.1.1.1', ['999.1.1.1', '999.1.1.01']), ['999.1.1.1'])
  })
})

describe('numeric', () => {
  test('takes numbers within bounds only', () => {
    const range = { numeric: ['>', 0, '<=', 5] }
    assert.deepEqual(met(range, [0, 0.1, 5, 5.1, '3', null, true]), [0.1, 5])
    assert.deepEqual(met({ numeric: ['=', 5] }, [5, 5.0, 4.9]), [5, 5])
    assert.deepEqual(met({ numeric: ['<', 0] }, [-1e308, 0]), [-1e308])
  })

  test('never takes numbers too precise to compare', () => {
    assert.ok(!matches('{"a": [{"numeric": [">", 0]}]}', '{"a": 9007199254740993}'))
    assert.ok(matches('{"a": [{"anything-but": 5}]}', '{"a": 9007199254740993}'))
  })
})

describe('anything-but and exists', () => {
  test('need the field, and take all other values of whatever type', () => {
    const but = { 'anything-but': ['x', '1'] }
    assert.deepEqual(met(but, ANY_TYPE), ['true', 'null', 1, true, false, null])
    assert.deepEqual(met({ 'anything-but': 1 }, [1, 1.0, '1', 2]), ['1', 2])
    assert.deepEqual(met({ 'anything-but': { suffix: ['x', 'y'] } }, ['ax', 'by', 'z']), ['z'])
    assert.deepEqual(met({ 'anything-but': { 'equals-ignore-case': 'a' } }, ['A', 'b']), ['b'])
    assert.deepEqual(met({ 'anything-but': { wildcard: 'a*' } }, ['ab', 'b']), ['b'])
    assert.ok(!matches({ b: [but] }, { a: 1 }))
  })

  test('exists only in leaves', () => {
    assert.equal(met({ exists: true }, ANY_TYPE).length, 8)
    assert.deepEqual(met({ exists: false }, ANY_TYPE), [[], {}, { b: 'x' }])
    assert.ok(matches({ a: [{ exists: false }, 'x'] }, {}))
    assert.ok(matches({ a: [{ exists: false }, 'x'] }, { a: 'x' }))
    assert.ok(!matches({ a: [{ exists: false }, 'x'] }, { a: 'y' }))
  })
})

describe('events', () => {
  test('have fields by dotted path, with all values of duplicate names', () => {
    assert.ok(matches('{"a": {"b.c": [1]}}', '{"a.b": {"c": 1}}'))
    assert.ok(matches('{"a.b.c": [1]}', '{"a": {"b.c": 1}}'))
    assert.ok(matches('{"a..b": [1]}', '{"a": {"": {"b": 1}}}'))
    assert.ok(matches('{"a": [1]}', '{"a": 1, "a": 2}'))
    assert.ok(!matches('{"a": [1]}', '{"A": 1}'))
  })

  test('match by any value of an array, however deep', () => {
    assert.ok(matches('{"a": {"b": [1]}}', '{"a": [[[{"b": [[1]]}]]]}'))
    assert.ok(matches({ a: [{ 'anything-but': 'x' }] }, { a: ['x', 'y'] }))
  })

  test('must have the values within arrays in the same element', () => {
    const pattern = { i: { a: [1], b: [2] } }
    assert.ok(matches(pattern, { i: [{ a: 1 }, { a: 1, b: 2 }] }))
    assert.ok(!matches(pattern, { i: [{ a: 1 }, { b: 2 }] }))
    assert.ok(matches(pattern, { i: [{ a: 1, b: 0 }], 'i.b': 2 }))
    assert.ok(matches({ a: [1], b: [2] }, { a: [0, 1], b: [2, 0] }))
    const nested = { r: { x: [1], s: { y: [2], z: [3] } } }
    assert.ok(
      matches(nested, {
        r: [
          {
            x: 1,
            s: [
              { y: 2, z: 0 },
              { y: 2, z: 3 },
            ],
          },
        ],
      }),
    )
    assert.ok(
      !matches(nested, {
        r: [
          { x: 1, s: [{ y: 2 }] },
          { x: 1, s: [{ z: 3 }] },
        ],
      }),
    )
  })

  test('lack a field in sight of the fields that sort before it', () => {
    const event = { i: [{ b: 1 }, { a: 1 }] }
    assert.ok(matches({ i: { a: [1], b: [{ exists: false }] } }, event))
    assert.ok(!matches({ i: { a: [{ exists: false }], b: [1] } }, event))
  })

  test('are JSON objects, and nothing behind them counts', () => {
    assert.ok(matches('{"a": [1]}', ' {"a": 1} }'))
    for (const text of [
      '',
      '[]',
      '1',
      '{"a": 1',
      '{"b": [}, "a": 1}',
      '{"a": 1 "b": 2}',
      '{"a": "x',
    ]) {
      assert.throws(() => validateEvent(text), EventError, text)
      assert.throws(() => matches('{"a": [1]}', text), EventError, text)
    }
  })

  test('may come as bytes, or parsed', () => {
    const set = new PatternSet<string>()
    set.add('rule', compilePattern('{"a": ["é"]}'))
    assert.deepEqual(set.match(new TextEncoder().encode('{"a": "é"}')), ['rule'])
    assert.deepEqual(set.matchParsed({ a: 'é' }), ['rule'])
  })
})

describe('$or', () => {
  test('takes any branch, with what was written before and after', () => {
    const pattern = '{"x": [0], "$or": [{"a": [1]}, {"b": {"c": [2]}}], "z": [9]}'
    assert.ok(matches(pattern, { x: 0, a: 1, z: 9 }))
    assert.ok(matches(pattern, { x: 0, b: { c: 2 }, z: 9 }))
    assert.ok(!matches(pattern, { x: 0, z: 9 }))
    assert.ok(!matches(pattern, { x: 0, a: 1 }))
  })

  test('overrides what comes before it, and is overridden by what comes after', () => {
    assert.ok(matches('{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}', { a: 2 }))
    assert.ok(!matches('{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}', { a: 1 }))
    assert.ok(matches('{"$or": [{"a": [2]}, {"b": [3]}], "a": [1]}', { a: 1 }))
  })
})
