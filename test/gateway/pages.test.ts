/**
 * Pages of the data listener, and the files that describe EWS.
 */

import t from 'tap'
import type { RequestContext } from '../../src/gateway/context.ts'
import { gatewayUrl, greet, schemaFileOf, sendSchema } from '../../src/gateway/pages.ts'
import { SENDING_BYTES } from '../../src/http/send.ts'
import { Failure } from '../../src/model/failure.ts'

const CALLER = { principal: { id: 'p', organizationId: 'o' }, signIn: { scheme: 'Basic' } }
const BUSY = 'The gateway cannot process the request now. Try again later\n'

type Parts = Readonly<{
  host?: string | undefined
  secure?: boolean
  publicUrl?: string
  isKnown?: boolean
  hasMemory?: boolean
  take?: () => void
  schema?: () => Promise<Uint8Array | undefined>
}>

/** A GET request, and the calls that it causes. */
function open(parts: Parts = {}) {
  const { isKnown = true, hasMemory = true, secure = false } = parts
  const host = 'host' in parts ? parts.host : 'ews.example.com'
  const calls: unknown[][] = []
  const note =
    (name: string) =>
    (...what: unknown[]) => {
      calls.push([name, ...what])
    }
  const authentication = isKnown ? { kind: 'authenticated', caller: CALLER } : { kind: 'missing' }
  const schema = (file: string, url: string) => {
    calls.push(['schema', file, url])
    return parts.schema?.()
  }
  const context = {
    request: { headers: { host } },
    response: {},
    source: { address: '192.0.2.1', secure },
    body: { release: () => undefined, received: 0 },
    reservation: {
      assign: () => true,
      reserve: (bytes: number) => {
        calls.push(['reserve', bytes])
        return hasMemory
      },
    },
    reply: {
      text: note('text'),
      bytesOf: async (bytes: Uint8Array, type: string) => note('bytes')(bytes.length, type),
      unauthorized: note('401'),
    },
    server: {
      connections: { of: () => ({}) },
      rate: { take: parts.take ?? (() => undefined) },
      inFlight: { enter: () => note('leave') },
      drain: { drain: note('drain') },
      ports: {
        journalShares: { check: () => undefined, count: () => 1 },
        authenticator: { authenticate: () => authentication },
        moment: () => ({}),
        metrics: { signIns: { ofRequest: () => undefined, unauthenticated: () => undefined } },
        organizations: new Map([
          ['x', { upstream: { schema: note('another organization') } }],
          ['o', { upstream: { schema } }],
        ]),
        settings: { publicUrl: parts.publicUrl },
        log: { error: note('log') },
      },
    },
  } as unknown as RequestContext
  const done = () => calls.filter(([name]) => name !== 'drain')
  const drained = () => calls.filter(([name]) => name === 'drain').length
  return { context, done, drained }
}

t.test('schemaFileOf() knows three paths', async t => {
  for (const file of ['services.wsdl', 'messages.xsd', 'types.xsd'] as const)
    t.equal(schemaFileOf(`/ews/${file}`), file)
  for (const path of ['/ews/other.xsd', '/ews/', '', 'constructor', '__proto__', 'services.wsdl'])
    t.equal(schemaFileOf(path), undefined, path)
})

t.test('greet() sends a page only to callers', async t => {
  const { context, done, drained } = open()
  await greet(context)
  const page = /^<!DOCTYPE html>.*Exchange Web Services endpoint/s
  t.match(done(), [['text', 200, page, 'text/html; charset=utf-8'], ['leave']])
  t.equal(drained(), 1)

  const unknown = open({ isKnown: false })
  await greet(unknown.context)
  t.strictSame(unknown.done(), [['401', 'none']])
  t.equal(unknown.drained(), 1, 'once')
})

t.test('sendSchema() sends a file of the organization’s upstream within its memory', async t => {
  const url = 'http://ews.example.com/EWS/Exchange.asmx'
  const file = async () => Buffer.alloc(100)
  const type = 'text/xml; charset=utf-8'
  for (const [name, parts, reserved, answer] of [
    ['services.wsdl', { schema: file }, SENDING_BYTES + 100, ['bytes', 100, type]],
    ['types.xsd', { schema: file }, SENDING_BYTES, ['bytes', 100, type]],
    ['types.xsd', { schema: file, hasMemory: false }, SENDING_BYTES, ['text', 503, BUSY]],
    ['types.xsd', {}, undefined, ['text', 404, 'The upstream has no such file\n']],
  ] as const) {
    const { context, done, drained } = open(parts)
    await sendSchema(context, name)
    const reserving = reserved === undefined ? [] : [['reserve', reserved]]
    t.strictSame(done(), [['schema', name, url], ...reserving, answer, ['leave']])
    t.equal(drained(), 1)
  }
})

t.test('sendSchema() answers a failure without details, and logs unhandled errors', async t => {
  const bug = new TypeError('secret')
  const unavailable = new Failure('upstream-unreachable', 'secret')
  const internal = 'An internal error occurred\n'
  for (const [error, answers] of [
    [unavailable, [['text', 503, BUSY]]],
    [
      bug,
      [
        ['log', { err: bug }, 'Unhandled error'],
        ['text', 503, internal],
      ],
    ],
  ] as const) {
    const { context, done, drained } = open({ schema: () => Promise.reject(error) })
    await sendSchema(context, 'types.xsd')
    t.strictSame(done().slice(1), [...answers, ['leave']])
    t.equal(drained(), 1)
  }
  const take = () => {
    throw new Failure('over-budget', 'secret')
  }
  const { context, done } = open({ take })
  await sendSchema(context, 'types.xsd')
  t.strictSame(done(), [['text', 503, BUSY]], 'a caller over its limit was not let in')
})

t.test('gatewayUrl() is the configured URL, or that of the request', async t => {
  for (const [parts, url] of [
    [{}, 'http://ews.example.com/EWS/Exchange.asmx'],
    [{ secure: true }, 'https://ews.example.com/EWS/Exchange.asmx'],
    [{ host: '[::1]:8080' }, 'http://[::1]:8080/EWS/Exchange.asmx'],
    [{ host: 'a b' }, undefined],
    [{ host: '' }, undefined],
    [{ host: undefined }, undefined],
    [{ host: 'a b', publicUrl: 'https://x.example/y' }, 'https://x.example/EWS/Exchange.asmx'],
  ] as const) {
    const { context } = open(parts)
    const { publicUrl } = context.server.ports.settings
    if (url !== undefined) t.equal(gatewayUrl(context, publicUrl), url)
    else
      t.throws(() => gatewayUrl(context, publicUrl), { name: 'Failure', reason: 'header-refused' })
  }
})
