import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AwsError } from '../../../aws/errors.ts'
import { compileFilterPattern } from './index.ts'

function check(pattern: string, message: string | object, expected: boolean) {
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  assert.equal(compileFilterPattern(pattern)(text), expected, `${pattern} on ${text}`)
}

describe('terms', () => {
  const both = 'ERROR WARN message'
  const error = 'ERROR message'
  const warn = 'WARN message'

  it('match as the syntax page shows', () => {
    for (const message of [both, error]) check('ERROR', message, true)
    check('ERROR', warn, false)
    for (const message of [both, error, warn]) check('?ERROR ?WARN', message, true)
    check('ERROR WARN', both, true)
    check('ERROR WARN', error, false)
    check('ERROR -WARN', error, true)
    check('ERROR -WARN', both, false)
    check('', 'anything', true)
  })

  it('match inside of words and with their case', () => {
    check('ERROR', 'Exiting with ERRORCODE: -1', true)
    check('error', error, false)
  })

  it('are phrases between quotes', () => {
    check('"timed out after"', 'Task timed out after 3.00 seconds', true)
    check('"timed after"', 'Task timed out after 3.00 seconds', false)
    check('"say \\"hi\\""', 'I say "hi"', true)
    check('-"timed out"', 'Task timed out', false)
  })

  it('ignore optional ones beside others', () => {
    check('message ?absent', error, true)
  })

  it('are regular expressions between percent signs', () => {
    check('%[Ee]rror|[Ff]ail%', 'it Failed', true)
    check('%^\\d{3} %', '404 not found', true)
    check('%^\\d{3} %', 'a 404', false)
    check('%took \\d{3,} ms$%', 'it took 1234 ms', true)
    check('%took \\d{3,} ms$%', 'it took 12 ms', false)
    check('%a.?c+[^d]%', 'xxaccce', true)
    check('%1\\.5|2\\.5%', 'v2.5', true)
    check('%1\\.5%', '105', false)
  })

  it('need quotes for other characters', () => {
    for (const [pattern, character] of [
      ['Status:', ':'],
      ['(x', '('],
      ['a "b', '"'],
    ] as const) {
      assert.throws(() => compileFilterPattern(pattern), {
        name: 'InvalidParameterException',
        message: `Invalid character(s) in term '${character}'`,
      })
    }
    for (const pattern of ['%(a+)+%', '%a!%', '%[b%', '%a{2,1}%', '%a{9999}%', '%*a%']) {
      assert.throws(() => compileFilterPattern(pattern), { name: 'InvalidParameterException' })
    }
  })

  it('agree with JavaScript where the syntax is the same', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\.')
    const quantifier = fc.constantFrom('', '', '?', '*', '+', '{2}', '{1,}', '{0,2}')
    const sequence = fc
      .array(fc.tuple(atom, quantifier), { minLength: 1, maxLength: 4 })
      .map((items) => items.flat().join(''))
    const anchored = fc
      .tuple(fc.constantFrom('', '^'), sequence, fc.constantFrom('', '$'))
      .map((parts) => parts.join(''))
    const regex = fc.array(anchored, { minLength: 1, maxLength: 3 }).map((all) => all.join('|'))
    fc.assert(
      fc.property(regex, fc.stringMatching(/^[ab1.]{0,8}$/), (source, message) => {
        check(`%${source}%`, message, new RegExp(source).test(message))
      }),
    )
  })

  it('match long messages in no time', () => {
    check('%a*a*a*a*a*b%', 'a'.repeat(100_000), false)
    check('[a, b]', '[ '.repeat(100_000), false)
    check('[a, b]', '" \\'.repeat(100_000), false)
  })
})

describe('JSON conditions', () => {
  const event = {
    eventType: 'UpdateTrail',
    sourceIPAddress: '111.111.111.111',
    arrayKey: ['value', 'another value'],
    objectList: [
      { name: 'a', id: 1 },
      { name: 'b', id: 2 },
    ],
    SomeObject: null,
    ThisFlag: true,
    latency: 55.5,
    'detail-type': 'EC2 Instance State-change Notification',
  }

  it('match as the syntax page shows', () => {
    check('{ $.eventType = "UpdateTrail" }', event, true)
    check('{ $.sourceIPAddress != 123.123.* }', event, true)
    check('{ $.sourceIPAddress = 111.* }', event, true)
    check('{ $.arrayKey[0] = "value" }', event, true)
    check('{ $.objectList[1].id = 2 }', event, true)
    check('{ $.SomeObject IS NULL }', event, true)
    check('{ $.SomeOtherObject NOT EXISTS }', event, true)
    check('{ $.ThisFlag IS TRUE }', event, true)
    check('{ $.ThisFlag IS FALSE }', event, false)
  })

  it('compare numbers', () => {
    for (const [condition, expected] of [
      ['> 55', true],
      ['>= 55.5', true],
      ['< 5.55e1', false],
      ['<= +55.5', true],
      ['= 55.50', true],
      ['!= 55.5', false],
    ] as const) {
      check(`{ $.latency ${condition} }`, event, expected)
    }
  })

  it('bind && more closely than ||', () => {
    const yes = '$.eventType = UpdateTrail'
    const no = '$.eventType = nonmatch'
    check(`{ ${yes} || ${no} && ${no} }`, event, true)
    check(`{ (${yes} || ${no}) && ${no} }`, event, false)
  })

  it('know wildcards at the ends of values, and in selectors', () => {
    check('{ $.eventType = *Trail }', event, true)
    check('{ $.eventType = "*date*" }', event, true)
    check('{ $.eventType = Up*Trail }', event, false)
    check('{ $.objectList[*].name = b }', event, true)
    check('{ $.detail-type = "EC2 Instance*" }', event, true)
    check('{ $.eventType = %^Update% }', event, true)
  })

  it('hold for no object, and for no event that is not JSON', () => {
    for (const operator of ['=', '!=']) check(`{ $.arrayKey ${operator} 1 }`, event, false)
    check('{ $.absent != 1 }', event, false)
    check('{ $.eventType = UpdateTrail }', 'UpdateTrail', false)
    check('{ $.constructor NOT EXISTS }', event, true)
  })
})

describe('columns', () => {
  const access =
    '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'

  it('match as the syntax page shows', () => {
    const all = 'ip, user, username, timestamp, request'
    check(`[${all}, status_code, bytes]`, access, true)
    check(`[${all}, status_code, bytes > 1000]`, access, true)
    check(`[${all}, status_code = 200, bytes]`, access, false)
    check(`[${all} = *html*, status_code = 4*, bytes]`, access, true)
    check(`[${all}, status_code = 4* && status_code != 403, bytes]`, access, true)
    check('[..., status_code = 404, bytes]', access, true)
    check('[ip, user, ..., status_code = 4*, bytes]', access, true)
    check('[ip = 10.*, ...]', access, false)
    check('[..., request=*.html*, status_code=4*,]', access, true)
    check('[a, b]', access, false)
  })

  it('take alternatives', () => {
    check('[w1=ERROR || w1=WARN, w2]', 'WARN message', true)
    check('[w1=ERROR || w1=WARN, w2]', 'INFO message', false)
    check('[w1=!ERROR&&w1=!WARN, w2]', 'INFO message', true)
  })
})

describe('any text as a pattern', () => {
  it('is compiled or refused', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string().map((text) => `{${text}}`),
      fc.string().map((text) => `[${text}]`),
      fc.stringMatching(/^[{[ $.=a"%&|()!<>,\]}*?-]*$/),
    )
    fc.assert(
      fc.property(texts, fc.string(), (pattern, message) => {
        try {
          compileFilterPattern(pattern)(message)
        } catch (error) {
          assert.ok(error instanceof AwsError, String(error))
        }
      }),
    )
  })
})
