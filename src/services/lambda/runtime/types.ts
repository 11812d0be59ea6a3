/** What the control plane hands to the execution environments, and what it gets back. */
import type { Ids } from '../../../ids.ts'

export type LogFormat = 'Text' | 'JSON'
export type ApplicationLogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL'
export type SystemLogLevel = 'DEBUG' | 'INFO' | 'WARN'

/** One version of a function's code and configuration: everything that an environment needs. */
export interface FunctionImage {
  /** Changes with the code or the configuration; environments are pooled by it. */
  key: string
  functionName: string
  /** `$LATEST` or a number. */
  functionVersion: string
  /** Without a qualifier. */
  functionArn: string
  account: string
  region: string
  /** `nodejs22.x`, `python3.12`, `provided.al2023`, … */
  runtime: string
  handler: string
  /** The extracted code: `/var/task` on AWS. */
  codeDir: string
  /** The extracted layers: `/opt` on AWS. */
  layersDir?: string
  memoryMb: number
  timeoutMs: number
  /**
   * The size of /tmp that the function asked for. A process is not shut in: its own folder is
   * TMPDIR, as large as the disk, and a path that says /tmp is the machine's.
   */
  ephemeralMb: number
  /** The variables that the user set. */
  environment: Readonly<Record<string, string>>
  logGroup: string
  logFormat: LogFormat
  /** Only with `logFormat` JSON; `INFO` unless said. */
  applicationLogLevel?: ApplicationLogLevel
  systemLogLevel?: SystemLogLevel
  /** Where the SDKs inside the function send their requests. */
  endpointUrl: string
}

/** Whether an environment begins with an invocation, or waits for one already initialized. */
export type InitializationType = 'on-demand' | 'provisioned-concurrency'

export interface Invocation {
  requestId: string
  /** The event as JSON text. */
  payload: string
  /** With the qualifier that the caller named, if any. */
  invokedFunctionArn: string
  /** `Root=1-…;Parent=…;Sampled=0` */
  traceId: string
  /** The client context as JSON text. */
  clientContext?: string
  /**
   * Called when the function begins to stream its answer; gets the chunks as they come. The
   * result's payload is then empty, or the error document when the function failed on the way.
   */
  onStream?(contentType: string): (chunk: Buffer) => void
}

/**
 * `error`: the function or its runtime reported one; `exit`: the process ended by itself;
 * `init-error`: it never became ready; `missing-runtime`: this machine has no interpreter for it.
 */
export type Outcome =
  | 'success'
  | 'error'
  | 'timeout'
  | 'exit'
  | 'init-error'
  | 'missing-runtime'
  | 'too-large'

export interface InvocationResult {
  outcome: Outcome
  /** The response, or the error document as AWS words it. */
  payload: string
  functionError?: 'Unhandled'
  coldStart: boolean
  durationMs: number
  billedMs: number
  /** Only when this invocation waited for a new environment. */
  initMs?: number
  maxMemoryMb: number
  /** The last `LOG_TAIL_BYTES` of this invocation's log. */
  logTail: string
  logStreamName: string
}

export interface Provisioned {
  /** How many there are: fewer than asked for when the machine has no room for more. */
  initialized: number
  /** Why there are no more: as AWS calls it, or what this machine lacks. */
  failure?: string
}

export interface LogLine {
  /** Milliseconds of real time: what a function sees as its clock. */
  timestamp: number
  message: string
}

export interface FunctionCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  /** Milliseconds of real time. */
  expiresAt: number
}

/** A function of a Node.js runtime whose processes open Node's debugger. */
export interface Inspection {
  functionName: string
  /** On loopback. Environments beyond the first find it taken, and run without. */
  port: number
}

/** `process`: among the machine's own processes; `sandbox`: shut in (Linux with bubblewrap). */
export type Isolation = 'process' | 'sandbox'

export interface RuntimesOptions {
  ids: Ids
  /** The cloud's time: dates the log streams. */
  now(): number
  /** A session of the execution role; asked once for each environment. */
  credentials(image: FunctionImage): Promise<FunctionCredentials>
  /**
   * Called while the function runs, in order; the request is the one that is served meanwhile. Not
   * after `close()`. Must not throw.
   */
  onLog(image: FunctionImage, logStreamName: string, lines: LogLine[], requestId: string): void
  /** The command to use for a runtime (`python3.12`) or for a whole family (`python`). */
  interpreters?: Readonly<Record<string, string>>
  inspect?: Inspection
  /** `process` unless said. */
  isolation?: Isolation
  /** Sandboxes share the machine's network; without, they reach us only. */
  allowNetwork?: boolean
  initTimeoutMs?: number
  idleTimeoutMs?: number
  /** Environments at a time; more invocations wait in line. By the machine's memory unless said. */
  maxEnvironments?: number
  /** Processes started ahead, one for each interpreter and memory size; 0: none. */
  maxSpares?: number
}

export interface Runtimes {
  /** Runs the invocation on a waiting environment or a new one. Never rejects. */
  invoke(image: FunctionImage, invocation: Invocation): Promise<InvocationResult>
  /**
   * Keeps this many initialized environments for the image, replaced when they end: invocations
   * take them first. Resolves once all are initialized, or when one never will be. Never rejects.
   */
  provision(image: FunctionImage, count: number): Promise<Provisioned>
  /** Starts a process ahead, so that the first invocation of such a function is quick. */
  prepare(image: FunctionImage): void
  /** Invocations that run now in environments of this key. */
  busy(key: string): number
  /** Environments of this key end: the waiting ones now, the others with their invocation. */
  retire(key: string): void
  /** Ends every process and resolves once all are gone. */
  close(): Promise<void>
}
