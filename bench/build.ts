/**
 * Builds the same as `npm run build`, without the console: the code that the npm package and the image run.
 *
 * @module
 */

import { copyFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from '../scripts/packaging/compile.ts'

const ROOT = join(import.meta.dirname, '..')

/**
 * Builds the sources as they are now, beside the packages that they need.
 *
 * @returns its main.js
 */
export function build(folder: string): string {
  const dist = join(folder, 'dist')
  compile(dist)
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return join(dist, 'main.js')
}
