'use strict'
// Lets a function import the AWS SDK that the Node.js runtimes ship, when it did not bring it.
const Module = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

/** The SDK and what it consists of. */
const SHIPPED = /^@(aws-sdk|smithy|aws-crypto|aws)\//

/** @param folder one that holds it, if there is any; the function's own copy goes first. */
function offerSdk(folder) {
  if (!folder) return
  const from = Module.createRequire(path.join(folder, 'index.js'))
  const parentURL = pathToFileURL(path.join(folder, 'index.js')).href
  if (Module.registerHooks) {
    const resolve = (specifier, context, next) => {
      if (!SHIPPED.test(specifier)) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch (error) {
        if (context.conditions.includes('import')) return next(specifier, { ...context, parentURL })
        const found = tryResolve(from, specifier)
        if (!found) throw error
        return next(found, context)
      }
    }
    Module.registerHooks({ resolve })
    return
  }
  offerSdkBeforeHooks(from, parentURL)
}

function tryResolve(from, specifier) {
  try {
    return from.resolve(specifier)
  } catch {
    return undefined
  }
}

/** Versions without `registerHooks` (before 22.15): one way for require, another for import. */
function offerSdkBeforeHooks(from, parentURL) {
  const resolveFilename = Module._resolveFilename
  Module._resolveFilename = function (request, ...rest) {
    try {
      return resolveFilename.call(this, request, ...rest)
    } catch (error) {
      const found = SHIPPED.test(request) && tryResolve(from, request)
      if (!found) throw error
      return found
    }
  }
  const hook = `export async function resolve(specifier, context, next) {
    try { return await next(specifier, context) } catch (error) {
      if (!${SHIPPED}.test(specifier)) throw error
      return next(specifier, { ...context, parentURL: ${JSON.stringify(parentURL)} })
    }
  }`
  Module.register?.(`data:text/javascript,${encodeURIComponent(hook)}`)
}

module.exports = { offerSdk }
