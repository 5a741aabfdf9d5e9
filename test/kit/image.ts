/**
 * The image: the Dockerfile's own commands, carried out in a temporary folder under the Node.js
 * that it names, and what they make started as the image would start it.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { productionPackages } from '../../scripts/packaging/production.ts'
import type { Sbom } from '../../scripts/packaging/sbom.ts'
import { PACKAGE, ROOT, run, start, temporaryFolder } from './checkout.ts'
import { INSTRUCTIONS, makeImage, pathIn, type Stage } from './dockerfile.ts'
import { freePort } from './services/process.ts'

const LISTENERS = ['DATA', 'CONTROL', 'OPS'].map(name => `EWS_GATEWAY_LISTEN__${name}`)
const CONFIG_FILE = '/etc/ews-gateway/gateway.yaml'
const CONFIG = `store: sqlite:/data/gateway.db
organizations:
  - id: m-0123456789abcdef0123456789abcdef
    alias: example
    upstream:
      url: https://mail.example.com/EWS/Exchange.asmx
      authentication: { kind: basic, username: svc, password: { env: UPSTREAM_PASSWORD } }
      serviceAddresses: [svc@example.com]
`

/** Builds the image, and checks that it prints the expected output and serves requests. */
export async function tryImage(t: Test): Promise<Stage> {
  const image = await makeImage(temporaryFolder(t), takeOwnPackages)
  checkWords(t, image)
  checkSbom(t, image)
  await refuseToServe(t, image)
  await serve(t, image)
  return image
}

/**
 * All packages have been installed by `npm ci` in this checkout: that is not done twice, but that
 * it would be done is.
 */
async function takeOwnPackages(command: string, cwd: string): Promise<boolean> {
  const matched = /^npm ci (--omit=dev )?--ignore-scripts$/.exec(command)
  if (matched === null) return false
  const { code, err } = await run('sh', ['-c', `${command} --dry-run`], { cwd })
  if (code !== 0) throw new Error(`${command} would fail: ${err}`)
  const folders =
    matched[1] === undefined ? ['node_modules'] : Object.keys(productionPackages(ROOT))
  for (const folder of folders) {
    mkdirSync(dirname(join(cwd, folder)), { recursive: true })
    symlinkSync(join(ROOT, folder), join(cwd, folder))
  }
  return true
}

function checkWords(t: Test, { base, env, said }: Stage) {
  const version = PACKAGE.devDependencies['node']
  for (const { rest } of INSTRUCTIONS.filter(({ name }) => name === 'FROM'))
    t.match(rest, new RegExp(`^node:${version}-`), 'Node.js is the one that is pinned')
  t.match(base, `node:${version}-`)
  t.match(said, { USER: /^[1-9]\d*:[1-9]\d*$/, STOPSIGNAL: 'SIGTERM', VOLUME: '/data' })
  t.strictSame(
    LISTENERS.map(name => env[name]),
    said['EXPOSE']?.split(' ').map(port => `0.0.0.0:${port}`),
    'every listener is open, on a port that is exposed',
  )
  t.match(said['CMD'], CONFIG_FILE)
}

/** Checks the SBOM of the image, whose base is this machine here. */
function checkSbom(t: Test, image: Stage): void {
  const read = (path: string) => JSON.parse(readFileSync(pathIn(image, path), 'utf8')) as Sbom
  const of = (sbom: Sbom) => new Set(sbom.components.map(({ purl }) => purl.replace(/[?].*/, '')))
  const [own, all] = [of(read('dist/sbom.cdx.json')), of(read('sbom.cdx.json'))]
  t.strictSame(
    own,
    new Set(
      Object.entries(productionPackages(ROOT)).map(([path, { version }]) => purlOf(path, version)),
    ),
    'dist/ has an SBOM of the production packages',
  )
  t.ok(
    [...own].every(purl => all.has(purl)),
    'the SBOM of the image has these, too',
  )
  t.ok(all.has(`pkg:generic/node@${PACKAGE.devDependencies['node']}`), 'and Node.js')
  const lines = execFileSync('dpkg-query', ['--show'], { encoding: 'utf8' }).trimEnd().split('\n')
  const debian = [...all].map(purl => /^pkg:deb\/debian\/([^@]+)@/.exec(purl)?.[1])
  t.strictSame(
    new Set(debian.filter(name => name !== undefined)),
    new Set(lines.map(line => line.replace(/[:\t].*/, ''))),
    'and the packages of Debian',
  )
}

const purlOf = (path: string, version: string) =>
  `pkg:npm/${path.replace(/.*node_modules\//, '').replace('@', '%40')}@${version}`

/** Checks that the image reports missing configuration, and listeners without TLS. */
async function refuseToServe(t: Test, image: Stage) {
  const command = commandOf(image)
  const bare = await run('sh', ['-c', command], placeOf(image))
  t.match(bare, { code: 1, out: '', err: `${CONFIG_FILE} does not exist\n` })

  configure(image, CONFIG)
  const clear = await run('sh', ['-c', command], placeOf(image, { UPSTREAM_PASSWORD: 'secret' }))
  t.match(clear, { code: 1, out: '' })
  for (const name of ['data', 'control'])
    t.match(
      clear.err,
      new RegExp(
        `^ *listen[.]${name} \\(set by EWS_GATEWAY_LISTEN__${name.toUpperCase()}\\): accepts unencrypted .* Set tls, set tlsTerminatedBy`,
        'm',
      ),
    )
}

async function serve(t: Test, image: Stage) {
  configure(image, `${CONFIG}tlsTerminatedBy: [192.0.2.1]\n`)
  const before = filesOf(image)
  const ports = await Promise.all(LISTENERS.map(freePort))
  const listen = Object.fromEntries(LISTENERS.map((name, i) => [name, `127.0.0.1:${ports[i]}`]))
  const place = placeOf(image, { UPSTREAM_PASSWORD: 'secret', ...listen })

  const health = /CMD (.*)/.exec(image.said['HEALTHCHECK'] ?? '')?.[1] ?? ''
  t.match(await run('sh', ['-c', health], place), { code: 1 }, 'HEALTHCHECK fails where none runs')
  const gateway = await start(t, ['sh', '-c', `exec ${commandOf(image)}`], {
    ...place,
    until: 'The gateway is ready',
  })
  t.match(await run('sh', ['-c', health], place), { code: 0 }, 'HEALTHCHECK passes')
  const answer = await fetch(`http://127.0.0.1:${ports[0]}/EWS/Exchange.asmx`, { method: 'POST' })
  t.equal(answer.status, 401)

  t.equal(await gateway.stop(), 0, 'STOPSIGNAL ends it well')
  const added = filesOf(image).filter(file => !before.includes(file))
  t.ok(added.includes('data/gateway.db'), 'the store lies in the volume')
  t.strictSame(
    added.filter(file => !file.startsWith('data/')),
    [],
    'nothing is written outside of the volume',
  )
}

/** ENTRYPOINT and CMD as one command, its paths those of this machine. */
function commandOf(image: Stage): string {
  const words = ['ENTRYPOINT', 'CMD'].flatMap(name => JSON.parse(image.said[name] ?? '[]'))
  return words.map(word => (word.startsWith('/') ? pathIn(image, word) : word)).join(' ')
}

function placeOf(image: Stage, env: Readonly<Record<string, string>> = {}) {
  const own = Object.entries(image.env).map(([name, value]) => [
    name,
    value.replace(/\/data\//, `${pathIn(image, '/data')}/`),
  ])
  return { cwd: pathIn(image, '.'), env: { ...Object.fromEntries(own), ...env } }
}

function configure(image: Stage, text: string) {
  const file = pathIn(image, CONFIG_FILE)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text.replace('/data/', `${pathIn(image, '/data')}/`))
}

const filesOf = ({ root }: Stage) => readdirSync(root, { recursive: true, encoding: 'utf8' })
