/**
 * Attacks on the memory of the gateway: for each listener, every state in which a connection can be left.
 *
 * @module
 */

import type { AttackedGateway } from './gateway.ts'
import { DESCRIBE } from './memory-bystander.ts'
import type { Flood } from './memory-clients.ts'
import { headOf, ORDINARY, requestBytes } from './requests.ts'
import { STREAM_ID, SUBSCRIBES } from './responses.ts'
import { GET_FOLDER, requestOf, USER } from './seeds.ts'
import { ANSWER_BYTES, DRIBBLES } from './upstream.ts'

const KIBI = 1_024
const MEBI = 1_048_576

export type Listener = 'data' | 'control' | 'ops'

export type MemoryAttack = Flood &
  Readonly<{
    name: string
    listener: Listener
    /** Whether it is part of the short form over TLS as well. */
    isShortOverTls?: true
    /** Whether it has credentials: `key` of a role, or `administrator`. */
    as: 'nobody' | 'key' | 'administrator'
    /** Connections in the long form; in the short one a fourth. */
    connections: number
    /** Bytes of headers that one connection leaves with the gateway. */
    headerBytes?: number
    /** Requests of one connection that the gateway can have in progress. */
    requests?: number
    /** A request that is sent before, once. */
    first?: Buffer
  }>

const CHUNKED = ['Transfer-Encoding: chunked']
const ONE_BYTE = '1\r\nx\r\n'
const CHUNK = `10000\r\n${'x'.repeat(65_536)}\r\n`
/** Headers as small as they can be, because each is two objects. */
const SMALL_HEADERS = Array.from({ length: 3_000 }, (_, i) => `${i.toString(36).padStart(3, 'a')}:`)
  .join('\r\n')
  .slice(0, 15_000)

/** A write that the role may make, up to the text of its subject; or for the CEO, which it may not. */
const writeFor = (user: string): string =>
  requestOf('<m:CreateItem><m:Items><t:Message><t:Subject>')
    .replace(USER, user)
    .replace(/<\/s:Body>.*$/, '')
const chunkOf = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

const SUBSCRIBE = (folder: string) =>
  requestOf(
    `<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:FolderId Id="${folder}"/></t:FolderIds>` +
      '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>',
  )
const STREAM = requestOf(
  `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${STREAM_ID}</t:SubscriptionId>` +
    '</m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>',
)

const head = (line: string, ...headers: readonly (string | false)[]) =>
  [line, 'Host: 127.0.0.1', ...headers.filter(Boolean), '\r\n'].join('\r\n')

/** Attacks that every listener must withstand from any client. */
function onAny(listener: Listener): MemoryAttack[] {
  const base = { listener, as: 'nobody' } as const
  const connections = listener === 'ops' ? 32 : 400
  const unfinished = head('GET / HTTP/1.1').slice(0, -2)
  const headers = listener === 'ops' ? SMALL_HEADERS.slice(0, 7_500) : SMALL_HEADERS
  return [
    { ...base, name: 'idle', head: '', connections },
    {
      ...base,
      name: 'unfinished headers',
      head: unfinished + headers,
      headerBytes: headers.length,
      connections,
    },
    {
      ...base,
      name: 'pipelined requests',
      isShortOverTls: true,
      head: head('GET / HTTP/1.1').repeat(1_500),
      requests: 9,
      connections,
    },
  ]
}

export function attacksOn({
  attacker: key,
  administrator,
}: AttackedGateway): readonly MemoryAttack[] {
  const by = `Authorization: ${key}`
  const ews = (body: string | Uint8Array, authorization: string | undefined = key) =>
    requestBytes(body, authorization === undefined ? {} : { authorization }).toString('latin1')
  const ewsHead = (headers: readonly string[], isKnown = true) =>
    headOf('', { headers, length: null, ...(isKnown && { authorization: key }) })
  const data = (as: 'nobody' | 'key') => ({ listener: 'data', as }) as const
  const large = ews(requestOf(GET_FOLDER.replace('IdOnly', `${ANSWER_BYTES}8000000`)))
  const call = (...headers: readonly (string | false)[]) =>
    head(
      'POST / HTTP/1.1',
      'Content-Type: application/json',
      'X-Amz-Target: EwsGateway.DescribeOverview',
      ...headers,
    )
  const admin = `Authorization: ${administrator}`
  const signIn = head(
    'POST /console/session HTTP/1.1',
    'Origin: http://127.0.0.1',
    'Content-Type: application/json',
    'Content-Length: 4096',
  )
  const control = (as: 'nobody' | 'administrator') => ({ listener: 'control', as }) as const

  return [
    ...onAny('data'),
    {
      ...data('nobody'),
      name: 'unfinished body',
      head: ewsHead(['Content-Length: 1048576'], false),
      unit: 'x',
      bytes: 60_000,
      connections: 400,
    },
    {
      ...data('nobody'),
      name: 'chunks of one byte',
      head: ewsHead(CHUNKED, false),
      unit: ONE_BYTE,
      bytes: 128 * KIBI,
      connections: 40,
    },
    {
      ...data('nobody'),
      name: 'form of the token endpoint',
      head: head(
        'POST /oauth2/token HTTP/1.1',
        'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: 16384',
      ),
      unit: 'x',
      bytes: 16_000,
      connections: 400,
    },
    {
      ...data('key'),
      name: 'chunks of one byte',
      head: ewsHead(CHUNKED) + chunkOf(writeFor(USER)),
      unit: ONE_BYTE,
      bytes: 512 * KIBI,
      connections: 20,
    },
    {
      ...data('key'),
      name: 'half-gathered bodies, allowed',
      isShortOverTls: true,
      head: ewsHead(CHUNKED) + chunkOf(writeFor(USER)),
      unit: CHUNK,
      bytes: 7.9 * MEBI,
      connections: 60,
    },
    {
      ...data('key'),
      name: 'half-gathered bodies, denied',
      head: ewsHead(CHUNKED) + chunkOf(writeFor('ceo@example.com')),
      unit: CHUNK,
      bytes: 7.9 * MEBI,
      connections: 80,
    },
    {
      ...data('key'),
      name: 'denied, then chunks of one byte',
      head: ewsHead(CHUNKED) + chunkOf(writeFor('ceo@example.com')),
      unit: ONE_BYTE,
      bytes: 128 * KIBI,
      connections: 40,
    },
    {
      ...data('key'),
      name: 'streamed uploads',
      head: ewsHead(['Content-Length: 60000000']) + writeFor(USER),
      unit: 'x',
      bytes: MEBI,
      connections: 60,
    },
    {
      ...data('key'),
      name: 'prologues without end',
      head: `${ewsHead(['Content-Length: 200000'])}<s:Envelope xmlns:s="${'x'.repeat(60_000)}`,
      connections: 200,
    },
    {
      ...data('key'),
      name: 'Autodiscover documents',
      head: head(
        'POST /autodiscover/autodiscover.xml HTTP/1.1',
        by,
        'Content-Type: text/xml',
        'Content-Length: 16384',
      ),
      unit: ' ',
      bytes: 16_000,
      connections: 200,
    },
    {
      ...data('key'),
      name: 'large responses, unread',
      head: large,
      connections: 60,
    },
    {
      ...data('key'),
      name: 'schema files, unread',
      isShortOverTls: true,
      head: head('GET /EWS/types.xsd HTTP/1.1', by).repeat(8),
      requests: 8,
      connections: 200,
    },
    {
      ...data('key'),
      name: 'pipelined reads, unread',
      head: ews(ORDINARY).repeat(8),
      requests: 8,
      connections: 60,
    },
    {
      ...data('key'),
      name: 'streams',
      first: Buffer.from(ews(SUBSCRIBE(SUBSCRIBES)), 'latin1'),
      head: ews(STREAM),
      connections: 48,
    },
    {
      ...data('key'),
      name: 'subscriptions that dribble',
      head: ews(SUBSCRIBE(DRIBBLES)),
      connections: 48,
    },
    ...onAny('control'),
    {
      ...control('nobody'),
      name: 'unfinished body',
      head: call('Content-Length: 1048576'),
      unit: 'x',
      bytes: 1_000_000,
      connections: 400,
    },
    {
      ...control('nobody'),
      name: 'chunks of one byte',
      head: call(...CHUNKED),
      unit: ONE_BYTE,
      bytes: 6 * MEBI,
      connections: 4,
    },
    {
      ...control('nobody'),
      name: 'sign-in that never ends',
      head: signIn,
      unit: ' ',
      bytes: 4_000,
      connections: 400,
    },
    {
      ...control('nobody'),
      name: 'console, unread',
      head: head('GET /console/ HTTP/1.1').repeat(8),
      requests: 8,
      connections: 400,
    },
    {
      ...control('administrator'),
      name: 'unfinished body',
      head: call(admin, 'Content-Length: 1048576'),
      unit: 'x',
      bytes: 1_000_000,
      connections: 100,
    },
    {
      ...control('administrator'),
      name: 'chunks of one byte',
      head: call(admin, ...CHUNKED),
      unit: ONE_BYTE,
      bytes: 64 * KIBI,
      connections: 100,
    },
    {
      ...control('administrator'),
      name: 'answers, unread',
      head: `${call(admin, `Content-Length: ${DESCRIBE.length}`)}${DESCRIBE}`.repeat(8),
      requests: 8,
      connections: 60,
    },
    ...onAny('ops'),
    {
      listener: 'ops',
      as: 'nobody',
      name: 'metrics, unread',
      head: head('GET /metrics HTTP/1.1').repeat(8),
      requests: 8,
      connections: 32,
    },
  ]
}
