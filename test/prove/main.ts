/**
 * `npm run prove`: that no failure makes a gateway allow what was revoked, by making them all.
 *
 *     npm run prove                       three gateways for about four minutes
 *     npm run prove -- --short            for some seconds
 *     npm run prove -- --seed 7           with another chance
 *     npm run prove -- --plant own-life   with a bug, which must be found: fails
 *
 * @module
 */

import { Deployment } from './deployment.ts'
import { prove } from './prove.ts'

const print = (line: string) => {
  process.stdout.write(`${line}\n`)
}

// npm and terminals send a signal twice, and the second one must not end the cleanup.
let isStopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (isStopping) return
    isStopping = true
    void Deployment.stopAll().finally(() => process.exit(1))
  })

process.exitCode = await prove(process.argv.slice(2), print)
