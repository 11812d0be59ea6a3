/** Functions whose execution role Lambda cannot assume: they never run. */
import type { Deployment } from '../deployment.ts'
import { describeDecision, evaluate, requestContext } from '../policy/index.ts'
import type { DeployedFunction, DeployedRole } from '../services/ports.ts'
import type { Finding } from './finding.ts'

const LAMBDA_PRINCIPAL = 'lambda.amazonaws.com'
const ACTION = 'sts:AssumeRole'
const TRUST = {
  Effect: 'Allow',
  Principal: { Service: LAMBDA_PRINCIPAL },
  Action: ACTION,
} as const

export function rolesNotAssumable({ functions, roles }: Deployment): Finding[] {
  return functions.flatMap((each) => {
    const role = roles.find(({ arn }) => arn === each.roleArn)
    if (!role) return [missing(each)]
    const principal = { type: 'service', service: LAMBDA_PRINCIPAL } as const
    const context = requestContext({ 'aws:PrincipalServiceName': LAMBDA_PRINCIPAL })
    const request = { principal, action: ACTION, resource: role.arn, context }
    const policies = { resource: role.trust }
    const decision = evaluate(request, policies)
    if (decision.allowed) return []
    const why = describeDecision(request, policies, decision).join(' ')
    const mend = decision.reason === 'explicitDeny' ? {} : { mend: trusting(role) }
    return [{ ...problem(each), why, ...mend }]
  })
}

function problem({ arn, name, roleArn }: DeployedFunction) {
  return {
    kind: 'role-not-assumable',
    level: 'error',
    subject: arn,
    what: `Function ${name} cannot run: Lambda cannot assume its role ${nameIn(roleArn)}.`,
  } as const
}

function missing(each: DeployedFunction): Finding {
  const { roleArn } = each
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [TRUST] })
  const path = roleArn.slice(roleArn.indexOf('/'), roleArn.lastIndexOf('/') + 1)
  return {
    ...problem(each),
    why: `There is no role ${roleArn}.`,
    mend: [
      ...['aws', 'iam', 'create-role', '--role-name', nameIn(roleArn)],
      ...(path === '/' ? [] : ['--path', path]),
      ...['--assume-role-policy-document', document],
    ],
  }
}

/** The trust policy with a statement for Lambda. */
function trusting({ name, trust }: DeployedRole): string[] {
  const { Version = '2012-10-17', Statement } = trust.document
  const document = JSON.stringify({ Version, Statement: [...Statement, TRUST] })
  const words = ['aws', 'iam', 'update-assume-role-policy', '--role-name', name]
  return [...words, '--policy-document', document]
}

function nameIn(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1)
}
