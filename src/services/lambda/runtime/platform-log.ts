/**
 * The log events that the Lambda service writes itself, in both log formats. Forms recorded on AWS
 * in 2025 and 2026 (docs: "Lambda runtime environment", "Telemetry API event schema reference").
 */
import { createHash } from 'node:crypto'
import { isoMillis } from '../../../clock.ts'
import type { FunctionImage, InitializationType, LogLine, SystemLogLevel } from './types.ts'

const BYTES_PER_MB = 1024 * 1024
const LEVELS: Record<SystemLogLevel, number> = { DEBUG: 0, INFO: 1, WARN: 2 }

export type Status = 'success' | 'error' | 'timeout'

export interface Report {
  requestId: string
  status: Status
  errorType?: string
  durationMs: number
  billedMs: number
  maxMemoryMb: number
  initMs?: number
}

export interface InitReport {
  phase: 'init' | 'invoke'
  status: Status
  errorType?: string
  durationMs: number
}

export type PlatformEventListener = (now: number, type: string, record: object) => void

/** `nodejs:22.v1`, `provided:al2023.v1`: the version that INIT_START names. */
export function runtimeVersion(runtime: string): string {
  const parts = /^([a-z]+)\.?(.*?)(?:\.x)?$/.exec(runtime)
  return `${parts?.[1]}:${parts?.[2]}.v1`
}

/** The same for the same runtime, as CreateFunction's RuntimeVersionConfig must name it. */
export function runtimeVersionArn(region: string, runtime: string): string {
  const hash = createHash('sha256').update(runtimeVersion(runtime)).digest('hex')
  return `arn:aws:lambda:${region}::runtime:${hash}`
}

export interface ExtensionReport {
  name: string
  state: string
  events: readonly string[]
  /** What it reported, when it failed. */
  errorType?: string
}

/** Writes the platform's events for one environment, filtered by its system log level. */
/** An event as text, if text logs hold it, and as a record. */
interface Told {
  text: string | undefined
  record: Record<string, unknown>
}

export class PlatformLog {
  readonly #image: FunctionImage
  readonly #logStreamName: string
  readonly #onEvent: PlatformEventListener
  readonly #initializationType: InitializationType

  /** @param onEvent gets every event, whatever the log shows. */
  constructor(
    image: FunctionImage,
    logStreamName: string,
    onEvent: PlatformEventListener = () => {},
    initializationType: InitializationType = 'on-demand',
  ) {
    this.#image = image
    this.#logStreamName = logStreamName
    this.#onEvent = onEvent
    this.#initializationType = initializationType
  }

  initStart(now: number): LogLine[] {
    const { region, runtime, functionName, functionVersion, memoryMb } = this.#image
    const version = runtimeVersion(runtime)
    const arn = runtimeVersionArn(region, runtime)
    return this.#event(now, 'INFO', 'platform.initStart', {
      text: `INIT_START Runtime Version: ${version}\tRuntime Version ARN: ${arn}`,
      record: {
        initializationType: this.#initializationType,
        phase: 'init',
        runtimeVersion: version,
        runtimeVersionArn: arn,
        functionName,
        functionVersion,
        instanceId: this.#logStreamName,
        instanceMaxMemory: memoryMb * BYTES_PER_MB,
      },
    })
  }

  extension(now: number, { name, state, events, errorType }: ExtensionReport): LogLine[] {
    const fields = `Name: ${name}\tState: ${state}\tEvents: [${events.join(', ')}]`
    const failure = errorType === undefined ? '' : `\tError Type: ${errorType}`
    return this.#event(now, 'INFO', 'platform.extension', {
      text: `EXTENSION\t${fields}${failure}`,
      record: { name, state, events, ...(errorType !== undefined && { errorType }) },
    })
  }

  telemetrySubscription(now: number, name: string, types: readonly string[]): LogLine[] {
    const shown = types.map((type) => type.charAt(0).toUpperCase() + type.slice(1))
    const state = 'Subscribed'
    return this.#event(now, 'INFO', 'platform.telemetrySubscription', {
      text: `TELEMETRY\tName: ${name}\tState: ${state}\tTypes: [${shown.join(', ')}]`,
      record: { name, state, types },
    })
  }

  /** Text logs don't hold it. */
  initRuntimeDone(now: number, { phase, status, errorType }: InitReport): LogLine[] {
    return this.#event(now, status === 'success' ? 'DEBUG' : 'WARN', 'platform.initRuntimeDone', {
      text: undefined,
      record: {
        initializationType: this.#initializationType,
        phase,
        status,
        ...(errorType && { errorType }),
      },
    })
  }

  /** Text logs hold it only for an initialization that failed, or was provisioned. */
  initReport(now: number, report: InitReport): LogLine[] {
    const { phase, status, errorType, durationMs } = report
    const failed = status !== 'success'
    const isProvisioned = phase === 'init' && this.#initializationType !== 'on-demand'
    const fields = `Init Duration: ${durationMs.toFixed(2)} ms\tPhase: ${phase}`
    const text = `INIT_REPORT ${fields}${statusText(status, errorType)}`
    return this.#event(now, failed ? 'WARN' : 'DEBUG', 'platform.initReport', {
      text: failed || isProvisioned ? text : undefined,
      record: {
        initializationType: this.#initializationType,
        phase,
        status,
        ...(errorType && { errorType }),
        metrics: { durationMs: rounded(durationMs) },
      },
    })
  }

  /** Not AWS's: what this machine has instead of what the function asked for. */
  note(now: number, text: string): LogLine[] {
    return this.#lines(now, 'INFO', 'windtunnel.note', { text, record: { message: text } })
  }

  start(now: number, requestId: string): LogLine[] {
    const { functionArn, functionVersion } = this.#image
    return this.#event(now, 'INFO', 'platform.start', {
      text: `START RequestId: ${requestId} Version: ${functionVersion}`,
      record: { requestId, functionArn, version: functionVersion },
    })
  }

  /** Why an invocation has no answer of the function's; only text logs spell it out. */
  failure(now: number, text: string): LogLine[] {
    return this.#image.logFormat === 'Text' ? [{ timestamp: now, message: `${text}\n` }] : []
  }

  end(now: number, report: Report): LogLine[] {
    const { requestId, status, errorType, durationMs } = report
    const level = status === 'success' ? 'DEBUG' : 'WARN'
    return this.#event(now, level, 'platform.runtimeDone', {
      text: `END RequestId: ${requestId}`,
      record: {
        requestId,
        status,
        ...(errorType && { errorType }),
        metrics: { durationMs: rounded(durationMs) },
      },
    })
  }

  report(now: number, report: Report): LogLine[] {
    const { requestId, status, errorType, durationMs, billedMs, maxMemoryMb, initMs } = report
    const { memoryMb } = this.#image
    const fields = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billedMs} ms`,
      `Memory Size: ${memoryMb} MB`,
      `Max Memory Used: ${maxMemoryMb} MB`,
      ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ]
    // A successful report ends with a tab, one with a status does not.
    const ending = status === 'success' ? '\t' : statusText(status, errorType)
    return this.#event(now, status === 'success' ? 'INFO' : 'WARN', 'platform.report', {
      text: fields.join('\t') + ending,
      record: {
        requestId,
        metrics: {
          durationMs: rounded(durationMs),
          billedDurationMs: billedMs,
          memorySizeMB: memoryMb,
          maxMemoryUsedMB: maxMemoryMb,
          ...(initMs !== undefined && { initDurationMs: rounded(initMs) }),
        },
        status,
        ...(errorType && { errorType }),
      },
    })
  }

  #event(now: number, level: SystemLogLevel, type: string, told: Told): LogLine[] {
    this.#onEvent(now, type, told.record)
    return this.#lines(now, level, type, told)
  }

  #lines(now: number, level: SystemLogLevel, type: string, { text, record }: Told): LogLine[] {
    if (this.#image.logFormat === 'Text') {
      return text === undefined ? [] : [{ timestamp: now, message: `${text}\n` }]
    }
    if (LEVELS[level] < LEVELS[this.#image.systemLogLevel ?? 'INFO']) return []
    const message = JSON.stringify({ time: isoMillis(now), type, record })
    return [{ timestamp: now, message }]
  }
}

function statusText(status: Status, errorType: string | undefined): string {
  return `\tStatus: ${status}${errorType ? `\tError Type: ${errorType}` : ''}`
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
