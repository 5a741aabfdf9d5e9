/**
 * Lists the packages that the gateway needs in production.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

type Locked = Readonly<{ version: string; dev?: true; devOptional?: true }>
type Packages = Readonly<Record<string, Locked>>

/** Returns folders of packages, such as `node_modules/pg`, with what package-lock.json says about them. */
export function productionPackages(root: string): Packages {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Packages
  }
  const needed = Object.entries(lock.packages).filter(
    ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional,
  )
  return Object.fromEntries(needed)
}
