/** Runs operations: makes their context, keeps what they were asked and allowed. */
import type { Tx, World } from '../store/store.ts'
import type { Cause, Step, TracedDecision, TraceRecord } from '../trace/record.ts'
import { letThrough } from './audit.ts'
import type { ConditionKeys, Verdict } from './authority.ts'
import { narrowingKeys, requestKeys } from './condition-keys.ts'
import type { Access, Context, RequestFacts, ServiceEvent, WaitingContext } from './context.ts'
import type { Platform } from './platform.ts'
import type { Refusal, Service } from './service.ts'

/** What a request has been asked and has left behind, over all its transactions. */
export class Execution {
  readonly platform: Platform
  readonly facts: RequestFacts
  readonly service: Service | undefined
  readonly decisions: TracedDecision[] = []
  asked = false
  #held: TraceRecord[] | undefined

  constructor(platform: Platform, facts: RequestFacts, service?: Service) {
    this.platform = platform
    this.facts = facts
    this.service = service
  }

  /** Keeps records back until `release`, so that the request's own record comes before them. */
  hold(): void {
    this.#held = []
  }

  release(): void {
    for (const record of this.#held ?? []) this.platform.trace.add(record)
    this.#held = undefined
  }

  /** Runs one transaction; the records it made become visible when it commits. */
  transact<T>(work: (ctx: Context) => T): T {
    const { store } = this.platform
    return store.transact(this.facts.world, (tx) => this.within(tx, work))
  }

  /** The same inside a transaction that is already open. */
  within<T>(tx: Tx, work: (ctx: Context) => T): T {
    const records: TraceRecord[] = []
    const result = work(new OperationContext(this, tx, records))
    // An async operation would go on after its transaction has ended.
    if (result instanceof Promise) throw new Error('an operation must not be async: use waiting()')
    if (this.#held) this.#held.push(...records)
    else for (const record of records) this.platform.trace.add(record)
    return result
  }

  /** The signal of `client` is asked for by those that wait long. */
  waiting(client: Pick<WaitingContext, 'signal'>): WaitingContext {
    const { clock, ids, store } = this.platform
    return {
      ...this.facts,
      ids,
      get signal() {
        return client.signal
      },
      now: () => clock.now(),
      transact: (work) => this.transact(work),
      durable: () => store.durable(),
      until: (at, until) => clock.until(at, until),
    }
  }
}

/** An execution that no request asked for: the service acts for itself. */
export function serviceExecution(
  platform: Platform,
  { service, operation, world, cause }: ServiceWork,
): Execution {
  const principal = `${service}.amazonaws.com`
  const caller = {
    principal: { type: 'service', service: principal } as const,
    account: world.account,
    arn: principal,
    userId: principal,
  }
  const requestId = platform.ids.uuid()
  const facts = {
    service,
    operation,
    requestId,
    caller,
    world,
    cause: cause ?? platform.trace.name(),
  }
  return new Execution(platform, { ...facts, sourceIp: principal, userAgent: principal })
}

export interface ServiceWork {
  /** `ec2` */
  service: string
  /** What it does, as the trace names it. */
  operation: string
  world: World
  cause?: Cause | undefined
}

class OperationContext implements Context {
  readonly service: string
  readonly operation: string
  readonly requestId: string
  readonly caller: RequestFacts['caller']
  readonly world: World
  readonly cause: Cause
  readonly sourceIp: string
  readonly userAgent: string
  readonly traceHeader: string | undefined
  readonly now: number
  readonly tx: Tx
  readonly #execution: Execution
  readonly #records: TraceRecord[]

  constructor(execution: Execution, tx: Tx, records: TraceRecord[]) {
    const { facts, platform } = execution
    this.service = facts.service
    this.operation = facts.operation
    this.requestId = facts.requestId
    this.caller = facts.caller
    this.cause = facts.cause
    this.sourceIp = facts.sourceIp
    this.userAgent = facts.userAgent
    this.traceHeader = facts.traceHeader
    this.world = tx.world
    this.now = platform.clock.now()
    this.tx = tx
    this.#execution = execution
    this.#records = records
  }

  get account(): string {
    return this.world.account
  }

  get region(): string {
    return this.world.region
  }

  get ids() {
    return this.#execution.platform.ids
  }

  in(world: World): Context {
    return new OperationContext(this.#execution, this.tx.in(world), this.#records)
  }

  get audits(): boolean {
    return this.#execution.platform.audits
  }

  allow(action: string, resources: string | readonly string[], access?: Access): void {
    this.#execution.asked = true
    for (const resource of typeof resources === 'string' ? [resources] : resources) {
      const verdict = this.decide(action, resource, access)
      const allowed = verdict.decision.allowed || this.audits
      this.#execution.decisions.push(this.#traced(verdict, action, resource, access?.keys))
      if (!allowed) throw this.#denied({ verdict, action, resource, keys: access?.keys ?? {} })
    }
  }

  allowAnyone(): void {
    this.#execution.asked = true
  }

  decide(action: string, resource: string, access: Access = {}): Verdict {
    const { caller } = this
    const keys = { ...requestKeys(this, this.now), ...access.keys }
    const { authority } = this.#execution.platform
    const { resourcePolicy } = access
    return authority.decide({ caller, action, resource, keys, resourcePolicy }, this.tx)
  }

  later(afterMs: number, kind: string, payload: unknown, cause: Cause = this.cause): void {
    const { world } = this
    const due = this.now + afterMs
    this.#execution.platform.book(this.tx, { due, kind, world, payload, cause })
  }

  publish(event: ServiceEvent): void {
    this.#execution.platform.publish(event, this)
  }

  record(step: Step, refs: string[], cause: Cause = this.cause): Cause {
    const { trace } = this.#execution.platform
    const record = trace.make({ at: this.now, world: this.world, refs, step, cause })
    this.#records.push(record)
    return { journey: record.journey, record: record.id }
  }

  #traced(
    verdict: Verdict,
    action: string,
    resource: string,
    given: ConditionKeys = {},
  ): TracedDecision {
    const { allowed } = verdict.decision
    const keys = narrowingKeys(given)
    const because = verdict.because()
    const told = { action, resource, allowed, because, ...(keys && { keys }) }
    if (allowed) return told
    const evaluation = verdict.evaluation()
    return this.audits
      ? { ...told, because: letThrough(because), evaluation }
      : { ...told, evaluation }
  }

  #denied(refusal: Omit<Refusal, 'ctx'>): Error {
    const { service } = this.#execution
    if (!service) return new Error(refusal.verdict.denial())
    return service.denied({ ...refusal, ctx: this })
  }
}
