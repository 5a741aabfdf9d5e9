/**
 * Loaded before tap in every process that runs tests, by `.taprc`: leaves out what tap does for
 * features that are not used here and that costs a third of all CPU time.
 *
 * - tap's record of the files that each process loads, for coverage and `--changed`. It keeps Node.js
 *   from its compile cache, and spreads to every child process.
 * - tap's hook on every promise and callback, which names the test whose callback throws. Without it
 *   such an error ends the file all the same: the test that runs fails as unfinished, its teardowns
 *   run, and the error stands on standard error with its stack.
 *
 * @module
 */

import asyncHooks from 'node:async_hooks'
import module, { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'

module.registerHooks = () => ({ deregister: () => undefined })

asyncHooks.createHook = () => {
  const hook = { enable: () => hook, disable: () => hook }
  return hook
}
syncBuiltinESMExports()

const compileCache = join(import.meta.dirname, '../.tap/compile-cache')
process.env['NODE_COMPILE_CACHE'] = compileCache
module.enableCompileCache(compileCache)

// A child process begins like any other.
delete process.env['NODE_OPTIONS']
