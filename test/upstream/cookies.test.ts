import fc from 'fast-check'
import t from 'tap'
import { affinityCookies } from '../../src/upstream/cookies.ts'

for (const [header, cookies] of [
  [undefined, []],
  ['exchangecookie=1', [['exchangecookie', '1', '; Path=/EWS']]],
  ['ExchangeCookie=1; Path=/', [['ExchangeCookie', '1', '; Path=/']]],
  [
    'X-BackEndCookie=actas1(sid:S-1|smtp:a@b)=u5/+; path=/EWS; secure; HttpOnly',
    [['X-BackEndCookie', 'actas1(sid:S-1|smtp:a@b)=u5/+', '; Path=/EWS; Secure; HttpOnly']],
  ],
  [
    'X-BackEndOverrideCookie=x; domain=evil.example; path=/owa; SameSite=None; Max-Age=60; foo',
    [['X-BackEndOverrideCookie', 'x', '; Path=/EWS; SameSite=None; Max-Age=60']],
  ],
  [
    'exchangecookie=1; expires=<b>; secure=yes; samesite=x',
    [['exchangecookie', '1', '; Path=/EWS']],
  ],
  [['exchangecookie=1', 'EXCHANGECOOKIE=2'], [['EXCHANGECOOKIE', '2', '; Path=/EWS']]],
  ['X-BEResource=a', []],
  ['SecurityToken=a', []],
  ['ClientId=a; path=/', []],
  ['exchangecookie="a b"', []],
  ['exchangecookie=a,b', []],
  ['exchangecookie=ä', []],
  [`exchangecookie=${'x'.repeat(2049)}`, []],
  ['', []],
] as const) {
  t.strictSame(
    affinityCookies(header),
    cookies.map(([name, value, attributes]) => ({ name, value, attributes })),
    `R6 affinityCookies() of ${String(header).slice(0, 60)}`,
  )
}

const safe = fc.property(
  fc.string({ unit: fc.constantFrom(...'aE=;, \r\n"\\/\x00é', 'path', 'domain', 'expires') }),
  text =>
    affinityCookies(`exchangecookie=${text}`).every(
      ({ value, attributes }) =>
        /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value) &&
        /^; Path=\/(?:EWS)?(?:; Expires=[A-Za-z0-9 ,:+-]+|; Secure|; HttpOnly)*$/.test(attributes),
    ),
)
t.doesNotThrow(() => fc.assert(safe), 'R6 affinityCookies() writes nothing but safe characters')
