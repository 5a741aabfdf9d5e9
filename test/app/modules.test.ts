import { globSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { ROOT } from '../kit/checkout.ts'
import { Command, SOURCES } from '../kit/command.ts'
import { testFolder } from '../kit/folder.ts'
import { configOf, readPorts } from '../kit/serving.ts'

const HOOK = new URL('loaded-modules.ts', import.meta.url).href
/** Packages of a gateway with the embedded store and cache. */
const PACKAGES: readonly string[] = [
  '@haraka/email-address',
  '@nodable/entities',
  '@opentelemetry/api',
  '@pinojs/redact',
  'anynum',
  'atomic-sleep',
  'bintrees',
  'commander',
  'csv-parse',
  'fast-xml-builder',
  'fast-xml-parser',
  'is-unsafe',
  'kysely',
  'lru-cache',
  'on-exit-leak-free',
  'path-expression-matcher',
  'pino',
  'pino-std-serializers',
  'prom-client',
  'quick-format-unescaped',
  'safe-stable-stringify',
  'sonic-boom',
  'strnum',
  'tdigest',
  'thread-stream',
  'undici',
  'xml-naming',
  'yaml',
  'zod',
]
/** Beginnings of the paths of modules that only some way to sign in needs. Tests of each way load them. */
const SIGN_IN = [
  'credentials/account-',
  'credentials/connection-auth',
  'credentials/directory-acc',
  'credentials/issuer-',
  'credentials/ntlm',
  'credentials/people/',
  'credentials/watched-',
  'directory/ldap',
  'ntlm/challenge',
  'ntlm/proof',
]
/** Beginning of the paths of modules that only traces need. */
const TRACES = 'traces/'
/** Beginning of the paths of modules that only `demo`, `sandbox`, and `check-upstream --conformance` need. */
const SANDBOX = '/sandbox/'
const UNUSED = [...[...SIGN_IN, TRACES].map(path => `/src/${path}`), SANDBOX]
const CHECKOUT = pathToFileURL(realpathSync(ROOT)).href
/** The undici within Node.js, which `import 'node:http'` would load. */
const BUILT_IN = 'internal/deps/undici'

t.test('serve loads nothing that is not configured', async t => {
  const cwd = testFolder(t)
  const config = configOf('https://mail.example.com/EWS/Exchange.asmx')
  writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify(config))
  writeFileSync(join(cwd, 'upstream.password'), 'correct-horse-battery')
  const LOADED_MODULES = join(cwd, 'modules')
  const command = new Command(t, ['serve', '--config', 'gateway.yaml'], {
    cwd,
    main: SOURCES,
    env: { LOADED_MODULES, NODE_OPTIONS: `--import ${HOOK}` },
  })
  await readPorts(command)
  t.equal(await command.kill('SIGTERM'), 0)
  const modules = readFileSync(LOADED_MODULES, 'utf8').split('\n')
  t.strictSame(
    modules.filter(
      url => url.includes(BUILT_IN) || UNUSED.some(path => url.startsWith(`${CHECKOUT}${path}`)),
    ),
    [],
  )
  const packages = modules.map(url => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1])
  t.strictSame([...new Set(packages)].filter(name => name !== undefined).toSorted(), PACKAGES)
  const files = globSync('{src,sandbox}/**/*.ts', { cwd: ROOT }).map(file => `/${file}`)
  for (const path of UNUSED)
    t.ok(
      files.some(file => file.startsWith(path)),
      `${path} is the beginning of a path`,
    )
})
