/**
 * How often a chain of functions and queues has come through each function, kept in the trace
 * header, which SDKs inside functions pass on: `Root=…;Parent=…;Lineage=a87bd80c:1|68fd508a:5`.
 * Through EventBridge and other services it is not followed.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
import { createHash } from 'node:crypto'
import type { Context } from '../../aws/context.ts'
import type { LambdaFunction } from './functions.ts'
import { recursiveLoopOf } from './side-settings.ts'

/** A function that a chain has started this often is not started again ("about 16 times"). */
export const MAX_PASSES = 16
const HASH_DIGITS = 8

/** Passes by function, which is named by a hash of its ARN. */
export type Lineage = ReadonlyMap<string, number>

/** The trace header's part that has the lineage; undefined when there is none. */
export function lineagePart(traceHeader: string | undefined): string | undefined {
  return /Lineage=[^;]*/.exec(traceHeader ?? '')?.[0]
}

/** The lineage in a trace header, or in its part. */
export function lineageOf(traceHeader: string | undefined): Lineage {
  const text = lineagePart(traceHeader) ?? ''
  const passes = new Map<string, number>()
  for (const [, hash = '', count] of text.matchAll(/([0-9a-f]+):(\d+)/g)) {
    passes.set(hash, Number(count))
  }
  return passes
}

export function passesThrough(lineage: Lineage, functionArn: string): number {
  return lineage.get(hashOf(functionArn)) ?? 0
}

/** Whether the chain has come through the function too often for one that allows no loops. */
export function isLoop(lineage: Lineage, { arn, name }: LambdaFunction, ctx: Context): boolean {
  if (passesThrough(lineage, arn) < MAX_PASSES) return false
  return recursiveLoopOf(name, ctx) === 'Terminate'
}

/** The trace header's part for an invocation of the function that follows from all of these. */
export function nextLineage(lineages: readonly Lineage[], functionArn: string): string {
  const passes = new Map<string, number>()
  for (const [hash, count] of lineages.flatMap((lineage) => [...lineage])) {
    passes.set(hash, Math.max(count, passes.get(hash) ?? 0))
  }
  const own = hashOf(functionArn)
  passes.set(own, (passes.get(own) ?? 0) + 1)
  return `Lineage=${[...passes].map(([hash, count]) => `${hash}:${count}`).join('|')}`
}

function hashOf(functionArn: string): string {
  return createHash('sha256').update(functionArn).digest('hex').slice(0, HASH_DIGITS)
}
