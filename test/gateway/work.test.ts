/**
 * What a request may cost, counted instead of timed: bytes copied, bytes looked at, questions to
 * store and cache, memory taken.
 */

import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { fill } from '../../bench/filling.ts'
import { writeConfig } from '../../bench/gateway.ts'
import { ALICE, attachment, envelope, FIND_ITEM, idOf, markup } from '../../bench/requests.ts'
import { openStore, startGateway } from '../../src/app/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import { DEFAULT_LIMITS, EnvelopeReader } from '../../src/ews/reader.ts'
import type { Store } from '../../src/store/store.ts'
import { testFolder } from '../kit/folder.ts'
import { folderResponse } from '../kit/responses.ts'

/** What every gateway asks its store now and then, whoever calls it. */
const BY_ITSELF: ReadonlySet<string | symbol> = new Set(['standings', 'sawGateway', 'keyUsed'])

/** In the process: the key for the authentication; key, role, access control, user for the decision. */
const LOOKUPS = 5

/** A store that notes each question. */
function noting(store: Store, asked: string[]): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (!BY_ITSELF.has(name)) asked.push(String(name))
        return value.apply(target, args)
      }
    },
  })
}

/** A whole gateway in this process, and a server behind it that answers alike to all. */
async function open(t: Test, asked: string[]) {
  const folder = testFolder(t)
  const answer = Buffer.from(folderResponse(idOf(0)))
  const upstream = createServer((incoming, outgoing) => {
    incoming.resume().on('end', () => {
      outgoing.writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8' }).end(answer)
    })
  })
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  const { port: upstreamPort } = upstream.address() as AddressInfo
  const house = { name: 'work', folder, upstreamPort, users: 500 }
  const file = await writeConfig(folder, house)
  const keys = await fill(file, folder, house)
  const config = loadConfig({ file, env: {}, cwd: folder })
  const { store, masterKey } = await openStore(config, () => undefined)
  const gateway = await startGateway(config, { store: noting(store, asked), masterKey })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const send = (body: Uint8Array) =>
    new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request({
        agent,
        port: gateway.dataPort,
        method: 'POST',
        path: '/EWS/Exchange.asmx',
        auth: keys.one,
        headers: { 'Content-Type': 'text/xml; charset=utf-8', 'Content-Length': body.length },
      })
      outgoing.on('response', incoming =>
        incoming.resume().on('end', () => resolve(incoming.statusCode)),
      )
      outgoing.on('error', reject).end(body)
    })
  const close = async () => {
    agent.destroy()
    await gateway.close()
    upstream.close()
  }
  return { send, close, opsPort: gateway.opsPort }
}

/** What was looked up so far, by layer. */
async function lookups(opsPort: number): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text()
  const layers: Record<string, number> = { l1: 0, l2: 0, store: 0 }
  for (const [, layer = '', count] of text.matchAll(
    /^ews_gateway_cache_requests_total\{layer="(\w+)",result="\w+"\} (\d+)/gm,
  ))
    layers[layer] = (layers[layer] ?? 0) + Number(count)
  return layers
}

/** Counts the bytes that are copied while something is done. */
async function copied(act: () => Promise<unknown>): Promise<number> {
  const { concat } = Buffer
  const { set, slice } = Uint8Array.prototype
  let bytes = 0
  Buffer.concat = (list, length) => {
    const whole = concat(list as readonly Uint8Array<ArrayBuffer>[], length)
    bytes += whole.length
    return whole
  }
  Uint8Array.prototype.set = function (this: Uint8Array, from, at) {
    bytes += from.length
    set.call(this, from, at)
  }
  Uint8Array.prototype.slice = function (this: Uint8Array, from, to) {
    const part = slice.call(this, from, to)
    bytes += part.length
    return part as Uint8Array<ArrayBuffer>
  }
  try {
    await act()
  } finally {
    Buffer.concat = concat
    Object.assign(Uint8Array.prototype, { set, slice })
  }
  return bytes
}

t.test('a warm request', async t => {
  const asked: string[] = []
  const house = await open(t, asked)
  t.teardown(house.close)
  const small = Buffer.from(envelope(FIND_ITEM))
  for (let i = 0; i < 3; i++) t.equal(await house.send(small), 200)

  await t.test('asks neither store nor shared cache', async t => {
    asked.length = 0
    const before = await lookups(house.opsPort)
    for (let i = 0; i < 20; i++) await house.send(small)
    const { l1 = 0, l2 = 0, store = 0 } = await lookups(house.opsPort)
    t.strictSame(asked, [], 'no question to the store')
    t.strictSame([l2, store], [before['l2'], before['store']], 'nor to what lies before it')
    t.equal((l1 - (before['l1'] ?? 0)) / 20, LOOKUPS)
  })

  await t.test('R34 asks the store a few questions at most, whatever the body names', async t => {
    const times = Array.from({ length: 500 }, (_, n) => n)
    const folderOf = (address: string) =>
      `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
    const find = (addresses: readonly string[]) =>
      FIND_ITEM.replace(
        '<t:DistinguishedFolderId Id="inbox" />',
        addresses.map(folderOf).join('').replaceAll('$', '$$'),
      )
    const availability = (addresses: readonly string[]) =>
      `<m:GetUserAvailabilityRequest><m:MailboxDataArray>${addresses
        .map(
          address =>
            `<t:MailboxData><t:Email><t:Address>${address}</t:Address></t:Email></t:MailboxData>`,
        )
        .join('')}</m:MailboxDataArray></m:GetUserAvailabilityRequest>`
    const events = `<m:GetStreamingEvents><m:SubscriptionIds>${times
      .slice(0, 200)
      .map(n => `<t:SubscriptionId>unknown-${n}</t:SubscriptionId>`)
      .join('')}</m:SubscriptionIds></m:GetStreamingEvents>`
    const unknown = times.map(n => `unknown-${n}@example.com`)
    const known = times.map(n => `user-${n}@example.com`)
    const ids = times.map(n => `<t:ItemId Id="${idOf(n)}"/>`).join('')
    const read = 'snapshot'
    for (const [what, operation, status, questions] of [
      ['500 unknown addresses', find(unknown), 500, []],
      ['500 addresses of others', find(known), 500, []],
      ['500 ways to write the own address', find(times.map(spellingOf)), 200, []],
      ['500 unknown attendees', availability(unknown), 500, [read]],
      ['500 attendees', availability(known), 200, [read, read, read]],
      ['the same 500 attendees', availability(known), 200, []],
      ['200 unknown subscriptions', events, 500, [read]],
      ['500 own items', `<m:GetItem><m:ItemIds>${ids}</m:ItemIds></m:GetItem>`, 200, []],
    ] as const) {
      asked.length = 0
      t.equal(await house.send(Buffer.from(envelope(operation))), status, what)
      t.strictSame(asked, questions, what)
    }
  })

  await t.test('copies a small body once, for the upstream', async t => {
    const body = attachment(200_000)
    await house.send(body)
    const bytes = await copied(() => house.send(body))
    t.ok(bytes < 1.2 * body.length, `${bytes} of ${body.length} bytes were copied`)
  })

  await t.test('P9 copies next to nothing of a large body', async t => {
    for (const body of [attachment(4_000_000), markup(1_000_000)]) {
      await house.send(body)
      const bytes = await copied(() => house.send(body))
      t.ok(bytes < 0.1 * body.length, `${bytes} of ${body.length} bytes were copied`)
    }
  })

  await t.test('takes little memory that it leaves behind', async t => {
    // The least of many: a collection in between only makes it more or less than nothing.
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < 30; i++) {
      const before = process.memoryUsage().heapUsed
      for (let n = 0; n < 10; n++) await house.send(small)
      const taken = (process.memoryUsage().heapUsed - before) / 10
      if (taken > 0) least = Math.min(least, taken)
    }
    // The client and the server of this process are in it.
    t.ok(least < 150_000, `${Math.round(least)} bytes a request`)
  })
})

/** One of 512 ways to write Alice's address. */
const spellingOf = (n: number): string =>
  [...ALICE]
    .map((letter, i) => (i < 10 && (n >> (i < 5 ? i : i - 1)) & 1 ? letter.toUpperCase() : letter))
    .join('')

/** Bytes, or pairs of them, that count how often one of them is looked at. */
function watched<Bytes extends Uint8Array | Uint16Array>(
  bytes: Bytes,
  looks: { count: number },
): Bytes {
  return new Proxy(bytes, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target)
      if (typeof name === 'string' && /^\d/.test(name)) looks.count += 1
      if (name === 'subarray')
        return (from?: number, to?: number) => watched(target.subarray(from, to), looks)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Does something while views of pairs of bytes are watched too. */
function watchingPairs(looks: { count: number }, act: () => void): void {
  const Pairs = Uint16Array
  globalThis.Uint16Array = new Proxy(Pairs, {
    construct: (target, viewed) => watched(Reflect.construct(target, viewed), looks),
  })
  try {
    act()
  } finally {
    globalThis.Uint16Array = Pairs
  }
}

/** How often each byte is looked at, on average, where a request comes in pieces of such a size. */
function looksPerByte(bytes: Uint8Array, pieceBytes: number): number {
  const looks = { count: 0 }
  const reader = new EnvelopeReader(DEFAULT_LIMITS)
  watchingPairs(looks, () => {
    for (let i = 0; i < bytes.length; i += pieceBytes)
      reader.write(watched(bytes.subarray(i, i + pieceBytes), looks))
    reader.end()
  })
  return looks.count / bytes.length
}

const subject = (text: string) =>
  Buffer.from(
    envelope(
      `<m:CreateItem><m:Items><t:Message><t:Subject>${text.repeat(Math.ceil(8_000 / text.length))}</t:Subject></t:Message></m:Items></m:CreateItem>`,
    ),
  )

for (const [name, body, most] of [
  ['base64', attachment(20_000), 0.6],
  ['markup', markup(8_000), 3.5],
  ['brackets', subject(']] ] ]]x'), 1],
  ['references', subject('&amp;&#x20;&lt;'), 2.5],
  ['CDATA of brackets', subject('<![CDATA[]]]]]]>'), 2.5],
  ['characters of three bytes', subject('漢'), 2.5],
  ['tags', subject('</t:Subject>a<t:Subject>'), 3],
] as const)
  t.test(`EnvelopeReader looks at each byte a few times, in pieces too: ${name}`, async t => {
    const whole = looksPerByte(body, body.length)
    t.ok(whole <= most, `${whole.toFixed(2)} times in one piece`)
    const small = looksPerByte(body, 7)
    t.ok(small <= 5, `${small.toFixed(2)} times in pieces of 7 bytes`)
  })
