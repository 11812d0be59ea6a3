/** When AMIs are deprecated, and what keeps them from being deregistered by mistake. */
import type {
  DisableImageDeprecationRequest,
  DisableImageDeprecationResult,
  DisableImageDeregistrationProtectionRequest,
  DisableImageDeregistrationProtectionResult,
  EnableImageDeprecationRequest,
  EnableImageDeprecationResult,
  EnableImageDeregistrationProtectionRequest,
  EnableImageDeregistrationProtectionResult,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Checked } from '../../aws/service.ts'
import { isoMillis, MS_PER_DAY, MS_PER_MINUTE } from '../../clock.ts'
import { invalidParameter, operationNotPermitted } from './errors.ts'
import { type ImageRow, images, ownedImage } from './images.ts'

/** How long protection with a cool-down lasts after it was disabled. */
const COOLDOWN_MS = MS_PER_DAY

/** From the given time on, to the minute, only who asks for deprecated images finds this one. */
export function enableImageDeprecation(
  { ImageId, DeprecateAt }: Checked<EnableImageDeprecationRequest>,
  ctx: Context,
): EnableImageDeprecationResult {
  const image = ownedImage('ec2:EnableImageDeprecation', ImageId, ctx)
  const at = Number(DeprecateAt)
  if (at < ctx.now) {
    throw invalidParameter('DeprecateAt', isoMillis(at), 'The time must be in the future.')
  }
  const minute = Math.round(at / MS_PER_MINUTE) * MS_PER_MINUTE
  ctx.tx.put(images, ImageId, { ...image, DeprecationTime: isoMillis(minute) })
  return { Return: true }
}

export function disableImageDeprecation(
  { ImageId }: Checked<DisableImageDeprecationRequest>,
  ctx: Context,
): DisableImageDeprecationResult {
  const image = ownedImage('ec2:DisableImageDeprecation', ImageId, ctx)
  const { DeprecationTime: _, ...rest } = image
  ctx.tx.put(images, ImageId, rest)
  return { Return: true }
}

/** Keeps an image from being deregistered, with a day's notice when asked so. */
export function enableImageDeregistrationProtection(
  { ImageId, WithCooldown = false }: Checked<EnableImageDeregistrationProtectionRequest>,
  ctx: Context,
): EnableImageDeregistrationProtectionResult {
  const image = ownedImage('ec2:EnableImageDeregistrationProtection', ImageId, ctx)
  const DeregistrationProtection = WithCooldown ? 'enabled-with-cooldown' : 'enabled'
  ctx.tx.put(images, ImageId, { ...image, DeregistrationProtection })
  return { Return: DeregistrationProtection }
}

export function disableImageDeregistrationProtection(
  { ImageId }: Checked<DisableImageDeregistrationProtectionRequest>,
  ctx: Context,
): DisableImageDeregistrationProtectionResult {
  const image = ownedImage('ec2:DisableImageDeregistrationProtection', ImageId, ctx)
  const cools = image.DeregistrationProtection === 'enabled-with-cooldown'
  const ProtectedUntil = cools ? ctx.now + COOLDOWN_MS : undefined
  const DeregistrationProtection = cools ? `disabled-from-${isoMillis(ctx.now)}` : 'disabled'
  ctx.tx.put(images, ImageId, { ...image, DeregistrationProtection, ProtectedUntil })
  return { Return: DeregistrationProtection }
}

/** Throws for an image that is protected from being deregistered. */
export function checkUnprotected(image: ImageRow, ctx: Context): void {
  const { ImageId, DeregistrationProtection = 'disabled', ProtectedUntil = 0 } = image
  if (!DeregistrationProtection.startsWith('enabled') && ctx.now >= ProtectedUntil) return
  // UNCERTAIN: the code is documented, the wording is not.
  throw operationNotPermitted(`The image '${ImageId}' is protected from being deregistered.`)
}
