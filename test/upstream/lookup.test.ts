import { once } from 'node:events'
import { connect, type LookupFunction } from 'node:net'
import t from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { basicAuthentication } from '../../src/upstream/basic.ts'
import { boundedLookup, type Resolver } from '../../src/upstream/lookup.ts'
import { ntlmAuthentication } from '../../src/upstream/ntlm.ts'
import { ask, upstreamOf } from './recorder.ts'

const HERE = [{ address: '127.0.0.1', family: 4 }]

/** A resolver that answers on command. */
function resolver() {
  const asked: string[] = []
  const callbacks: Parameters<Resolver>[2][] = []
  const resolve: Resolver = (host, _, found) => {
    asked.push(host)
    callbacks.push(found)
  }
  return { asked, callbacks, resolve }
}

const find = (lookup: LookupFunction, host = 'mail.example.com', options = {}) =>
  new Promise<unknown>(resolve => {
    lookup(host, options, (error, address, family) => resolve(error?.code ?? [address, family]))
  })

t.test('boundedLookup() ends if the resolver never answers', async t => {
  const { resolve, asked, callbacks } = resolver()
  const lookup = boundedLookup(resolve, 1)
  t.strictSame(await Promise.all([find(lookup), find(lookup)]), ['EAI_AGAIN', 'EAI_AGAIN'])
  t.equal(await find(lookup), 'EAI_AGAIN', 'immediately while that lookup is pending')
  t.strictSame(asked, ['mail.example.com'], 'which holds one thread')

  t.equal(await find(lookup, 'other.example.com'), 'EAI_AGAIN')
  t.equal(asked.length, 2, 'another host has a lookup of its own')

  callbacks[0]?.(null, HERE)
  const found = find(lookup)
  callbacks[2]?.(null, HERE)
  t.strictSame(await found, ['127.0.0.1', 4], 'it looks up again once the resolver answers')
})

t.test('boundedLookup() returns the result of the resolver', async t => {
  const { resolve, asked, callbacks } = resolver()
  const lookup = boundedLookup(resolve, 3_600_000)
  const found = [find(lookup), find(lookup), find(lookup, 'mail.example.com', { all: true })]
  t.equal(asked.length, 1, 'to all who wait')
  callbacks[0]?.(null, HERE)
  t.strictSame(await Promise.all(found), [
    ['127.0.0.1', 4],
    ['127.0.0.1', 4],
    [HERE, undefined],
  ])

  const unknown = find(lookup)
  callbacks[1]?.(Object.assign(new Error('No such name'), { code: 'ENOTFOUND' }))
  t.equal(await unknown, 'ENOTFOUND')
  const v6 = find(lookup, 'mail.example.com', { family: 6 })
  const v4 = find(lookup, 'mail.example.com', { family: 4 })
  t.equal(asked.length, 4, 'a lookup for each family')
  callbacks[2]?.(null, [])
  callbacks[3]?.(null, HERE)
  t.strictSame(await Promise.all([v6, v4]), ['EAI_AGAIN', ['127.0.0.1', 4]])
})

t.test('boundedLookup() fits a socket', async t => {
  const socket = connect({ host: 'mail.example.com', port: 1, lookup: boundedLookup(() => 0, 1) })
  const [error] = await once(socket, 'error').catch(error => [error])
  t.match(error, { code: 'EAI_AGAIN' })
})

for (const authentication of [
  basicAuthentication('svc', new Secret('x')),
  ntlmAuthentication({ user: 'svc', domain: '', password: new Secret('x'), workstation: '' }),
])
  t.test(`R30 send() fails if the name lookup hangs, by ${authentication.kind}`, async t => {
    const lookup = boundedLookup(() => undefined, 1)
    const upstream = upstreamOf(t, 'http://mail.example.com/EWS/Exchange.asmx', {
      authentication,
      connections: 1,
      lookup,
    })
    for (const { failure } of await Promise.all([ask(upstream), ask(upstream), ask(upstream)]))
      t.match(failure, { reason: 'upstream-unreachable', kind: 'dns', reach: 'not-sent' })
  })
