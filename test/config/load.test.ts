import { createPrivateKey } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { checkConfig } from '../../src/cli/check-config.ts'
import { LOOPBACK, makeSelfSigned } from '../../src/cli/init/self-signed.ts'
import { CACHE_FORM } from '../../src/config/cache-url.ts'
import { invalidCertificates } from '../../src/config/certificates.ts'
import { ConfigError, loadConfig, type Sources } from '../../src/config/load.ts'
import { printConfig } from '../../src/config/print.ts'
import type { Config } from '../../src/config/schema.ts'
import { proxiedSchemes } from '../../src/config/sign-in.ts'

const PASSWORD = 'correct-horse-battery'
const NOW = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000
const certified = (...dnsNames: string[]) =>
  makeSelfSigned({
    dnsNames,
    addresses: LOOPBACK,
    from: new Date(NOW),
    until: new Date(NOW + 30 * DAY_MS),
  })
const PAIR = certified('localhost')
const OTHER = certified('mail.example.com')
const CERTIFICATE = PAIR.certificate.trimEnd()
const MALFORMED = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
const encrypted = createPrivateKey(PAIR.privateKey).export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'x',
})

const folder = t.testdir({
  'upstream.password': `${PASSWORD}\n`,
  'webhook.secret': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n',
  'two.password': 'one\ntwo\n',
  'empty.password': '\n',
  'tls.crt': `${CERTIFICATE}\n`,
  'tls.key': PAIR.privateKey,
  'other.key': OTHER.privateKey,
  'encrypted.key': encrypted,
  'chain.crt': PAIR.certificate + OTHER.certificate,
  'malformed.crt': MALFORMED,
  'half.crt': PAIR.certificate + MALFORMED,
  'latin1.password': Buffer.from('caf\xe9', 'latin1'),
  etc: { 'upstream.password': 'another' },
})

const SECRET_FILES = ['upstream.password', 'tls.key', 'webhook.secret']
for (const file of SECRET_FILES) chmodSync(join(folder, file), 0o600)

type Parts = Readonly<{
  top?: string
  url?: string
  authentication?: string
  upstream?: string
  organization?: string
}>

/** A good configuration but for the parts given. */
function yaml(parts: Parts = {}): string {
  const {
    top = '',
    url = 'https://mail.example.com/EWS/Exchange.asmx',
    authentication = '{ kind: basic, username: svc, password: { file: upstream.password } }',
    upstream = '',
    organization = '',
  } = parts
  return `${top}
organizations:
  - id: m-0123456789abcdef0123456789abcdef
    alias: example
    upstream:
      url: ${url}
      authentication: ${authentication}
      serviceAddresses: [svc@example.com]
      ${upstream}
    ${organization}
`
}

const OIDC = 'console.oidc'
const GRANT = `${OIDC}.grants[0]`
const GOOD_OIDC = {
  issuer: 'https://login.example.com/realms/main',
  clientId: 'console',
  clientSecret: '{ file: upstream.password }',
  grants: '[{ value: admins, policy: administer }]',
}
const oidc = (change: Readonly<Partial<Record<string, string>>> = {}, top = CONTROL_URL) => {
  const keys = Object.entries({ ...GOOD_OIDC, ...change }).map(([key, value]) => `${key}: ${value}`)
  return yaml({ top: `${top}\nconsole: { oidc: { ${keys.join(', ')} } }` })
}
const CONTROL_URL = 'controlUrl: https://ews-admin.example.com'
const TYPES = 'decision, outcome, change, assume, call, read, snapshot, checkpoint, alert'
const sinks = (...all: readonly string[]) => yaml({ top: `sinks: [${all.join(', ')}]` })
const webhook = (more: string) =>
  `{ kind: webhook, url: 'https://siem.example.com/${PASSWORD}?key=${PASSWORD}', secret: { file: webhook.secret }, ${more} }`
const grants = (grant: string) => oidc({ grants: `[{ value: admins, ${grant} }]` })

function load(text: string, sources: Partial<Sources> = {}) {
  const file = join(folder, 'gateway.yaml')
  writeFileSync(file, text)
  return loadConfig({ file, env: {}, cwd: '/', ...sources })
}

function passwordOf({ organizations: [organization] }: Config): string | undefined {
  const authentication = organization?.upstream.authentication
  return authentication && 'password' in authentication
    ? authentication.password.reveal()
    : undefined
}

function mistakes(text: string, sources: Partial<Sources> = {}): readonly string[] {
  try {
    load(text, sources)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
}

const path = (...steps: string[]) => join(folder, ...steps)

type Documented = Readonly<{ default?: unknown; properties?: Record<string, Documented> }>

/** Returns the defaults of a part of docs/configuration.schema.json; undefined if it has none. */
function defaultsIn({ default: own, properties }: Documented): unknown {
  if (properties === undefined) return own
  const members = Object.entries(properties)
    .map(([name, member]) => [name, defaultsIn(member)] as const)
    .filter(([, value]) => value !== undefined)
  return members.length > 0 ? Object.fromEntries(members) : undefined
}

t.test('loadConfig() fills in the documented defaults', async t => {
  const whole = load(yaml())
  const { organizations, ...config } = whole
  const page = new URL('../../docs/configuration.schema.json', import.meta.url)
  const documented = defaultsIn(JSON.parse(readFileSync(page, 'utf8'))) as Config
  // There are no traces by default, but a key of them has a default.
  const { traces: _, ...defaults } = documented
  t.ok(Object.keys(defaults.limits).length > 10)
  t.strictSame(config, {
    ...defaults,
    listen: {
      data: { host: '127.0.0.1', port: 8080 },
      control: { host: '127.0.0.1', port: 8081 },
      ops: { host: '127.0.0.1', port: 8082 },
      shareData: false,
    },
    store: { kind: 'sqlite', file: path('data/gateway.db') },
    cache: { kind: 'memory' },
    masterKey: { file: path('data/master.key') },
    audit: { ...defaults.audit, journal: path('data/audit') },
    console: { accessKeys: true },
    sinks: [],
  })

  const [organization] = organizations
  t.equal(organization?.upstream.connections, 64)
  t.equal(organization?.upstream.allowPlainUpstream, false)
  t.strictSame(organization?.directory, { kind: 'store' })
  t.equal(passwordOf(whole), PASSWORD)
})

for (const [what, text, key, value] of [
  ['an IPv6 listener', yaml({ top: 'listen: { data: "[::1]:80" }' }), 'listen.data.host', '::1'],
  ['any free port', yaml({ top: 'listen: { ops: "localhost:0" }' }), 'listen.ops.port', 0],
  ['a store elsewhere', yaml({ top: 'store: sqlite:/srv/x.db' }), 'store.file', '/srv/x.db'],
  ['audit on stdout', sinks('{ kind: file, name: out, path: "-" }'), 'sinks.0.path', '-'],
  [
    'an origin',
    yaml({ top: 'publicUrl: https://ews.example.com/' }),
    'publicUrl',
    'https://ews.example.com',
  ],
  [
    'an open listener with TLS',
    yaml({
      top: 'listen: { data: 0.0.0.0:443 }\ntls: { certificate: { file: tls.crt }, privateKey: { file: tls.key } }',
    }),
    'tls.certificate',
    CERTIFICATE,
  ],
  [
    'an open listener behind a proxy',
    yaml({ top: 'listen: { data: 0.0.0.0:80 }\ntlsTerminatedBy: [10.0.0.7, "fd00::/8"]' }),
    'tlsTerminatedBy.1',
    'fd00::/8',
  ],
  ['no word on sign-in', yaml(), 'signIn.hosts.length', 0],
  [
    'schemes of a host name',
    yaml({ top: 'signIn: { hosts: [{ name: EWS.example.com, schemes: [Bearer, Basic] }] }' }),
    'signIn.hosts.0.name',
    'ews.example.com',
  ],
  ['a plain upstream at home', yaml({ url: 'http://127.0.0.1:1/EWS' }), 'cache.kind', 'memory'],
  ['a plain upstream at home by IPv6', yaml({ url: 'http://[::1]:1/EWS' }), 'cache.kind', 'memory'],
  [
    'a plain upstream that is allowed',
    yaml({ url: 'http://mail/EWS', upstream: 'allowPlainUpstream: true' }),
    'organizations.0.upstream.allowPlainUpstream',
    true,
  ],
  [
    'an Autodiscover of the same origin',
    yaml({
      upstream: 'autodiscoverUrl: https://MAIL.example.com:443/autodiscover/autodiscover.svc',
    }),
    'organizations.0.upstream.autodiscoverUrl',
    'https://MAIL.example.com:443/autodiscover/autodiscover.svc',
  ],
  [
    'a private authority',
    yaml({ upstream: 'tls: { ca: { file: tls.crt }, serverName: exchange }' }),
    'organizations.0.upstream.tls.ca',
    CERTIFICATE,
  ],
  [
    'a neutral mailbox',
    yaml({ organization: 'neutralMailbox: neutral@example.com' }),
    'organizations.0.neutralMailbox',
    'neutral@example.com',
  ],
  ['no word on Send-As', yaml(), 'organizations.0.upstream.enforcesSendAs', false],
  [
    'an upstream that enforces Send-As',
    yaml({ upstream: 'enforcesSendAs: true' }),
    'organizations.0.upstream.enforcesSendAs',
    true,
  ],
  ['no word on accepted domains', yaml(), 'organizations.0.acceptedDomains', undefined],
  [
    'an accepted domain',
    yaml({ organization: 'acceptedDomains: [Exämple.COM]' }),
    'organizations.0.acceptedDomains.0',
    'xn--exmple-cua.com',
  ],
  ['no word on opaque ids', yaml(), 'organizations.0.opaqueIds', 'refuse'],
  ['opaque ids', yaml({ organization: 'opaqueIds: allow' }), 'organizations.0.opaqueIds', 'allow'],
  ['no word on the kind', yaml(), 'organizations.0.upstream.kind', 'exchange'],
  [
    'no word on opaque IDs of grommunio',
    yaml({ upstream: 'kind: grommunio' }),
    'organizations.0.opaqueIds',
    'refuse',
  ],
  [
    'no word on opaque IDs of another server',
    yaml({ upstream: 'kind: other' }),
    'organizations.0.opaqueIds',
    'allow',
  ],
  [
    'an issuer for the console, on this machine without TLS',
    oidc({ issuer: 'http://127.0.0.1:3000', name: 'Keycloak', clientId: 'c' }),
    'console.oidc.scopes.1',
    'profile',
  ],
  [
    'a policy document in a grant',
    grants(
      "policy: { Version: '2012-10-17', Statement: { Effect: Allow, Action: '*', Resource: '*' } }",
    ),
    'console.oidc.grants.0.policy.Statement.0.Action.0',
    '*',
  ],
  ['the claim of a grant', oidc(), 'console.oidc.grants.0.claim', 'groups'],
  [
    'opaque IDs of grommunio, without an effect',
    yaml({ upstream: 'kind: grommunio', organization: 'opaqueIds: allow' }),
    'organizations.0.opaqueIds',
    'refuse',
  ],
] as const) {
  t.equal(at(load(text), key), value, `loadConfig() takes ${what}`)
}

function at(tree: unknown, key: string): unknown {
  return key.split('.').reduce((value, step) => Reflect.get(Object(value), step), tree)
}

const KNOWN =
  'listen, tls, store, cache, propagation, masterKey, organizations, signIn, limits, timeouts, audit, sinks, log, traces, trustedProxies, tlsTerminatedBy, publicUrl, controlUrl, console'
const ORGANIZATION = 'organizations[0]'
const UPSTREAM = `${ORGANIZATION}.upstream`
const SIGN_IN = `${UPSTREAM}.authentication`
const NO_TEXT = 'must not be written here. Use { file: PATH } or { env: VARIABLE }'
const OPEN =
  'accepts unencrypted connections from other machines. Set tls, set tlsTerminatedBy to the proxies that terminate TLS, or listen on 127.0.0.1'
const PLAIN =
  'is http to another machine, so passwords and mail are sent unencrypted. Use https, or set allowPlainUpstream: true if you trust the network'
const OWN = 'is one of upstream.serviceAddresses. It must be a separate, empty mailbox'
const NOT_ITS_KEY =
  'does not belong to the first certificate: set the key of that certificate, or put its certificate first'
const tls = (certificate: string, key: string) =>
  `tls: { certificate: { file: ${certificate} }, privateKey: { file: ${key} } }`
const URL_KIND =
  'must be an http or https URL without credentials, query or fragment, like https://mail.example.com/EWS/Exchange.asmx'
const NETWORK = 'must be an IP address or network, like 192.0.2.7 or 10.0.0.0/8'
const ADDRESS = 'must be HOST:PORT, like 127.0.0.1:8080 or "[::1]:8080"'
const ntlm = (username: string, more = 'workstation: GW1') =>
  `{ kind: ntlm, username: '${username}', password: { file: upstream.password }, ${more} }`
const oauth = (tokenUrl: string) =>
  `{ kind: oauth, tokenUrl: '${tokenUrl}', clientId: id, clientSecret: { file: upstream.password }, scope: s }`
const basic = (password: string) => `{ kind: basic, username: svc, password: ${password} }`

for (const [what, text, expected] of [
  [
    'an empty file',
    '',
    ['organizations: is missing: it must be a list of at least one organization'],
  ],
  [
    'no organization',
    'organizations: []',
    ['organizations: must be a list of at least one organization'],
  ],
  [
    'an issuer without controlUrl',
    oidc({}, ''),
    [`${OIDC}: needs controlUrl, because the issuer sends browsers back to that URL`],
  ],
  [
    'an issuer with everything wrong',
    yaml({ top: `${CONTROL_URL}\nconsole: { oidc: { issuer: x, scopes: [a b], grants: [] } }` }),
    [
      `${OIDC}.issuer: must be an http or https URL without credentials, query or fragment, like https://login.example.com/realms/main`,
      `${OIDC}.clientId: is missing: it must be the ID of the client`,
      `${OIDC}.clientSecret: is missing: it must be { file: PATH } or { env: VARIABLE }`,
      `${OIDC}.scopes[0]: must be a scope`,
      `${OIDC}.grants: must be a list of at least one grant`,
    ],
  ],
  [
    'an issuer in clear on another machine',
    oidc({ issuer: 'http://login.example.com' }),
    [`${OIDC}.issuer: must be https, because people sign in there`],
  ],
  [
    'a client secret as text',
    oidc({ clientSecret: PASSWORD }),
    [`${OIDC}.clientSecret: ${NO_TEXT}`],
  ],
  ['scopes without openid', oidc({ scopes: '[profile]' }), [`${OIDC}.scopes: must contain openid`]],
  [
    'a grant with an unknown word',
    grants('policy: admin'),
    [`${GRANT}.policy: must be administer, read, or a policy document`],
  ],
  [
    'a grant with a malformed policy document',
    grants(
      "policy: { Version: '2012-10-17', Statement: { Effect: Permit, Action: 'x', Resource: '*' } }",
    ),
    [
      `${GRANT}.policy.Statement[0].Effect: must be Allow or Deny`,
      `${GRANT}.policy.Statement[0].Action[0]: must be an action, like workmail:AssumeImpersonationRole or ewsgateway:List*, or *; the service has no wildcards`,
    ],
  ],
  [
    'a grant of an unknown organization',
    grants('policy: read, organization: m-0'),
    [`${GRANT}.organization: is not the ID of an organization of this configuration`],
  ],
  [
    'a grant of one of two organizations',
    `${oidc()}${yaml().replace('organizations:\n', '').replace('m-0', 'm-1').replace('alias: example', 'alias: other')}`,
    [`${GRANT}.organization: is missing: it must be the ID of one of the organizations`],
  ],
  [
    'a console to which no person and no key can sign in',
    yaml({ top: 'console: { accessKeys: false }' }),
    [
      'console.accessKeys: is false, but there is no other way to sign in. Set console.oidc, or remove this key',
    ],
  ],
  [
    'sinks with everything wrong',
    sinks(
      `{ kind: webhook, name: Siem, url: 'http://siem.example.com', secret: { file: upstream.password }, types: [decisions], outcomes: [] }`,
      `{ kind: webhook, name: store, url: 'https://user:x@siem.example.com', secret: ${PASSWORD}, more: 1 }`,
      '{ kind: mail }',
      webhook('name: one'),
      webhook('name: one'),
      "{ kind: syslog, name: log, address: 'logs.example.com', clientCertificate: { certificate: { file: tls.crt } } }",
      "{ kind: s3, name: s3, endpoint: 'http://s3.example.com', bucket: A, prefix: 'a/../b', region: '', accessKeyId: k }",
      '{ kind: file, name: out, path: "" }',
      '{ kind: file, name: first, path: audit.jsonl }',
      '{ kind: file, name: second, path: audit.jsonl }',
    ),
    [
      'sinks[0].name: must be 1 to 32 lower-case letters, digits, and hyphens',
      `sinks[0].types[0]: must be one of ${TYPES}`,
      'sinks[0].outcomes: must be a list of at least one of ANSWERED, DENIED, FAILED, ABORTED',
      'sinks[0].url: must be https, because the records are confidential',
      'sinks[0].secret: must refer to whsec_ and 24 to 64 bytes in base64',
      'sinks[1].name: must not be one of history, outcomes, store',
      'sinks[1].url: must be an https URL without a user name and a fragment',
      `sinks[1].secret: ${NO_TEXT}`,
      'sinks[1].more: is an unknown key. Known keys: kind, name, format, types, outcomes, url, secret, ca',
      'sinks[2].kind: must be a mapping whose kind is file, webhook, syslog or s3',
      'sinks[5].address: must be HOST:PORT, like logs.example.com:6514',
      'sinks[5].clientCertificate.privateKey: is missing: it must be { file: PATH } or { env: VARIABLE }',
      'sinks[6].endpoint: must be https, because the records are confidential',
      'sinks[6].region: must be a region, such as eu-central-1',
      'sinks[6].bucket: must be the name of a bucket',
      'sinks[6].prefix: must be letters, digits, and the characters / . _ -',
      'sinks[6].secretAccessKey: is missing: it must be { file: PATH } or { env: VARIABLE }',
      'sinks[7].path: must be the path of a file, or "-" for standard output',
      'sinks[4].name: is taken by another sink. Choose a different one',
      'sinks[9].path: is taken by another sink. Choose a different one',
    ],
  ],
  [
    'traces with everything wrong',
    yaml({
      top: `traces: { url: 'http://collector.example.com/v1/traces', ratio: 2, headers: [{ name: 'a b', value: ${PASSWORD} }, { name: Host, value: { env: NONE } }, { name: Keep-Alive, value: { env: NONE } }] }`,
    }),
    [
      'traces.url: must be https, except for a collector on this machine',
      'traces.headers[0].name: must be the name of a header',
      `traces.headers[0].value: ${NO_TEXT}`,
      'traces.headers[1].name: is a header that the gateway writes itself',
      'traces.headers[1].value: the environment variable NONE is not set',
      'traces.headers[2].name: is a header that the gateway writes itself',
      'traces.headers[2].value: the environment variable NONE is not set',
      'traces.ratio: must be a number from 0 to 1',
    ],
  ],
  ['a list', '- 1', [`${path('gateway.yaml')}: must contain a mapping of keys`]],
  ['an unknown key', yaml({ top: 'lisen: 1' }), [`lisen: is an unknown key. Known keys: ${KNOWN}`]],
  [
    'a key of JavaScript',
    yaml({ top: '__proto__: { cache: memory }' }),
    [`__proto__: is an unknown key. Known keys: ${KNOWN}`],
  ],
  [
    'an unknown key deep inside',
    yaml({ organization: 'directory: { kind: store, url: x }' }),
    [`${ORGANIZATION}.directory.url: is an unknown key. Known keys: kind`],
  ],
  [
    'an id that is none',
    yaml().replace('m-0123', 'm-X123'),
    [`${ORGANIZATION}.id: must be m- and 32 hexadecimal digits in lower case`],
  ],
  [
    'a listener without port',
    yaml({ top: 'listen: { data: localhost }' }),
    [`listen.data: ${ADDRESS}`],
  ],
  ['port 65536', yaml({ top: 'listen: { data: "localhost:65536" }' }), [`listen.data: ${ADDRESS}`]],
  [
    'an issuer whose tokens everyone could sign',
    yaml({
      top: 'signIn: { issuers: [{ issuer: i, jwksUrl: "http://adfs.example.com/keys", algorithms: [HS256] }] }',
    }),
    [
      'signIn.issuers[0].jwksUrl: must be an https URL, because everyone on the network could replace the keys',
      'signIn.issuers[0].audience: is missing: it must be the audience of tokens, as in aud',
      'signIn.issuers[0].algorithms[0]: must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA',
    ],
  ],
  [
    'accounts of a directory that nobody has',
    yaml({ top: 'signIn: { directoryAccounts: { enabled: true, failuresBeforePause: 0 } }' }),
    [
      'signIn.directoryAccounts.failuresBeforePause: must be a whole number of wrong passwords from 1 to 100',
    ],
  ],
  [
    'accounts of a directory without a directory',
    yaml({ top: 'signIn: { directoryAccounts: { enabled: true } }' }),
    [
      'signIn.directoryAccounts.enabled: has no effect, because no organization has a directory. Set organizations[].directory.kind to ldap',
    ],
  ],
  [
    'a scheme that this version cannot offer',
    yaml({ top: 'signIn: { hosts: [{ name: ews.example.com, schemes: [Negotiate, Basic] }] }' }),
    [
      'signIn.hosts[0].schemes[0]: must not be Negotiate, because this version has no Kerberos. Clients without a fallback, such as curl --anyauth, then could not sign in',
    ],
  ],
  [
    'host names and schemes that are wrong or repeated',
    yaml({
      top: 'signIn: { hosts: [{ name: "a:1", schemes: [] }, { name: b, schemes: [basic] }, { name: B, schemes: [Basic, Basic] }, { name: 1 }] }',
    }),
    [
      'signIn.hosts[0].name: must be a host name or an IP address, without a port',
      'signIn.hosts[0].schemes: must be a list of at least one of Basic, Bearer, NTLM',
      'signIn.hosts[1].schemes[0]: must be a list of at least one of Basic, Bearer, NTLM',
      'signIn.hosts[2].schemes: must contain each scheme once',
      'signIn.hosts[3].name: must be a host name or an IP address, without a port',
      'signIn.hosts[3].schemes: is missing: it must be a list of at least one of Basic, Bearer, NTLM',
      'signIn.hosts[2].name: appears more than once. Give each host name one entry',
    ],
  ],
  [
    'one address for two listeners',
    yaml({ top: 'listen: { data: 127.0.0.1:8081 }' }),
    ['listen.control: is also the address of listen.data. Choose a different port'],
  ],
  [
    'another directory',
    yaml({ organization: 'directory: { kind: scim }' }),
    [`${ORGANIZATION}.directory.kind: must be a mapping whose kind is store or ldap`],
  ],
  [
    'another way to sign in',
    yaml({ authentication: basic('{ file: upstream.password }').replace('basic', 'kerberos') }),
    [`${SIGN_IN}.kind: must be a mapping whose kind is basic, ntlm or oauth`],
  ],
  [
    'no way to sign in',
    yaml({ authentication: 'basic' }),
    [`${SIGN_IN}: must be a mapping whose kind is basic, ntlm or oauth`],
  ],
  [
    'a domain twice',
    yaml({ authentication: ntlm('CORP\\svc', 'domain: CORP') }),
    [`${SIGN_IN}.domain: is also in the user name. Remove one of the two`],
  ],
  [
    'a user of two domains',
    yaml({ authentication: ntlm('A\\B\\svc') }),
    [`${SIGN_IN}.username: must be user@domain, DOMAIN\\user, or a user name without a domain`],
  ],
  [
    'keys of another way to sign in',
    yaml({ authentication: basic('{ file: upstream.password }').replace('}', '}, domain: CORP') }),
    [`${SIGN_IN}.domain: is an unknown key. Known keys: kind, username, password`],
  ],
  [
    'a client secret in clear',
    yaml({ authentication: oauth('http://login.example.com/token') }),
    [`${SIGN_IN}.tokenUrl: must be https, because the client secret is sent to it`],
  ],
  [
    'too old knowledge',
    yaml({ top: 'propagation: { maxAgeSeconds: 301 }' }),
    ['propagation.maxAgeSeconds: must be a whole number of seconds from 1 to 300'],
  ],
  [
    'no limit',
    yaml({ top: 'limits: { depth: 0 }' }),
    ['limits.depth: must be a whole number of elements from 1 to 1000000'],
  ],
  [
    'a proxy that is no address',
    yaml({ top: 'trustedProxies: [proxy]' }),
    [`trustedProxies[0]: ${NETWORK}`],
  ],
  [
    'a proxy in a too small network',
    yaml({ top: 'trustedProxies: [10.0.0.0/33]' }),
    [`trustedProxies[0]: ${NETWORK}`],
  ],
  [
    'a public URL with a path',
    yaml({ top: 'publicUrl: https://a.example/EWS' }),
    ['publicUrl: must have no path, such as https://ews.example.com'],
  ],
  [
    'a URL with credentials',
    yaml({ url: 'https://a:b@mail/EWS' }),
    [`${UPSTREAM}.url: ${URL_KIND}`],
  ],
  ['a URL of another kind', yaml({ url: 'ftp://mail/EWS' }), [`${UPSTREAM}.url: ${URL_KIND}`]],
  [
    'TLS for an http upstream',
    yaml({ url: 'http://localhost/EWS', upstream: 'tls: { serverName: a }' }),
    [`${UPSTREAM}.tls: has no effect with an http url. Remove it, or use https`],
  ],
  [
    'a literal secret',
    yaml({ authentication: basic(PASSWORD) }),
    [`${SIGN_IN}.password: ${NO_TEXT}`],
  ],
  [
    'a secret by both ways',
    yaml({ authentication: basic('{ file: a, env: B }') }),
    [`${SIGN_IN}.password: must be { file: PATH } or { env: VARIABLE }`],
  ],
  [
    'a secret that does not exist',
    yaml({ authentication: basic('{ file: none }') }),
    [`${SIGN_IN}.password: the file ${path('none')} does not exist`],
  ],
  [
    'a secret in a folder',
    yaml({ authentication: basic('{ file: etc }') }),
    [`${SIGN_IN}.password: the file ${path('etc')} is a folder`],
  ],
  [
    'an empty secret',
    yaml({ authentication: basic('{ file: empty.password }') }),
    [`${SIGN_IN}.password: the file ${path('empty.password')} is empty`],
  ],
  [
    'a secret that is not UTF-8',
    yaml({ authentication: basic('{ file: latin1.password }') }),
    [`${SIGN_IN}.password: the file ${path('latin1.password')} is not UTF-8`],
  ],
  [
    'a password of two lines',
    yaml({ authentication: basic('{ file: two.password }') }),
    [`${SIGN_IN}.password: must refer to a password on one line`],
  ],
  [
    'a secret in no variable',
    yaml({ authentication: basic('{ env: NO_SUCH }') }),
    [`${SIGN_IN}.password: the environment variable NO_SUCH is not set`],
  ],
  [
    'a key for a certificate',
    yaml({ top: 'tls: { certificate: { file: tls.key }, privateKey: { file: tls.crt } }' }),
    [
      'tls.certificate: must refer to a certificate in PEM',
      'tls.privateKey: must refer to a private key in PEM without a passphrase',
    ],
  ],
  [
    'the key of another certificate',
    yaml({ top: tls('tls.crt', 'other.key') }),
    [`tls.privateKey: ${NOT_ITS_KEY}`],
  ],
  [
    'the key of a certificate that is not the first',
    yaml({ top: tls('chain.crt', 'other.key') }),
    [`tls.privateKey: ${NOT_ITS_KEY}`],
  ],
  [
    'a client certificate with the key of another one',
    yaml({
      upstream:
        'tls: { clientCertificate: { certificate: { file: tls.crt }, privateKey: { file: other.key } } }',
    }),
    [`${UPSTREAM}.tls.clientCertificate.privateKey: ${NOT_ITS_KEY}`],
  ],
  [
    'a key that needs a passphrase',
    yaml({ top: tls('tls.crt', 'encrypted.key') }),
    ['tls.privateKey: must refer to a private key in PEM without a passphrase'],
  ],
  [
    'a malformed certificate',
    yaml({ top: tls('malformed.crt', 'tls.key') }),
    ['tls.certificate: must refer to a certificate in PEM'],
  ],
  [
    'a malformed certificate behind a good one',
    yaml({ upstream: 'tls: { ca: { file: half.crt } }' }),
    [`${UPSTREAM}.tls.ca: must refer to certificates in PEM`],
  ],
  [
    'a user name with a colon',
    yaml({ authentication: basic('{ file: upstream.password }').replace('svc', '"s:c"') }),
    [`${SIGN_IN}.username: must be the user name of the service account, without a colon`],
  ],
] as const) {
  t.strictSame(mistakes(text), expected, `loadConfig() refuses ${what}`)
}

for (const [what, text, expected] of [
  [
    'R22 an open data listener',
    yaml({ top: 'listen: { data: 0.0.0.0:80 }' }),
    [`listen.data: ${OPEN}`],
  ],
  [
    'R22 an open control listener',
    yaml({ top: 'listen: { control: "[::]:80" }' }),
    [`listen.control: ${OPEN}`],
  ],
  [
    'R22 a listener by name',
    yaml({ top: 'listen: { data: gateway:80 }' }),
    [`listen.data: ${OPEN}`],
  ],
  ...[
    'http://mail.example.com/autodiscover/autodiscover.svc',
    'https://autodiscover.example.com/autodiscover/autodiscover.svc',
    'https://mail.example.com:444/autodiscover/autodiscover.svc',
  ].map(
    url =>
      [
        `an Autodiscover elsewhere: ${url}`,
        yaml({ upstream: `autodiscoverUrl: ${url}` }),
        [
          `${UPSTREAM}.autodiscoverUrl: must have the scheme, host, and port of url, because the password is sent there too`,
        ],
      ] as const,
  ),
  [
    'an Autodiscover with credentials',
    yaml({ upstream: 'autodiscoverUrl: https://a:b@mail.example.com/autodiscover.svc' }),
    [
      `${UPSTREAM}.autodiscoverUrl: must be an http or https URL without credentials, query or fragment, like https://mail.example.com/autodiscover/autodiscover.svc`,
    ],
  ],
  [
    'R22 a plain upstream',
    yaml({ url: 'http://mail.example.com/EWS' }),
    [`${UPSTREAM}.url: ${PLAIN}`],
  ],
  [
    'R22 a plain upstream that only looks like home',
    yaml({ url: 'http://127.0.0.1.example.com/EWS' }),
    [`${UPSTREAM}.url: ${PLAIN}`],
  ],
  [
    'R1 a neutral mailbox that is the service account',
    yaml({ organization: 'neutralMailbox: SVC@Example.com' }),
    [`${ORGANIZATION}.neutralMailbox: ${OWN}`],
  ],
  [
    'opaque ids that are neither',
    yaml({ organization: 'acceptedDomains: []' }),
    [`${ORGANIZATION}.acceptedDomains: must be a list of at least one domain`],
  ],
  ...['example', 'example.com.', '*.example.com', '@example.com', 'a b.com', ''].map(
    (domain, n) =>
      [
        `the domain ${domain}`,
        yaml({ organization: `acceptedDomains: [${'example.com, '.repeat(n)}"${domain}"]` }),
        [`${ORGANIZATION}.acceptedDomains[${n}]: must be a domain, such as example.com`],
      ] as const,
  ),
  [
    'opaque ids that are no word',
    yaml({ organization: 'opaqueIds: true' }),
    [`${ORGANIZATION}.opaqueIds: must be one of allow, refuse`],
  ],
] as const) {
  t.strictSame(mistakes(text), expected, `loadConfig() refuses ${what}`)
}

t.test('loadConfig() rejects two organizations with one name', async t => {
  const [, one = ''] = yaml().split('organizations:\n')
  t.strictSame(mistakes(`${yaml()}${one.replace('example\n', 'EXAMPLE\n')}`), [
    'organizations[1].id: is taken by another organization. Choose a different one',
    'organizations[1].alias: is taken by another organization. Choose a different one',
  ])
})

t.test('loadConfig() reports all mistakes at once, of one key and across keys', async t => {
  const text = yaml({
    top: 'listen: { data: 0.0.0.0:80, ops: x }\nlisen: 1\ncache: none\ntrustedProxies: 7',
    url: 'http://mail/EWS',
    authentication: basic('{ file: none }'),
    organization: 'neutralMailbox: svc@example.com',
  }).replace('alias: example', 'alias: ""')
  const keys = mistakes(text).map(mistake => mistake.split(':')[0])
  t.strictSame(keys.toSorted(), [
    'cache',
    'lisen',
    'listen.data',
    'listen.ops',
    `${ORGANIZATION}.alias`,
    `${ORGANIZATION}.neutralMailbox`,
    `${SIGN_IN}.password`,
    `${UPSTREAM}.url`,
    'trustedProxies',
  ])
})

t.test('loadConfig() names the line of a mistake in the YAML', async t => {
  t.strictSame(mistakes('cache: memory\ncache: memory\na: &x 1\n'), [
    `${path('gateway.yaml')}: line 2, column 1: this key is a duplicate. Remove one of the two`,
    `${path('gateway.yaml')}: line 3, column 7: anchors and aliases are not supported. Write out the value`,
  ])
})

t.test('loadConfig() reports that a file does not exist', async t => {
  t.strictSame(mistakes('', { file: 'no.yaml', cwd: folder }), [
    `the file ${path('no.yaml')} does not exist`,
  ])
})

t.test('loadConfig() says that it read no file if nothing has the organizations', async t => {
  const unread = (file: string) =>
    `No configuration file was read. Add --config ${file}, or set the configuration keys in environment variables such as EWS_GATEWAY_ORGANIZATIONS__0__ID`
  writeFileSync(path('gateway.yaml'), yaml())
  for (const [cwd, env, expected] of [
    [folder, {}, [unread('gateway.yaml')]],
    [path('none'), {}, [unread('FILE')]],
    [
      folder,
      { EWS_GATEWAY_CACHE: 'none' },
      [unread('gateway.yaml'), /^cache \(set by EWS_GATEWAY_CACHE\): must be memory/],
    ],
    [
      folder,
      { EWS_GATEWAY_ORGANIZATIONS: '[]' },
      [/^organizations \(set by EWS_GATEWAY_ORGANIZATIONS\): must be a list/],
    ],
  ] as const) {
    const error = t.throws(() => loadConfig({ cwd, env })) as ConfigError
    t.match(error.mistakes, expected)
    t.equal(error.mistakes.length, expected.length)
  }
})

t.test('loadConfig() prefers the environment to the file', async t => {
  const env = {
    EWS_GATEWAY_LISTEN__DATA: '[::1]:9000',
    EWS_GATEWAY_PROPAGATION__MAX_AGE_SECONDS: '7',
    EWS_GATEWAY_AUDIT__JOURNAL: '/srv/audit',
    EWS_GATEWAY_TRUSTED_PROXIES__0: '10.0.0.0/8',
    EWS_GATEWAY_ORGANIZATIONS__0__UPSTREAM__URL: 'https://other.example.com/EWS/Exchange.asmx',
    EWS_GATEWAY_ORGANIZATIONS__0__UPSTREAM__AUTHENTICATION__USERNAME: '"0815"',
    EWS_GATEWAYS: 'no business of ours',
  }
  const config = load(yaml({ top: 'propagation: { maxAgeSeconds: 9 }' }), { env })
  t.strictSame(config.listen.data, { host: '::1', port: 9000 })
  t.equal(config.propagation.maxAgeSeconds, 7)
  t.equal(config.audit.journal, '/srv/audit')
  t.strictSame(config.trustedProxies, ['10.0.0.0/8'])
  t.match(config.organizations[0]?.upstream, {
    url: 'https://other.example.com/EWS/Exchange.asmx',
    authentication: { username: '0815' },
    serviceAddresses: ['svc@example.com'],
  })
})

t.test('loadConfig() without a file resolves paths from the working directory', async t => {
  const organization = 'EWS_GATEWAY_ORGANIZATIONS__0'
  const config = loadConfig({
    env: {
      [`${organization}__ID`]: 'm-0123456789abcdef0123456789abcdef',
      [`${organization}__ALIAS`]: 'example',
      [`${organization}__UPSTREAM__URL`]: 'https://mail.example.com/EWS/Exchange.asmx',
      [`${organization}__UPSTREAM__AUTHENTICATION__KIND`]: 'basic',
      [`${organization}__UPSTREAM__AUTHENTICATION__USERNAME`]: 'svc',
      [`${organization}__UPSTREAM__AUTHENTICATION__PASSWORD__FILE`]: 'upstream.password',
      [`${organization}__UPSTREAM__SERVICE_ADDRESSES__0`]: 'svc@example.com',
    },
    cwd: path('etc'),
  })
  t.strictSame(config.store, { kind: 'sqlite', file: path('etc/data/gateway.db') })
  t.equal(passwordOf(config), 'another')
})

t.test('loadConfig() resolves paths from the folder of the file', async t => {
  mkdirSync(path('sub'))
  writeFileSync(
    path('sub/gateway.yaml'),
    yaml().replace('upstream.password', '../upstream.password'),
  )
  const config = loadConfig({ file: 'sub/gateway.yaml', env: {}, cwd: folder })
  t.equal(config.masterKey.file, path('sub/data/master.key'))
})

t.test('loadConfig() reads a secret from any variable that a reference names', async t => {
  const env = { EWS_GATEWAY_PASSWORD: 'from-the-environment\n' }
  const config = load(yaml({ authentication: basic('{ env: EWS_GATEWAY_PASSWORD }') }), { env })
  t.equal(passwordOf(config), 'from-the-environment')
})

for (const [name, value, expected] of [
  [
    'EWS_GATEWAY_LISEN__DATA',
    '1',
    `lisen (set by EWS_GATEWAY_LISEN__DATA): is an unknown key. Known keys: ${KNOWN}`,
  ],
  [
    'EWS_GATEWAY_cache',
    'memory',
    `EWS_GATEWAY_cache (set by EWS_GATEWAY_cache): is an unknown key. Known keys: ${KNOWN}`,
  ],
  [
    'EWS_GATEWAY_',
    'x',
    `EWS_GATEWAY_ (set by EWS_GATEWAY_): is an unknown key. Known keys: ${KNOWN}`,
  ],
  [
    'EWS_GATEWAY_CONSTRUCTOR__NAME',
    'x',
    `constructor (set by EWS_GATEWAY_CONSTRUCTOR__NAME): is an unknown key. Known keys: ${KNOWN}`,
  ],
  [
    'EWS_GATEWAY_STORE__FILE',
    'x',
    'EWS_GATEWAY_STORE__FILE: sets a key below a value that is not a mapping of keys',
  ],
  [
    'EWS_GATEWAY_ORGANIZATIONS__ID',
    'x',
    'EWS_GATEWAY_ORGANIZATIONS__ID: sets a key below a value that is not a mapping of keys',
  ],
  [
    'EWS_GATEWAY_ORGANIZATIONS__2__ID',
    'x',
    'EWS_GATEWAY_ORGANIZATIONS__2__ID: skips an index: the list has 1 entries, so the next index is 1',
  ],
  ['EWS_GATEWAY_CACHE', '', `cache (set by EWS_GATEWAY_CACHE): must be ${CACHE_FORM}`],
  [
    'EWS_GATEWAY_ORGANIZATIONS__0__UPSTREAM__AUTHENTICATION__PASSWORD',
    PASSWORD,
    `${SIGN_IN}.password (set by EWS_GATEWAY_ORGANIZATIONS__0__UPSTREAM__AUTHENTICATION__PASSWORD): ${NO_TEXT}`,
  ],
] as const) {
  const text = yaml({ top: 'store: sqlite:x.db' })
  t.strictSame(
    mistakes(text, { env: { [name]: value } }),
    [expected],
    `loadConfig() refuses ${name}`,
  )
}

t.test('loadConfig() prefers the command line to the environment', async t => {
  const env = { EWS_GATEWAY_LISTEN__DATA: '127.0.0.1:1', EWS_GATEWAY_LISTEN__OPS: '127.0.0.1:2' }
  const { listen } = load(yaml(), { env, overrides: { listen: { data: '127.0.0.1:0' } } })
  t.strictSame([listen.data.port, listen.control.port, listen.ops.port], [0, 8081, 2])
  t.strictSame(mistakes(yaml(), { overrides: { listen: { data: '8080' } } }), [
    `listen.data (set by the command line): ${ADDRESS}`,
  ])
})

t.test('P8 loadConfig() never prints a secret, right or wrong', async t => {
  const literals = [
    yaml({ authentication: basic(PASSWORD) }),
    yaml({ authentication: PASSWORD }),
    yaml({ url: `https://svc:${PASSWORD}@mail/EWS` }),
    yaml({ top: `cache: "redis://:${PASSWORD}@cache/x"` }),
    yaml({ top: `store: "postgres://u:${PASSWORD}@db"` }),
    yaml({ top: `store: { url: "mysql://u:${PASSWORD}@db/x", password: ${PASSWORD} }` }),
    yaml({ top: `store: "postgres://u:${PASSWORD}%zz@db/x"` }),
    yaml({ authentication: basic(`!secret ${PASSWORD}`) }),
    yaml({ authentication: basic(`"${PASSWORD}\\x"`) }),
    yaml({ authentication: `{ password: @${PASSWORD} }` }),
    yaml({ authentication: basic(`{ file: ${PASSWORD}: x }`) }),
  ]
  for (const text of literals) {
    const found = mistakes(text)
    t.not(found.length, 0)
    t.notMatch(found.join('\n'), PASSWORD)
  }

  const syslog = "{ kind: syslog, name: log, address: '[::1]:6514' }"
  const s3 =
    "{ kind: s3, name: s3, endpoint: 'https://s3.example.com', bucket: audit, accessKeyId: AKIA, secretAccessKey: { file: webhook.secret } }"
  const config = load(sinks(webhook('name: siem'), syslog, s3))
  t.match(parse(printConfig(config, NOW)), {
    sinks: [
      { url: 'https://siem.example.com/[secret]', secret: '[secret]' },
      { address: '[::1]:6514' },
      { endpoint: 'https://s3.example.com', bucket: 'audit', secretAccessKey: '[secret]' },
    ],
  })
  for (const printed of [
    printConfig(config, NOW),
    JSON.stringify(config),
    inspect(config, { depth: 9 }),
  ]) {
    t.match(printed, '[secret]')
    t.notMatch(printed, PASSWORD)
  }
})

t.test('loadConfig() returns a configuration or mistakes for any YAML', async t => {
  const anyTree = fc.jsonValue({ maxDepth: 4 })
  const anyKey = fc.constantFrom('listen', 'tls', 'store', 'organizations', 'limits', 'sinks')
  const anyOf = fc.dictionary(anyKey, anyTree)
  const inOrganization = anyOf.map(organization => ({
    organizations: [organization, organization],
  }))
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.oneof(anyTree, anyOf, inOrganization), tree => {
        return mistakes(JSON.stringify(tree)).length > 0
      }),
      { numRuns: 200 },
    ),
  )
})

t.test('loadConfig() resolves paths and secrets of each file separately', async t => {
  const of = (cwd: string, password: string) =>
    loadConfig({
      env: { PASSWORD: password },
      cwd,
      overrides: {
        organizations: [
          {
            id: 'm-0123456789abcdef0123456789abcdef',
            alias: 'example',
            upstream: {
              url: 'https://mail.example.com/EWS/Exchange.asmx',
              authentication: { kind: 'basic', username: 'svc', password: { env: 'PASSWORD' } },
              serviceAddresses: ['svc@example.com'],
            },
          },
        ],
      },
    })
  const configs = [of('/one', 'first'), of('/two', 'second')]
  t.strictSame(
    configs.map(({ masterKey, organizations: [it] }) => [
      masterKey.file,
      it?.upstream.authentication.kind === 'basic' && it.upstream.authentication.password.reveal(),
    ]),
    [
      ['/one/data/master.key', 'first'],
      ['/two/data/master.key', 'second'],
    ],
  )
})

t.test('loadConfig() of a directory', async t => {
  const ldap = (more: string) =>
    yaml({
      organization: `directory: { kind: ldap, bindDn: svc, password: { file: upstream.password }, baseDn: "DC=x", ${more} }`,
    })
  const [organization] = load(ldap('url: ldaps://dc1.example.com')).organizations
  t.match(organization?.directory, {
    kind: 'ldap',
    userFilter: '(&(objectCategory=person)(objectClass=user)(mail=*))',
    intervalSeconds: 300,
    disabledUsers: [],
  })
  t.strictSame(load(yaml()).organizations[0]?.directory, { kind: 'store' })
  for (const good of ['ldap://127.0.0.1:3389', 'ldap://dc1, allowPlainDirectory: true'])
    t.ok(load(ldap(`url: ${good}`)), good)
  for (const [wrong, message] of [
    ['url: ldap://dc1.example.com', /directory.url: is ldap to another machine/],
    [
      'url: ldap://127.0.0.1, ca: { file: tls.crt }',
      /directory.ca: has no effect with an ldap url/,
    ],
    ['url: ldaps://dc1/DC=x', /directory.url: must be an ldap or ldaps URL/],
    ['url: "ldaps://svc:secret@dc1"', /directory.url: must be an ldap or ldaps URL/],
    [
      'url: ldaps://dc1, userFilter: "(mail=*))(a=b"',
      /directory.userFilter: must be an LDAP filter/,
    ],
    ['url: ldaps://dc1, userFilter: mail=*', /directory.userFilter: must be an LDAP filter/],
    [
      'url: ldaps://dc1, disabledUsers: [ceo]',
      /directory.disabledUsers.0.: must be an SMTP address/,
    ],
  ] as const)
    t.throws(() => load(ldap(wrong)), { name: 'ConfigError', message }, wrong)
})

t.test('proxiedSchemes() warns of NTLM that clients of a proxy cannot use', async t => {
  const hosts =
    'signIn: { hosts: [{ name: a, schemes: [Basic] }, { name: b, schemes: [NTLM, Basic] }] }'
  const proxied = `${hosts}\ntlsTerminatedBy: [10.0.0.7]`
  for (const [top, warnings] of [
    [hosts, 0],
    [proxied, 1],
    [`${proxied}\n${tls('tls.crt', 'tls.key')}`, 0],
  ] as const)
    t.equal(proxiedSchemes(load(yaml({ top }))).length, warnings, top)
  t.match(proxiedSchemes(load(yaml({ top: proxied })))[0], /^signIn.hosts\[1\].schemes: NTLM signs/)
})

t.test('checkConfig() warns of each file with a secret that other users can access', async t => {
  const sink = webhook('name: w, ca: { file: tls.crt }')
  const top = `${CONTROL_URL}\n${tls('tls.crt', 'tls.key')}\nsinks: [${sink}]`
  for (const open of [...SECRET_FILES.map(file => [file]), SECRET_FILES, []]) {
    for (const file of SECRET_FILES)
      chmodSync(join(folder, file), open.includes(file) ? 0o644 : 0o600)
    const warned: string[] = []
    checkConfig(load(oidc({}, top)), { print: () => undefined, warn: line => warned.push(line) })
    t.strictSame(
      warned.filter(line => line.startsWith('Other')).toSorted(),
      open
        .map(file => join(folder, file))
        .map(file => `Other users can access the secret ${file}. Run chmod 600 ${file}`)
        .toSorted(),
    )
  }
})

t.test('checkConfig() warns if protection does not cover all IDs', async t => {
  for (const [parts, expected] of [
    [{ upstream: 'kind: exchange' }, []],
    [{ upstream: 'kind: grommunio' }, []],
    [{ upstream: 'kind: grommunio', organization: 'opaqueIds: allow' }, []],
    [{ upstream: 'kind: other', organization: 'opaqueIds: refuse' }, []],
    [{ upstream: 'kind: other' }, [/^organizations\[0\].opaqueIds: with allow, protected mail/]],
    [
      { upstream: 'kind: exchange', organization: 'opaqueIds: allow' },
      [/not from IDs that tell no/],
    ],
  ] as const) {
    const warnings: string[] = []
    checkConfig(load(yaml(parts)), {
      print: () => undefined,
      warn: line => warnings.push(line),
    })
    t.equal(warnings.length, expected.length, JSON.stringify(parts))
    t.match(warnings, expected)
  }
})

t.test('printConfig() and invalidCertificates() name the purpose of each certificate', async t => {
  const upstream = 'tls: { ca: { file: chain.crt } }'
  const config = load(yaml({ top: tls('chain.crt', 'tls.key'), upstream }))
  const printed = (day: number) => {
    const text = printConfig(config, NOW + day * DAY_MS)
    t.notMatch(text, /BEGIN|\[object/)
    return parse(text) as Config
  }
  const described = (names: string, expires: string) => ({
    names: `${names}, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1`,
    expires: `2026-01-31, ${expires}`,
    issuer: 'self-signed',
  })
  for (const [day, expires] of [
    [0, 'in 30 days'],
    [29.5, 'in 0 days'],
    [31, 'expired 1 days ago'],
    [-1, 'not valid before 2026-01-01T00:00:00.000Z'],
  ] as const) {
    const both = [described('DNS:localhost', expires), described('DNS:mail.example.com', expires)]
    const shown = printed(day)
    t.strictSame(shown.tls, { certificate: both, privateKey: '[secret]' }, expires)
    t.strictSame(shown.organizations[0]?.upstream.tls, { ca: both })
    const invalid = invalidCertificates(config, NOW + day * DAY_MS)
    const keys = ['tls.certificate', 'tls.certificate', `${UPSTREAM}.tls.ca`, `${UPSTREAM}.tls.ca`]
    const expected = expires.startsWith('in') ? [] : keys
    t.strictSame(
      invalid.map(line => line.slice(0, line.indexOf(': '))),
      expected,
      expires,
    )
    for (const line of invalid) t.match(line, expires)
  }
})
