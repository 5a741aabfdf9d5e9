/**
 * R13: nothing changes a stored item unnoticed while the request that sends it waits for a connection. The gateway has
 * one connection to an upstream like grommunio, which compares no ChangeKey.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  type RoleSeed,
  startGatewayTestServer,
  XML,
} from '../kit/gateway-test-server.ts'
import { until } from '../kit/until.ts'

const OPEN: RoleSeed = { name: 'open', type: 'FULL_ACCESS', allow: 'all' }
const CALENDAR: RoleSeed = { ...OPEN, name: 'calendar', profile: { name: 'calendar-write' } }

type Saved = Readonly<{ id: string; key: string }>

const box = (element: string, address: string) =>
  `<t:${element}><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:${element}>`
const save = (content: string, kind = 'Message', folder = 'drafts') =>
  `<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId><t:DistinguishedFolderId Id="${folder}"/></m:SavedItemFolderId><m:Items><t:${kind}>${content}</t:${kind}></m:Items></m:CreateItem>`
const DRAFT = save(
  `<t:ToRecipients><t:Mailbox><t:EmailAddress>carol@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>${box('From', 'alice@example.com')}`,
)
const EVENT = save(
  '<t:Subject>x</t:Subject><t:Start>2026-12-01T10:00:00Z</t:Start><t:End>2026-12-01T11:00:00Z</t:End>',
  'CalendarItem',
  'calendar',
)
const itemId = ({ id, key }: Saved) => `<t:ItemId Id="${id}" ChangeKey="${key}"/>`
const sendItem = (saved: Saved) =>
  `<m:SendItem SaveItemToFolder="false"><m:ItemIds>${itemId(saved)}</m:ItemIds></m:SendItem>`
const update = (saved: Saved, attributes: string, field: string) =>
  `<m:UpdateItem ${attributes} ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>${itemId(saved)}<t:Updates><t:SetItemField>${field}</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
const SAVE_ONLY = 'MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone"'
const SENDER =
  '<t:ExtendedFieldURI PropertyTag="0x5D02" PropertyType="String"/><t:CalendarItem><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x5D02" PropertyType="String"/><t:Value>bob@example.com</t:Value></t:ExtendedProperty></t:CalendarItem>'
/** Makes the item one of another user. */
const makeBobs = (saved: Saved) =>
  update(
    saved,
    SAVE_ONLY,
    `<t:FieldURI FieldURI="message:From"/><t:Message>${box('From', 'bob@example.com')}</t:Message>`,
  )
const invite = (saved: Saved) =>
  update(
    saved,
    'MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"',
    '<t:FieldURI FieldURI="item:Subject"/><t:CalendarItem><t:Subject>y</t:Subject></t:CalendarItem>',
  )

/** A sandbox behind a server that holds responses. */
class Holding {
  /** Operations in the order in which they arrive, with those that the gateway asks about by itself. */
  readonly arrived: string[] = []
  server!: GatewayTestServer
  #holds: string | undefined
  #freed = Promise.withResolvers<number>()
  #held = 0

  static async start(t: Test): Promise<Holding> {
    const holding = new Holding()
    const upstream = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray())
      const [, operation = 'none'] = /Body[^>]*><\w+:(\w+)/.exec(body.toString()) ?? []
      holding.arrived.push(operation)
      const { authorization = '' } = request.headers
      const text = await holding.#run(body, authorization)
      const status = await holding.#pass(operation)
      response.on('error', () => undefined).writeHead(status, { 'Content-Type': XML })
      response.end(status === 200 ? text : '')
    })
    await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
    t.teardown(() => {
      upstream.close()
      upstream.closeAllConnections()
    })
    const { port } = upstream.address() as AddressInfo
    holding.server = await startGatewayTestServer(t, {
      gromox: true,
      roles: [OPEN, CALENDAR],
      upstreamUrl: `http://127.0.0.1:${port}/EWS/Exchange.asmx`,
      upstreamPassword: PASSWORD,
      opaqueIds: 'allow',
      organization: { upstream: { connections: 1 } } as never,
    })
    await holding.#learn()
    return holding
  }

  /** Lets the gateway learn the owner of the user's IDs, so that it doesn't ask for it later. */
  async #learn(): Promise<void> {
    const { id } = await this.saved()
    const shape = '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
    const items = `<m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds>`
    await this.post(`<m:GetItem>${shape}${items}</m:GetItem>`)
    this.arrived.splice(0)
  }

  /** Holds the next response to an operation. @returns resolves when the operation has run */
  hold(operation: string): Promise<void> {
    const before = this.#held
    this.#freed = Promise.withResolvers<number>()
    this.#holds = operation
    return until(`${operation} is held`, () => this.#held > before)
  }

  /** @param status - of the response, which has no content if it fails */
  free(status = 200): void {
    this.#freed.resolve(status)
  }

  async post(operation: string, role = OPEN) {
    const auth = this.server.client(role.name).key
    const { text, headers } = await this.server.post(envelope('alice@example.com', operation), {
      auth,
    })
    const records = this.server.audit()
    const decision = records.find(({ decisionId }) => decisionId === headers['x-decision-id'])
    return { text, code: codeOf(text), reason: decision?.reason }
  }

  /** Sends a request that its client can abort. */
  send(operation: string, signal: AbortSignal): Promise<Response> {
    const { server } = this
    const authorization = server.authorization(server.client(OPEN.name).key) ?? ''
    const headers = { 'Content-Type': XML, Authorization: authorization }
    const body = envelope('alice@example.com', operation)
    return fetch(server.url, { method: 'POST', headers, body, signal })
  }

  async saved(operation = DRAFT, role = OPEN): Promise<Saved> {
    const { text } = await this.post(operation, role)
    const [, id = '', key = ''] = /<t:ItemId Id="([^"]*)" ChangeKey="([^"]*)"/.exec(text) ?? []
    if (id === '') throw new Error(`Nothing was saved: ${text}`)
    this.arrived.splice(0)
    return { id, key }
  }

  /** Resolves when the gateway has allowed a request, so that it waits for a connection. */
  async allowed(operation: string): Promise<void> {
    await until(`${operation} is allowed`, () =>
      this.server.audit().some(it => it['operation'] === operation && it.verdict === 'allow'),
    )
    await new Promise(setImmediate)
  }

  /** Runs an operation without the gateway, as another program of the user does. */
  run(operation: string): Promise<string> {
    const credentials = Buffer.from(`svc-gateway@example.com:${PASSWORD}`).toString('base64')
    const body = Buffer.from(envelope('alice@example.com', operation))
    return this.#run(body, `Basic ${credentials}`)
  }

  get senders(): readonly string[] {
    return this.server.sandbox.sent.map(({ from: { address } }) => address)
  }

  async #run(body: Buffer, authorization: string): Promise<string> {
    const headers = { 'Content-Type': XML, Authorization: authorization }
    const answered = await fetch(this.server.sandbox.url, { method: 'POST', headers, body })
    return answered.text()
  }

  async #pass(operation: string): Promise<number> {
    if (this.#holds !== operation) return 200
    this.#holds = undefined
    this.#held += 1
    return await this.#freed.promise
  }
}

const PASSWORD = 'password-of-the-service'

t.test('R13 no request gets between the question and the item that is sent', async t => {
  const upstream = await Holding.start(t)
  const saved = await upstream.saved()
  const asked = upstream.hold('GetItem')
  const sent = upstream.post(sendItem(saved))
  await asked
  const changed = upstream.post(makeBobs(saved))
  await upstream.allowed('UpdateItem')
  upstream.free()
  t.match(await sent, { code: 'NoError', reason: undefined })
  await changed
  t.strictSame(upstream.senders, ['alice@example.com'])
  t.strictSame(upstream.arrived, ['GetItem', 'SendItem', 'UpdateItem'])
})

t.test('R13 an item that changes while its request waits is not sent', async t => {
  const upstream = await Holding.start(t)
  const saved = await upstream.saved()
  const occupied = upstream.hold('GetFolder')
  const first = upstream.post(GET_FOLDER)
  await occupied
  const sent = upstream.post(sendItem(saved))
  await upstream.run(makeBobs(saved))
  upstream.free()
  await first
  t.match(await sent, { reason: 'sender-refused' })
  t.strictSame(upstream.senders, [])
  t.strictSame(upstream.arrived, ['GetFolder', 'GetItem'])
  t.match(await upstream.post(GET_FOLDER), { code: 'NoError' }, 'the connection is free')
})

t.test('R13 the gateway asks again after other questions', async t => {
  const upstream = await Holding.start(t)
  const event = await upstream.saved(EVENT)
  const asked = upstream.hold('GetFolder')
  const invited = upstream.post(invite(event), CALENDAR)
  await asked
  await upstream.run(update(event, SAVE_ONLY, SENDER))
  upstream.free()
  t.match(await invited, { reason: 'sender-refused' })
  t.strictSame(upstream.arrived, ['GetItem', 'GetItem', 'GetFolder', 'GetItem'])

  const own = await upstream.saved(EVENT)
  t.match(await upstream.post(invite(own), CALENDAR), { code: 'NoError', reason: undefined })
  t.strictSame(upstream.arrived, ['GetItem', 'GetItem', 'GetItem', 'UpdateItem'])
})

t.test('R13 requests that send stored items do not wait for each other', async t => {
  const upstream = await Holding.start(t)
  const drafts = await Promise.all(Array.from({ length: 5 }, () => upstream.saved()))
  upstream.arrived.splice(0)
  const sent = await Promise.all(drafts.map(draft => upstream.post(sendItem(draft))))
  t.match(sent, Array(5).fill({ code: 'NoError' }))
  t.strictSame(upstream.arrived, Array(5).fill(['GetItem', 'SendItem']).flat())
})

t.test('P2 a request is decided on with the present role after its question', async t => {
  const upstream = await Holding.start(t)
  const saved = await upstream.saved()
  const asked = upstream.hold('GetItem')
  const sent = upstream.post(sendItem(saved))
  await asked
  await upstream.server.changeRole(OPEN.name, { type: 'READ_ONLY' })
  upstream.free()
  t.match(await sent, { reason: 'role-is-read-only' })
  t.strictSame(upstream.arrived, ['GetItem'])
})

/** Changes the policy during the question about an item that is sent. Resolves during the second question. */
async function askedAgain(upstream: Holding, send: () => Promise<unknown>) {
  const asked = upstream.hold('GetItem')
  const sent = send()
  await asked
  await upstream.server.changeRole(CALENDAR.name, { description: 'changed' })
  upstream.free()
  await upstream.hold('GetItem')
  return { sent }
}

t.test('P5 R13 the gateway asks again if the policy changed during its question', async t => {
  const upstream = await Holding.start(t)
  const saved = await upstream.saved()
  const { sent } = await askedAgain(upstream, () => upstream.post(sendItem(saved)))
  const changed = upstream.post(makeBobs(saved))
  await upstream.allowed('UpdateItem')
  upstream.free()
  t.match(await sent, { code: 'NoError', reason: undefined })
  await changed
  t.strictSame(upstream.arrived, ['GetItem', 'GetItem', 'SendItem', 'UpdateItem'])
})

t.test('the second question frees the connection if its client has left', async t => {
  const upstream = await Holding.start(t)
  const saved = await upstream.saved()
  const client = new AbortController()
  const leaving = await askedAgain(upstream, () => upstream.send(sendItem(saved), client.signal))
  client.abort()
  await t.rejects(leaving.sent)
  // The gateway sees that the client has left before it answers a later request.
  await upstream.server.metrics()
  upstream.free()
  t.match(await upstream.post(GET_FOLDER), { code: 'NoError' })
  t.strictSame(upstream.arrived, ['GetItem', 'GetItem', 'GetFolder'])
})

t.test('a question without a request frees the connection', async t => {
  const upstream = await Holding.start(t)
  const [draft, bobs] = [await upstream.saved(), await upstream.saved()]
  await upstream.run(makeBobs(bobs))
  t.match(await upstream.post(sendItem(bobs)), { reason: 'sender-refused' })

  const refused = upstream.hold('GetItem')
  const failing = upstream.post(sendItem(draft))
  await refused
  upstream.free(503)
  t.match(await failing, { code: 'ErrorServerBusy' })

  const asked = upstream.hold('GetItem')
  const client = new AbortController()
  const leaving = upstream.send(sendItem(draft), client.signal)
  await asked
  client.abort()
  await t.rejects(leaving)
  upstream.free()
  t.match(await upstream.post(GET_FOLDER), { code: 'NoError' })
  t.strictSame(upstream.arrived, ['GetItem', 'GetItem', 'GetItem', 'GetFolder'])
  t.match(await upstream.post(sendItem(draft)), { code: 'NoError' })
})
