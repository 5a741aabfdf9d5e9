/**
 * Changes by the command line: a process that writes to the store and announces nothing.
 *
 * @module
 */

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Deployment } from './deployment.ts'
import type { Client, Grant } from './grants.ts'
import { type Handover, ownerCsv } from './people.ts'

const run = promisify(execFile)
const MAIN = join(import.meta.dirname, '../../src/main.ts')

/** Runs `ews-gateway` on the store of a deployment. @throws Error if it fails */
export async function runCommand(
  { commandConfig, folder }: Deployment,
  ...args: readonly string[]
) {
  const command = [MAIN, ...args, '--config', commandConfig]
  const { NODE_COMPILE_CACHE } = process.env
  const env = NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: resolve(NODE_COMPILE_CACHE) } : {}
  await run(process.execPath, command, { cwd: folder, env })
}

/** Moves an address away from its owner and back. */
export function addressImported(
  deployment: Deployment,
  { authorization }: Client,
  moved: Handover,
): Grant {
  const importing = (has: boolean) => async () => {
    const file = join(deployment.folder, `users-${has}.csv`)
    writeFileSync(file, ownerCsv(moved, has))
    await runCommand(deployment, 'users', 'import', file, '--organization', 'example')
    return { version: await deployment.version() }
  }
  return {
    name: 'command-line',
    target: { permission: 'command-line', authorization, whom: moved.address },
    revoke: importing(false),
    grant: importing(true),
  }
}
