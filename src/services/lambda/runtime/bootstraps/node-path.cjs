'use strict'
// The runtime's SDK and the modules of layers are in the folders of NODE_PATH. AWS's own build of
// Node.js looks there for what is imported, too, and so do a function's threads and the processes
// that it forks: this script is loaded first in each of them.
const Module = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

/** The name of a package: no path, no URL. */
const BARE = /^[^./#][^:]*$/

/** Modules beside which a package is found that is in one of the folders. */
function besides() {
  const folders = (process.env.NODE_PATH ?? '').split(path.delimiter).filter(Boolean)
  return folders.map((folder) => pathToFileURL(path.join(folder, 'index.js')).href)
}

function resolve(specifier, context, next) {
  try {
    return next(specifier, context)
  } catch (error) {
    if (!context.conditions.includes('import') || !isMissing(error, specifier)) throw error
    for (const parentURL of besides()) {
      try {
        return next(specifier, { ...context, parentURL })
      } catch (another) {
        if (!isMissing(another, specifier)) throw another
      }
    }
    throw error
  }
}

function isMissing({ code }, specifier) {
  return code === 'ERR_MODULE_NOT_FOUND' && BARE.test(specifier)
}

/** Versions without `registerHooks` (before 22.15): in the function's first thread only. */
function searchBeforeHooks() {
  if (Module.registerHooks || !Module.register) return
  const hook = `const all = ${JSON.stringify(besides())}
  export async function resolve(specifier, context, next) {
    try { return await next(specifier, context) } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || !${BARE}.test(specifier)) throw error
      for (const parentURL of all) {
        try { return await next(specifier, { ...context, parentURL }) } catch (another) {
          if (another.code !== 'ERR_MODULE_NOT_FOUND') throw another
        }
      }
      throw error
    }
  }`
  Module.register(`data:text/javascript,${encodeURIComponent(hook)}`)
}

Module.registerHooks?.({ resolve })
module.exports = { searchBeforeHooks }
