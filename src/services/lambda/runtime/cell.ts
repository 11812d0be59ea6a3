/** Where the processes of an environment run: among those of the machine, or shut in. */
import type { Interpreter } from './interpreters.ts'
import type { ProcessSpec } from './supervisor.ts'
import type { FunctionImage } from './types.ts'

export type CellSpec = Omit<ProcessSpec, 'output'>

/** A network in which there is only what the server puts there. */
export interface CellNetwork {
  /** The address of the Runtime API inside. */
  runtimeApi: string
  apiPort: number
  /** Reached on its own port of 127.0.0.1. */
  endpoint: URL
}

export interface Cell {
  /** Image, interpreter and folder as the function sees them. */
  readonly image: FunctionImage
  readonly interpreter: Interpreter
  readonly tmpDir: string
  /** Undefined: the machine's. */
  readonly network: CellNetwork | undefined
  /** The process as it is started from outside. */
  wrap(spec: CellSpec): CellSpec
}

/** No walls: the function's own folders, and the machine as it is. */
export function openCell(image: FunctionImage, interpreter: Interpreter, tmpDir: string): Cell {
  return { image, interpreter, tmpDir, network: undefined, wrap: (spec) => spec }
}
