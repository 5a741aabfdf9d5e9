/**
 * Compiles `src/` and `sandbox/` to JavaScript.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { globSync, readdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Path of an import from `sandbox/` of `src/`, up to `src/`. */
const OF_SOURCES = /(['"](?:\.\.\/)+)src\//g
/** Path of an import from `src/` of `sandbox/`, up to `sandbox/`. */
const OF_SANDBOX = /(['"])\.\.\/((?:\.\.\/)+sandbox\/)/g

/**
 * Compiles the sources.
 *
 * @param dist - folder, which can be absent. It gets `main.js` and the folders of `src/`, with `sandbox/` beside them, so
 *   the imports between `src/` and `sandbox/` get other paths than in the checkout
 */
export function compile(dist: string): void {
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  const command = [tsc, '--project', 'tsconfig.build.json', '--outDir', dist]
  execFileSync(process.execPath, command, { cwd: ROOT, stdio: 'inherit' })
  for (const name of globSync('{src,sandbox}/**/*.js', { cwd: dist })) {
    const file = join(dist, name)
    const text = readFileSync(file, 'utf8')
    const moved = text.replace(OF_SOURCES, '$1').replace(OF_SANDBOX, '$1$2')
    if (moved !== text) writeFileSync(file, moved)
  }
  const sources = join(dist, 'src')
  for (const name of readdirSync(sources)) renameSync(join(sources, name), join(dist, name))
  rmdirSync(sources)
}
