import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requestContext } from './context.ts'
import { resourceMatcher, targetOf } from './resources.ts'
import { wildcard } from './wildcard.ts'

const NO_CONTEXT = requestContext({})

function covers(pattern: string, arn: string): boolean {
  return resourceMatcher([pattern], undefined, true)(targetOf(arn), NO_CONTEXT)
}

test('resources are matched over the whole ARN, colons and slashes included', () => {
  const lambda = 'arn:aws:lambda:us-east-1:111122223333:function:f'
  const instance = 'arn:aws:ec2:us-east-1:111122223333:instance/i-1'
  const cases: [pattern: string, arn: string, covered: boolean][] = [
    ['*', '*', true],
    ['*', instance, true],
    ['arn:aws:ec2:*:*:instance/*', instance, true],
    ['arn:aws:ec2:*:*:instance/*', '*', false],
    ['arn:aws:ec2:*:instance/*', instance, false],
    ['arn:aws:ec2:*', instance, true],
    ['arn:aws:ec2', instance, true],
    ['arn:aws:ec2:us-west-2:*:*', instance, false],
    ['arn:aws:ec2:us-east-1:111122223333:Instance/i-1', instance, false],
    ['arn:aws:ec2:*::snapshot/*', 'arn:aws:ec2:us-east-1::snapshot/snap-1', true],
    ['arn:aws:ec2:*::snapshot/*', 'arn:aws:ec2:us-east-1:111122223333:snapshot/snap-1', false],
    ['arn:aws:lambda:*:*:function:f', lambda, true],
    ['arn:aws:lambda:*:*:function:f', `${lambda}:alias`, false],
    ['arn:aws:lambda:*:function:f*', `${lambda}:alias`, true],
    ['arn:aws:lambda:us-east-1:*:f', lambda, true],
  ]
  for (const [pattern, arn, covered] of cases) {
    assert.equal(covers(pattern, arn), covered, `${pattern} ~ ${arn}`)
  }
})

test('comparing field by field is the same as comparing whole', () => {
  const text = (units: string[]) =>
    fc.string({ unit: fc.constantFrom(...units), minLength: 6, maxLength: 14 })
  const pattern = text(['a', ':', ':', '*', '?']).filter((it) => it.split(':').length >= 6)
  const arn = text(['a', ':', ':', 'b'])
  fc.assert(
    fc.property(pattern, arn, (p, a) => {
      assert.equal(covers(p, a), wildcard(p)(a))
    }),
    { numRuns: 5000 },
  )
})
