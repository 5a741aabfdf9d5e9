/**
 * `check-sign-in` names each mistake that was planted, with a real directory and a real issuer.
 */

import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runCheckSignIn } from '../../src/cli/check-sign-in.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { TokenSubject } from '../../src/model/external-identity.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { DOMAIN, ldifOf, person } from '../directory/people.ts'
import { CLIENT, startIssuer } from '../kit/issuer.ts'
import { CONSOLE, configOf } from '../kit/person.ts'
import { AUDIENCE, Issuer, makeKey } from '../kit/services/issuer.ts'
import { lend } from '../kit/services/lend.ts'
import { BASE, noSlapd, READER, Slapd } from '../kit/services/slapd.ts'
import { organization, principal } from '../store/samples.ts'

/** Runs the command on a configuration. @returns the exit code, and all lines */
async function check(
  t: Test,
  signIn: ConfigInput['signIn'],
  { url, token, bound }: Readonly<{ url?: string; token?: string; bound?: TokenSubject }> = {},
) {
  const folder = t.testdir({ password: READER.password, upstream: 'x' })
  const file = join(folder, 'gateway.db')
  const store = await openSqlite(file)
  await store.putPrincipal(principal)
  await store.putIdentities(organization, principal.id, [
    { kind: 'directory-account', sid: `${DOMAIN}-1104`, names: ['svc@example.com'] },
    { kind: 'directory-account', sid: `${DOMAIN}-9999`, names: ['gone@example.com'] },
    ...(bound ? [bound] : []),
  ])
  await store.close()
  const config = loadConfig({
    env: {},
    cwd: folder,
    overrides: {
      store: `sqlite:${file}`,
      signIn,
      organizations: [
        {
          id: organization,
          alias: 'example',
          upstream: {
            url: 'http://127.0.0.1:1/EWS/Exchange.asmx',
            serviceAddresses: ['svc@example.com'],
            authentication: { kind: 'basic', username: 'x', password: { file: 'upstream' } },
          },
          ...(url !== undefined && {
            directory: {
              kind: 'ldap' as const,
              url,
              bindDn: READER.bindDn,
              password: { file: 'password' },
              baseDn: BASE,
            },
          }),
        },
      ],
    },
  })
  const lines: string[] = []
  const print = (text: string) => {
    t.ok(text.endsWith('\n'), text)
    lines.push(text.trimEnd())
  }
  const warn = (line: string) => void lines.push(line)
  const code = await runCheckSignIn(config, token, { print, warn })
  return { code, lines }
}

t.test('check-sign-in has nothing to check without directories and issuers', async t => {
  const lines = ['Nothing to check: only access keys can sign in']
  t.strictSame(await check(t, {}), { code: 0, lines })
})

t.test('check-sign-in names mistakes about directories', { skip: noSlapd }, async t => {
  const signIn = { directoryAccounts: { enabled: true } }
  const slapd = await lend(t, Slapd.start({ ldif: ldifOf([person('svc', 1104)]) }))
  t.strictSame(await check(t, signIn, { url: slapd.url }), {
    code: 1,
    lines: [
      'Directory of example: it can be read',
      `Account svc@example.com of ${principal.name}: found as cn=svc,ou=people,${BASE}`,
      `Account gone@example.com of ${principal.name}: there is no account with the SID ${DOMAIN}-9999 below ${BASE}`,
    ],
  })
  t.match(await check(t, signIn, { url: 'ldap://127.0.0.1:1' }), {
    code: 1,
    lines: [/^Directory of example: Cannot use the directory: .*ECONNREFUSED/],
  })
})

t.test('check-sign-in names mistakes about issuers and tokens', async t => {
  const issuer = await lend(t, Issuer.start(await makeKey('first')))
  const trusted = { issuer: issuer.url, jwksUrl: issuer.jwksUrl, audience: AUDIENCE }
  const good = `Issuer ${issuer.url}: its keys can be read`
  const token = await issuer.token()
  const bound = {
    kind: 'token-subject',
    issuer: issuer.url,
    claim: 'sub',
    subject: 'tool',
  } as const
  for (const [what, change, given, expected] of [
    ['nothing', {}, token, [good, `Token: it is valid, and signs in as ${principal.name}`]],
    ['no token', {}, undefined, [good]],
    [
      'the audience',
      {},
      await issuer.token('https://other.example.com'),
      [
        good,
        'Token: its audience is "https://other.example.com". Set audience to that if it is this gateway\'s',
      ],
    ],
    [
      'the issuer',
      { issuer: 'https://x' },
      token,
      [
        /^Issuer https:\/\/x: its keys/,
        /^Token: its issuer is .*, which signIn.issuers doesn't list$/,
      ],
    ],
    [
      'the address of the keys',
      { jwksUrl: `${issuer.url}/nothing` },
      undefined,
      [/nothing answers with status 404$/],
    ],
    [
      'a server that is down',
      { jwksUrl: 'http://127.0.0.1:1/keys' },
      undefined,
      [/: cannot read http:.*ECONNREFUSED.*Check jwksUrl/],
    ],
    ['the algorithm', { algorithms: ['ES256' as const] }, token, [good, /^Token: .*alg/]],
    ['no token at all', {}, 'x', [good, /^Token: Invalid JWT$/]],
  ] as const) {
    const { code, lines } = await check(t, { issuers: [{ ...trusted, ...change }] } as never, {
      bound,
      ...(given !== undefined && { token: given }),
    })
    t.equal(code, what.startsWith('no') && what !== 'no token at all' ? 0 : 1, what)
    t.match(lines, expected, what)
    t.equal(lines.length, expected.length, what)
  }
  const { code, lines } = await check(t, { issuers: [trusted] }, { token })
  const unbound = 'Token: it is valid, but no principal is bound to it. Bind one to sub "tool"'
  t.strictSame({ code, lines }, { code: 1, lines: [good, unbound] })
})

t.test('check-sign-in names mistakes about the issuer of people', async t => {
  const issuer = await startIssuer(t, { console: CONSOLE })
  const { url } = issuer
  const check = async (clientSecret: string = CLIENT.secret, at = url) => {
    const lines: string[] = []
    const output = {
      print: (line: string) => void lines.push(line.trimEnd()),
      warn: (line: string) => void lines.push(line),
    }
    const config = configOf(at, { clientSecret })
    return { code: await runCheckSignIn(config, undefined, output), lines }
  }
  t.strictSame(await check(), {
    code: 0,
    lines: [`Issuer ${url}: it accepts the console as its client`],
  })
  t.strictSame(await check('another'), {
    code: 1,
    lines: [
      `Issuer ${url}: it rejects clientId or clientSecret with status 401. Check console.oidc`,
    ],
  })
  t.match(await check(CLIENT.secret, `${url}/nothing`), {
    code: 1,
    lines: [/^Issuer http.*\/nothing: Cannot read the metadata of .*HTTP status 404\. Check/],
  })
  await issuer.stop()
  t.match(await check(), {
    code: 1,
    lines: [
      /^Issuer http.*: Cannot read the metadata of [^ ]*: [^:]*: connect ECONNREFUSED [^ ]*\. Check console\.oidc$/,
    ],
  })
})
