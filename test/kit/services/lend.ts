/**
 * Lends a test what must be stopped.
 *
 * @module
 */

import type { Test } from 'tap'
// Prints the waits in progress at the runner's timeout.
import '../until.ts'
import { remove, temporaryFolder } from './process.ts'

/** Waits for something that starts, and stops it at the test's end. */
export async function lend<S extends { stop(): Promise<void> }>(
  t: Test,
  starting: Promise<S>,
): Promise<S> {
  const started = await starting
  t.teardown(() => started.stop())
  return started
}

/** Returns a new folder, which is removed at the test's end. Under `npm test`, it is in memory. */
export function lendFolder(t: Test): string {
  const folder = temporaryFolder('test')
  t.teardown(() => remove(folder))
  return folder
}
