/**
 * The rules of identities that are bound to a connection, with a scheme whose messages are words.
 */

import t from 'tap'
import { ConnectionAuthenticator } from '../../src/credentials/connection-authenticator.ts'
import type {
  Authentication,
  AuthenticationRequest,
  Caller,
} from '../../src/credentials/credentials.ts'
import type { MaybePromise } from '../../src/model/maybe-promise.ts'
import { DEFAULT_OFFER } from '../../src/model/sign-in.ts'
import { anonymous, openFixture } from './fixture.ts'

const { principal, key } = await openFixture()
const caller: Caller = {
  principal,
  credential: { kind: 'access-key', key },
  proof: { kind: 'key', keyId: key.id, secretHash: key.secretHash },
  signIn: { scheme: 'Basic', signedInBy: 'request' },
}
const ACCEPTED: Authentication = { kind: 'authenticated', caller }
const WRONG: Authentication = { kind: 'wrong', record: false, count: 0 }

const header = (word: string, scheme = 'Basic') =>
  `${scheme} ${Buffer.from(word).toString('base64')}`
const HELLO = header('hello')
const PROOF = header('proof 1')

type Part = Partial<AuthenticationRequest> | string | undefined

/**
 * Returns a function that sends requests on one connection, each named by its Authorization header, or by the parts
 * that differ.
 */
function open(
  verify = (): MaybePromise<Authentication> => ACCEPTED,
  check = (found: Caller): MaybePromise<Authentication> => ({
    kind: 'authenticated',
    caller: found,
  }),
) {
  const state = { valid: true, begun: 0 }
  const authenticator = new ConnectionAuthenticator({
    scheme: 'Basic',
    begin: message => {
      if (message.toString() !== 'hello') return undefined
      state.begun += 1
      const challenge = Buffer.from(String(state.begun))
      return {
        challenge,
        verify: proof => (proof.toString() === `proof ${challenge}` ? verify() : WRONG),
      }
    },
    unexpected: () => WRONG,
    checkAgain: found =>
      state.valid && found.signIn.signedInBy === 'connection' ? check(found) : WRONG,
  })
  const connect = (request = anonymous()) => {
    const send = (part?: Part) =>
      authenticator.authenticate({
        ...request,
        ...(typeof part === 'string' ? { authorization: part } : part),
      })
    return async (part?: Part) => (await send(part))?.kind
  }
  return { state, connect }
}

t.test('authenticate() binds an identity to its connection', async t => {
  const { connect } = open()
  const [ask, other] = [connect(), connect()]
  t.equal(await ask(), undefined, 'nothing is known of a new connection')
  t.equal(await ask(HELLO), 'continue')
  t.equal(await other(PROOF), 'wrong', 'a proof is for the connection of its challenge')
  t.equal(await ask(PROOF), 'authenticated')
  t.equal(await ask(), 'authenticated')
  t.equal(await other(), undefined)
})

t.test('authenticate() accepts each proof once', async t => {
  const ask = open().connect()
  t.equal(await ask(HELLO), 'continue')
  t.equal(await ask(PROOF), 'authenticated')
  t.equal(await ask(PROOF), 'wrong')
  t.equal(await ask(), undefined, 'and a repeated one ends the identity')
  t.equal(await ask(HELLO), 'continue')
  t.equal(await ask(PROOF), 'wrong', 'the proof of an earlier challenge')
  t.equal(await ask(header('proof 2')), 'wrong', 'a wrong proof ends its exchange')
  await ask(HELLO)
  t.equal(await ask(PROOF), 'wrong')
  t.equal(await ask({ isPipelined: true }), undefined, 'and leaves nothing')
})

t.test('authenticate() lets a first message replace an exchange', async t => {
  const ask = open().connect()
  t.equal(await ask(HELLO), 'continue')
  t.equal(await ask(HELLO), 'continue')
  t.equal(await ask(header('proof 2')), 'authenticated')
})

t.test('P5 authenticate() checks the credential again for each request', async t => {
  const { connect, state } = open()
  const ask = connect()
  await ask(HELLO)
  await ask(PROOF)
  state.valid = false
  t.equal(await ask(), 'wrong')
  state.valid = true
  t.equal(await ask(), undefined, 'the identity does not return')
})

t.test('R41 an identity that ended does not return with an earlier request', async t => {
  for (const [what, part] of [
    ['another credential', 'Bearer x.y.z'],
    ['a new exchange', HELLO],
  ] as const) {
    const checking = Promise.withResolvers<Authentication>()
    const ask = open(undefined, () => checking.promise).connect()
    await ask(HELLO)
    await ask(PROOF)
    const earlier = ask()
    const kind = await ask(part)
    checking.resolve(ACCEPTED)
    t.equal(await earlier, 'authenticated')
    t.equal(await ask(), kind === 'continue' ? 'interleaved' : undefined, what)
  }
})

t.test('P5 authenticate() checks the caller of the latest request again', async t => {
  const names: string[] = []
  const ask = open(undefined, found => {
    const { principal } = found
    names.push(principal.name)
    return {
      kind: 'authenticated',
      caller: { ...found, principal: { ...principal, name: `${names.length}` } },
    }
  }).connect()
  for (const part of [HELLO, PROOF, undefined, undefined, undefined]) await ask(part)
  t.strictSame(names, [principal.name, '1', '2'])
})

t.test('R41 authenticate() ends an identity when another one appears', async t => {
  const offer = { ...DEFAULT_OFFER }
  for (const [what, part] of [
    ['another credential', 'Bearer x.y.z'],
    ['an unreadable one', 'Basic !'],
    ['another offer', { offer }],
    ['an offer without the scheme', { offer: { ...offer, schemes: ['Bearer'] } }],
  ] as const) {
    const ask = open().connect()
    await ask(HELLO)
    await ask(PROOF)
    t.equal(await ask(part), undefined, `${what} is evaluated by itself`)
    t.equal(await ask(), undefined, `${what} ends it`)
  }
})

t.test(
  'R41 authenticate() reads messages only of its scheme, under names that offer it',
  async t => {
    const { connect, state } = open()
    const ask = connect()
    const withoutScheme = { ...DEFAULT_OFFER, schemes: ['Bearer'] } as const
    for (const part of [
      { authorization: HELLO, offer: withoutScheme },
      header('hello', 'Bearer'),
      header('hello', 'Basics'),
      'Basic !',
    ])
      t.equal(await ask(part), undefined)
    t.equal(state.begun, 0)
    t.equal(await ask(header('hello', 'bASIC')), 'continue')
  },
)

t.test('R41 authenticate() never authenticates the connection of a trusted proxy', async t => {
  const connection = { isProxied: true, certificate: () => undefined }
  const ask = open().connect({ ...anonymous(), connection })
  for (const part of [HELLO, PROOF, undefined]) t.equal(await ask(part), undefined)
})

t.test('R41 authenticate() breaks an exchange that another request interrupts', async t => {
  for (const [what, part] of [
    ['no credential', undefined],
    ['another one', 'Bearer x.y.z'],
    ['a pipelined proof', { authorization: PROOF, isPipelined: true }],
    ['a pipelined first message', { authorization: HELLO, isPipelined: true }],
    ['a pipelined request', { isPipelined: true }],
  ] as const) {
    const ask = open().connect()
    t.equal(await ask(HELLO), 'continue')
    t.equal(await ask(part), 'interleaved', what)
    t.equal(await ask(PROOF), 'interleaved', `${what}, and nothing helps afterward`)
    t.equal(await ask(), 'interleaved')
  }
})

t.test('R41 authenticate() begins no exchange behind a request in flight', async t => {
  const ask = open().connect()
  t.equal(await ask({ authorization: HELLO, isPipelined: true }), 'interleaved')
})

t.test('R41 authenticate() accepts pipelined requests of an identity', async t => {
  const ask = open().connect()
  await ask(HELLO)
  await ask(PROOF)
  await ask()
  t.equal(await ask({ isPipelined: true }), 'authenticated')
})

t.test(
  'R41 authenticate() rejects a request that does not wait for the end of the exchange',
  async t => {
    const ask = open().connect()
    await ask(HELLO)
    t.equal(await ask(PROOF), 'authenticated')
    t.equal(await ask({ isPipelined: true }), 'interleaved')
    t.equal(await ask(), 'interleaved')
  },
)

t.test('R41 authenticate() accepts no proof while another request waits', async t => {
  const reading = Promise.withResolvers<Authentication>()
  const ask = open(() => reading.promise).connect()
  await ask(HELLO)
  const proven = ask(PROOF)
  t.equal(await ask({ isPipelined: true }), 'interleaved')
  reading.resolve(ACCEPTED)
  t.equal(await proven, 'interleaved')
  t.equal(await ask(), 'interleaved')
})

t.test('authenticate() forgets an exchange that fails with an error', async t => {
  const unavailable = new Error('The store is down')
  const ask = open(() => Promise.reject(unavailable)).connect()
  await ask(HELLO)
  await t.rejects(ask(PROOF), unavailable)
  t.equal(await ask(), undefined)
  t.equal(await ask(HELLO), 'continue')
})
