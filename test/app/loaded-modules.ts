/**
 * Loaded into a process before its own code: writes the URL of each module into the file that LOADED_MODULES names.
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
