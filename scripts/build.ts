/**
 * Makes dist/, which the npm package and the image contain: `npm run build`.
 *
 * A checkout runs its sources as they are; under node_modules Node strips no types.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeConsole } from './console.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const tsc = join(root, 'node_modules/.bin/tsc')

rmSync(dist, { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '--project', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})
chmodSync(join(dist, 'main.js'), 0o755)
await makeConsole()
