/**
 * R6: a client can send only cookies that the upstream set for it.
 */

import { createSecretKey } from 'node:crypto'
import t from 'tap'
import { CookieSeal } from '../../src/gateway/cookies.ts'

const keyOf = (byte: number) => createSecretKey(Buffer.alloc(32, byte))
const seal = new CookieSeal(() => [keyOf(1)])
const OWNER = { organizationId: 'o', roleId: 'r', principalId: 'p' }
const COOKIE = { name: 'X-BackEndCookie', value: 'a.b=c', anchorMailbox: 'ann@example.com' }
const OVERRIDE = { ...COOKIE, name: 'X-BackEndOverrideCookie', value: 'server' }
const sealed = seal.seal(OWNER, COOKIE)
const override = seal.seal(OWNER, OVERRIDE)
const other = seal.seal(OWNER, { ...COOKIE, value: 'other' })

/** Returns the cookies that a Cookie header has, as the upstream gets them. */
const opened = (cookie: string, owner = OWNER) =>
  Object.fromEntries(seal.unseal(owner, { cookie }).cookies)
const FOUND = { [COOKIE.name]: COOKIE.value }

for (const [name, header, found] of [
  ['a sealed cookie', `X-BackEndCookie=${sealed}`, FOUND],
  ['blanks around it', ` X-BackEndCookie = ${sealed} `, FOUND],
  ['its name in capitals', `X-BACKENDCOOKIE=${sealed}`, { 'X-BACKENDCOOKIE': COOKIE.value }],
  ['a cookie without a value before it', `x; X-BackEndCookie=${sealed}`, FOUND],
  ['a cookie of the client before it', `a=b; X-BackEndCookie=${sealed};c=d`, FOUND],
  ['an unsealed one of its name before it', `X-BackEndCookie=x; X-BackEndCookie=${sealed}`, FOUND],
  ['two of its name', `X-BackEndCookie=${sealed}; x-backendcookie=${other}`, FOUND],
  [
    'two of its name, the other first',
    `X-BackEndCookie=${other};X-BackEndCookie=${sealed}`,
    {
      [COOKIE.name]: 'other',
    },
  ],
  [
    'two cookies',
    `X-BackEndCookie=${sealed}; X-BackEndOverrideCookie=${override}`,
    {
      ...FOUND,
      [OVERRIDE.name]: 'server',
    },
  ],
  ['an empty header', '', {}],
  ['an unsealed cookie', 'X-BackEndCookie=a.b=c', {}],
  ['an empty cookie', 'X-BackEndCookie=', {}],
  ['dots', 'X-BackEndCookie=..', {}],
  ['another name', `X-BEResource=${sealed}`, {}],
  ['another value', `X-BackEndCookie=x${sealed}`, {}],
  ['no value', `X-BackEndCookie=${sealed.slice('a.b=c'.length)}`, {}],
  ['another anchor', `X-BackEndCookie=${sealed.replace(/\.[^.]+(?=\.[^.]+$)/, '.Ym9i')}`, {}],
  ['no anchor', `X-BackEndCookie=${sealed.replace(/\.[^.]+(?=\.[^.]+$)/, '.')}`, {}],
  ['no MAC', `X-BackEndCookie=${sealed.replace(/[^.]+$/, '')}`, {}],
  ['a shorter MAC', `X-BackEndCookie=${sealed.slice(0, -2)}`, {}],
  ['a longer MAC', `X-BackEndCookie=${sealed}AA`, {}],
  [
    'the MAC of another cookie',
    `X-BackEndCookie=${sealed.replace(/[^.]+$/, '')}${other.replace(/.*\./, '')}`,
    {},
  ],
] as const)
  t.strictSame(opened(header), found, `unseal() reads ${name}`)

for (const [name, owner] of [
  ['another organization', { ...OWNER, organizationId: 'x' }],
  ['another role', { ...OWNER, roleId: 'x' }],
  ['another principal', { ...OWNER, principalId: 'x' }],
  ['the same letters elsewhere', { organizationId: 'or', roleId: '', principalId: 'p' }],
] as const)
  t.strictSame(opened(`X-BackEndCookie=${sealed}`, owner), {}, `unseal() reads nothing of ${name}`)
t.equal(
  new CookieSeal(() => [keyOf(2)]).unseal(OWNER, { cookie: `X-BackEndCookie=${sealed}` }).cookies
    .size,
  0,
  'unseal() reads nothing that another key sealed',
)

t.equal(
  new CookieSeal(() => [keyOf(2), keyOf(1)]).unseal(OWNER, { cookie: `X-BackEndCookie=${sealed}` })
    .cookies.size,
  1,
  'unseal() reads a cookie that an earlier key sealed',
)

for (const [name, headers, cookies, anchorMailbox] of [
  ['no header', {}, {}, undefined],
  ['a cookie without an override', { cookie: `X-BackEndCookie=${sealed}` }, FOUND, undefined],
  [
    'an override',
    { cookie: `X-BackEndOverrideCookie=${override}` },
    { [OVERRIDE.name]: 'server' },
    'ann@example.com',
  ],
  [
    'an override as a header',
    { 'x-backendoverridecookie': ` ${override} ` },
    { [OVERRIDE.name]: 'server' },
    'ann@example.com',
  ],
  [
    'an override as a header, and a cookie',
    { cookie: `X-BackEndCookie=${sealed}`, 'x-backendoverridecookie': override },
    { ...FOUND, [OVERRIDE.name]: 'server' },
    'ann@example.com',
  ],
  ['an unsealed override as a header', { 'x-backendoverridecookie': 'server' }, {}, undefined],
  ['a cookie as the override', { 'x-backendoverridecookie': sealed }, {}, undefined],
  ['two overrides as headers', { 'x-backendoverridecookie': [override, override] }, {}, undefined],
] as const) {
  const found = seal.unseal(OWNER, headers as Record<string, string>)
  t.strictSame(Object.fromEntries(found.cookies), cookies, `unseal() finds the cookies of ${name}`)
  t.equal(found.anchorMailbox, anchorMailbox, `unseal() finds the anchor of ${name}`)
}
t.match(sealed, /^a\.b=c\.[\w-]+\.[\w-]{43}$/, 'seal() hides nothing, and signs all')
