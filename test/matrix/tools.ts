/**
 * Versions of Node.js and npm, as packages of the registry.
 *
 * @module
 */

import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Run, run } from '../kit/checkout.ts'

/** An installed Node.js and npm. */
export type Tools = Readonly<{
  folder: string
  /** Folder with the commands `node`, `npm`, and `npx`: links into the folder `tools` beside it. */
  bin: string
}>

/** Asserts that a command succeeded. Its output is shown if it did not. */
export function checkRun(t: Test, what: string, { code, out, err }: Run): void {
  t.equal(code, 0, code === 0 ? what : `${what}: ${out}${err}`)
}

/** Installs a Node.js and an npm below an empty folder. */
export async function installTools(
  t: Test,
  place: string,
  { node, npm }: Readonly<{ node: string; npm: string }>,
): Promise<Tools> {
  const [folder, bin] = [join(place, 'tools'), join(place, 'bin')]
  for (const made of [folder, bin]) mkdirSync(made)
  // The package `node` needs a script to install its binary, which is this package.
  const binary = `node-linux-${process.arch}`
  const options = ['--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  const packages = [`${binary}@${node}`, `npm@${npm}`]
  const installed = await run('npm', ['install', ...options, ...packages], { cwd: place })
  checkRun(t, `npm install ${packages.join(' ')}`, installed)
  const modules = '../tools/node_modules'
  symlinkSync(`${modules}/${binary}/bin/node`, join(bin, 'node'))
  for (const name of ['npm', 'npx'])
    symlinkSync(`${modules}/npm/bin/${name}-cli.js`, join(bin, name))
  return { folder, bin }
}
