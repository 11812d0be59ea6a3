/** Calls every operation of every service as a user who may do nothing, then what it asks for. */
import { IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import type { CallStep, TracedDecision } from '../../src/trace/record.ts'
import type { TestCloud } from '../cloud.ts'
import { user } from '../principals.ts'
import { caller } from './caller.ts'
import { inputOf } from './inputs.ts'
import { world } from './world.ts'

/** A call and how it ended. */
export interface Visit {
  service: string
  operation: string
  /** `CODE: message`; undefined when it succeeded. */
  error: { name: string; message: string } | undefined
  decisions: readonly TracedDecision[]
  /** The error as the trace has it. */
  traced: string | undefined
}

export interface Survey {
  /** Without any policy. */
  refused: Visit[]
  /** With exactly the permissions that were asked for, one after the other. */
  granted: Visit[]
}

export const USER = 'nobody'
/** RunInstances asks for the most: some ten resources and two further actions. */
const MAX_GRANTS = 16
/** What these take away others need. */
const TAKES_AWAY = /^(Delete|Terminate|Release|Deregister|Detach|Disassociate|Remove|Cancel|Stop)/

export async function survey(cloud: TestCloud): Promise<Survey> {
  const things = await world(cloud)
  const iam = cloud.client(IAMClient)
  const call = caller(cloud, await user(cloud, USER))
  let latest: CallStep | undefined
  cloud.trace.subscribe(({ step }) => {
    if (step.kind === 'call') latest = step
  })
  const visit = async ({ service, operation, input }: Operation): Promise<Visit> => {
    const error = await errorOf(call(service, operation, input))
    const step = latest?.operation === operation ? latest : undefined
    const { decisions = [], error: told } = step ?? {}
    return { service, operation, error, decisions, traced: told?.message }
  }
  const operations = [...cloud.services.values()].flatMap((service) =>
    Object.keys(service.operations).map((operation) => ({
      service: service.name,
      operation,
      input: inputOf(service, operation, things),
    })),
  )
  const first: [Operation, Visit][] = []
  for (const each of operations) first.push([each, await visit(each)])
  const ordered = first.toSorted(
    ([a], [b]) => Number(TAKES_AWAY.test(a.operation)) - Number(TAKES_AWAY.test(b.operation)),
  )
  const granted: Visit[] = []
  for (const [each, refusal] of ordered) {
    const permissions: TracedDecision[] = []
    let last = refusal
    for (let count = 0; count < MAX_GRANTS; count++) {
      const missing = last.decisions.find(({ allowed }) => !allowed)
      if (!missing || permissions.some((known) => isSame(known, missing))) break
      permissions.push(missing)
      await grant(iam, permissions)
      last = await visit(each)
    }
    granted.push(last)
  }
  return { refused: first.map(([, refusal]) => refusal), granted }
}

interface Operation {
  service: string
  operation: string
  input: object
}

async function errorOf(call: Promise<unknown>): Promise<Error | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    return error as Error
  }
}

async function grant(iam: IAMClient, permissions: readonly TracedDecision[]): Promise<void> {
  const Statement = permissions.map(({ action, resource }) => ({
    Effect: 'Allow',
    Action: action,
    Resource: resource,
  }))
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  const command = { UserName: USER, PolicyName: 'granted', PolicyDocument }
  await iam.send(new PutUserPolicyCommand(command))
}

function isSame(a: TracedDecision, b: TracedDecision): boolean {
  return a.action === b.action && a.resource === b.resource
}
