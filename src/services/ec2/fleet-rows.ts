/** Fleets as they are stored. */
import type { FleetData } from '@aws-sdk/client-ec2'
import type { Answer } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import type { RequestIdentity } from './idempotency.ts'

export type Fleet = Answer<Omit<FleetData, 'Tags'>> &
  RequestIdentity & {
    readonly FleetId: string
    readonly FleetState: NonNullable<FleetData['FleetState']>
    readonly Instances: NonNullable<Answer<FleetData['Instances']>>
  }

export const fleets = table<Fleet>('ec2.fleets', {
  indexes: { clientToken: ({ ClientToken }) => ClientToken },
})
