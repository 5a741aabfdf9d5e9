/**
 * Makes the Debian package and installs it in a copy of this machine, which it doesn't change.
 */

import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import type { Sbom } from '../../scripts/packaging/sbom.ts'
import { copyInto, NODE, PACKAGE, ROOT, run, start, temporaryFolder } from './checkout.ts'

const VERSION = PACKAGE.version
const LATER = '999.0.0'
const USER = 'ews-gateway'
const CONFIG = '/etc/ews-gateway/gateway.yaml'
const DATA = '/var/lib/ews-gateway'
const LIBRARY = '/usr/lib/ews-gateway'
const UNITS = ['ews-gateway.service', 'ews-gateway@1.service']
/** Ten times the exposure that systemd reports: 0 to 100. */
const MAX_EXPOSURE = 16
const SOURCES = ['package.json', 'package-lock.json']
const FOLDERS = ['scripts', 'docs', 'deploy', 'LICENSE', 'CHANGELOG.md']
const LISTEN = ['data', 'control', 'ops'].flatMap(name => [`--listen-${name}`, '127.0.0.1:0'])

/** @param dists - two builds that were made in different folders */
export async function tryDebianPackage(t: Test, dists: readonly [string, string]): Promise<void> {
  const file = await makePackage(t, dists)
  const withoutRoot = process.getuid?.() === 0 ? false : 'Only root can install a package'
  await t.test(
    'the Debian package can be installed, upgraded, and removed',
    { skip: withoutRoot },
    async t => {
      const root = copyMachine(t)
      await install(t, root, file)
      await checkUnits(t, root)
      checkSbom(t, root, dists[0])
      await serve(t, root)
      await upgrade(t, root, await makeDeb(ROOT, temporaryFolder(t), dists[0], LATER))
      await remove(t, root)
    },
  )
}

/** Makes the package in two folders, with a build for each. */
async function makePackage(t: Test, [first, second]: readonly [string, string]): Promise<string> {
  const copy = temporaryFolder(t)
  copyInto(copy, [...SOURCES, ...FOLDERS])
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  const one = await makeDeb(copy, copy, first)
  const other = await makeDeb(ROOT, temporaryFolder(t), second)
  t.ok(readFileSync(one).equals(readFileSync(other)), 'two builds have the same bytes')
  return one
}

async function makeDeb(cwd: string, out: string, dist: string, version = VERSION) {
  const options = ['--out', out, '--version', version, '--dist', dist]
  const env = { SOURCE_DATE_EPOCH: '1700000000' }
  const made = await run('npm', ['run', 'package:deb', '--', ...options], { cwd, env })
  if (made.code !== 0) throw new Error(`npm run package:deb failed: ${made.err}`)
  return join(out, `ews-gateway_${version}_all.deb`)
}

/** Mounts this machine's files at a folder. What is written there is gone with the test. */
function copyMachine(t: Test): string {
  const folder = temporaryFolder(t)
  const mount = (...args: string[]) => {
    execFileSync('mount', args)
    t.teardown(() => execFileSync('umount', ['--lazy', args.at(-1) ?? '']))
  }
  mount('-t', 'tmpfs', 'tmpfs', folder)
  const [upper, work, root] = ['upper', 'work', 'root'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const name of [upper, work, root]) mkdirSync(name)
  mount('-t', 'overlay', 'overlay', '-o', `lowerdir=/,upperdir=${upper},workdir=${work}`, root)
  mount('--bind', '/dev', join(root, 'dev'))
  mount('-t', 'proc', 'proc', join(root, 'proc'))
  mkdirSync(join(root, 'opt/node'), { recursive: true })
  mount('--bind', dirname(NODE), join(root, 'opt/node'))
  return root
}

/** Runs a command in the copy of the machine. */
const inside = (root: string, command: readonly string[]) =>
  run('chroot', [root, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command], { cwd: '/' })

/** A command as the user of the gateway. */
const asUser = (...command: readonly string[]) => [
  ...['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups', '--no-new-privs'],
  ...['env', '-i', 'PATH=/opt/node:/usr/bin:/bin', `HOME=${DATA}`, 'ews-gateway', ...command],
]

async function dpkg(t: Test, root: string, ...options: readonly string[]): Promise<string> {
  // This machine's Node.js is no package, or an old one.
  const ended = await inside(root, ['dpkg', '--force-depends', '--force-unsafe-io', ...options])
  t.equal(ended.code, 0, `dpkg ${options.join(' ')}: ${ended.err}`)
  return ended.out
}

async function install(t: Test, root: string, file: string): Promise<void> {
  const out = await dpkg(t, root, '--install', intoRoot(root, file))
  t.match(out, /Edit \/etc\/ews-gateway\/gateway[.]yaml/)
  t.equal((await dpkg(t, root, '--verify', 'ews-gateway')).trim(), '')
  const { out: user } = await inside(root, ['getent', 'passwd', USER])
  t.match(user, new RegExp(`:${DATA}:/usr/sbin/nologin\n$`))
  const [, , uid, gid] = user.split(':').map(Number)
  t.ok(Number(uid) < 1_000, 'it is a system user')
  for (const [path, mode, owner] of [
    [DATA, 0o700, uid],
    [dirname(CONFIG), 0o750, 0],
    [CONFIG, 0o640, 0],
  ] as const) {
    const stats = statSync(join(root, path))
    t.strictSame([stats.mode & 0o777, stats.uid, stats.gid], [mode, owner, gid], path)
  }
}

/** Puts a file where the copy of the machine sees it, whatever it is mounted on. */
function intoRoot(root: string, file: string): string {
  writeFileSync(join(root, 'package.deb'), readFileSync(file))
  return '/package.deb'
}

async function checkUnits(t: Test, root: string): Promise<void> {
  const verified = await run('systemd-analyze', ['verify', `--root=${root}`, ...UNITS], {
    cwd: '/',
  })
  t.same([verified.code, verified.err], [0, ''])
  for (const unit of ['ews-gateway.service', 'ews-gateway@.service']) {
    const file = join(root, 'usr/lib/systemd/system', unit)
    const options = [
      'security',
      '--offline=true',
      `--threshold=${MAX_EXPOSURE}`,
      '--no-pager',
      file,
    ]
    const rated = await run('systemd-analyze', options, { cwd: '/' })
    t.equal(rated.code, 0, `${unit}: ${rated.out.split('\n').at(-2)}`)
  }
}

function checkSbom(t: Test, root: string, dist: string): void {
  const text = readFileSync(join(root, 'usr/share/doc/ews-gateway/sbom.cdx.json'), 'utf8')
  t.equal(text, readFileSync(join(dist, 'sbom.cdx.json'), 'utf8'), 'the SBOM is that of dist/')
  const sbom = JSON.parse(text) as Sbom
  t.match(sbom, { bomFormat: 'CycloneDX', metadata: { component: { version: VERSION } } })
  const folders = globSync(`${root}${LIBRARY}/**/node_modules/{*,@*/*}/package.json`)
  const installed = folders.map(path => {
    const { name, version } = JSON.parse(readFileSync(path, 'utf8'))
    return `${name} ${version}`
  })
  t.ok(installed.length > 30, `${installed.length} packages are installed`)
  t.strictSame(
    sbom.components.map(({ name, version }) => `${name} ${version}`).sort(),
    [...new Set(installed)].sort(),
    'the SBOM lists what is installed',
  )
}

async function serve(t: Test, root: string): Promise<void> {
  t.match(await inside(root, asUser('version')), { code: 0, out: `${VERSION}\n` })
  const check = () => inside(root, asUser('check-config', '--config', CONFIG))
  t.match(await check(), { code: 1, err: /upstream[.]password/ }, 'it must be configured first')
  const password = join(root, '/etc/ews-gateway/upstream.password')
  writeFileSync(password, 'secret', { mode: 0o640 })
  const { out: group } = await inside(root, ['id', '-g', USER])
  execFileSync('chown', [`0:${group.trim()}`, password])
  t.match(await check(), { code: 0 })
  const command = ['chroot', root, ...asUser('serve', '--config', CONFIG, ...LISTEN)]
  const gateway = await start(t, command, { cwd: '/', until: 'The gateway is ready' })
  t.equal(await gateway.stop(), 0)
  for (const name of ['gateway.db', 'master.key', 'audit'])
    t.ok(existsSync(join(root, DATA, name)), `${name} is in ${DATA}`)
}

async function upgrade(t: Test, root: string, later: string): Promise<void> {
  appendFileSync(join(root, CONFIG), '# Mine\n')
  const key = readFileSync(join(root, DATA, 'master.key'))
  const out = await dpkg(t, root, '--force-confold', '--install', intoRoot(root, later))
  t.notMatch(out, /Edit \/etc/)
  const status = await inside(root, ['dpkg', '--status', 'ews-gateway'])
  t.match(status.out, `Version: ${LATER}\n`)
  t.match(readFileSync(join(root, CONFIG), 'utf8'), /\n# Mine\n$/)
  t.ok(readFileSync(join(root, DATA, 'master.key')).equals(key))
  t.match(await inside(root, asUser('check-config', '--config', CONFIG)), { code: 0 })
}

async function remove(t: Test, root: string): Promise<void> {
  await dpkg(t, root, '--remove', 'ews-gateway')
  for (const path of [
    LIBRARY,
    '/usr/bin/ews-gateway',
    '/usr/lib/systemd/system/ews-gateway.service',
  ])
    t.notOk(existsSync(join(root, path)), `${path} is gone`)
  t.ok(existsSync(join(root, CONFIG)), 'the configuration stays')
  t.match(await dpkg(t, root, '--purge', 'ews-gateway'), /Keeping \/var\/lib\/ews-gateway/)
  t.notOk(existsSync(join(root, CONFIG)), 'until the package is purged')
  t.ok(existsSync(join(root, DATA, 'audit')), 'the audit stays')
}
