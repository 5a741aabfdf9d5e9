/**
 * Near misses in the control API and in the configuration.
 *
 * @module
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { authentication } from '../../src/config/authentication.ts'
import { cacheMistakes } from '../../src/config/cache-url.ts'
import { readConnectionUrl } from '../../src/config/connection-url.ts'
import { consoleSection } from '../../src/config/console.ts'
import { directory } from '../../src/config/directory.ts'
import { environmentSettings } from '../../src/config/environment.ts'
import { writePath } from '../../src/config/keys.ts'
import { isLoopback, isNetwork, readListenAddress } from '../../src/config/network.ts'
import { organizations } from '../../src/config/organization.ts'
import { type Reference, readReference } from '../../src/config/secrets.ts'
import { signIn } from '../../src/config/sign-in.ts'
import { readStoreUrl } from '../../src/config/store-url.ts'
import { httpUrl, secret, text } from '../../src/config/values.ts'
import { isConsolePath } from '../../src/control/browser/console.ts'
import { ConsoleFiles } from '../../src/control/browser/files.ts'
import { OwnAddress } from '../../src/control/browser/own.ts'
import { isDecisionId } from '../../src/control/contract/history.ts'
import { policyShape } from '../../src/control/contract/policy-document.ts'
import { ApiError } from '../../src/control/errors.ts'
import { NAME_ACTIONS } from '../../src/control/former-names.ts'
import { withSeconds } from '../../src/control/json-times.ts'
import { problemsOf } from '../../src/control/problems.ts'
import { roleIdShape, timeShape } from '../../src/control/shapes.ts'
import { USER_WRITE_ACTIONS } from '../../src/control/users-write.ts'
import { readInput } from '../../src/control/wire.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { around, makeFolder, passes, rowsOf } from './row.ts'

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

/** A folder of console files beside a file that is not the console's. */
const folder = makeFolder()
mkdirSync(join(folder, 'console'))
for (const name of ['a.txt', 'console/a.txt', 'console/a.txt.br', 'console/index.html'])
  writeFileSync(join(folder, name), name)
const files = new ConsoleFiles(join(folder, 'console'), new ByteBudget(1_000_000))
const servesText = async (path: string) => {
  const { headers } = await files.answer(path, undefined)
  return headers?.['Content-Type'] === 'text/plain; charset=utf-8'
}
const isPlain = async (parameter: string) => {
  const { headers } = await files.answer('a.txt', `br;${parameter}`)
  return headers?.['Content-Encoding'] === undefined
}

const own = new OwnAddress({})

const ASSUME = 'workmail:AssumeImpersonationRole'
const takesPolicy = (statement: object) =>
  takes(policyShape, {
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Action: ASSUME, Resource: '*', ...statement },
  })
const takesRole = (operator: string) => (role: string) =>
  takesPolicy({ Condition: { [operator]: { 'workmail:ImpersonationRoleId': role } } })

const ORGANIZATION = 'm-0123456789abcdef0123456789abcdef'
const takesInput = (actions: typeof NAME_ACTIONS, name: string, input: object) => {
  const action = actions.find(one => one.name === name)
  return action && takes(action.input, { OrganizationId: ORGANIZATION, ...input })
}

const strict = z.strictObject({})
const problemIn = (schema: z.ZodType, value: unknown) => {
  const { error } = schema.safeParse(value)
  return error && problemsOf(error)[0]
}

export const CONTROL_ROWS = [
  ...rowsOf('control/browser/console.ts', ['/console', around('x'), isConsolePath]),
  ...rowsOf(
    'control/browser/files.ts',
    ['a.txt', ['../a.txt', 'x/../../a.txt', '\n/../../a.txt', 'x/\n/../../../a.txt'], servesText],
    ['q=0', around('x', '5'), isPlain],
  ),
  ...rowsOf('control/json-times.ts', [
    '2023-11-14T22:13:20Z',
    around('1'),
    time => withSeconds(timeShape, time) !== time,
  ]),
  ...rowsOf('control/browser/own.ts', [
    'localhost:8081',
    around('x/', '/x'),
    host => passes(() => own.requireHost({ host }), ApiError),
  ]),
  ...rowsOf('control/former-names.ts', [
    'ann@example.com',
    around(' '),
    Name => takesInput(NAME_ACTIONS, 'ReleaseName', { Kind: 'ADDRESS', Name }),
  ]),
  ...rowsOf('control/contract/history.ts', [
    '01234567-89ab-7def-8123-456789abcdef',
    around('0'),
    isDecisionId,
  ]),
  ...rowsOf(
    'control/contract/policy-document.ts',
    ['role-1', around('*'), takesRole('StringEquals')],
    ['role-*', around(' '), takesRole('StringLike')],
    [ASSUME, around('x', '-'), Action => takesPolicy({ Action })],
    [
      `arn:aws:workmail:us-east-1:111122223333:organization/${ORGANIZATION}`,
      around('x', '/user'),
      Resource => takesPolicy({ Resource }),
    ],
    ['Sid1', around('-'), Sid => takesPolicy({ Sid })],
  ),
  ...rowsOf(
    'control/problems.ts',
    [
      '.x',
      ['[0].x'],
      path => {
        const isList = path.startsWith('[')
        return !problemIn(
          isList ? z.array(strict) : strict,
          isList ? [{ x: 1 }] : { x: 1 },
        )?.includes('.')
      },
    ],
    ['x', around('<', '>'), name => !problemIn(strict, { [name]: 1 })?.includes('"')],
  ),
  ...rowsOf('control/shapes.ts', ['role-1', around('*'), id => takes(roleIdShape, id)]),
  ...rowsOf('control/contract/users.ts', [
    'Ann',
    around('\u0007'),
    DisplayName =>
      takesInput(USER_WRITE_ACTIONS, 'PutUser', {
        PrimarySmtpAddress: 'ann@example.com',
        DisplayName,
      }),
  ]),
  ...rowsOf('control/wire.ts', [
    'charset=utf-8',
    around('x'),
    parameter =>
      passes(() => readInput(`application/json;${parameter}`, Buffer.alloc(0)), ApiError),
  ]),
]

const surroundings = { path: (path: string) => path, read: () => 'secret' }
const NTLM = { kind: 'ntlm', username: 'ann', password: { env: 'X' } }
const takesNtlm = (change: object) => takes(authentication(surroundings), { ...NTLM, ...change })
const OIDC = {
  issuer: 'https://login.example.com',
  clientId: 'console',
  clientSecret: { env: 'X' },
  grants: [{ value: 'x', policy: 'read' }],
}
const takesOidc = (change: object) =>
  takes(consoleSection(surroundings), { oidc: { ...OIDC, ...change } })
const LDAP = {
  kind: 'ldap',
  url: 'ldaps://dc1.example.com',
  bindDn: 'CN=x',
  password: { env: 'X' },
  baseDn: 'DC=x',
}
const PEM = readFileSync('fixtures/certificates/alternative-names.pem', 'utf8')
const pem = {
  ...surroundings,
  read: (reference: Reference) => ('env' in reference && reference.env === 'CA' ? PEM : 'secret'),
}
const takesLdap = (change: object) => takes(directory(pem), { ...LDAP, ...change })
const takesOrganization = (change: object, upstream: object = {}) =>
  takes(organizations(surroundings), [
    {
      id: ORGANIZATION,
      alias: 'example',
      upstream: {
        url: 'https://mail.example.com/EWS/Exchange.asmx',
        authentication: { kind: 'basic', username: 'svc', password: { env: 'X' } },
        serviceAddresses: ['svc@example.com'],
        ...upstream,
      },
      ...change,
    },
  ])
const firstStep = (segment: string) =>
  environmentSettings({ [`EWS_GATEWAY_${segment}`]: '' }, new Set())[0]?.path[0]

export const CONFIG_ROWS = [
  ...rowsOf(
    'config/authentication.ts',
    ['CORP\\ann', around('\\'), username => takesNtlm({ username })],
    ['CORP', around('@'), domain => takesNtlm({ domain })],
    ['ann', around(':'), username => takesNtlm({ username })],
  ),
  ...rowsOf(
    'config/cache-url.ts',
    [
      'master',
      around('/'),
      name => cacheMistakes(`redis+sentinel://h:1/${encodeURIComponent(name)}`).length === 0,
    ],
    [
      '5',
      around('x'),
      number => cacheMistakes(`redis://h/${encodeURIComponent(number)}`).length === 0,
    ],
  ),
  ...rowsOf(
    'config/connection-url.ts',
    ['redis://h', around('x ', '#x'), url => readConnectionUrl(url, { redis: 1 })],
    ['[::1]', ['::1'], host => readConnectionUrl(`redis://${host}`, { redis: 1 })],
  ),
  ...rowsOf(
    'config/console.ts',
    ['Entra ID', around('\n', 'x'.repeat(64)), name => takesOidc({ name })],
    ['profile', around(' '), scope => takesOidc({ scopes: ['openid', scope] })],
  ),
  ...rowsOf(
    'config/directory.ts',
    [
      'ldaps://dc1.example.com',
      ['ldap://ldaps:636'],
      url => takesLdap({ url, ca: { env: 'CA' }, allowPlainDirectory: true }),
    ],
    ['ldaps://dc1.example.com', around('x', '/x'), url => takesLdap({ url })],
    ['(cn=x)', around('x'), userFilter => takesLdap({ userFilter })],
  ),
  ...rowsOf(
    'config/environment.ts',
    ['STORE', around('-', '_'), segment => firstStep(segment) !== `EWS_GATEWAY_${segment}`],
    ['A1', [], segment => firstStep(segment) === 'a1'],
  ),
  ...rowsOf('config/keys.ts', [
    '.x',
    ['[0].x'],
    path => !writePath(path === '.x' ? ['x'] : [0, 'x']).includes('.'),
  ]),
  ...rowsOf(
    'config/network.ts',
    ['127.0.0.1:80', around('/', '0000'), readListenAddress],
    ['[::1]', [':[:1]', '[::1]%eth0', 'x\n[::1]', '[::1]\nx'], isLoopback],
    ['10.0.0.0/8', around('x'), isNetwork],
  ),
  ...rowsOf(
    'config/organization.ts',
    [ORGANIZATION, around('x', '0'), id => takesOrganization({ id })],
    ['example', around('-'), alias => takesOrganization({ alias })],
    ['mail.example.com', around('*'), serverName => takesOrganization({}, { tls: { serverName } })],
  ),
  ...rowsOf('config/sign-in.ts', [
    'ews.example.com',
    around('/'),
    name => takes(signIn(surroundings), { hosts: [{ name, schemes: ['Basic'] }] }),
  ]),
  ...rowsOf('config/secrets.ts', [
    'x\n',
    ['x\ny'],
    found => readReference({ env: 'X' }, { X: found }, path => path) !== found,
  ]),
  ...rowsOf('config/store-url.ts', [
    'sqlite:x.db',
    around('x', '\u0007'),
    url => readStoreUrl(url)?.kind === 'sqlite',
  ]),
  ...rowsOf(
    'config/values.ts',
    ['x', around('\u0007'), value => takes(text('x'), value)],
    ['https://example.com', around('x', '?x'), url => takes(httpUrl('x'), url)],
    [
      'X',
      around('-'),
      env =>
        takes(
          secret(surroundings, 'x', () => true),
          { env },
        ),
    ],
  ),
]
