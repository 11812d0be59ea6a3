/** What a request says of the Spot market, checked. */
import type {
  InstanceInterruptionBehavior,
  InstanceMarketOptionsRequest,
  SpotInstanceType,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import { AwsError } from '../../../aws/errors.ts'
import { MS_PER_DAY } from '../../../clock.ts'
import {
  invalidCombination,
  invalidParameter,
  invalidValue,
  unsupportedOperation,
} from '../errors.ts'
import { LINUX, spotPriceAt } from './prices.ts'

/** RequestSpotInstances that name no end are valid for so long. */
export const DEFAULT_VALIDITY_MS = 7 * MS_PER_DAY
/** What may be paid when the request does not say: at most the price on demand. */
const UNLIMITED_PRICE = '1000.000000'

export interface MarketOptions {
  readonly Type: SpotInstanceType
  readonly InstanceInterruptionBehavior: InstanceInterruptionBehavior
  readonly SpotPrice: string
  readonly ValidUntil?: number
}

/** The options of RunInstances; undefined for instances on demand. */
export function marketOptions(
  options: InstanceMarketOptionsRequest | undefined,
  ctx: Context,
): MarketOptions | undefined {
  if (!options) return undefined
  const { MarketType = 'spot', SpotOptions = {} } = options
  if (MarketType !== 'spot') {
    throw unsupportedOperation(`Windtunnel does not launch into the market ${MarketType}.`)
  }
  const { MaxPrice, SpotInstanceType, InstanceInterruptionBehavior, ValidUntil } = SpotOptions
  if (ValidUntil && SpotInstanceType !== 'persistent') {
    throw invalidCombination('ValidUntil is only supported for persistent Spot requests.')
  }
  return checkedOptions({
    Type: SpotInstanceType,
    SpotPrice: MaxPrice,
    InstanceInterruptionBehavior,
    ValidUntil: ValidUntil && futureTime(ValidUntil, 'ValidUntil', ctx),
  })
}

/** Members that are not given have their defaults. */
export function checkedOptions({
  Type = 'one-time',
  InstanceInterruptionBehavior: behavior = 'terminate',
  SpotPrice,
  ValidUntil,
}: Partial<MarketOptions>): MarketOptions {
  if (behavior !== 'terminate' && Type !== 'persistent') {
    // UNCERTAIN: that it is refused is documented, the wording is not.
    throw invalidCombination(
      `The interruption behavior ${behavior} is only supported for persistent Spot requests.`,
    )
  }
  return {
    Type,
    InstanceInterruptionBehavior: behavior,
    SpotPrice: SpotPrice === undefined ? UNLIMITED_PRICE : checkedPrice(SpotPrice),
    ...(ValidUntil !== undefined && { ValidUntil }),
  }
}

function checkedPrice(price: string): string {
  const dollars = Number(price)
  if (price.trim() === '' || !(dollars > 0)) throw invalidParameter('price', price)
  return dollars.toFixed(6)
}

export function futureTime(time: Date, name: string, ctx: Context): number {
  const ms = time.getTime()
  if (ms <= ctx.now) throw invalidValue(`The ${name} of a Spot request must be in the future.`)
  return ms
}

/** Throws when the current price is higher than what may be paid. */
export function checkPrice(
  { SpotPrice }: MarketOptions,
  type: string,
  zone: string,
  ctx: Context,
): void {
  const price = spotPriceAt({ type, product: LINUX, zone }, ctx.now)
  if (Number(SpotPrice) >= Number(price)) return
  throw new AwsError(
    'SpotMaxPriceTooLow',
    `Your Spot request price of ${Number(SpotPrice)} is lower than the minimum required Spot ` +
      `request fulfillment price of ${Number(price)}.`,
  )
}
