/** Delivery into archives: the target of the rule that EventBridge makes for each of them. */
import { addEvent, findArchive } from '../archive-rows.ts'
import { archiveOfRule } from '../archive-rule.ts'
import { failure, type Result, type Shipment } from './result.ts'

export function archiveEvent({ rule, event, ctx }: Shipment): Result {
  const name = archiveOfRule(rule)
  const archive = name === undefined ? undefined : findArchive(name, ctx.tx)
  if (!archive) return failure('NO_RESOURCE', `Rule ${rule.name} belongs to no archive.`)
  addEvent(archive, event, ctx)
  return { accepted: true, because: `Archive ${archive.name} took it.` }
}
