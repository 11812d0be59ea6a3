/** What a service's folder gives to `cloud.ts`, beside the ports it offers. */
import type { WireRequest, WireResponse } from '../aws/protocols/protocol.ts'
import type { HttpPeer } from '../aws/server.ts'
import type { ServiceDefinition } from '../aws/service.ts'
import type { AgendaHandlers } from './ports.ts'

export interface ServiceModule {
  readonly definition: ServiceDefinition
  /** What it does when the agenda reaches a row of its kinds, by kind: `ec2.transition`. */
  readonly agenda?: AgendaHandlers
  /** Answers requests to what it publishes beside its API; undefined when one is for others. */
  http?(request: WireRequest, peer: HttpPeer): Promise<WireResponse | undefined>
  /** Takes up work that lies in the store: called once the server listens. */
  start?(): void
  /** Forgets what it holds in memory, after the store was emptied. */
  reset?(): Promise<void>
  /** Ends what it runs. */
  close?(): Promise<void>
}
