/** Fleets as they are stored. */
import type { CreateFleetRequest, FleetData } from '@aws-sdk/client-ec2'
import type { Answer, Checked } from '../../aws/service.ts'
import { table } from '../../store/store.ts'
import type { RequestIdentity } from './idempotency.ts'

/** The request of a fleet, with its times as milliseconds since the epoch. */
export type FleetInput = Omit<Checked<CreateFleetRequest>, 'ValidFrom' | 'ValidUntil'> & {
  readonly ValidFrom?: number | undefined
  readonly ValidUntil?: number | undefined
}

/** An instance that counts for a fleet. */
export interface Member {
  readonly InstanceId: string
  /** How much of the target capacity it is. */
  readonly weight: number
  readonly lifecycle: 'on-demand' | 'spot'
}

export type Fleet = Answer<Omit<FleetData, 'Tags'>> &
  RequestIdentity & {
    readonly FleetId: string
    readonly FleetState: NonNullable<FleetData['FleetState']>
    /** Of the type instant only. */
    readonly Instances: NonNullable<Answer<FleetData['Instances']>>
    /** Of the other types, which keep their requests to launch again. */
    readonly Members: readonly Member[]
    readonly Request?: FleetInput
  }

export const fleets = table<Fleet>('ec2.fleets', {
  indexes: { clientToken: ({ ClientToken }) => ClientToken },
})
