/** An error answer of AWS: what a client's SDK turns into an exception of this name. */

export type Fault = 'Sender' | 'Receiver'

export interface AwsErrorInit {
  /** HTTP status; 400 unless said. */
  status?: number
  /** Members of the error's shape beyond its message (`Reason`, `Type`, …). */
  fields?: Record<string, unknown>
}

export class AwsError extends Error {
  /** As the service writes it: `InvalidInstanceID.NotFound`, `ResourceNotFoundException`. */
  readonly code: string
  readonly status: number
  readonly fields: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, { status = 400, fields = {} }: AwsErrorInit = {}) {
    super(message)
    this.name = code
    this.code = code
    this.status = status
    this.fields = fields
  }

  get fault(): Fault {
    return this.status >= 500 ? 'Receiver' : 'Sender'
  }
}

/** The answer to what AWS has and Windtunnel has not; `what` is an operation, or a use of one. */
export function notImplemented(service: string, what: string): AwsError {
  const text = `Windtunnel does not implement ${service}:${what}.`
  return new AwsError('NotImplemented', text, { status: 501 })
}
