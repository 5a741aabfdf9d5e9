/**
 * Writes the software bill of materials of the production packages, in the form of CycloneDX.
 *
 * npm makes it from package-lock.json. Its time and serial number differ in each run, so they are replaced by values
 * that depend only on the content.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { productionPackages } from './production.ts'

/** Components with their versions, licenses, and hashes. */
export type Sbom = Readonly<{
  serialNumber: string
  metadata: Readonly<{ timestamp: string; component: Readonly<Record<string, unknown>> }>
  components: readonly Readonly<{ name: string; version: string; purl: string }>[]
}>

const MAX_BYTES = 67_108_864

/** @param at - time of the sources, in seconds since the epoch */
export function makeSbom(root: string, at: number): string {
  const { serialNumber: _, ...sbom } = JSON.parse(sbomOfNpm(root)) as Sbom
  const metadata = {
    ...sbom.metadata,
    timestamp: new Date(at * 1_000).toISOString(),
    component: { ...sbom.metadata.component, type: 'application', name: 'ews-gateway' },
  }
  const content = { ...sbom, metadata }
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(content))}`
  return `${JSON.stringify({ ...content, serialNumber }, null, 2)}\n`
}

/**
 * Runs npm on a project with only the production packages. Its `--omit=dev` also leaves out those that a development
 * package needs, too.
 */
function sbomOfNpm(root: string): string {
  const { devDependencies: _, ...manifest } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const packages = { '': manifest, ...productionPackages(root) }
  const lock = { lockfileVersion: 3, requires: true, packages }
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-sbom-'))
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
    const options = ['--sbom-format=cyclonedx', '--package-lock-only']
    return execFileSync('npm', ['sbom', ...options], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: MAX_BYTES,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Returns a UUID of version 8 for a text. */
function uuidOf(text: string): string {
  const hex = hash('sha256', text)
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
