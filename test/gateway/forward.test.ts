/**
 * Requests for the upstream: their bodies, headers, and timeouts.
 */

import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { EnvelopeReader } from '../../src/ews/reader.ts'
import type { Allowed } from '../../src/gateway/context.ts'
import {
  isStreaming,
  isSubscribe,
  streamMs,
  upstreamRequest,
  wholeBody,
} from '../../src/gateway/forward.ts'
import { CREDENTIAL, ROLE } from '../decision/data.ts'
import { createItem, END, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'

const MINUTE_MS = 60_000
const ANN = 'ann@example.com'
const stream = (timeout: string) =>
  '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>x</t:SubscriptionId></m:SubscriptionIds>' +
  `${timeout}</m:GetStreamingEvents>`
const STREAM = stream('<m:ConnectionTimeout>5</m:ConnectionTimeout>')
const SUBSCRIBE =
  '<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' +
  '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes><t:Timeout>10</t:Timeout>' +
  '</m:PullSubscriptionRequest></m:Subscribe>'
const FIND_ITEM =
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ParentFolderIds>' +
  '<t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'

/** The ASCII characters that no request ID can have. */
const NO_ID = ' !"#$%&\'()*+,/:;<=>?@[\\]^`|~\t'

type Given = Readonly<{
  operation?: string
  text?: string
  headers?: IncomingHttpHeaders
  upstreamMs?: number
}>

/** Returns an allowed request, and the owners for which its cookies were unsealed. */
function allowedOf({ operation = GET_FOLDER, text, headers = {}, upstreamMs = 1_000 }: Given) {
  const bytes = Buffer.from(text ?? envelope('alias@example.com', operation))
  const reader = new EnvelopeReader()
  reader.write(bytes)
  reader.end()
  const owners: unknown[] = []
  const affinity = { cookies: new Map([['name', 'value']]), anchorMailbox: 'anchor@example.com' }
  const cookies = {
    unseal: (owner: unknown, from: IncomingHttpHeaders) => {
      owners.push(owner)
      return from.cookie === 'sealed' ? affinity : { cookies: new Map(), anchorMailbox: undefined }
    },
  }
  const server = { ports: { cookies, settings: { timeouts: { upstreamMs } } } }
  const allowed = {
    actAs: ANN,
    role: ROLE,
    read: {
      reader,
      prologue: reader.prologue,
      gathered: { bytes },
      caller: CREDENTIAL,
      context: { server, request: { headers } },
    },
  } as unknown as Allowed
  return { allowed, owners }
}

function requestOf(given: Given) {
  const body = Buffer.from('body')
  return upstreamRequest(allowedOf(given).allowed, { body, contentLength: 4 })
}

t.test('wholeBody() keeps the bytes of the operation, and the length of what follows', t => {
  for (const blanks of ['', ' ', '\r\n\t  ']) {
    const operation = createItem('x', 'Grüße &amp; <![CDATA[x]]>')
    const text = `${prologue('alias@example.com')}${operation}${blanks}${END}`
    const body = wholeBody(allowedOf({ text }).allowed).toString()
    const [head = '', tail = ''] = body.split(operation)
    t.match(head, /<s:Envelope .*<PrimarySmtpAddress>ann@example\.com<.*<s:Body>$/s)
    t.equal(tail, `</s:Body>${' '.repeat(blanks.length)}</s:Envelope>`)
    t.notMatch(body, 'alias@example.com', "the client's name of the user is gone")
  }
  t.end()
})

t.test('upstreamRequest() has the timeouts and properties of its operation', t => {
  for (const [operation, upstreamMs, bodyTimeoutMs, compress, countItems, replayable] of [
    [GET_FOLDER, 1_000, 1_000, true, false, true],
    [FIND_ITEM, 1_000, 1_000, true, true, true],
    [createItem('x'), 1_000, 1_000, true, false, false],
    [SUBSCRIBE, 1_000, 1_000, false, false, false],
    [STREAM, 2 * MINUTE_MS - 1, 2 * MINUTE_MS, false, false, false],
    [STREAM, 2 * MINUTE_MS + 1, 2 * MINUTE_MS + 1, false, false, false],
  ] as const) {
    const headers = { 'accept-encoding': 'gzip, deflate' }
    const { body, ...request } = requestOf({ operation, upstreamMs, headers })
    t.strictSame(
      request,
      {
        contentLength: 4,
        owner: CREDENTIAL.principal.id,
        anchorMailbox: ANN,
        preferServerAffinity: false,
        cookies: new Map(),
        compress,
        countItems,
        replayable,
        headersTimeoutMs: upstreamMs,
        bodyTimeoutMs,
      },
      operation.slice(0, 30),
    )
    t.equal(body.toString(), 'body')
  }
  t.end()
})

t.test('upstreamRequest() asks for gzip if the client takes it', t => {
  for (const [value, compress] of [
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP', true],
    ['deflate, gzip', true],
    ['deflate,gzip;q=0.5, br', true],
    ['gzip ; q=1', true],
    ['deflate', false],
    ['xgzip', false],
    ['gzipx', false],
    ['x-gzip', false],
    ['gzip;q=0', false],
    ['gzip; q=0.00', false],
    ['gzip;q=0, gzip', true],
    ['gzip;q=0.01', true],
  ] as const)
    t.equal(
      requestOf({ headers: value === undefined ? {} : { 'accept-encoding': value } }).compress,
      compress,
      String(value),
    )
  t.end()
})

t.test('upstreamRequest() passes on a client-request-id that is an ID', t => {
  for (const [id, isPassed] of [
    ['{0123ABC-def}_.z', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['', false],
    [undefined, false],
    ['é', false],
    ['a\nb', false],
    ...[...NO_ID].map(character => [`a${character}b`, false] as const),
  ] as const) {
    const headers = id === undefined ? {} : { 'client-request-id': id }
    const { clientRequestId } = requestOf({ headers })
    t.equal(clientRequestId, isPassed ? id : undefined, String(id))
  }
  t.end()
})

t.test('upstreamRequest() uses the anchor of its cookies if the client prefers affinity', t => {
  for (const [cookie, prefer, anchorMailbox, preferServerAffinity] of [
    ['sealed', 'true', 'anchor@example.com', true],
    ['sealed', undefined, ANN, false],
    ['sealed', 'false', ANN, false],
    ['other', 'true', ANN, true],
  ] as const) {
    const headers = { cookie, ...(prefer && { 'x-preferserveraffinity': prefer }) }
    t.match(requestOf({ headers }), { anchorMailbox, preferServerAffinity })
    const size = cookie === 'sealed' ? 1 : 0
    t.equal(requestOf({ headers }).cookies.size, size)
  }
  const { allowed, owners } = allowedOf({})
  upstreamRequest(allowed, { body: Buffer.alloc(0), contentLength: 0 })
  const { organizationId, id } = CREDENTIAL.principal
  t.strictSame(owners, [{ organizationId, principalId: id, roleId: ROLE.id }])
  t.end()
})

t.test('isStreaming(), isSubscribe(), and streamMs() describe the response', t => {
  for (const [operation, streaming, subscribes, minutes] of [
    [GET_FOLDER, false, false, 31],
    [SUBSCRIBE, false, true, 31],
    [STREAM, true, false, 6],
    [stream('<m:ConnectionTimeout>30</m:ConnectionTimeout>'), true, false, 31],
    [stream(''), true, false, 31],
    ['<m:Unsubscribe><m:SubscriptionId>x</m:SubscriptionId></m:Unsubscribe>', false, false, 31],
  ] as const) {
    const { reader, prologue } = allowedOf({ operation }).allowed.read
    t.strictSame(
      [isStreaming(prologue), isSubscribe(prologue), streamMs(reader)],
      [streaming, subscribes, minutes * MINUTE_MS],
      operation,
    )
  }
  t.end()
})
