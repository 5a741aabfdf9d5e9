/**
 * NTLMv2 with access keys: which proofs are accepted, and for which role.
 */

import t from 'tap'
import { AUTHENTICATE, AV, FLAG, flags } from '../../src/ntlm/message.ts'
import {
  CURL_FLAGS,
  negotiateOf,
  ntlm,
  OTHER_BINDING,
  type ProofParts,
  proofOf,
  WINDOWS_FLAGS,
} from '../kit/ntlm-client.ts'
import { type CredentialFixture, ORGANIZATION, T } from './fixture.ts'
import { BINDING, HOST, OFFER, openNtlm, REQUIRING } from './ntlm-fixture.ts'

/** Parts of a proof, the key ID that the audit may name, and whether the connection has TLS. */
type WrongProof = readonly [string, Partial<ProofParts>, string?, boolean?]
type Change = (fixture: CredentialFixture) => Promise<unknown>

const WHOLE = { mic: 'ok', binding: BINDING, targetName: `HTTP/${HOST}` } as const
const curl = { negotiate: negotiateOf(CURL_FLAGS) }

const CLAIMED = { scheme: 'NTLM', workstation: 'DESK-1' } as const
const NOTHING = {
  ...CLAIMED,
  mic: 'absent',
  channelBinding: 'absent',
  targetName: 'absent',
} as const
const EVERYTHING = { ...CLAIMED, mic: 'ok', channelBinding: 'ok', targetName: 'ok' } as const

t.test('NtlmScheme accepts proofs of all kinds of clients', async t => {
  const { fixture, connect, signInOn } = await openNtlm()
  const { principal, key } = fixture
  for (const [what, parts, isTls, signIn] of [
    ['curl', curl, true, NOTHING],
    ['curl without TLS', curl, false, NOTHING],
    ['a client with everything', WHOLE, true, EVERYTHING],
    ['a MIC without key exchange', { ...WHOLE, negotiate: negotiateOf(0x88207) }, true, EVERYTHING],
    ['a binding without MIC', { binding: BINDING }, true, { ...NOTHING, channelBinding: 'ok' }],
    ['a binding of zeros', { binding: Buffer.alloc(16) }, true, NOTHING],
    ['a binding of zeros without TLS', { binding: Buffer.alloc(16) }, false, NOTHING],
    [
      'a target with a port',
      { targetName: `http/${HOST.toUpperCase()}:443` },
      true,
      { ...NOTHING, targetName: 'ok' },
    ],
    [
      'a long first message',
      { negotiate: Buffer.concat([negotiateOf(), Buffer.alloc(500)]) },
      true,
      NOTHING,
    ],
  ] as const) {
    const send = connect(isTls)
    // The decision compares it with the present key, because a request can outlive a change of the key.
    const isUnprotected = signIn === EVERYTHING ? undefined : true
    t.match(
      await signInOn(send, parts),
      {
        kind: 'authenticated',
        caller: {
          principal,
          credential: { key },
          proof: { kind: 'key', keyId: key.id, isUnprotected },
          signIn: { ...signIn, signedInBy: 'request' },
        },
      },
      what,
    )
    t.match(
      await send(),
      { kind: 'authenticated', caller: { signIn: { ...signIn, signedInBy: 'connection' } } },
      what,
    )
  }
})

t.test('NtlmScheme reads the role from the domain', async t => {
  const { account, connect, signInOn } = await openNtlm()
  const { user } = account
  for (const [parts, roleReference, mailbox] of [
    [{}, undefined],
    [{ domain: 'backup' }, 'backup'],
    [{ domain: 'Rôle' }, 'Rôle'],
    [{ domain: '.' }, undefined],
    [{ domain: 'ews-gateway' }, undefined],
    [{ domain: 'desk-1' }, undefined],
    [{ domain: 'DESK-1', workstation: '' }, 'DESK-1'],
    [{ domain: 'a@example.com|backup' }, 'backup', 'a@example.com'],
    [{ user: `a@example.com|${user}` }, undefined, 'a@example.com'],
    [{ user: `${user}@example.com` }, undefined],
    [{ user: `${user}@example.com`, domain: 'backup' }, 'backup'],
    [{ user: `backup\\${user}` }, 'backup'],
    [{ ...curl, domain: 'Rôle' }, 'Rôle'],
  ] as const) {
    const answer = await signInOn(connect(), parts)
    const { proof, mailbox: found } = answer?.kind === 'authenticated' ? answer.caller : {}
    const role = proof?.kind === 'key' ? proof.roleReference : answer?.kind
    t.strictSame([role, found], [roleReference, mailbox], JSON.stringify(parts))
  }
})

t.test('NtlmScheme rejects wrong proofs', async t => {
  const { fixture, account, connect, signInOn } = await openNtlm()
  const { key } = fixture
  const withRandomMac = `${key.id.slice(0, -6)}AAAAAA`
  const rows: readonly WrongProof[] = [
    ['a wrong secret', { password: 'x' }, key.id],
    ['an empty secret', { password: '' }, key.id],
    ['a response of NTLMv1', { response: () => Buffer.alloc(24) }],
    ['no response', { response: () => Buffer.alloc(0) }],
    ['an anonymous client', { user: '', response: () => Buffer.alloc(0) }],
    ['another user', { user: 'alice' }],
    ['an invented key', { user: withRandomMac }, withRandomMac],
    ['a control character', { user: `a\0|${account.user}` }],
    ['a wrong MIC', { ...WHOLE, mic: 'wrong' }, key.id],
    ['a wrong MIC of a message without key exchange', { ...curl, mic: 'wrong' }, key.id],
    ["another connection's binding", { ...WHOLE, binding: OTHER_BINDING }, key.id],
    ['a binding without TLS', WHOLE, key.id, false],
    ['a binding of another length', { binding: Buffer.concat([BINDING, BINDING]) }, key.id],
    ['another host', { ...WHOLE, targetName: 'HTTP/evil.example.com' }, key.id],
    ['no host', { ...WHOLE, targetName: 'HTTP/' }, key.id],
    ['a port without a host', { ...WHOLE, targetName: 'HTTP/:443' }, key.id],
    ['another part first', { ...WHOLE, targetName: `HTTP/x/${HOST}` }, key.id],
    ['a longer host', { ...WHOLE, targetName: `HTTP/${HOST}x` }, key.id],
    ['a longer host with a port', { ...WHOLE, targetName: `HTTP/x${HOST}:443` }, key.id],
    ['another service', { ...WHOLE, targetName: `cifs/${HOST}` }, key.id],
    ['no service', { ...WHOLE, targetName: HOST }, key.id],
    ['a pair twice', { pairs: it => [...it, [AV.targetName, Buffer.alloc(0)]], ...WHOLE }],
    ['a changed response', { response: it => it.fill((it[0] ?? 0) ^ 1, 0, 1) }, key.id],
    ['another form of the blob', { response: it => it.fill(2, 16, 17) }],
    ['pairs without an end', { response: it => it.subarray(0, -8) }],
  ]
  for (const [what, parts, accessKeyId, isTls = true] of rows) {
    const send = connect(isTls)
    const answer = await signInOn(send, parts)
    t.equal(answer?.kind, 'wrong', what)
    t.equal(answer?.kind === 'wrong' && answer.accessKeyId, accessKeyId, what)
    t.equal(await send(), undefined, `${what} leaves no identity`)
    fixture.rateLimiter.succeed('192.0.2.7', key.id)
  }
})

t.test('NtlmScheme reports what is wrong with a proof', async t => {
  const { connect, signInOn } = await openNtlm()
  for (const [parts, wrong] of [
    [{ mic: 'wrong' }, { mic: 'wrong' }],
    [{ binding: OTHER_BINDING }, { channelBinding: 'wrong' }],
    [{ targetName: 'HTTP/evil.example.com' }, { targetName: 'wrong' }],
  ] as const)
    t.match(await signInOn(connect(), { ...WHOLE, ...parts }), {
      kind: 'wrong',
      signIn: { ...EVERYTHING, ...wrong },
    })
  const unproven = await signInOn(connect(), { ...WHOLE, password: 'x' })
  t.strictSame(unproven?.kind === 'wrong' && unproven.signIn, { ...CLAIMED, signedInBy: 'request' })
  t.match(await signInOn(connect(), { response: () => Buffer.alloc(24) }), { signIn: undefined })
})

t.test('NtlmScheme rejects malformed messages', async t => {
  const { account, connect, challengeOn } = await openNtlm()
  const kindOf = async (message: Buffer) =>
    (await connect()({ authorization: ntlm(message) }))?.kind
  for (const [what, message] of [
    ['nothing', Buffer.alloc(0)],
    ['half a first message', negotiateOf().subarray(0, 15)],
    ['a first message that is too long', Buffer.concat([negotiateOf(), Buffer.alloc(600)])],
    ['a challenge', Buffer.from('4e544c4d5353500002000000', 'hex')],
    ['another signature', Buffer.from('4e544c4d5353510001000000000000000000', 'hex')],
  ] as const)
    if (message.length > 0) t.equal(await kindOf(message), 'wrong', what)

  const longest = Buffer.concat([negotiateOf(), Buffer.alloc(576 - negotiateOf().length)])
  t.equal(await kindOf(longest), 'continue', '576 bytes')
  t.equal(await kindOf(Buffer.concat([longest, Buffer.alloc(1)])), 'wrong', '577 bytes')

  const changes: readonly (readonly [string, (message: Buffer) => Buffer])[] = [
    ['no flags', it => it.subarray(0, 63)],
    ['a field beyond its end', it => it.fill(0xff, AUTHENTICATE.user + 4, AUTHENTICATE.user + 6)],
    ['no room for its MIC', it => Buffer.concat([it.subarray(0, 64), it.subarray(0, 8)])],
    ['half of the proof', it => it.subarray(0, it.length / 2)],
  ]
  for (const [what, change] of changes) {
    const send = connect()
    const proof = proofOf(await challengeOn(send), { ...account, ...WHOLE })
    t.equal((await send({ authorization: ntlm(change(proof)) }))?.kind, 'wrong', what)
  }
})

t.test('NtlmScheme accepts a proof once, and on its connection only', async t => {
  const { account, connect, challengeOn, signInOn } = await openNtlm()
  const [send, other] = [connect(), connect()]
  const proof = ntlm(proofOf(await challengeOn(send), { ...account, ...WHOLE }))
  t.equal((await other({ authorization: proof }))?.kind, 'wrong', 'without a challenge')
  await challengeOn(other)
  t.equal((await other({ authorization: proof }))?.kind, 'wrong', 'for another challenge')
  t.equal((await send({ authorization: proof }))?.kind, 'authenticated')
  t.equal((await send({ authorization: proof }))?.kind, 'wrong', 'a second time')
  t.equal(await send(), undefined, 'which ends the sign-in')
  await challengeOn(send)
  t.equal((await send({ authorization: proof }))?.kind, 'wrong', 'for a new challenge')
  t.equal((await signInOn(send, WHOLE))?.kind, 'authenticated')
})

t.test('NtlmScheme detects changes of earlier messages by the MIC', async t => {
  const { account, connect, challengeOn } = await openNtlm()
  for (const [what, changed] of [
    [
      'a flag of the first message',
      { negotiate: negotiateOf(flags(WINDOWS_FLAGS, FLAG.targetIsDomain)) },
    ],
    ['a flag of the proof', {}],
  ] as const) {
    const send = connect()
    const message = proofOf(await challengeOn(send), { ...account, ...WHOLE, ...changed })
    const at = AUTHENTICATE.flags + 1
    if (!('negotiate' in changed)) message[at] = (message[at] ?? 0) ^ 0x80
    t.equal((await send({ authorization: ntlm(message) }))?.kind, 'wrong', what)
  }
})

t.test('NtlmScheme requires MIC and binding if the host name or the key does', async t => {
  const { fixture, connect, signInOn } = await openNtlm()
  const { store, key, rateLimiter } = fixture
  const rows = [
    ['both', WHOLE, true, 'authenticated', false],
    ['no MIC', { binding: BINDING }, true, 'wrong'],
    ['no binding', { mic: 'ok' }, true, 'wrong'],
    ['a binding of zeros', { mic: 'ok', binding: Buffer.alloc(16) }, true, 'wrong'],
    ['neither', {}, true, 'wrong'],
    ['no TLS', { mic: 'ok' }, false, 'wrong'],
    ['a wrong secret', { password: 'x' }, true, 'wrong', false],
    ['a wrong MIC', { mic: 'wrong' }, true, 'wrong', false],
  ] as const
  for (const [offer, extendedProtection, by] of [
    [REQUIRING, 'allow', 'host'],
    [OFFER, 'require', 'key'],
    [REQUIRING, 'require', 'host'],
  ] as const) {
    await store.putKey({ ...key, extendedProtection })
    for (const [what, parts, isTls, expected, isTold = true] of rows) {
      const answer = await signInOn(connect(isTls), parts, { offer })
      t.equal(answer?.kind, expected, `${what}, required by ${by}`)
      const signIn = answer?.kind === 'wrong' ? answer.signIn : undefined
      t.equal(signIn?.protectionRequiredBy, isTold ? by : undefined, `${what} with ${by}`)
      rateLimiter.succeed('192.0.2.7', key.id)
    }
  }
  await store.putKey(key)
  const send = connect()
  t.equal((await signInOn(send, {}, { offer: OFFER }))?.kind, 'authenticated')
  t.equal(await send({ offer: REQUIRING }), undefined, 'and an identity of another name is none')
})

t.test('R18 NtlmScheme counts wrong proofs in the limit that Basic has', async t => {
  const { connect, signInOn } = await openNtlm()
  for (let guess = 0; guess < 10; guess += 1) await signInOn(connect(), { password: 'x' })
  t.equal((await signInOn(connect()))?.kind, 'braked')
  const elsewhere = await signInOn(connect(), {}, { sourceAddress: '192.0.2.8' })
  t.equal(elsewhere?.kind, 'authenticated')
})

t.test('P5 a signed-in connection ends with its credential', async t => {
  const changes: readonly (readonly [string, Change, number?])[] = [
    ['a disabled key', ({ store, key }) => store.putKey({ ...key, enabled: false })],
    ['a deleted key', ({ store, key }) => store.deleteKey(ORGANIZATION, key.id)],
    [
      'a key that requires protection',
      ({ store, key }) => store.putKey({ ...key, extendedProtection: 'require' }),
    ],
    ['an expired key', ({ store, key }) => store.putKey({ ...key, expiresAt: T + 1 }), T + 1],
    [
      'a disabled principal',
      ({ store, principal }) => store.putPrincipal({ ...principal, enabled: false }),
    ],
    [
      'a policy that allows more',
      ({ store, principal }) =>
        store.putPrincipal({
          ...principal,
          policy: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
          },
        }),
    ],
  ]
  for (const [what, change, at = T] of changes) {
    const { fixture, connect, signInOn } = await openNtlm()
    const send = connect()
    await signInOn(send)
    await change(fixture)
    const answer = await send({ at })
    t.match(
      answer,
      { kind: 'wrong', accessKeyId: fixture.key.id, owner: {}, record: true, count: 1 },
      what,
    )
    const by = what === 'a key that requires protection' ? 'key' : undefined
    t.equal(answer?.kind === 'wrong' && answer.signIn?.protectionRequiredBy, by, what)
    t.equal(await send({ at }), undefined, `${what} ends the sign-in`)
  }
})

t.test('P5 a protected connection continues when its key requires protection', async t => {
  const { fixture, connect, signInOn } = await openNtlm()
  const { store, key } = fixture
  const [send, bare] = [connect(), connect()]
  await signInOn(send, WHOLE)
  await signInOn(bare)
  await store.putKey({ ...key, extendedProtection: 'require' })
  t.match(await send(), { kind: 'authenticated' })
  t.match(await bare(), { kind: 'wrong', signIn: { ...NOTHING, protectionRequiredBy: 'key' } })
})

t.test('P5 a signed-in connection has the present principal', async t => {
  const { fixture, connect, signInOn } = await openNtlm()
  const { store, principal } = fixture
  const send = connect()
  await signInOn(send)
  await store.putPrincipal({ ...principal, name: 'renamed' })
  for (const _ of [1, 2])
    t.match(await send(), { kind: 'authenticated', caller: { principal: { name: 'renamed' } } })
})
