import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ConfigInput } from '../../src/config/schema.ts'
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
const CONSOLE: Partial<ConfigInput> = {
  controlUrl: 'http://localhost:8081',
  console: {
    oidc: {
      issuer: 'https://login.example.com',
      clientId: 'console',
      clientSecret: { file: 'upstream.password' },
      grants: [{ value: 'administrators', policy: 'administer' }],
    },
  },
}

/** All ways in which tools can sign in. */
const TOOLS = {
  signIn: {
    hosts: [{ name: 'ews.example.com', schemes: ['NTLM'] }],
    issuers: [
      { issuer: 'https://i.example.com', jwksUrl: 'https://i.example.com/keys', audience: 'a' },
    ],
  },
} satisfies Partial<ConfigInput>

/** Starts a gateway, and returns the URLs of the modules that it has loaded when it is ready. */
async function loadedFor(t: Test, sections: Partial<ConfigInput>): Promise<readonly string[]> {
  const cwd = testFolder(t)
  writeFileSync(
    join(cwd, 'gateway.yaml'),
    JSON.stringify(configOf('https://mail.example.com/EWS/Exchange.asmx', sections)),
  )
  writeFileSync(join(cwd, 'upstream.password'), 'correct-horse-battery')
  const LOADED_MODULES = join(cwd, 'modules')
  const command = new Command(t, ['serve', '--config', 'gateway.yaml'], {
    cwd,
    main: SOURCES,
    env: { LOADED_MODULES, NODE_OPTIONS: `--import ${HOOK}` },
  })
  await readPorts(command)
  t.equal(await command.kill('SIGTERM'), 0)
  return readFileSync(LOADED_MODULES, 'utf8').split('\n')
}

/** Modules that only some way to sign in needs. */
const SIGN_IN =
  /\/src\/(credentials\/(people\/|ntlm|connection-auth|directory-acc|account-|watched-|issuer-)|ntlm\/(challenge|proof)|directory\/ldap)/

t.test('serve loads no package and no module for sign-in that is not configured', async t => {
  const modules = await loadedFor(t, {})
  t.strictSame(
    modules.filter(url => SIGN_IN.test(url)),
    [],
  )
  const packages = modules.map(url => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1])
  t.strictSame([...new Set(packages)].filter(name => name !== undefined).toSorted(), PACKAGES)
})

t.test('serve loads what the configured ways to sign in need', async t => {
  const modules = await loadedFor(t, { ...CONSOLE, ...TOOLS })
  for (const part of [
    'openid-client',
    'oauth4webapi',
    'jose',
    'credentials/people/openid-issuer.ts',
    'credentials/ntlm.ts',
    'credentials/issuer-tokens.ts',
  ])
    t.ok(
      modules.some(url => url.includes(part)),
      part,
    )
})
