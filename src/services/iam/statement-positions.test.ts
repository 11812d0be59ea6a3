import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statementSpans } from './statement-positions.ts'

test('positions are those recorded from AWS', () => {
  const document =
    '{"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", ' +
    '"Action": "s3:PutObject", "Resource": "*"}}'
  assert.deepEqual(statementSpans(document), [
    { StartPosition: { Line: 1, Column: 41 }, EndPosition: { Line: 1, Column: 113 } },
  ])
})

test('every statement of a list has its place, whatever its strings hold', () => {
  const statements = [{ Sid: 'Statement', a: ['{', { b: '"]}' }] }, { Sid: '\\"' }, {}]
  const document = JSON.stringify({ Id: 'Statement', Statement: statements, Version: '{' }, null, 2)
  const lines = document.split('\n')
  const texts = statementSpans(document).map(({ StartPosition: start, EndPosition: end }) => {
    const [first = '', ...rest] = lines.slice(start.Line - 1, end.Line)
    const last = (rest.pop() ?? first).slice(0, end.Column - 1)
    if (start.Line === end.Line) return first.slice(start.Column - 2, end.Column - 1)
    return [first.slice(start.Column - 2), ...rest, last].join('\n')
  })
  assert.deepEqual(
    texts.map((text) => JSON.parse(text)),
    statements,
  )
})
