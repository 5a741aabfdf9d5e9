/**
 * `npm run bench`: what the gateway costs, beside others, on this machine.
 *
 *     npm run bench                 everything, in a quarter of an hour; writes bench/results.md
 *     npm run bench -- --short      some seconds: whether all is recorded, and a first look
 *     npm run bench -- --part micro one part
 *
 * @module
 */

import { parseArgs } from 'node:util'
import { bench } from './bench.ts'

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    part: { type: 'string', multiple: true },
  },
})

process.exitCode = await bench(values, text => process.stdout.write(`${text}\n`))
