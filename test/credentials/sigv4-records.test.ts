/** Failures and uses of keys in signed requests: what is counted, recorded, and outside of its period. */

import t from 'tap'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import type { SignedRequest } from '../../src/credentials/credentials.ts'
import { principalId } from '../../src/model/principal.ts'
import { Secret } from '../../src/model/secret.ts'
import { ADDRESS, T } from './fixture.ts'
import { basicOf, INVALID, open, sign, summary, UNKNOWN, withHeaders } from './sigv4-fixture.ts'

t.test('R18 verify() a success clears the failures before it', async t => {
  const { fixture, verifier } = await open()
  const [guess, good] = [await sign(fixture, { secret: 'x' }), await sign(fixture)]
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 9; i++) t.equal(summary(await verifier.verify(guess)), INVALID)
    t.equal(summary(await verifier.verify(good)), 'backup-tool')
  }
})

t.test('R31 verify() requests a record that names only keys of this gateway', async t => {
  const { fixture, verifier } = await open()
  const recordOf = async (keyId: string) => {
    const refused = await verifier.verify(await sign(fixture, { keyId }))
    return refused.kind === 'refused' && 'record' in refused ? refused.record : undefined
  }
  const { id } = makeAccessKey(fixture.masterKey, principalId('nobody'), { now: () => T }).key
  t.strictSame(await recordOf('admin'), { count: 1 })
  t.strictSame(await recordOf('admin'), undefined)
  t.strictSame(await recordOf(id), { count: 1, accessKeyId: id }, 'without an owner')
})

t.test('R26 verify() rejects a principal outside its period, with any credential', async t => {
  const outside = { kind: 'refused', problem: UNKNOWN, message: /principal .* not valid at this/ }
  for (const [what, period, moment, expected] of [
    ['in its period', { notBefore: T, notAfter: T + 2 }, { at: T, latest: T + 1 }, 'verified'],
    ['before it', { notBefore: T + 1 }, { at: T }, 'refused'],
    ['at its end', { notAfter: T }, { at: T }, 'refused'],
    [
      'after its end, while the clock is set back',
      { notAfter: T },
      { at: T - 1, latest: T },
      'refused',
    ],
  ] as const) {
    const { fixture, verifier } = await open()
    const { store, principal, key, secret } = fixture
    await store.putPrincipal({ ...principal, ...period })
    const request = { ...(await sign(fixture)), ...moment }
    const authorization = basicOf(`${key.id}:${secret}`)
    const typed = { accessKeyId: key.id, secretAccessKey: new Secret(secret), ...moment }
    for (const verification of [
      await verifier.verify(request),
      await verifier.verify(withHeaders(request, { authorization })),
      await verifier.verifySecret({ ...typed, sourceAddress: ADDRESS }),
    ])
      if (expected === 'refused') t.match(verification, outside, what)
      else t.equal(verification.kind, expected, what)
    const { lastUsedAt } = (await store.credential(key.id))?.key ?? {}
    t.equal(lastUsedAt, expected === 'verified' ? T : undefined, `a use ${what}`)
  }
})

t.test('verify() hides no unexpected error', async t => {
  const { fixture, verifier } = await open()
  const request = { ...(await sign(fixture)), headers: undefined } as unknown as SignedRequest
  await t.rejects(verifier.verify(request), TypeError)
})
