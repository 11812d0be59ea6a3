/** Who is asking, and who decides what they may: what the gateway needs of IAM. */
import type { ContextEntry, Decision, Evaluation, Policy, Principal } from '../policy/index.ts'
import type { Tx } from '../store/store.ts'

export interface Caller {
  readonly principal: Principal
  /** The account that the caller belongs to. */
  readonly account: string
  /** As in denials and GetCallerIdentity. */
  readonly arn: string
  /** `AIDA…`, `AROA…:session`, or the account number for its root user. */
  readonly userId: string
  readonly accessKeyId?: string
  /** Condition keys that come with the credentials: `aws:TokenIssueTime`, `aws:PrincipalTag/…`. */
  readonly keys?: Readonly<Record<string, string | readonly string[]>>
}

export interface Credentials {
  readonly secretAccessKey: string
  /** Set for temporary credentials only. */
  readonly sessionToken?: string
  /** Milliseconds since the epoch, on the cloud's clock. */
  readonly expiresAt?: number
  readonly caller: Caller
}

/** Condition keys of a request: values by name, names in any case. */
export type ConditionKeys = Readonly<Record<string, string | readonly string[] | undefined>>

export interface AccessQuestion {
  readonly caller: Caller
  readonly action: string
  /** The ARN, or `*` for actions without resource-level permissions. */
  readonly resource: string
  readonly keys: Readonly<Record<string, ContextEntry>>
  /** The policy attached to the resource, where the service has such. */
  readonly resourcePolicy?: Policy | undefined
}

/** A decision and its reasons; the texts are made when they are asked for. */
export interface Verdict {
  readonly decision: Decision
  /**
   * AWS's sentence: "User: … is not authorized to perform: … on resource: … because …".
   * @param anyResource Says `on resource: *` too, as Lambda does.
   */
  denial(anyResource?: boolean): string
  /** One sentence for the trace: the statement that decided, or what came nearest to allow it. */
  because(): string
  /** All that the decision rested on. */
  evaluation(): Evaluation
}

export interface Authority {
  /** Undefined when the key is unknown, inactive or deleted. */
  credentials(accessKeyId: string, tx: Tx): Credentials | undefined
  decide(question: AccessQuestion, tx: Tx): Verdict
}
