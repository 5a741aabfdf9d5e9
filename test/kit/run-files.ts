/**
 * Runs the test files that the environment variable `TEST_FILES` lists (absolute paths, as JSON) in
 * this process, one after the other.
 *
 * @module
 */

import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/**
 * Replaces the module with which tap finds the test that an uncaught error belongs to. The module follows
 * every promise, which takes a fifth of the CPU time. Without it, an uncaught error ends the process.
 */
const NO_DOMAIN = 'data:text/javascript,export class Domain { destroy() {} }'

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'async-hook-domain' ? NO_DOMAIN : specifier, context),
})

const { default: t } = await import('tap')

for (const file of JSON.parse(process.env['TEST_FILES'] ?? '[]') as string[]) {
  const before = t.counts.total
  await import(pathToFileURL(file).href)
  // The root runs its tests in order, so that this one ends after all tests of the file.
  await t.test(file, async () => {
    if (t.counts.total === before) throw new Error('This file has no tests')
  })
}
