/**
 * Loaded into a process before its own code: writes the URL of each module into the file that LOADED_MODULES names,
 * and at the end those that Node.js loaded of its own.
 *
 * @module
 */

import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const { LOADED_MODULES = '' } = process.env

registerHooks({
  load: (url, context, next) => {
    appendFileSync(LOADED_MODULES, `${url}\n`)
    return next(url, context)
  },
})

process.on('exit', () => {
  const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] }
  appendFileSync(LOADED_MODULES, `${moduleLoadList.join('\n')}\n`)
})
