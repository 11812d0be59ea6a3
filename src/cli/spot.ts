/** `windtunnel spot interrupt`: AWS takes Spot Instances back. */
import { complain, post } from './request.ts'

interface Options {
  endpoint: string
  rebalance: boolean
  account?: string
  region?: string
}

export async function interruptSpot(
  instanceIds: string[],
  { endpoint, ...options }: Options,
): Promise<void> {
  try {
    await post(endpoint, 'spot/interrupt', { instanceIds, ...options })
    const when = options.rebalance ? 'in two minutes, after a recommendation' : 'now'
    console.log(`The warning comes ${when}; two minutes later the instances are taken.`)
    console.log('(windtunnel trace ID shows it; POST /_windtunnel/clock/advance makes it sooner.)')
  } catch (error) {
    complain(error, endpoint)
  }
}
