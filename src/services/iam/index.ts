/** AWS Identity and Access Management. */
import type { AccessQuestion, Authority, Verdict } from '../../aws/authority.ts'
import { AwsError } from '../../aws/errors.ts'
import { denialText, describeDecision, evaluate, requestContext } from '../../policy/index.ts'
import type { ServiceModule } from '../module.ts'

export interface Iam extends ServiceModule {
  readonly authority: Authority
}

export function createIam(): Iam {
  return {
    definition: {
      name: 'iam',
      operations: {},
      denied: ({ verdict }) => new AwsError('AccessDenied', verdict.denial(), { status: 403 }),
      notImplemented: (operation) =>
        new AwsError('NotImplemented', `Windtunnel does not implement iam:${operation}.`, {
          status: 501,
        }),
    },
    authority: { credentials: () => undefined, decide },
  }
}

function decide({ caller, action, resource, keys, resourcePolicy }: AccessQuestion): Verdict {
  const request = { principal: caller.principal, action, resource, context: requestContext(keys) }
  const policies = { identity: [], ...(resourcePolicy && { resource: resourcePolicy }) }
  const decision = evaluate(request, policies)
  return {
    decision,
    denial: () => denialText(request, decision),
    because: () => describeDecision(request, policies, decision).join(' '),
  }
}
