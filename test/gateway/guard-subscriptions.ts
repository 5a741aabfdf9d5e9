/**
 * The table of fixtures/guard/subscriptions.ts, and the steps of its rows at a running gateway: a
 * subscription is made, its role is changed, and its events are asked for.
 *
 * @module
 */

import type { Test } from 'tap'
import { SUBSCRIPTIONS, type SubscriptionRow } from '../../fixtures/guard/subscriptions.ts'
import { DEFAULT_GUARD, type RoleGuard } from '../../src/model/role.ts'
import { codeOf, envelope } from '../kit/corpus.ts'
import {
  basic,
  type Client,
  type GatewayTestServer,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { until } from '../kit/wire.ts'
import { PASSWORD } from './guard-rows.ts'

/** The user that subscribes. */
export const ALICE = 'alice@example.com'
const OTHERS = ['bob@example.com', 'ceo@example.com']

/** The rows of a server. IDs of grommunio don't say whose mailbox they watch. */
export const rowsOf = (gromox: boolean): readonly SubscriptionRow[] =>
  SUBSCRIPTIONS.filter(({ watches }) => !(gromox && watches.includes('.inbox}')))

const NAMES = { bob: 'bob@example.com', ceo: 'ceo@example.com' }

const subscribe = (kind: 'Pull' | 'Streaming', watches: string) =>
  `<m:Subscribe><m:${kind}SubscriptionRequest>${watches}<t:EventTypes>` +
  `<t:EventType>NewMailEvent</t:EventType></t:EventTypes>` +
  `${kind === 'Pull' ? '<t:Timeout>10</t:Timeout>' : ''}</m:${kind}SubscriptionRequest></m:Subscribe>`
/** Asks for the events of a pull subscription. */
export const getEvents = (id: string, watermark: string) =>
  `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>${watermark}</m:Watermark></m:GetEvents>`
/** Asks for the events of streaming subscriptions. */
export const stream = (...ids: readonly string[]) =>
  `<m:GetStreamingEvents><m:SubscriptionIds>${ids.map(id => `<t:SubscriptionId>${id}</t:SubscriptionId>`).join('')}` +
  '</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>'
const inboxOf = (address: string) =>
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
  `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>` +
  '</t:DistinguishedFolderId></m:FolderIds></m:GetFolder>'

const textOf = (text: string, element: string) =>
  new RegExp(`${element}>([^<]+)<`).exec(text)?.[1] ?? ''

/** A role of one row, and its requests. */
export class Subject {
  readonly server: GatewayTestServer
  readonly client: Client

  constructor(server: GatewayTestServer, client: Client) {
    this.server = server
    this.client = client
  }

  async ask(as: string, operation: string) {
    const auth = this.client.key
    const { text, status, headers } = await this.server.post(envelope(as, operation), { auth })
    const record = this.server
      .audit()
      .find(({ decisionId }) => decisionId === headers['x-decision-id'])
    return { text, status, code: codeOf(text), reason: record?.reason }
  }

  /** Opens a stream and collects it in `text`. */
  async open(as: string, operation: string) {
    const abort = new AbortController()
    const { key } = this.client
    const response = await fetch(this.server.url, {
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
      // The gateway learns the owner of an ID from a request that names the address.
      const { text } = await this.ask(ALICE, inboxOf(address))
      const [, id = ''] = /FolderId Id="([^"]+)"/.exec(text) ?? []
      watches = watches.replaceAll(`{${name}.inbox}`, id)
    }
    const { text } = await this.ask(ALICE, subscribe(kind, watches))
    return { id: textOf(text, 'SubscriptionId'), watermark: textOf(text, 'Watermark') }
  }

  async change({ change: { mailboxes, deny = [] }, ...row }: SubscriptionRow) {
    const targetUsers = await Promise.all(deny.map(address => this.server.userId(address)))
    await this.server.changeRole(this.client.role.name, {
      guard: guardOf(mailboxes ?? row.mailboxes),
      rules: [
        { id: 'allow', effect: 'ALLOW' },
        { id: 'deny', effect: 'DENY', targetUsers },
      ],
    })
  }
}

const guardOf = (mailboxes: RoleGuard['mailboxes']): RoleGuard => ({ ...DEFAULT_GUARD, mailboxes })

/** Starts a gateway with a role for each row. */
export async function start(
  t: Test,
  rows: readonly SubscriptionRow[],
  gromox: boolean,
): Promise<GatewayTestServer> {
  return await startGatewayTestServer(t, {
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

/** Lets a mail arrive in the mailbox that a row watches. */
export const deliver = ({ sandbox }: GatewayTestServer, { events }: SubscriptionRow) =>
  sandbox.mailbox(events).deliver({ subject: 'New' })
