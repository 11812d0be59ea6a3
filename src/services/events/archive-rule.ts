/** The managed rule behind an archive, as AWS makes one for itself. */
import { arn } from '../../arn.ts'
import type { Context } from '../../aws/context.ts'
import type { Archive } from './archive-rows.ts'
import { ruleArn } from './names.ts'
import { dropRuleRow, findRule, putRuleRow, type Rule } from './rule-rows.ts'

const PREFIX = 'Events-Archive-'
const MANAGED_BY = 'prod.vhs.events.aws.internal'
const NOT_REPLAYED = '"replay-name":[{"exists":false}]'

export function archiveOfRule({ name, managedBy }: Rule): string | undefined {
  return managedBy === MANAGED_BY ? name.slice(PREFIX.length) : undefined
}

/** Makes or updates the rule. Replayed events are not archived again. */
export function putArchiveRule({ name: archive, bus, pattern }: Archive, ctx: Context): void {
  const { account, region, world } = ctx
  const name = PREFIX + archive
  const rest = pattern?.trimStart().slice(1)
  const rule: Rule = {
    name,
    bus,
    arn: ruleArn(world, bus, name),
    state: 'ENABLED',
    pattern: rest === undefined ? `{${NOT_REPLAYED}}` : `{${NOT_REPLAYED},${rest}`,
    managedBy: MANAGED_BY,
    createdBy: account,
    targets: [{ Id: name, Arn: arn('events', region, '', '') }],
  }
  putRuleRow(rule, ctx)
}

export function dropArchiveRule({ name, bus }: Archive, ctx: Context): void {
  const rule = findRule(bus, PREFIX + name, ctx.tx)
  if (rule) dropRuleRow(rule, ctx)
}
