/** The error documents of invocations that the function did not answer itself (recorded on AWS). */
import { constants } from 'node:os'
import { MAX_RESPONSE_BYTES } from './api.ts'
import type { Ending } from './session.ts'
import type { Exit } from './supervisor.ts'
import type { FunctionImage } from './types.ts'

const MS_PER_SECOND = 1000

export interface Failure {
  errorType: string
  /** What follows `RequestId: … Error: `. */
  reason: string
}

/** Signal names as AWS's supervisor (a Go program) prints them. */
const SIGNAL_TEXTS: Readonly<Record<string, string>> = {
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGHUP: 'hangup',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGPIPE: 'broken pipe',
  SIGQUIT: 'quit',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
  SIGALRM: 'alarm clock',
}

/** Neither /var/task nor /opt holds a `bootstrap`: a code beside those of the system. */
export const NO_BOOTSTRAP = 'NO_BOOTSTRAP'

/** Why execve failed, as Go words it. */
const START_TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOENT: 'no such file or directory',
  ENOEXEC: 'exec format error',
}

export function endingFailure(ending: Ending, image: FunctionImage): Failure {
  if (ending.kind === 'not-started') return entrypointFailure(ending.code, image)
  if (ending.kind === 'out-of-memory') {
    const reason = 'Runtime exited with error: signal: killed'
    return { errorType: 'Runtime.OutOfMemory', reason }
  }
  if (ending.kind === 'extension') return ending
  const { code, signal } = ending.exit
  if (!code && !signal) return runtimeExit('Runtime exited without providing a reason')
  return runtimeExit(`Runtime exited with error: ${exitText(ending.exit)}`)
}

/** As AWS's supervisor says it. */
export function exitText({ code, signal }: Exit): string {
  if (signal) return `signal: ${signalText(signal)}`
  return code ? `exit status ${code}` : 'exit code 0'
}

/** Why a file could not be executed. */
export function startText(file: string, code: string): string {
  return `fork/exec ${file}: ${START_TEXTS[code] ?? code}`
}

export function timeoutFailure(timeoutMs: number): Failure {
  return {
    errorType: 'Sandbox.Timedout',
    reason: `Task timed out after ${(timeoutMs / MS_PER_SECOND).toFixed(2)} seconds`,
  }
}

export const tooLargePayload: string = JSON.stringify({
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage:
    'Response payload size exceeded maximum allowed payload size ' +
    `(${MAX_RESPONSE_BYTES} bytes).`,
})

export function failurePayload(requestId: string, { errorType, reason }: Failure): string {
  return JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${reason}` })
}

function runtimeExit(reason: string): Failure {
  return { errorType: 'Runtime.ExitError', reason }
}

function entrypointFailure(code: string, image: FunctionImage): Failure {
  if (image.environment.AWS_LAMBDA_EXEC_WRAPPER) {
    // The managed runtimes start a wrapper through a shell, which ends with this status.
    return runtimeExit('Runtime exited with error: exit status 127')
  }
  const reason =
    code === NO_BOOTSTRAP
      ? "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
      : startText('/var/task/bootstrap', code)
  return { errorType: 'Runtime.InvalidEntrypoint', reason }
}

function signalText(signal: string): string {
  const numbers: Readonly<Record<string, number>> = constants.signals
  return SIGNAL_TEXTS[signal] ?? `signal ${numbers[signal]}`
}
