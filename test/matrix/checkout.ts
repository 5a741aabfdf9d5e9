/**
 * A checkout of its own, with packages that an npm has installed from the lock file.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Test } from 'tap'
import { ROOT, type Run, run } from '../kit/checkout.ts'
import { checkRun, installTools, type Tools } from './tools.ts'

/** Folder for temporary files that no machine keeps in memory. */
const DISK = '/var/tmp'

/** Maximum size of the project without packages. */
const MAX_BYTES = 2 ** 30

export type Checkout = Readonly<{
  folder: string
  tools: Tools
  /** Runs a command with the checkout's Node.js and npm. */
  run: (command: string, env?: Readonly<Record<string, string>>) => Promise<Run>
}>

/**
 * Copies this checkout to a path that has a space and letters that are not ASCII, and installs its packages.
 *
 * @param versions - of Node.js and npm
 */
export async function installCheckout(
  t: Test,
  versions: Readonly<{ node: string; npm: string }>,
): Promise<Checkout> {
  const place = folderOnDisk(t)
  const tools = await installTools(t, place, versions)
  const folder = join(place, 'größe und straße')
  copyProject(folder)
  const PATH = [tools.bin, '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter)
  const checkout: Checkout = {
    folder,
    tools,
    run: (command, env) => run('sh', ['-c', command], { cwd: folder, env: { PATH, ...env } }),
  }
  checkRun(t, 'npm ci', await checkout.run('npm ci'))
  return checkout
}

/** Asserts that README's commands work in a checkout: the demo answers, and tap runs a file. */
export async function checkCommands(t: Test, runIn: Checkout['run']): Promise<void> {
  const demo = await runIn('node_modules/.bin/node test/matrix/try-demo.ts')
  checkRun(t, 'npm run demo', demo)
  const tap = await runIn('npx tap run test/policy/rules.test.ts')
  checkRun(t, 'npx tap run', tap)
  t.match(tap.out, /# \{ total: \d+, pass: \d+ \}/)
}

/** Copies all files that git knows or would add. */
function copyProject(folder: string): void {
  mkdirSync(folder)
  const git = ['-C', ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const input = execFileSync('git', git, { maxBuffer: MAX_BYTES })
  // tar keeps links and modes.
  const archive = execFileSync('tar', ['-C', ROOT, '-c', '--null', '-T', '-'], {
    input,
    maxBuffer: MAX_BYTES,
  })
  execFileSync('tar', ['-C', folder, '-x'], { input: archive })
}

/** Returns a new folder that is not in memory, because a checkout with its packages has a gigabyte. */
export function folderOnDisk(t: Test): string {
  const folder = mkdtempSync(join(DISK, 'ews-gateway-matrix-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
