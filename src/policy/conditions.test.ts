// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is a policy variable.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileCondition, parseOperator } from './conditions.ts'
import { requestContext } from './context.ts'
import type { ContextValue } from './types.ts'

type Case = [
  operator: string,
  wanted: string | string[],
  actual: ContextValue | undefined,
  holds: boolean,
]

function holds(operator: string, wanted: string | string[], actual: ContextValue | undefined) {
  const values = typeof wanted === 'string' ? [wanted] : wanted
  const context = requestContext({
    'test:Key': actual,
    'aws:username': 'David',
    'aws:PrincipalTag/Path': 'a*b',
    'aws:TagKeys': ['one', 'two'],
  })
  return compileCondition(operator, 'TEST:key', values, true).holds(context)
}

function check(title: string, cases: readonly Case[]) {
  test(`condition operators ${title}`, () => {
    for (const [operator, wanted, actual, expected] of cases) {
      const what = `${operator} ${JSON.stringify(wanted)} of ${JSON.stringify(actual)}`
      assert.equal(holds(operator, wanted, actual), expected, what)
    }
  })
}

const ARN = 'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt'
const RULE = 'arn:aws:events:us-east-2:123456789012:rule'

check('compare strings', [
  ['StringEquals', 'blue', 'blue', true],
  ['StringEquals', 'blue', 'Blue', false],
  ['StringEquals', 'b*', 'blue', false],
  ['StringEquals', ['red', 'blue'], 'blue', true],
  ['StringEquals', [], 'blue', false],
  ['StringNotEquals', [], 'blue', true],
  ['StringNotEquals', ['red', 'blue'], 'blue', false],
  ['StringNotEquals', ['red', 'blue'], 'green', true],
  ['StringEqualsIgnoreCase', 'BLUE', 'blue', true],
  ['StringNotEqualsIgnoreCase', 'BLUE', 'blue', false],
  ['StringLike', 't?.*', 't3.micro', true],
  ['StringLike', 'T?.*', 't3.micro', false],
  ['StringNotLike', 't?.*', 'm5.large', true],
  ['StringLike', 'arn:aws:someservice:*:111122223333:finance/*', ARN, true],
])

check('compare ARNs part by part', [
  ['ArnLike', 'arn:aws:someservice:*:111122223333:finance/*', ARN, false],
  ['ArnLike', `${RULE}/*`, `${RULE}/nightly`, true],
  ['ArnLike', `${RULE}/*`, `${RULE}/bus/nightly`, true],
  ['ArnEquals', `${RULE}/n*`, `${RULE}/nightly`, true],
  ['ArnEquals', 'arn:aws:sns:*:*:topic', 'arn:aws:sns:us-east-1:123456789012:Topic', false],
  ['ArnLike', 'arn:aws:lambda:*:*:function:*', 'arn:aws:lambda:r:1:function:name:alias', true],
  ['ArnLike', '*', 'arn:aws:sns:us-east-1:123456789012:topic', true],
  ['ArnLike', '*', 'no-arn', false],
  ['ArnNotLike', `${RULE}/*`, 'arn:aws:events:us-east-2:123456789012:event-bus/x', true],
  ['ArnNotEquals', `${RULE}/*`, `${RULE}/nightly`, false],
])

check('compare numbers', [
  ['NumericEquals', '10', '10.0', true],
  ['NumericNotEquals', '10', '11', true],
  ['NumericLessThan', '10', '9.5', true],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericLessThanEquals', '10', '11', false],
  ['NumericGreaterThan', '-1', '0', true],
  ['NumericGreaterThanEquals', '10', '9', false],
  ['NumericEquals', 'ten', 'ten', false],
  ['NumericNotEquals', '10', 'ten', true],
  ['NumericLessThan', '10', '', false],
])

check('compare dates, as ISO 8601 or epoch', [
  ['DateGreaterThan', '2020-01-01T00:00:01Z', '2020-01-01T00:00:02Z', true],
  ['DateGreaterThan', '2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', false],
  ['DateGreaterThanEquals', '2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', true],
  ['DateLessThan', '2020-07-01T00:00:00Z', '1593561599', true],
  ['DateLessThan', '1593561600', '2020-07-01T00:00:00.000Z', false],
  ['DateLessThanEquals', '1593561600', '2020-07-01T00:00:00Z', true],
  ['DateEquals', '2020-07-01', '2020-07-01T00:00:00Z', true],
  ['DateEquals', '2020-07-01T02:00:00+02:00', '2020-07-01T00:00:00Z', true],
  ['DateEquals', '2020-06-30T19:30:00-0430', '2020-07-01T00:00:00Z', true],
  ['DateEquals', '2020-02-29T12:34:56.5Z', '2020-02-29T12:34:56.500Z', true],
  ['DateNotEquals', '2020-07-01', '2020-07-02', true],
  ['DateLessThan', '2020-07-01', 'yesterday', false],
])

check('compare booleans, bytes and addresses', [
  ['Bool', 'true', 'true', true],
  ['Bool', 'True', 'true', true],
  ['Bool', 'false', 'true', false],
  ['Bool', 'yes', 'yes', false],
  ['BinaryEquals', 'QmluYXJ5VmFsdWVJbkJhc2U2NA==', 'QmluYXJ5VmFsdWVJbkJhc2U2NA', true],
  ['BinaryEquals', 'QmluYXJ5', 'Qmluyxj5', false],
  ['IpAddress', '203.0.113.0/24', '203.0.113.77', true],
  ['IpAddress', '203.0.113.0/24', '203.0.114.1', false],
  ['IpAddress', ['203.0.113.0/24', '2001:DB8:1234:5678::/64'], '2001:db8:1234:5678::1', true],
  ['IpAddress', '203.0.113.7', '203.0.113.7', true],
  ['IpAddress', '203.0.113.7', '::ffff:203.0.113.7', true],
  ['IpAddress', '0.0.0.0/0', '::1', false],
  ['IpAddress', '203.0.113.0/33', '203.0.113.1', false],
  ['IpAddress', 'anywhere', '10', false],
  ['NotIpAddress', '203.0.113.0/24', '198.51.100.1', true],
  ['NotIpAddress', '203.0.113.0/24', 'AWS Internal', true],
])

check('treat an absent key as AWS does', [
  ['StringEquals', 'blue', undefined, false],
  ['StringNotEquals', 'blue', undefined, true],
  ['ArnNotLike', `${RULE}/*`, undefined, true],
  ['NotIpAddress', '203.0.113.0/24', undefined, true],
  ['NumericLessThan', '10', undefined, false],
  ['StringEqualsIfExists', 'blue', undefined, true],
  ['StringEqualsIfExists', 'blue', 'red', false],
  ['StringNotEqualsIfExists', 'blue', undefined, true],
  ['StringNotEqualsIfExists', 'blue', 'blue', false],
  ['BoolIfExists', 'false', undefined, true],
  ['Null', 'true', undefined, true],
  ['Null', 'true', [], true],
  ['Null', 'true', 'blue', false],
  ['Null', 'false', 'blue', true],
  ['Null', 'false', undefined, false],
  ['Null', ['true', 'false'], 'blue', true],
])

check('take several values by the set operators', [
  ['ForAllValues:StringEquals', ['ID', 'Message', 'Tags'], ['Message', 'Tags', 'ID'], true],
  ['ForAllValues:StringEquals', ['ID', 'Message', 'Tags'], ['ID', 'UserName'], false],
  ['ForAllValues:StringEquals', ['ID'], undefined, true],
  ['ForAllValues:StringEquals', ['ID'], [], true],
  ['ForAllValues:StringEquals', ['ID'], '', true],
  ['ForAllValues:StringNotEquals', ['ID'], ['Message', 'Tags'], true],
  ['ForAllValues:StringNotEquals', ['ID'], ['Message', 'ID'], false],
  ['ForAllValues:StringLike', ['team*'], ['team1', 'team2'], true],
  ['ForAnyValue:StringEquals', ['ID', 'PostDateTime'], ['PostDateTime', 'Message'], true],
  ['ForAnyValue:StringEquals', ['ID', 'PostDateTime'], ['UserName'], false],
  ['ForAnyValue:StringEquals', ['ID'], undefined, false],
  ['ForAnyValue:StringEquals', ['ID'], [], false],
  ['ForAnyValue:StringNotEquals', ['ID'], ['ID', 'Message'], true],
  ['ForAnyValue:StringNotEquals', ['ID'], ['ID'], false],
  ['ForAnyValue:StringNotEquals', ['ID'], undefined, false],
  ['ForAnyValue:StringEqualsIfExists', ['ID'], undefined, true],
  ['StringEquals', 'ID', ['ID', 'Message'], true],
  ['StringNotEquals', 'ID', ['ID', 'Message'], false],
])

check('replace variables in strings, ARNs and booleans only', [
  ['StringEquals', '${aws:username}', 'David', true],
  ['StringEquals', '${AWS:UserName}', 'David', true],
  ['StringLike', 'home/${aws:username}/*', 'home/David/x', true],
  ['StringEqualsIgnoreCase', '${aws:username}', 'DAVID', true],
  ['ArnLike', 'arn:aws:iam::*:user/${aws:username}', 'arn:aws:iam::1:user/David', true],
  ['StringEquals', '${test:none}', '', false],
  ['StringNotEquals', '${test:none}', 'David', true],
  ['StringEquals', "${test:none, 'company-wide'}", 'company-wide', true],
  ['StringEquals', "${aws:username, 'company-wide'}", 'David', true],
  ['StringEquals', "${test:none, ''}", '', true],
  ['StringLike', 'a${*}b', 'a*b', true],
  ['StringLike', 'a${*}b', 'axb', false],
  ['StringLike', 'a${?}${$}', 'a?$', true],
  ['StringEquals', '${*}', '*', true],
  ['StringLike', '${aws:PrincipalTag/Path}', 'a*b', true],
  ['StringLike', '${aws:PrincipalTag/Path}', 'axb', false],
  ['StringEquals', '${aws:TagKeys}', 'one', false],
  ['NumericEquals', '${aws:username}', 'David', false],
  ['StringEquals', '${', '${', true],
  ['StringEquals', '${}', '${}', true],
])

test('condition operators are known by their exact names', () => {
  for (const name of ['x', 'stringEquals', 'ForAnyValue::StringEquals', 'NullIfExists', '']) {
    assert.equal(parseOperator(name), undefined, name)
  }
  assert.deepEqual(parseOperator('ForAllValues:ArnLikeIfExists'), {
    base: 'ArnLike',
    quantifier: 'ForAllValues',
    ifExists: true,
  })
})

test('condition operators take variables literally in Version 2008-10-17', () => {
  const context = requestContext({ 'aws:username': 'David', 'test:key': '${aws:username}' })
  const condition = compileCondition('StringEquals', 'test:key', ['${aws:username}'], false)
  assert.equal(condition.holds(context), true)
})
