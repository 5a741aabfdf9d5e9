/**
 * Writes the software bill of materials of the production packages, in the form of CycloneDX.
 *
 * npm makes it from package-lock.json. It has no time and no version of npm, and its serial number is a hash of the
 * content, so that everyone gets the same bytes.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { productionPackages } from './production.ts'

export type Component = Readonly<{ type: string; name: string; version: string; purl: string }>

/** Components with their versions, and those of npm with licenses and hashes. */
export type Sbom = Readonly<{
  serialNumber: string
  metadata: Readonly<{ component: Readonly<Record<string, unknown>> }>
  components: readonly Component[]
}>

const MAX_BYTES = 67_108_864

/** Returns the SBOM of the production packages. */
export function makeSbom(root: string): string {
  const { metadata, ...sbom } = JSON.parse(sbomOfNpm(root)) as Sbom
  const component = { ...metadata.component, type: 'application', name: 'ews-gateway' }
  return textOf({ ...sbom, metadata: { component } })
}

/** Returns the text of an SBOM, with a serial number for its content. */
export function textOf({ serialNumber: _, ...content }: Sbom): string {
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
