/**
 * The cost of a request, counted instead of timed: copied bytes, steps of the scan, calls of functions,
 * and questions to store and cache.
 */

import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { fill } from '../../bench/filling.ts'
import { writeConfig } from '../../bench/gateway.ts'
import { ALICE, attachment, envelope, FIND_ITEM, idOf, markup } from '../../bench/requests.ts'
import { openStore, startGateway } from '../../src/app/compose.ts'
import { segmentFile, segmentsIn } from '../../src/audit/segments.ts'
import { loadConfig } from '../../src/config/load.ts'
import { DEFAULT_LIMITS, EnvelopeReader } from '../../src/ews/reader.ts'
import { WithheldBody } from '../../src/gateway/withhold.ts'
import type { Store } from '../../src/store/store.ts'
import { testFolder } from '../kit/folder.ts'
import { folderResponse } from '../kit/responses.ts'
import { skippableIntervals } from '../kit/skip-time.ts'
import { countCalls, countCopied, countEachCall, countPromises } from '../kit/work.ts'

/** Calls that every gateway regularly makes to its store, without any request. */
const BY_ITSELF: ReadonlySet<string | symbol> = new Set([
  'policyVersions',
  'recordHeartbeat',
  'keyUsed',
  'fleetState',
])

/** In the process: the key for the authentication; key, role, access control, protection, user for the decision. */
const LOOKUPS = 6

/** Most calls of functions that a request takes. */
const CALLS = 1_550

/** Requests at the same time. */
const TOGETHER = 32

/** Files on the path of a request. Others work in the background, the more, the slower the machine is. */
const PATH = /\/src\/(gateway|credentials|decision|http)\//

/** Most promises that a request makes. */
const PROMISES = 10

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
async function open(t: Test, asked: string[], { sockets = 1 } = {}) {
  const folder = testFolder(t)
  const answer = Buffer.from(folderResponse(idOf(0)))
  const upstream = createServer((incoming, outgoing) => {
    incoming.resume().on('end', () => {
      outgoing.writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8' }).end(answer)
    })
  })
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  const { port: upstreamPort } = upstream.address() as AddressInfo
  const server = { name: 'work', folder, upstreamPort, users: 500 }
  const file = await writeConfig(folder, server)
  const keys = await fill(file, folder, server)
  const config = loadConfig({ file, env: {}, cwd: folder })
  const { store, masterKey } = await openStore(config, () => undefined)
  const gateway = await startGateway(config, { store: noting(store, asked), masterKey })
  const agent = new Agent({ keepAlive: true, maxSockets: sockets })
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
  return { send, close, opsPort: gateway.opsPort, auditFolder: config.audit.journal }
}

/** Returns the number of lookups so far, by layer. */
async function lookups(opsPort: number): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text()
  const layers: Record<string, number> = { l1: 0, l2: 0, store: 0 }
  for (const [, layer = '', count] of text.matchAll(
    /^ews_gateway_cache_requests_total\{layer="(\w+)",result="\w+"\} (\d+)/gm,
  ))
    layers[layer] = (layers[layer] ?? 0) + Number(count)
  return layers
}

t.test('a request with cached values', async t => {
  // Else the gateway polls its store in each round, because to count holds up its timers for a second.
  skippableIntervals(t)
  const asked: string[] = []
  const server = await open(t, asked)
  t.teardown(server.close)
  const small = Buffer.from(envelope(FIND_ITEM))
  for (let i = 0; i < 3; i++) t.equal(await server.send(small), 200)

  await t.test('queries neither store nor shared cache', async t => {
    asked.length = 0
    const before = await lookups(server.opsPort)
    for (let i = 0; i < 20; i++) await server.send(small)
    const { l1 = 0, l2 = 0, store = 0 } = await lookups(server.opsPort)
    // The metrics show the checks of readiness, one of which pings the store.
    const questions = asked.filter(call => call !== 'ping')
    t.strictSame(questions, [], 'no question to the store')
    t.strictSame([l2, store], [before['l2'], before['store']], 'nor to what lies before it')
    t.equal((l1 - (before['l1'] ?? 0)) / 20, LOOKUPS)
  })

  await t.test('R34 makes at most a few queries of the store, whatever the body names', async t => {
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
      t.equal(await server.send(Buffer.from(envelope(operation))), status, what)
      t.strictSame(asked, questions, what)
    }
  })

  await t.test('copies its body once', async t => {
    let bytes = Number.POSITIVE_INFINITY
    // The gateway's own header can be longer than the client's.
    const most = small.length * 1.5
    for (let round = 0; round < 5 && bytes > most; round++)
      bytes = Math.min(bytes, await countCopied(() => server.send(small)))
    t.ok(bytes > 0 && bytes <= most, `${bytes} bytes for a body of ${small.length}`)
  })

  await t.test('takes a bounded number of calls', async t => {
    // Other gateways of the process work at times. The fewest calls are those of a request alone.
    const requests = Array.from({ length: 12 }, () => () => server.send(small))
    const calls = Math.min(...(await countEachCall('/src/', requests)))
    t.ok(calls < CALLS, `${calls} calls of functions`)
  })

  await t.test('calls nothing of traces, because no collector is configured', async t => {
    for (const files of ['/src/traces/', '/node_modules/@opentelemetry/'])
      t.equal(await countCalls(files, () => server.send(small)), 0, files)
  })

  await t.test('reads no response for a draft, because none is attached', async t => {
    for (const files of ['shadows', 'read-shown', 'shown-'])
      t.equal(await countCalls(`/src/gateway/${files}`, () => server.send(small)), 0, files)
  })
})

t.test('warm requests at the same time', async t => {
  const server = await open(t, [], { sockets: TOGETHER })
  t.teardown(server.close)
  const small = Buffer.from(envelope(FIND_ITEM))
  const sendAll = () => Promise.all(Array.from({ length: TOGETHER }, () => server.send(small)))
  for (let i = 0; i < 3; i++) await sendAll()

  await t.test('share writes of the audit', async t => {
    let writes = Number.POSITIVE_INFINITY
    // On a busy machine, not all requests arrive in the same turn of the event loop. One by one, each takes two writes.
    for (let round = 0; round < 50 && writes > TOGETHER / 4; round++) {
      const before = batchesIn(server.auditFolder)
      await sendAll()
      writes = Math.min(writes, batchesIn(server.auditFolder) - before)
    }
    t.ok(writes <= TOGETHER / 4, `${writes} writes for ${TOGETHER} requests`)
  })

  await t.test('make few promises', async t => {
    let promises = Number.POSITIVE_INFINITY
    for (let round = 0; round < 5 && promises > PROMISES; round++)
      promises = Math.min(promises, (await countPromises(PATH, sendAll)) / TOGETHER)
    t.ok(promises <= PROMISES, `${promises} promises for each request`)
  })
})

/** Returns the number of writes to a journal: each batch names the one before. */
const batchesIn = (folder: string) =>
  segmentsIn(readdirSync(folder))
    .map(name => readFileSync(segmentFile(folder, name), 'utf8'))
    .join('')
    .split('"previous":').length - 1

const CHUNK_BYTES = 65_536

/** Passes a large body on, and returns how many bytes for the upstream are not in the client's memory. */
async function copied(body: Buffer): Promise<number> {
  const reader = new EnvelopeReader(DEFAULT_LIMITS)
  let read = CHUNK_BYTES
  const begun = body.subarray(0, read)
  reader.write(begun)
  const bytes = new WithheldBody({
    reader,
    begun,
    rest: {
      flow: sink => {
        for (; read < body.length; read += CHUNK_BYTES)
          sink.chunk(body.subarray(read, read + CHUNK_BYTES))
        sink.end()
      },
      resume: () => undefined,
    },
    head: Buffer.alloc(0),
    operationStart: reader.prologue?.length ?? Number.NaN,
    tail: () => Buffer.alloc(0),
    verdict: async () => undefined,
  })
  let length = 0
  bytes.on('data', (chunk: Buffer) => {
    if (chunk.buffer !== body.buffer) length += chunk.length
  })
  await once(bytes, 'end')
  return length
}

t.test('P9 WithheldBody copies next to nothing of a large body', async t => {
  for (const body of [attachment(4_000_000), markup(1_000_000)]) {
    const bytes = await copied(body)
    t.ok(bytes <= 2 * CHUNK_BYTES, `${bytes} of ${body.length} bytes were copied`)
  }
})

/** One of 512 ways to write Alice's address. */
const spellingOf = (n: number): string =>
  [...ALICE]
    .map((letter, i) => (i < 10 && (n >> (i < 5 ? i : i - 1)) & 1 ? letter.toUpperCase() : letter))
    .join('')

const subject = (text: string) =>
  Buffer.from(
    envelope(
      `<m:CreateItem><m:Items><t:Message><t:Subject>${text.repeat(Math.ceil(8_000 / text.length))}</t:Subject></t:Message></m:Items></m:CreateItem>`,
    ),
  )

/** Bodies, and the most steps that the scan of a byte of each takes in one chunk and in small ones. */
const BODIES = [
  ['base64', attachment(20_000), 0.5, 5.5],
  ['markup', markup(8_000), 3.6, 18],
  ['brackets', subject(']] ] ]]x'), 0.6, 6],
  ['references', subject('&amp;&#x20;&lt;'), 8, 13],
  ['CDATA of brackets', subject('<![CDATA[]]]]]]>'), 4, 20],
  ['characters of three bytes', subject('漢'), 4.5, 18],
  ['tags', subject('</t:Subject>a<t:Subject>'), 3.5, 33],
] as const

t.test('EnvelopeReader takes a few steps for each byte, in small chunks too', async t => {
  const worker = new Worker(new URL('scan-worker.ts', import.meta.url), {
    workerData: BODIES.map(([, body]) => new Uint8Array(body)),
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  })
  const [steps] = (await once(worker, 'message')) as [readonly number[]]
  for (const [i, [name, { length }, whole, small]] of BODIES.entries()) {
    const perByte = (at: number) => (steps[2 * i + at] ?? Number.NaN) / length
    t.ok(perByte(0) <= whole, `${perByte(0).toFixed(2)} in one chunk: ${name}`)
    t.ok(perByte(1) <= small, `${perByte(1).toFixed(2)} in chunks of 7 bytes: ${name}`)
  }
})
