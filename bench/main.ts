/**
 * `npm run bench`: what the gateway costs, beside others, on this machine.
 *
 *     npm run bench                   everything, in a quarter of an hour; writes bench/results.md
 *     npm run bench -- --short        some seconds: whether all is recorded, and a first look
 *     npm run bench -- --part micro   one part
 *     npm run bench -- --against DIR  this checkout compared with the one in DIR
 *
 * @module
 */

import { against } from './against.ts'
import { bench } from './bench.ts'
import { readOptions, UsageError } from './usage.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

async function run(args: readonly string[]): Promise<number> {
  const { against: folder, ...options } = readOptions(args)
  if (folder === undefined) return await bench(options, print)
  await against(folder, options, print)
  return 0
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
