/**
 * Joins the rooms to a cloud: the store, the clock, the services, the gateway. The library's entry:
 *
 *     const cloud = await openCloud({ port: 0, data: undefined })
 *     … point any AWS client at cloud.endpoint with the credentials test / test …
 *     await cloud.advance(3600)
 *     await cloud.close()
 */

import { Agenda, type AgendaRow } from './agenda/agenda.ts'
import { createApiCaller } from './api-caller.ts'
import type { AuthenticationOptions } from './aws/authentication.ts'
import { serviceExecution } from './aws/execution.ts'
import { Gateway } from './aws/gateway.ts'
import type { Platform } from './aws/platform.ts'
import type { WireRequest } from './aws/protocols/protocol.ts'
import { type HttpHandler, type HttpServer, listen } from './aws/server.ts'
import { defineService, type Service } from './aws/service.ts'
import { tooLarge } from './aws/too-large.ts'
import type { EventDocument } from './catalogue/index.ts'
import { type Clock, MS_PER_SECOND, SystemClock } from './clock.ts'
import { type Config, ConfigError, inspectionOf, makeConfig } from './config.ts'
import { type Deployment, deploymentIn } from './deployment.ts'
import { type EmitRequest, emitEvent } from './emit.ts'
import { createEventPatterns } from './event-patterns.ts'
import { type Ids, SystemIds } from './ids.ts'
import { type CloudTrail, createCloudTrail } from './services/cloudtrail/index.ts'
import { createEc2, type Ec2 } from './services/ec2/index.ts'
import { networks } from './services/ec2/networks.ts'
import { createEvents, type Events, explainEvent } from './services/events/index.ts'
import { createIam } from './services/iam/index.ts'
import { createLambda, type Lambda, lackOfSandbox } from './services/lambda/index.ts'
import { createLogs } from './services/logs/index.ts'
import type { ServiceModule } from './services/module.ts'
import type { Background } from './services/ports.ts'
import { createSqs } from './services/sqs/index.ts'
import { createSts } from './services/sts/index.ts'
import { openStore } from './store/sqlite.ts'
import { type Store, type Tx, table, type World } from './store/store.ts'
import type { Explanations } from './trace/format.ts'
import type { TraceRecord } from './trace/record.ts'
import { Trace } from './trace/trace.ts'
import { createWindtunnelApi } from './windtunnel-api.ts'

export { type Config, ConfigError, DEFAULT_CONFIG } from './config.ts'
export { DataFolderError } from './store/store.ts'

/** Rules that are explained for one event: those that came nearest to match it. */
const MAX_EXPLAINED_RULES = 10

export interface Cloud {
  readonly config: Config
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly clock: Clock
  readonly trace: Trace
  readonly agenda: Agenda
  /** What is implemented, by signing name: `ec2`. */
  readonly services: ReadonlyMap<string, Service>
  /** Resolves when nothing is due or running. */
  settle(): Promise<void>
  /** Moves time forward, doing on the way what falls due. */
  advance(seconds: number): Promise<void>
  /** Why rules did not match the events of these records: sentences by the event's id. */
  explain(records: readonly TraceRecord[]): Explanations
  /** The zip of a function's code by its SHA-256 in hexadecimal. */
  code(hash: string): Promise<Buffer | undefined>
  /** All that is deployed in an account and region, the cloud's own unless said. */
  deployment(place?: Partial<World>): Deployment
  /** Puts an event of the catalogue on a default bus; returns its document. */
  emit(request: EmitRequest): Promise<EventDocument>
  /** Begins to take Spot Instances back; throws AwsError when it cannot. */
  interruptSpot(request: SpotInterruption): Promise<void>
  /** Forgets everything. */
  reset(): Promise<void>
  /** Ends cleanly: functions are stopped, the state is on disk. */
  close(): Promise<void>
}

/** Spot Instances of an account and region, the cloud's own unless said. */
export interface SpotInterruption {
  instanceIds: readonly string[]
  /** Whether a rebalance recommendation comes before the warning; it does unless said. */
  rebalance?: boolean
  account?: string
  region?: string
}

/** What embedders may replace: time, and what happens when something of ours breaks. */
export interface Parts {
  clock?: Clock
  ids?: Ids
  /** A defect: work that failed in a way no service documents. Written to stderr unless given. */
  onDefect?: (what: string, error: unknown) => void
  /** The disk refused a commit: the process must end. */
  onFatal?: (error: Error) => void
}

/** Opens a cloud and listens. Throws ConfigError, DataFolderError, or the server's own error. */
export async function openCloud(settings: Partial<Config> = {}, parts: Parts = {}): Promise<Cloud> {
  const config = makeConfig(settings)
  const lack = config.isolation === 'sandbox' ? await lackOfSandbox() : undefined
  if (lack !== undefined) throw new ConfigError(lack)
  const store = openStore({
    ...(config.data !== undefined && { folder: config.data }),
    onFailure: parts.onFatal ?? exitOnFailure,
  })
  const cloud = new JoinedCloud(config, store, parts)
  try {
    await cloud.listen()
    return cloud
  } catch (error) {
    await cloud.close()
    throw error
  }
}

class JoinedCloud implements Cloud {
  readonly config: Config
  readonly clock: Clock
  readonly trace: Trace
  readonly agenda: Agenda
  readonly services: ReadonlyMap<string, Service>
  readonly #store: Store
  readonly #platform: Platform
  readonly #modules: readonly ServiceModule[]
  readonly #authentication: AuthenticationOptions
  readonly #code: Lambda['code']
  readonly #ec2: Ec2
  readonly #onDefect: (what: string, error: unknown) => void
  #server: HttpServer | undefined
  #closed: Promise<void> | undefined

  constructor(config: Config, store: Store, parts: Parts) {
    const { ids = new SystemIds(), onDefect = reportDefect } = parts
    const clock = parts.clock ?? new SystemClock(readOffset(store))
    this.config = config
    this.clock = clock
    this.#store = store
    this.#onDefect = onDefect
    this.trace = new Trace(store, ids)
    const joined = joinServices({
      config,
      background: this.#background(),
      clock,
      ids,
      store,
      folder: store.folder,
      endpoint: () => this.endpoint,
      platform: () => this.#platform,
    })
    const { modules, authentication, events, lambda, ec2, cloudtrail } = joined
    const { authority } = authentication
    this.#modules = modules
    this.#authentication = authentication
    this.#code = lambda.code
    this.#ec2 = ec2
    this.services = new Map(
      modules.map(({ definition }) => [definition.name, defineService(definition)]),
    )
    const handlers = Object.assign({}, ...modules.map(({ agenda }) => agenda))
    this.agenda = new Agenda({
      store,
      clock,
      run: (row, tx) => this.#runRow(handlers[row.kind], row, tx),
      onDefect: (row, error) => onDefect(`work of the kind ${row.kind}`, error),
    })
    this.#platform = {
      store,
      clock,
      ids,
      trace: this.trace,
      authority,
      audits: config.iam === 'audit',
      services: this.services,
      book: (tx, booking) => this.agenda.book(tx, booking),
      publish: (event, ctx) => events.publish(event, ctx),
      finished: (call, ctx) => cloudtrail.record(call, ctx),
    }
  }

  get endpoint(): string {
    const { host, port } = this.#server ?? { host: this.config.host, port: this.config.port }
    const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
  }

  async listen(): Promise<void> {
    const { host, port, region } = this.config
    const onDefect = (error: unknown) => this.#onDefect('a request', error)
    const gateway = new Gateway({
      platform: this.#platform,
      authentication: this.#authentication,
      defaultRegion: region,
      onDefect,
    })
    const { ids } = this.#platform
    const refuse = (request: WireRequest) => tooLarge(request, this.services, ids.uuid())
    this.#server = await listen({ host, port, handle: this.#handler(gateway), refuse, onDefect })
    this.agenda.start()
    for (const module of this.#modules) module.start?.()
  }

  settle(): Promise<void> {
    return this.agenda.settle()
  }

  explain(records: readonly TraceRecord[]): Explanations {
    const told: Record<string, readonly string[]> = {}
    for (const { step, account, region } of records) {
      if (step.kind !== 'event') continue
      const unmatched = this.#store
        .transact({ account, region }, (tx) => explainEvent(step.event, step.bus, tx))
        .filter(({ matched }) => !matched)
      told[step.event.id] = unmatched
        .slice(0, MAX_EXPLAINED_RULES)
        .map(({ rule, explanation }) => `rule ${rule}: ${explanation}`)
    }
    return told
  }

  async advance(seconds: number): Promise<void> {
    await this.agenda.advance(seconds * MS_PER_SECOND)
    if (this.clock instanceof SystemClock) keepOffset(this.#store, this.clock.offsetMs)
    await this.#store.durable()
  }

  code(hash: string): Promise<Buffer | undefined> {
    return this.#code.read(hash)
  }

  deployment(place: Partial<World> = {}): Deployment {
    const { account, region } = this.config
    const { trace, endpoint } = this
    return deploymentIn({ account, region, ...place }, { store: this.#store, trace, endpoint })
  }

  async emit(request: EmitRequest): Promise<EventDocument> {
    const event = await emitEvent(request, this.#platform, this.config)
    await this.#store.durable()
    return event
  }

  async interruptSpot({ instanceIds, rebalance = true, ...where }: SpotInterruption) {
    const { account, region } = { ...this.config, ...where }
    const world = { account, region }
    const work = { service: 'ec2', operation: 'interrupt-spot', world }
    const execution = serviceExecution(this.#platform, work)
    execution.transact((ctx) => this.#ec2.interruptSpot(instanceIds, { rebalance }, ctx))
    await this.#store.durable()
  }

  async reset(): Promise<void> {
    for (const module of this.#modules) await module.close?.()
    this.#store.reset()
    this.trace.clear()
    this.agenda.load()
    for (const module of this.#modules) module.start?.()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#server?.close()
    for (const module of this.#modules) await module.close?.()
    await this.agenda.stop()
    this.#store.close()
  }

  /** What services publish is told by its host or path, before any signature is looked at. */
  #handler(gateway: Gateway): HttpHandler {
    const api = createWindtunnelApi(this, gateway)
    const doors = this.#modules.flatMap(({ http }) => http ?? [])
    return async (request, peer, response) => {
      for (const door of doors) {
        const answer = await door(request, peer)
        if (answer) return answer
      }
      return api(request, peer, response)
    }
  }

  #runRow(handler: ((payload: never, ctx: never) => void) | undefined, row: AgendaRow, tx: Tx) {
    if (!handler) throw new Error(`nothing handles ${row.kind}`)
    const [service = ''] = row.kind.split('.')
    const { world, cause } = row
    const execution = serviceExecution(this.#platform, {
      service,
      operation: row.kind,
      world,
      cause,
    })
    execution.within(tx, (ctx) => handler(row.payload as never, ctx as never))
  }

  #background(): Background {
    return {
      transact: (origin, work) => {
        const execution = serviceExecution(this.#platform, { ...origin, operation: 'background' })
        return execution.transact(work)
      },
      durable: () => this.#store.durable(),
      beforeWrite: (work) => this.#store.beforeWrite(work),
      track: (work) => this.agenda.track(work),
      now: () => this.clock.now(),
    }
  }
}

interface Joined {
  modules: ServiceModule[]
  authentication: AuthenticationOptions
  events: Events
  lambda: Lambda
  ec2: Ec2
  cloudtrail: CloudTrail
}

interface Surroundings {
  config: Config
  background: Background
  clock: Clock
  ids: Ids
  store: Store
  folder: string
  endpoint: () => string
  platform: () => Platform
}

/** Each service takes the ports that it needs; the order is that of their needs. */
function joinServices(surroundings: Surroundings): Joined {
  const { config, background, platform, clock, store } = surroundings
  const { timing, unknownImages, account: defaultAccount, relaxedCredentials: relaxed } = config
  const iam = createIam(background)
  const { roles, sessions, authority } = iam
  const sts = createSts({ sessions })
  const logs = createLogs({ roles })
  const sqs = createSqs({ roles, timing, endpoint: surroundings.endpoint })
  const { queue, source } = sqs
  const api = createApiCaller(roles, platform)
  const authentication = { authority, clock, defaultAccount, relaxed }
  const patterns = createEventPatterns()
  const shared = { roles, logs: logs.sink, queue, source, api, patterns, timing, authentication }
  const { isolation, allowNetwork, inspect } = config
  const walls = {
    isolation,
    allowNetwork,
    ...(inspect !== undefined && { inspect: inspectionOf(inspect) }),
  }
  const lambda = createLambda({ ...surroundings, ...shared, networks, walls })
  const { invoker } = lambda
  const events = createEvents({ invoker, queue, logs: logs.sink, roles, api })
  const ec2 = createEc2({ timing, unknownImages, instanceProfiles: iam.instanceProfiles })
  const cloudtrail = createCloudTrail({ events, store })
  const modules = [iam, sts, logs, sqs, lambda, events, ec2, cloudtrail]
  return { modules, authentication, events, lambda, ec2, cloudtrail }
}

/** How far time was moved ahead, so that a cloud that is opened again goes on from there. */
const clockOffset = table<number>('cloud.clockOffset', { reach: 'global' })
const OFFSET_KEY = 'milliseconds'
const NOWHERE = { account: '', region: '' }

function readOffset(store: Store): number {
  return store.transact(NOWHERE, (tx) => tx.get(clockOffset, OFFSET_KEY)) ?? 0
}

function keepOffset(store: Store, offsetMs: number): void {
  store.transact(NOWHERE, (tx) => tx.put(clockOffset, OFFSET_KEY, offsetMs))
}

function reportDefect(what: string, error: unknown): void {
  console.error(`windtunnel: ${what} failed; this is a defect, please report it:`, error)
}

function exitOnFailure(error: Error): void {
  console.error(`windtunnel: ${error.message}`)
  process.exit(1)
}
