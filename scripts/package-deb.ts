/**
 * Makes the Debian package: `npm run package:deb`.
 *
 * The package has the same bytes each time it is made from the same commit. SOURCE_DATE_EPOCH sets the time of its
 * files, which is the time of the commit by default.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { productionPackages } from './packaging/production.ts'

const root = join(import.meta.dirname, '..')
const sources = join(root, 'deploy/debian')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  description: string
  engines: { node: string }
}

const NAME = 'ews-gateway'
const LIBRARY = `usr/lib/${NAME}`
const DOCUMENTS = `usr/share/doc/${NAME}`
const CONFFILE = `etc/${NAME}/gateway.yaml`
const SCRIPTS = ['postinst', 'prerm', 'postrm']
const UNIT = `usr/lib/systemd/system/${NAME}`

const { values } = parseArgs({
  options: {
    version: { type: 'string', default: manifest.version },
    /** Folder with a finished build. Without it, the package is made from a new one. */
    dist: { type: 'string' },
    /** Folder for the package. */
    out: { type: 'string', default: join(root, 'dist') },
  },
})

/** For dpkg, 1.0.0-rc.1 is later than 1.0.0, and 1.0.0~rc.1 is earlier. */
const version = values.version.replace('-', '~')
const at = timeOfSources()
const tree = mkdtempSync(join(tmpdir(), 'ews-gateway-deb-'))
try {
  if (values.dist === undefined)
    execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'inherit' })
  addProgram(values.dist ?? join(root, 'dist'))
  addDocuments(values.dist ?? join(root, 'dist'))
  addService()
  addControl()
  settle(tree)
  const file = join(values.out, `${NAME}_${version}_all.deb`)
  mkdirSync(values.out, { recursive: true })
  execFileSync(
    'dpkg-deb',
    ['--root-owner-group', '--threads-max=1', '-Zzstd', '-z9', '--build', tree, file],
    { env: { ...process.env, SOURCE_DATE_EPOCH: `${at}` }, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  process.stdout.write(`${relative(process.cwd(), file)}\n`)
} finally {
  rmSync(tree, { recursive: true, force: true })
}

/** Returns SOURCE_DATE_EPOCH, or the time of the commit. */
function timeOfSources(): number {
  const given = process.env['SOURCE_DATE_EPOCH']
  if (given !== undefined) return Number(given)
  const command = ['log', '-1', '--format=%ct']
  return Number(execFileSync('git', command, { cwd: root, encoding: 'utf8' }))
}

function addProgram(dist: string): void {
  const isOther = (name: string) => /^console-\d+$|[.]deb$|[.]tgz$|^sbom[.]/.test(name)
  for (const name of readdirSync(dist).filter(it => !isOther(it)))
    copy(join(dist, name), `${LIBRARY}/dist/${name}`)
  for (const folder of Object.keys(productionPackages(root))) {
    const from = join(root, folder)
    copy(from, `${LIBRARY}/${folder}`, path => path !== join(from, 'node_modules'))
  }
  copy(join(root, 'package.json'), `${LIBRARY}/package.json`)
  mkdirSync(join(tree, 'usr/bin'), { recursive: true })
  symlinkSync(`../lib/${NAME}/dist/main.js`, join(tree, 'usr/bin', NAME))
}

function addDocuments(dist: string): void {
  const documents = join(root, 'docs')
  for (const name of readdirSync(documents).filter(it => /\.(md|json)$/.test(it)))
    copy(join(documents, name), `${DOCUMENTS}/${name}`)
  for (const folder of ['grafana', 'prometheus'])
    copy(join(root, 'deploy', folder), `${DOCUMENTS}/${folder}`)
  copy(join(root, 'LICENSE'), `${DOCUMENTS}/copyright`)
  const changes = readFileSync(join(root, 'CHANGELOG.md'))
  put(`${DOCUMENTS}/changelog.gz`, gzipSync(changes, { level: 9 }))
  copy(join(dist, 'sbom.cdx.json'), `${DOCUMENTS}/sbom.cdx.json`)
}

/** Adds the configuration, and units for one process and for one of several on the same data port. */
function addService(): void {
  copy(join(sources, 'gateway.yaml'), CONFFILE)
  copy(join(sources, 'sysusers.conf'), `usr/lib/sysusers.d/${NAME}.conf`)
  copy(join(sources, 'tmpfiles.conf'), `usr/lib/tmpfiles.d/${NAME}.conf`)
  const unit = readFileSync(join(sources, `${NAME}.service`), 'utf8')
  put(`${UNIT}.service`, unit)
  const ports = '--listen-control 127.0.0.1:818%i --listen-ops 127.0.0.1:828%i'
  put(
    `${UNIT}@.service`,
    unit
      .replace('Description=EWS gateway', '$&, process %i')
      .replace(/^ExecStart=.*$/m, `$& ${ports}`),
  )
}

function addControl(): void {
  const [, major, minor] = /^\^(\d+)\.(\d+)\./.exec(manifest.engines.node) ?? []
  if (major === undefined) throw new Error('engines.node does not begin with a version')
  put(
    'DEBIAN/control',
    [
      `Package: ${NAME}`,
      `Version: ${version}`,
      'Architecture: all',
      'Maintainer: The maintainers of ews-gateway <root@localhost>',
      'Section: mail',
      'Priority: optional',
      `Installed-Size: ${Math.ceil(sizeOf(tree) / 1_024)}`,
      `Depends: nodejs (>= ${major}.${minor}), systemd | systemd-standalone-sysusers`,
      'Suggests: postgresql, redis-server, prometheus',
      `Description: ${manifest.description}`,
      ' Roles with rules decide as which users an EWS tool can act, and whether it can write.',
      '',
    ].join('\n'),
  )
  put('DEBIAN/conffiles', `/${CONFFILE}\n`)
  for (const script of SCRIPTS) copy(join(sources, script), `DEBIAN/${script}`)
}

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  writeFileSync(join(tree, path), content)
}

function copy(from: string, path: string, filter: (path: string) => boolean = () => true): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  cpSync(from, join(tree, path), { recursive: true, dereference: true, filter })
}

/** Gives all files the same time and one of two modes, because those of a checkout differ. */
function settle(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name)
    if (entry.isDirectory()) settle(inside)
    else if (entry.isFile()) chmodSync(inside, isProgram(inside) ? 0o755 : 0o644)
    lutimesSync(inside, at, at)
  }
  chmodSync(path, 0o755)
  lutimesSync(path, at, at)
}

/** Whether a file of the tree is run: the command line, and the scripts of the package. */
function isProgram(path: string): boolean {
  const name = relative(tree, path)
  return name === `${LIBRARY}/dist/main.js` || SCRIPTS.some(script => name === `DEBIAN/${script}`)
}

function sizeOf(path: string): number {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0)
}
