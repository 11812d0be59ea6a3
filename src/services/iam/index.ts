/** AWS Identity and Access Management: who there is, and what they may. */
import type { Authority } from '../../aws/authority.ts'
import { AwsError } from '../../aws/errors.ts'
import type { ServiceModule } from '../module.ts'
import type { Background, Roles, Sessions } from '../ports.ts'
import { createAuthority } from './authority.ts'
import { denied } from './errors.ts'
import { operations } from './operations.ts'
import { rolePort, sessionPort } from './role-port.ts'
import { FORGET_SESSION, forgetSession } from './sessions.ts'

export interface Iam extends ServiceModule {
  readonly authority: Authority
  readonly roles: Roles
  readonly sessions: Sessions
}

export function createIam({ now }: Pick<Background, 'now'>): Iam {
  return {
    definition: {
      name: 'iam',
      operations,
      denied,
      notImplemented: (operation) =>
        new AwsError('NotImplemented', `Windtunnel does not implement iam:${operation}.`, {
          status: 501,
        }),
    },
    agenda: { [FORGET_SESSION]: forgetSession },
    authority: createAuthority(now),
    roles: rolePort,
    sessions: sessionPort,
  }
}
