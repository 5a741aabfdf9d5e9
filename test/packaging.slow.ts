/**
 * The image, the npm package, and the Debian package: the image serves, the npm package is packed, installed
 * in an empty folder, and its demo used there, and the Debian package is installed, upgraded, and removed. Two builds
 * have the same bytes.
 */

import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { productionPackages } from '../scripts/packaging/production.ts'
import { copyInto, NODE, PACKAGE, ROOT, run, start, temporaryFolder } from './kit/checkout.ts'
import { tryDebianPackage } from './kit/debian.ts'
import { pathIn } from './kit/dockerfile.ts'
import { tryImage } from './kit/image.ts'

/** Installed packages, this one not counted. */
const MAX_PACKAGES = 72

/** Has the Node.js of Debian 13. */
const SYSTEM_PATH = '/usr/bin:/bin'

const FIND_ITEM = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header>
  <t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>alice@example.com</t:PrimarySmtpAddress>
  </t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body><m:FindItem Traversal="Shallow">
  <m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ParentFolderIds>
  <t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem></s:Body></s:Envelope>`

const LISTEN = ['data', 'control', 'ops'].flatMap(name => [`--listen-${name}`, '127.0.0.1:0'])

/** As `npm pack` writes it with `--json`: an array, or an object by name. */
type Packed = Readonly<{ filename: string; files: readonly Readonly<{ path: string }>[] }>

t.test('the Dockerfile builds a working image, and npm pack a package', async t => {
  const image = await tryImage(t)
  const packed = await pack(t, pathIn(image, 'dist'))
  const paths = packed.files.map(({ path }) => path)
  for (const path of [
    'package.json',
    'README.md',
    'LICENSE',
    'dist/main.js',
    'dist/console/index.html',
    'dist/sbom.cdx.json',
    'docs/operations.md',
  ])
    t.ok(paths.includes(path), `the package has ${path}`)
  t.strictSame(
    paths.filter(path => /^(src|sandbox|test|fixtures|scripts|data)\//.test(path)),
    [],
    'the package has nothing that only a checkout needs',
  )

  const home = await install(t, packed.file)
  const command = join(home, 'node_modules/.bin/ews-gateway')
  t.same(await run(command, ['version'], { cwd: home }), {
    code: 0,
    out: `${PACKAGE.version}\n`,
    err: '',
  })
  await refuseOldNode(t, home, command)
  await tryDemo(t, home, command)
  await tryConformance(t, home, command)
  const other = await buildAgain(t)
  const { file } = await pack(t, other)
  t.ok(readFileSync(file).equals(readFileSync(packed.file)), 'npm pack makes the same bytes again')
  await tryDebianPackage(t, [pathIn(image, 'dist'), other])
})

/** Builds a copy of the checkout. @returns its dist/ */
async function buildAgain(t: Test): Promise<string> {
  const folder = temporaryFolder(t)
  copyInto(folder, ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'])
  copyInto(folder, ['src', 'sandbox', 'scripts'])
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const { code, err } = await run('npm', ['run', 'build'], { cwd: folder })
  t.equal(code, 0, `npm run build ends well: ${err}`)
  return join(folder, 'dist')
}

/** Runs the package on the Node.js of the system, which is older than the pinned one on Debian 13. */
async function refuseOldNode(t: Test, home: string, command: string): Promise<void> {
  const env = { PATH: SYSTEM_PATH }
  const { out } = await run('node', ['--version'], { cwd: home, env })
  const version = out.trim()
  await t.test(
    'an old Node.js',
    { skip: !/^v2[0-3]\./.test(version) && 'the Node.js of the system is none of 20 to 23' },
    async t => {
      for (const args of [['version'], ['serve'], ['--help']])
        t.same(
          await run(command, args, { cwd: home, env }),
          {
            code: 1,
            out: '',
            err: `ews-gateway needs Node.js ${PACKAGE.engines.node}. This is Node.js ${version}.\n`,
          },
          args.join(' '),
        )
    },
  )
}

/** Packs a copy with a finished build, so that no other test sees dist/ come and go. */
async function pack(t: Test, dist: string): Promise<Packed & { file: string }> {
  t.equal(PACKAGE.scripts['prepack'], 'npm run build', 'npm pack would build')
  const folder = temporaryFolder(t)
  copyInto(folder, ['package.json', 'src', 'sandbox', 'scripts', 'docs'])
  copyInto(folder, ['README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md'])
  cpSync(dist, join(folder, 'dist'), { recursive: true })
  const made = join(folder, 'made')
  mkdirSync(made)
  const options = ['--json', '--ignore-scripts', '--pack-destination', made]
  const { code, out, err } = await run('npm', ['pack', ...options], { cwd: folder })
  t.equal(code, 0, `npm pack ends well: ${err}`)
  const [packed] = Object.values(JSON.parse(out.slice(out.search(/^[[{]/m))) as Packed[])
  if (!packed) throw new Error(`Cannot read what npm pack says: ${out}`)
  return { ...packed, file: join(made, packed.filename) }
}

/**
 * Installs the package as the one dependency of an empty folder, with the versions that this
 * checkout has: so `npm ci` has left all in npm's cache, and no registry is asked.
 */
async function install(t: Test, file: string): Promise<string> {
  const home = temporaryFolder(t)
  const { version, bin, dependencies } = PACKAGE
  const root = { dependencies: { 'ews-gateway': `file:${file}` } }
  const packages = {
    '': root,
    'node_modules/ews-gateway': { version, resolved: `file:${file}`, bin, dependencies },
    ...productionPackages(ROOT),
  }
  writeFileSync(join(home, 'package.json'), JSON.stringify(root))
  writeFileSync(
    join(home, 'package-lock.json'),
    JSON.stringify({ lockfileVersion: 3, requires: true, packages }),
  )
  const { code, err } = await run('npm', ['ci', '--offline'], { cwd: home })
  t.equal(code, 0, `npm ci ends well: ${err}`)
  t.notMatch(err, /npm warn/, 'npm has nothing to warn about')

  const lock = JSON.parse(readFileSync(join(home, 'node_modules/.package-lock.json'), 'utf8'))
  const count = Object.keys(lock.packages).length - 1
  t.ok(count > 10 && count <= MAX_PACKAGES, `${count} packages besides this one are installed`)
  return home
}

async function tryDemo(t: Test, home: string, command: string) {
  const file = join(home, 'credentials.json')
  const demo = await start(t, [NODE, command, 'demo', ...LISTEN, '--credentials', file], {
    cwd: home,
    until: 'The gateway is ready',
  })
  const { ewsUrl, clients } = JSON.parse(readFileSync(file, 'utf8'))
  const { accessKeyId, secretAccessKey } = clients[1]
  const pair = Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString('base64')
  const answer = await fetch(ewsUrl, {
    method: 'POST',
    headers: { Authorization: `Basic ${pair}`, 'Content-Type': 'text/xml; charset=utf-8' },
    body: FIND_ITEM,
  })
  t.equal(answer.status, 200)
  t.match(await answer.text(), /<m:ResponseCode>NoError<.*<t:Subject>[^<]+</s, 'there is mail')

  const audit = /audit +(\S+)/.exec(demo.written())?.[1] ?? ''
  t.ok(existsSync(audit), 'the demo keeps an audit')
  t.equal(await demo.stop(), 0, 'SIGTERM ends the demo well')
  t.notOk(existsSync(dirname(audit)), 'the demo leaves nothing behind')
}

/** Runs the sandbox, and checks its conformance. */
async function tryConformance(t: Test, home: string, command: string) {
  const sandbox = await start(t, [NODE, command, 'sandbox', '--listen', '127.0.0.1:0'], {
    cwd: home,
    until: '3. Start the gateway:',
  })
  const [url, username, password] = ['EWS', 'user name', 'password'].map(
    name => new RegExp(`^  ${name} +(\\S+)$`, 'm').exec(sandbox.written())?.[1],
  )
  writeFileSync(join(home, 'upstream.password'), `${password}`)
  const authentication = { kind: 'basic', username, password: { file: 'upstream.password' } }
  const upstream = { url, kind: 'exchange', authentication, serviceAddresses: [username] }
  const organization = { id: 'm-0123456789abcdef0123456789abcdef', alias: 'example', upstream }
  writeFileSync(join(home, 'gateway.yaml'), JSON.stringify({ organizations: [organization] }))
  const mailboxes = ['--mailbox', 'alice@example.com', '--other', 'bob@example.com']
  const args = ['check-upstream', '--conformance', ...mailboxes, '--config', 'gateway.yaml']
  const { code, out, err } = await run(NODE, [command, ...args], { cwd: home })
  t.equal(code, 0, `check-upstream --conformance ends well: ${err}`)
  t.match(JSON.parse(out), { kind: 'exchange', isClean: true }, 'it prints a report')
  t.equal(await sandbox.stop(), 0, 'SIGTERM ends the sandbox well')
}
