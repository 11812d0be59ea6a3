import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, deny, trustOf } from '../../../test/policies.ts'
import type { Context } from '../../aws/context.ts'
import { serviceExecution } from '../../aws/execution.ts'
import { VirtualClock } from '../../clock.ts'
import { SystemIds } from '../../ids.ts'
import { openStore } from '../../store/sqlite.ts'
import { Trace } from '../../trace/trace.ts'
import { createIam } from './index.ts'
import { rolePort } from './role-port.ts'
import { type Role, roles } from './state.ts'

const ACCOUNT = '111122223333'
const ARN = `arn:aws:iam::${ACCOUNT}:role/service-role/worker`
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`
const SENDER = { roleArn: ARN, service: 'lambda.amazonaws.com', sessionName: 'f' }
const LAMBDA = { Service: 'lambda.amazonaws.com' }

/** Runs `work` as Lambda does, beside a role with this trust policy and these policies. */
function asLambda(trust: string, policies: string[], work: (ctx: Context) => void): void {
  const store = openStore({
    onFailure: (error) => {
      throw error
    },
  })
  const clock = new VirtualClock()
  const ids = new SystemIds()
  const { authority } = createIam({ now: () => clock.now() })
  const platform = {
    store,
    clock,
    ids,
    trace: new Trace(store, ids),
    authority,
    audits: false,
    services: new Map(),
    book: () => {},
    publish: () => {},
    finished: () => {},
  }
  const world = { account: ACCOUNT, region: 'us-east-1' }
  serviceExecution(platform, { service: 'lambda', operation: 'test', world }).transact((ctx) => {
    const role: Role = {
      name: 'worker',
      path: '/service-role/',
      arn: ARN,
      id: 'AROAEXAMPLE',
      createdAt: 0,
      tags: [],
      trust,
      trusted: {},
      maxSessionSeconds: 3600,
      inline: Object.fromEntries(policies.map((document, index) => [`p${index}`, document])),
      attached: [],
    }
    ctx.tx.put(roles, 'worker', role)
    work(ctx)
  })
  store.close()
}

test('a service assumes a role that trusts it, and gets a session of its own', () => {
  asLambda(trustOf(LAMBDA), [], (ctx) => {
    assert.equal(rolePort.assumable(ARN, 'lambda.amazonaws.com', ctx), true)
    assert.equal(rolePort.assumable(ARN, 'events.amazonaws.com', ctx), false)
    assert.equal(rolePort.assumable(`${ARN}2`, 'lambda.amazonaws.com', ctx), false)
    const session = rolePort.assume(SENDER, ctx)
    assert.equal(session?.arn, `arn:aws:sts::${ACCOUNT}:assumed-role/worker/f`)
    assert.equal(session?.userId, 'AROAEXAMPLE:f')
    assert.ok(session && session.expiresAt > ctx.now)
    assert.equal(rolePort.assume({ ...SENDER, service: 'events.amazonaws.com' }, ctx), undefined)
    assert.equal(rolePort.caller(SENDER, ctx)?.arn, session.arn)
  })
})

test('a trust policy can name the resource on whose behalf the service comes', () => {
  const trust = trustOf(LAMBDA, { ArnEquals: { 'aws:SourceArn': FUNCTION } })
  asLambda(trust, [], (ctx) => {
    assert.equal(rolePort.assume(SENDER, ctx), undefined)
    assert.ok(rolePort.assume({ ...SENDER, onBehalfOf: FUNCTION }, ctx))
    assert.equal(rolePort.assume({ ...SENDER, onBehalfOf: `${FUNCTION}2` }, ctx), undefined)
  })
})

test('what the role allows is decided with its reason', () => {
  const ofFunction = { ArnEquals: { 'lambda:SourceFunctionArn': FUNCTION } }
  const policies = [
    allow('sqs:SendMessage', `arn:aws:sqs:*:${ACCOUNT}:queue`),
    deny('sqs:SendMessage', `arn:aws:sqs:*:${ACCOUNT}:secret`),
    allow('ec2:StopInstances', '*', ofFunction),
  ]
  asLambda(trustOf(LAMBDA), policies, (ctx) => {
    const decide = (action: string, resource: string, sender: object = {}) =>
      rolePort.decide({ ...SENDER, ...sender }, action, resource, ctx)
    const queue = `arn:aws:sqs:us-east-1:${ACCOUNT}:`
    const sent = decide('sqs:SendMessage', `${queue}queue`)
    assert.equal(sent.allowed, true)
    assert.match(sent.because, /statement 1 of identity-based policy p0 \(inline of worker\)/)
    assert.match(decide('sqs:SendMessage', `${queue}secret`).denial, /with an explicit deny/)
    const other = decide('sqs:SendMessage', `${queue}other`)
    assert.match(other.denial, /^User: arn:aws:sts::\d+:assumed-role\/worker\/f is not authorized/)
    assert.equal(decide('ec2:StopInstances', '*').allowed, false)
    const keys = { 'lambda:SourceFunctionArn': FUNCTION }
    assert.equal(decide('ec2:StopInstances', '*', { keys }).allowed, true)
    const foreign = decide('sqs:SendMessage', `arn:aws:sqs:us-east-1:999999999999:queue`)
    assert.equal(foreign.allowed, false)
    const untrusted = decide('sqs:SendMessage', `${queue}queue`, { service: 'x.amazonaws.com' })
    assert.equal(untrusted.allowed, false)
    assert.match(untrusted.because, /role trust policy/)
    const none = decide('sqs:SendMessage', `${queue}queue`, { roleArn: `${ARN}2` })
    assert.equal(none.because, `There is no role ${ARN}2.`)
  })
})
