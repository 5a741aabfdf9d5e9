/**
 * How long a token counts, for the authenticator and for decisions alike.
 */

import t from 'tap'
import { organizationId } from '../../src/model/identity.ts'
import { type AccessKey, type Principal, principalId } from '../../src/model/principal.ts'
import { credentialOfToken, type TokenClaims, type TokenEvidence } from '../../src/model/token.ts'
import { key, principal, role } from '../store/samples.ts'

const EXPIRES_AT = 900_000
const claims: TokenClaims = {
  organizationId: principal.organizationId,
  principalId: principal.id,
  accessKeyId: key.id,
  roleId: role.id,
  roleVersion: 7,
  epoch: '0123456789abcdef',
  expiresAt: EXPIRES_AT,
}
const live = { ...key, enabled: true, expiresAt: EXPIRES_AT + 1 }
const credential = { key: live, principal: { ...principal, enabled: true } }
const stored = { ...role, version: 9, tokensValidFrom: 7, createdAt: 0, modifiedAt: 0 }
const evidence: TokenEvidence = { credential, role: stored, epoch: claims.epoch }

const withKey = (change: Partial<AccessKey>) => ({
  credential: { ...credential, key: { ...live, ...change } },
})
const withPrincipal = (change: Partial<Principal>) => ({
  credential: { ...credential, principal: { ...credential.principal, ...change } },
})

for (const [what, change, counts] of [
  ['of the present state', {}, true],
  ['whose role is gone', { role: undefined }, true],
  ['whose role revoked earlier tokens', { role: { ...stored, tokensValidFrom: 6 } }, true],
  ['whose role revoked it', { role: { ...stored, tokensValidFrom: 8 } }, false],
  ['of another epoch', { epoch: 'fedcba9876543210' }, false],
  ['of no known epoch', { epoch: undefined }, false],
  ['whose key is gone', { credential: undefined }, false],
  ['whose key is disabled', withKey({ enabled: false }), false],
  ['whose key has expired', withKey({ expiresAt: EXPIRES_AT - 1 }), false],
  ['whose principal is disabled', withPrincipal({ enabled: false }), false],
  ['whose key is of another principal', withPrincipal({ id: principalId('other') }), false],
  [
    'whose principal is in another organization',
    withPrincipal({ organizationId: organizationId('m-other') }),
    false,
  ],
] as const satisfies readonly (readonly [string, Partial<TokenEvidence>, boolean])[]) {
  const found = credentialOfToken(claims, { ...evidence, ...change }, { at: EXPIRES_AT - 1 })
  t.equal(found !== undefined, counts, `a token ${what} ${counts ? 'counts' : 'does not count'}`)
}

t.equal(
  credentialOfToken(claims, evidence, { at: EXPIRES_AT }),
  undefined,
  'a token that expires now',
)
t.equal(
  credentialOfToken(claims, evidence, { at: EXPIRES_AT - 1 }),
  credential,
  'gives its credential',
)

t.equal(
  credentialOfToken(claims, evidence, { at: EXPIRES_AT - 1, latest: EXPIRES_AT }),
  undefined,
  'R46 a token that has expired stays expired when the clock goes back',
)
