/**
 * Adds the content of the base image to the SBOM of dist/: `node scripts/packaging/image-sbom.ts FILE`.
 *
 * The Dockerfile runs it in a stage whose base is that of the image. So it finds what the image has in addition to the
 * gateway: Debian's packages, Node.js, and the npm packages that the base image installs.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Component, type Sbom, textOf } from './sbom.ts'

const INSTALLED = ['/usr/local/lib/node_modules/**/package.json', '/opt/yarn-*/package.json']
/** A file of an npm package itself. Others only set the type of modules in a folder. */
const OF_PACKAGE = /\/(node_modules\/(@[^/]+\/)?[^/]+|yarn-[^/]+)\/package\.json$/

const [, , file] = process.argv
if (file === undefined) throw new Error('Name the file to write')
const dist = join(import.meta.dirname, '../../dist')
const sbom = JSON.parse(readFileSync(join(dist, 'sbom.cdx.json'), 'utf8')) as Sbom
const base = [...debianPackages(), nodeRuntime(), ...npmPackages()]
const byPurl = new Map([...base, ...sbom.components].map(it => [it.purl, it]))
writeFileSync(file, textOf({ ...sbom, components: [...byPurl.values()] }))

function debianPackages(): readonly Component[] {
  const text = readFileSync('/etc/os-release', 'utf8').replaceAll('"', '')
  const { ID, VERSION_ID } = Object.fromEntries(text.split('\n').map(line => line.split('=')))
  const lines = execFileSync('dpkg-query', ['--show'], { encoding: 'utf8' }).trimEnd().split('\n')
  return lines.map(line => {
    const [, name = '', version = ''] = /^([^\t:]+).*\t(.+)$/.exec(line) ?? []
    const purl = `pkg:deb/${ID}/${name}@${encodeURIComponent(version)}?distro=${ID}-${VERSION_ID}`
    return { type: 'library', name, version, purl }
  })
}

function nodeRuntime(): Component {
  const { node: version } = process.versions
  return { type: 'platform', name: 'node', version, purl: `pkg:generic/node@${version}` }
}

function npmPackages(): readonly Component[] {
  const files = INSTALLED.flatMap(pattern => globSync(pattern)).filter(path =>
    OF_PACKAGE.test(path),
  )
  return files.sort().map(path => {
    const { name, version } = JSON.parse(readFileSync(path, 'utf8'))
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
    return { type: 'library', name, version, purl }
  })
}
