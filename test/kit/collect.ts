/**
 * Collects all garbage of a test's process.
 *
 * @module
 */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as NodeJS.GCFunction
setFlagsFromString('--no-expose-gc')

export const collectGarbage = (): void =>
  void collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
