/** What delivering needs of other services, and of this one. */
import type { ApiCaller, Invoker, LogSink, Queue, Roles } from '../ports.ts'
import type { Matchers } from './matching.ts'

export interface EventsPorts {
  invoker: Invoker
  queue: Queue
  logs: LogSink
  roles: Roles
  api: ApiCaller
}

export interface Parts extends EventsPorts {
  matchers: Matchers
}
