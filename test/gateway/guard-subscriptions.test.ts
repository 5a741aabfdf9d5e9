/**
 * R15 as a table: fixtures/guard/subscriptions.json at a running gateway. The server gives the events
 * of a subscription to every request that has its ID.
 */

import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { SubscriptionRow } from '../../scripts/guard/subscriptions.ts'
import type { Reason } from '../../src/model/decision.ts'
import { DEFAULT_GUARD, type RoleGuard } from '../../src/model/role.ts'
import { codeOf, envelope } from './corpus.ts'
import { direct, PASSWORD } from './guard-rows.ts'
import { basic, type Client, type House, ORGANIZATION, startHouse } from './harness.ts'
import { until } from './wire.ts'

const ALICE = 'alice@example.com'
const OTHERS = ['bob@example.com', 'ceo@example.com']

const ROWS: readonly SubscriptionRow[] = JSON.parse(
  readFileSync(new URL('../../fixtures/guard/subscriptions.json', import.meta.url), 'utf8'),
)
const NAMES = { bob: 'bob@example.com', ceo: 'ceo@example.com' }

const subscribe = (kind: 'Pull' | 'Streaming', watches: string) =>
  `<m:Subscribe><m:${kind}SubscriptionRequest>${watches}<t:EventTypes>` +
  `<t:EventType>NewMailEvent</t:EventType></t:EventTypes>` +
  `${kind === 'Pull' ? '<t:Timeout>10</t:Timeout>' : ''}</m:${kind}SubscriptionRequest></m:Subscribe>`
const getEvents = (id: string, watermark: string) =>
  `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>${watermark}</m:Watermark></m:GetEvents>`
const stream = (...ids: readonly string[]) =>
  `<m:GetStreamingEvents><m:SubscriptionIds>${ids.map(id => `<t:SubscriptionId>${id}</t:SubscriptionId>`).join('')}` +
  '</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>'
const inboxOf = (address: string) =>
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
  `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>` +
  '</t:DistinguishedFolderId></m:FolderIds></m:GetFolder>'

const textOf = (text: string, element: string) =>
  new RegExp(`${element}>([^<]+)<`).exec(text)?.[1] ?? ''

/** A role of one row, and its requests. */
class Subject {
  readonly house: House
  readonly client: Client

  constructor(house: House, client: Client) {
    this.house = house
    this.client = client
  }

  async ask(as: string, operation: string) {
    const auth = this.client.key
    const { text, status, headers } = await this.house.post(envelope(as, operation), { auth })
    const record = this.house
      .audit()
      .find(({ decisionId }) => decisionId === headers['x-decision-id'])
    return { text, status, code: codeOf(text), reason: record?.reason }
  }

  /** Opens a stream; what arrives is in `text`. */
  async open(as: string, operation: string) {
    const abort = new AbortController()
    const { key } = this.client
    const response = await fetch(this.house.url, {
      method: 'POST',
      headers: { authorization: basic(key), 'content-type': 'text/xml; charset=utf-8' },
      body: envelope(as, operation),
      signal: abort.signal,
    })
    const opened = { text: '', ended: false, abort: () => abort.abort() }
    const read = async () => {
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) opened.text += decoder.decode(chunk)
    }
    read()
      .catch(() => undefined)
      .finally(() => {
        opened.ended = true
      })
    await until('the stream begins', () => opened.ended || opened.text.includes('</'))
    return opened
  }

  async watch(row: SubscriptionRow, kind: 'Pull' | 'Streaming') {
    let { watches } = row
    for (const [name, address] of Object.entries(NAMES)) {
      if (!watches.includes(`{${name}.`)) continue
      // The request by address is what tells the gateway whose the ID is.
      const { text } = await this.ask(ALICE, inboxOf(address))
      const [, id = ''] = /FolderId Id="([^"]+)"/.exec(text) ?? []
      watches = watches.replaceAll(`{${name}.inbox}`, id)
    }
    const { text } = await this.ask(ALICE, subscribe(kind, watches))
    return { id: textOf(text, 'SubscriptionId'), watermark: textOf(text, 'Watermark') }
  }

  async change({ change: { mailboxes, deny = [] }, ...row }: SubscriptionRow) {
    const targetUsers = await Promise.all(deny.map(address => this.house.userId(address)))
    await this.house.changeRole(this.client.role.name, {
      guard: guardOf(mailboxes ?? row.mailboxes),
      rules: [
        { id: 'allow', effect: 'ALLOW' },
        { id: 'deny', effect: 'DENY', targetUsers },
      ],
    })
  }
}

const guardOf = (mailboxes: RoleGuard['mailboxes']): RoleGuard => ({ ...DEFAULT_GUARD, mailboxes })

async function start(t: Test, rows: readonly SubscriptionRow[], gromox: boolean): Promise<House> {
  return await startHouse(t, {
    gromox,
    delegations: OTHERS.map(owner => ({ owner, delegate: ALICE })),
    upstreamPassword: PASSWORD,
    roles: rows.map(({ name, mailboxes }) => ({
      name,
      type: 'FULL_ACCESS',
      allow: 'all',
      deny: ['ceo@example.com'],
      guard: { mailboxes },
    })),
  })
}

const deliver = ({ sandbox }: House, { events }: SubscriptionRow) =>
  sandbox.mailbox(events).deliver({ subject: 'New' })

for (const gromox of [false, true]) {
  const where = gromox ? 'before a server like grommunio' : 'before the sandbox'
  t.test(`R15 GetEvents ${where}`, async t => {
    const rows = ROWS.filter(({ change }) => change.remove === undefined)
    const house = await start(t, rows, gromox)
    for (const row of rows) {
      const subject = new Subject(house, house.client(row.name))
      const { id, watermark } = await subject.watch(row, 'Pull')
      t.not(id, '', `R15 ${row.name}: is made`)
      deliver(house, row)
      t.match((await subject.ask(ALICE, getEvents(id, watermark))).text, 'NewMailEvent', 'works')
      await subject.change(row)
      deliver(house, row)
      const { text, code, reason } = await subject.ask(row.as ?? ALICE, getEvents(id, watermark))
      const expected = row.reasons as readonly (Reason | undefined)[] | undefined
      t.ok(
        (expected ?? [undefined]).some(it => it === reason),
        `R15 ${row.name}: ${reason}`,
      )
      t.equal(code, expected ? 'ErrorSubscriptionNotFound' : 'NoError', `R15 ${row.name}: its code`)
      t.equal(text.includes('NewMailEvent'), expected === undefined, `R15 ${row.name}: its events`)
      t.match(
        await direct(house.sandbox, 'carol@example.com', getEvents(id, watermark)),
        'NewMailEvent',
      )
    }
  })

  t.test(`R15 GetStreamingEvents ${where}`, async t => {
    const rows = ROWS.filter(({ change, as }) => change.remove === undefined && as === undefined)
    const house = await start(t, rows, gromox)
    for (const row of rows) {
      const subject = new Subject(house, house.client(row.name))
      const [held, later, own] = [
        await subject.watch(row, 'Streaming'),
        await subject.watch(row, 'Streaming'),
        await subject.watch(
          { ...row, watches: '<t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' },
          'Streaming',
        ),
      ]
      const opened = await subject.open(ALICE, stream(held.id, own.id))
      await subject.change(row)
      const isDenied = row.reasons !== undefined
      if (isDenied) await until('the stream is cut off', () => opened.ended)
      deliver(house, row)
      if (!isDenied) await until('an event', () => opened.text.includes('NewMailEvent'))
      t.equal(opened.text.includes('NewMailEvent'), !isDenied, `R15 ${row.name}: an open stream`)
      opened.abort()

      const again = await subject.open(ALICE, stream(own.id, later.id))
      if (!isDenied) await until('an event', () => again.text.includes('NewMailEvent'))
      t.equal(again.text.includes('NewMailEvent'), !isDenied, `R15 ${row.name}: a new stream`)
      if (isDenied) t.equal(codeOf(again.text), 'ErrorSubscriptionNotFound')
      again.abort()
    }
  })
}

t.test('R15 GetEvents of a subscription to a user who is removed', async t => {
  for (const row of ROWS.filter(({ change }) => change.remove !== undefined)) {
    const house = await start(t, [row], true)
    const subject = new Subject(house, house.client(row.name))
    const { id, watermark } = await subject.watch(row, 'Pull')
    deliver(house, row)
    await house.store.deleteUser(ORGANIZATION, await house.userId(row.change.remove ?? ''))
    const { reason, text } = await subject.ask(ALICE, getEvents(id, watermark))
    t.ok(
      row.reasons?.some(it => it === reason),
      `R15 ${row.name}: ${reason}`,
    )
    t.notMatch(text, 'NewMailEvent')
  }
})
