/** Periods of access keys and credentials. */

import t from 'tap'
import { endOfCredential, isLive, isUsable, validityOf } from '../../src/model/principal.ts'
import { key, principal } from '../store/samples.ts'

/** Neither has a period. */
const endless = { ...key, enabled: true }
const unlimited = { ...principal, enabled: true }

for (const [limits, period] of [
  [{}, {}],
  [{ notBefore: 0 }, { notBefore: 0 }],
  [{ expiresAt: 0 }, { notAfter: 0 }],
  [
    { notBefore: 1, expiresAt: 2 },
    { notBefore: 1, notAfter: 2 },
  ],
] as const)
  t.strictSame(validityOf(limits), period, `validityOf() ${JSON.stringify(limits)}`)

for (const [what, limits, ends, at] of [
  ['neither ends', {}, {}, Number.POSITIVE_INFINITY],
  ['only the key ends', { expiresAt: 0 }, {}, 0],
  ['only the principal ends', {}, { notAfter: 0 }, 0],
  ['the key ends first', { expiresAt: 5 }, { notAfter: 6 }, 5],
  ['the principal ends first', { expiresAt: 6 }, { notAfter: 5 }, 5],
] as const)
  t.equal(
    endOfCredential({ key: { ...endless, ...limits }, principal: { ...unlimited, ...ends } }),
    at,
    `endOfCredential() if ${what}`,
  )

for (const [what, changedKey, changedPrincipal, live, usable] of [
  ['', {}, {}, true, true],
  ['with a disabled key', { enabled: false }, {}, false, false],
  ['with an expired key', { expiresAt: 5 }, {}, false, false],
  ['with a key of the future', { notBefore: 6 }, {}, false, false],
  ['with a disabled principal', {}, { enabled: false }, true, false],
  ['with an expired principal, which denies requests itself', {}, { notAfter: 5 }, true, true],
] as const) {
  const credential = {
    key: { ...endless, ...changedKey },
    principal: { ...unlimited, ...changedPrincipal },
  }
  t.equal(isLive(credential.key, { at: 5 }), live, `isLive() of a credential ${what}`)
  t.equal(isUsable(credential, { at: 5 }), usable, `isUsable() of a credential ${what}`)
}
