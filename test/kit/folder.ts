/**
 * Temporary folders of gateways that end with their test.
 *
 * @module
 */

import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** Memory that Linux shows as a folder. SQLite waits for the disk at each commit in any other. */
const IN_MEMORY = '/dev/shm'

/** Makes a folder that is removed with the test. */
export function testFolder(t: Test): string {
  const folder = mkdtempSync(
    join(isWritable(IN_MEMORY) ? IN_MEMORY : tmpdir(), 'ews-gateway-test-'),
  )
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
