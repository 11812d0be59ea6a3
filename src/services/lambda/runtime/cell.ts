/** Where the processes of an environment run: among those of the machine, or shut in. */
import { connect, type Socket } from 'node:net'
import type { RuntimeApi } from './api.ts'
import type { Interpreter } from './interpreters.ts'
import type { ProcessSpec } from './supervisor.ts'
import type { FunctionImage } from './types.ts'

export type CellSpec = Omit<ProcessSpec, 'output'>

/** A network in which there is only what the server puts there. */
export interface CellNetwork {
  /** Lets the API be reached from inside; resolves to the value of AWS_LAMBDA_RUNTIME_API. */
  open(api: RuntimeApi): Promise<string>
}

export interface Cell {
  /** Image, interpreter and folder as the function sees them. */
  readonly image: FunctionImage
  readonly interpreter: Interpreter
  readonly tmpDir: string
  /** Undefined: the machine's. */
  readonly network: CellNetwork | undefined
  /** What the user should know of it. */
  readonly note?: string
  /** The process as it is started from outside. */
  wrap(spec: CellSpec): CellSpec
  /** With what listens inside, on loopback. */
  connect(port: number): Promise<Socket>
  /** No process runs in it any more. */
  close(): void
}

/** No walls: the function's own folders, and the machine as it is. */
export function openCell(image: FunctionImage, interpreter: Interpreter, tmpDir: string): Cell {
  return {
    image,
    interpreter,
    tmpDir,
    network: undefined,
    wrap: (spec) => spec,
    connect: connectLocally,
    close: () => {},
  }
}

export async function connectLocally(port: number): Promise<Socket> {
  return connect(port, '127.0.0.1')
}
