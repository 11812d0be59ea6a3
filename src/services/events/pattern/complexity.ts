import type { SubRule } from './compile.ts'

export function checkComplexity(_subRules: readonly SubRule[]): void {}
