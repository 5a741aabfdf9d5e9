/**
 * Runs `npm run prove`: it causes every failure, and shows that no gateway allows a revoked request.
 *
 *     npm run prove                       three gateways for about four minutes
 *     npm run prove -- --short            a few seconds
 *     npm run prove -- --seed 7           another random sequence
 *     npm run prove -- --plant own-life   with a planted mistake, which must be found: fails
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
