/** Checks of a credential after its caller signed in, as a connection does for each request. */

import t from 'tap'
import type { Caller, KeyCaller } from '../../src/credentials/credentials.ts'
import { KeyAuthenticator } from '../../src/credentials/key-authenticator.ts'
import type { Credential } from '../../src/model/principal.ts'
import { assumesOnly } from '../../src/policy/iam.ts'
import { ADDRESS, openFixture, T } from './fixture.ts'

const { principal, key, masterKey, rateLimiter } = await openFixture()
const caller: KeyCaller = {
  principal,
  credential: { kind: 'access-key', key },
  proof: { kind: 'key', keyId: key.id, secretHash: key.secretHash },
  signIn: { scheme: 'NTLM', mic: 'ok', channelBinding: 'ok' },
}
const presented = { sourceAddress: ADDRESS, at: T }
const checkAgain = (found: Caller, credential: Credential | undefined) =>
  new KeyAuthenticator({
    credentials: { credential: async () => credential },
    masterKey,
    rateLimiter,
    assumesOnly,
  }).checkAgain(found, presented)

const everything = { Effect: 'Allow', Action: ['*'], Resource: ['*'] } as const
const allowing = { ...principal, policy: { ...principal.policy, Statement: [everything] } }
const otherSecret = { ...key, secretHash: key.secretHash.toReversed() }
const renamed = { ...principal, name: 'renamed' }
const prolonged = { ...key, expiresAt: T + 1 }

for (const [change, credential] of [
  ['another policy of the principal alone', { principal: allowing, key }],
  ['another secret of the key alone', { principal, key: otherSecret }],
  ['another policy and period', { principal: allowing, key: prolonged }],
  ['another secret and name', { principal: renamed, key: otherSecret }],
  ['no credential', undefined],
] as const)
  t.test(`P5 checkAgain() notices ${change}`, async t => {
    t.match(await checkAgain(caller, credential), { kind: 'wrong', accessKeyId: key.id })
  })

for (const [change, credential] of [
  ['another name of the principal alone', { principal: renamed, key }],
  ['another period of the key alone', { principal, key: prolonged }],
] as const)
  t.test(`P5 checkAgain() returns the present credential after ${change}`, async t => {
    const result = await checkAgain(caller, credential)
    const found = result.kind === 'authenticated' ? result.caller : undefined
    t.equal(found?.principal, credential.principal)
    t.equal(found?.credential.key, credential.key)
  })

t.test('checkAgain() returns the same caller if nothing changed', async t => {
  const result = await checkAgain(caller, { principal, key })
  t.equal(result.kind === 'authenticated' && result.caller, caller)
})

t.test('checkAgain() throws for a caller without an access key', async t => {
  const account = { kind: 'directory-account', sid: 'S-1-5-21-1' } as unknown
  const other = { ...caller, credential: account } as Caller
  t.throws(() => checkAgain(other, { principal, key }), {
    name: 'TypeError',
    message: 'The caller presented no access key',
  })
})
