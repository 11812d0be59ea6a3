/**
 * Node's own modules as the bundles take them. An import would evaluate every export of theirs,
 * among them streams and parsers that load for long, so only what is used is read. The modules
 * that a first answer does not need are not even loaded before a function of theirs is called.
 */
import type { Plugin } from 'esbuild'

const LOADED_WHEN_CALLED = new Set([
  'node:child_process',
  'node:fs/promises',
  'node:timers/promises',
  'node:worker_threads',
  'node:zlib',
])
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

export const builtins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) => ({
      path,
      namespace: kind === 'require-call' ? 'required' : 'imported',
      sideEffects: false,
    }))
    build.onLoad({ filter: /^/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }))
    build.onLoad({ filter: /^/, namespace: 'imported' }, ({ path }) => ({
      contents: exportsOf(path),
    }))
  },
}

function exportsOf(path: string): string {
  const builtin = process.getBuiltinModule(path) as unknown as Record<string, unknown>
  const names = Object.keys(builtin).filter((name) => IDENTIFIER.test(name) && name !== 'default')
  const whenCalled = LOADED_WHEN_CALLED.has(path)
  return [
    `const load = () => process.getBuiltinModule('${path}')`,
    'const read = (name) => load()[name]',
    `const later = (name) => function (...args) {
      return new.target ? new (read(name))(...args) : read(name)(...args)
    }`,
    ...names.map((name, index) => {
      const how = whenCalled && typeof builtin[name] === 'function' ? 'later' : 'read'
      return `const $${index} = /* @__PURE__ */ ${how}('${name}'); export { $${index} as ${name} }`
    }),
    'export default /* @__PURE__ */ load()',
  ].join('\n')
}
