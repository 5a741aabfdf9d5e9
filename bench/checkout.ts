/**
 * Opens another checkout of this project for a comparison.
 *
 * A comparison measures with this checkout's code. Building, configuring, and filling the store are the
 * other checkout's job, because layout, configuration keys, and schema belong to its version. These three
 * functions are the contract between checkouts: keep their files, names, arguments, and results.
 *
 * @module
 */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.ts'
import { fill } from './filling.ts'
import { type Setup, writeConfig } from './gateway.ts'
import { UsageError } from './usage.ts'

/** How a checkout's gateway is built and set up. */
export type Checkout = Setup & Readonly<{ folder: string; build: typeof build }>

const ROOT = join(import.meta.dirname, '..')

export const thisCheckout: Checkout = { folder: ROOT, build, writeConfig, fill }

/** Files of the contract, each with the function that it exports. */
const CONTRACT = {
  build: 'bench/build.ts',
  writeConfig: 'bench/gateway.ts',
  fill: 'bench/filling.ts',
} as const satisfies Record<keyof Omit<Checkout, 'folder'>, string>

/** @throws UsageError if the folder is not an installed checkout of this project */
export async function openCheckout(path: string): Promise<Checkout> {
  const folder = resolve(path)
  checkFolder(folder)
  return {
    folder,
    build: await load(folder, 'build'),
    writeConfig: await load(folder, 'writeConfig'),
    fill: await load(folder, 'fill'),
  }
}

function checkFolder(folder: string): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw wrong(`there is no folder ${folder}`, 'Create one with "git worktree add DIR COMMIT".')
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest))
    throw wrong(`${folder} has no package.json`, 'Name the root folder of a checkout.')
  const [name, own] = [nameIn(manifest), nameIn(join(ROOT, 'package.json'))]
  if (name !== own) throw wrong(`${manifest} is not of ${own}`, `Name a checkout of ${own}.`)
  for (const file of Object.values(CONTRACT))
    if (!existsSync(join(folder, file)))
      throw wrong(`${folder} has no ${file}`, 'Name a checkout of a version that has it.')
  if (!existsSync(join(folder, 'node_modules/.bin/tsc')))
    throw wrong(`the packages of ${folder} are not installed`, 'Run "npm ci" in it.')
}

/** @returns undefined if the file isn't JSON with a name */
function nameIn(manifest: string): unknown {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown } | null)?.name
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function load<Name extends keyof typeof CONTRACT>(
  folder: string,
  name: Name,
): Promise<Checkout[Name]> {
  const file = join(folder, CONTRACT[name])
  const { [name]: exported } = (await import(pathToFileURL(file).href)) as Partial<Checkout>
  if (exported !== undefined) return exported
  throw wrong(`${file} exports no ${name}()`, 'Name a checkout of a version that has it.')
}

const wrong = (what: string, remedy: string) => new UsageError(`--against: ${what}. ${remedy}`)
