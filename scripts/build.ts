/**
 * Makes dist/, which all packages contain: `npm run build`. It has an SBOM of the production packages.
 *
 * A checkout runs its sources as they are; under node_modules Node strips no types.
 *
 * @module
 */

import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeConsole } from './console.ts'
import { compile } from './packaging/compile.ts'
import { makeSbom } from './packaging/sbom.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
compile(dist)
chmodSync(join(dist, 'main.js'), 0o755)
await makeConsole()
writeFileSync(join(dist, 'sbom.cdx.json'), makeSbom(root))
