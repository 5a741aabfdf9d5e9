/**
 * R13 before servers with odd responses: the gateway forwards SendItem only if the server clearly says
 * that every item is the user's and has the ChangeKey of the request.
 */

import t from 'tap'
import { codeOf, envelope } from '../kit/corpus.ts'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { type Received, rawUpstream } from '../kit/wire.ts'

const ID = 'T3BhcXVl'
const OTHER = 'T3RoZXI='
const KEY = 'CQAAAA=='

const mailbox = (address: string, more = '') =>
  `<t:Mailbox><t:Name>x</t:Name><t:EmailAddress>${address}</t:EmailAddress>${more}</t:Mailbox>`
const from = (address: string, element = 'From', more = '') =>
  `<t:${element}>${mailbox(address, more)}</t:${element}>`
const item = (content: string, id = ID, changeKey = KEY) =>
  `<t:Message><t:ItemId Id="${id}" ChangeKey="${changeKey}"/>${content}</t:Message>`
const found = (...items: readonly string[]) =>
  items
    .map(
      it =>
        '<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>' +
        `<m:Items>${it}</m:Items></m:GetItemResponseMessage>`,
    )
    .join('')
const failed = (code: string) =>
  `<m:GetItemResponseMessage ResponseClass="Error"><m:MessageText>x</m:MessageText><m:ResponseCode>${code}` +
  '</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:Items/></m:GetItemResponseMessage>'
const response = (messages: string, operation = 'GetItem') =>
  '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">' +
  '<s:Body xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"' +
  ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">' +
  `<m:${operation}Response><m:ResponseMessages>${messages}</m:ResponseMessages></m:${operation}Response>` +
  '</s:Body></s:Envelope>'
const http = (body: string, status = '200 OK', type = 'text/xml; charset=utf-8') =>
  `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const SENT = http(
  response(
    '<m:SendItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:SendItemResponseMessage>',
    'SendItem',
  ),
)

const send = (...ids: readonly (readonly [id: string, changeKey: string])[]) =>
  `<m:SendItem SaveItemToFolder="true"><m:ItemIds>${ids
    .map(([id, key]) => `<t:ItemId Id="${id}" ChangeKey="${key}"/>`)
    .join('')}</m:ItemIds></m:SendItem>`
const ONE = send([ID, KEY])
const TWO = send([ID, KEY], [OTHER, KEY])

const OWN = from('alice@example.com')
const get = (messages: string) => http(response(messages))
const isGet = ({ body }: Received) => /GetItem[\s>]/.test(body)

let answer = ''
const upstream = await rawUpstream(t, request => (isGet(request) ? answer : SENT))
const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })

/** Sends an operation. The upstream answers the gateway's question with the given bytes. */
async function forwarded(found: string, operation = ONE) {
  answer = found
  const before = upstream.requests().length
  const { text } = await server.post(envelope('alice@example.com', operation))
  const requests = upstream.requests().slice(before)
  const sent = requests.filter(({ body }) => body.includes('SendItem'))
  const asked = requests.filter(isGet)
  return { sent: sent.length, asked: asked.map(({ body }) => body), code: codeOf(text) }
}

for (const [name, answer, operation] of [
  ['the user', get(found(item(OWN))), ONE],
  ['the user in capitals', get(found(item(from('ALICE@example.com')))), ONE],
  ['the user as both', get(found(item(OWN + from('alice@example.com', 'Sender')))), ONE],
  ['the user twice', get(found(item(OWN), item(OWN, OTHER))), TWO],
  ['the user, with references', get(found(item(from('alice&#64;example.com')))), ONE],
] as const)
  t.test(`R13 SendItem is forwarded if the server names ${name}`, async t => {
    const { sent, asked, code } = await forwarded(answer, operation)
    t.equal(sent, 1)
    t.equal(code, 'NoError')
    t.equal(asked.length, 1, 'the server is asked once')
    t.match(asked[0], 'alice@example.com', 'as the user')
  })

for (const [name, answer, operation, code] of [
  ['Bob', get(found(item(from('bob@example.com')))), ONE, 'ErrorAccessDenied'],
  [
    'Bob as Sender',
    get(found(item(OWN + from('bob@example.com', 'Sender')))),
    ONE,
    'ErrorAccessDenied',
  ],
  [
    'Bob and then the user',
    get(found(item(from('bob@example.com') + OWN))),
    ONE,
    'ErrorAccessDenied',
  ],
  [
    'the user and then Bob',
    get(found(item(OWN + from('bob@example.com')))),
    ONE,
    'ErrorAccessDenied',
  ],
  [
    'Bob in the second item',
    get(found(item(OWN), item(from('bob@example.com'), OTHER))),
    TWO,
    'ErrorAccessDenied',
  ],
  [
    'Bob in the first item',
    get(found(item(from('bob@example.com')), item(OWN, OTHER))),
    TWO,
    'ErrorAccessDenied',
  ],
  [
    'an address outside the organization',
    get(found(item(from('boss@partner.example')))),
    ONE,
    'ErrorAccessDenied',
  ],
  [
    'an address of another type',
    get(found(item(from('/o=example/cn=bob', 'From', '<t:RoutingType>EX</t:RoutingType>')))),
    ONE,
    'ErrorAccessDenied',
  ],
  [
    'the user with another prefix, and Bob',
    get(
      found(item(OWN + from('bob@example.com')))
        .replaceAll('t:From', 'x:From')
        .replaceAll(
          '<t:Message>',
          '<t:Message xmlns:x="http://schemas.microsoft.com/exchange/services/2006/types">',
        ),
    ),
    ONE,
    'ErrorAccessDenied',
  ],
  ['another ChangeKey', get(found(item(OWN, ID, 'CQAAAB=='))), ONE, 'ErrorAccessDenied'],
  [
    'a ChangeKey in other letters',
    get(found(item(OWN, ID, KEY.toLowerCase()))),
    ONE,
    'ErrorAccessDenied',
  ],
  [
    'no ChangeKey',
    get(found(item(OWN).replace(/ ChangeKey="[^"]*"/, ''))),
    ONE,
    'ErrorAccessDenied',
  ],
  [
    'no ChangeKey, and the request has none',
    get(found(item(OWN).replace(/ ChangeKey="[^"]*"/, ''))),
    send([ID, '']),
    'ErrorAccessDenied',
  ],
  [
    'a name alone',
    get(found(item('<t:From><t:Mailbox><t:Name>Alice</t:Name></t:Mailbox></t:From>'))),
    ONE,
    'ErrorAccessDenied',
  ],
  [
    'the user by an address of another type',
    get(found(item(from('alice@example.com', 'From', '<t:RoutingType>EX</t:RoutingType>')))),
    ONE,
    'ErrorAccessDenied',
  ],
  [
    'Bob in a property alone',
    get(
      found(
        item(
          '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x5d02" PropertyType="String"/>' +
            '<t:Value>bob@example.com</t:Value></t:ExtendedProperty>',
        ),
      ),
    ),
    ONE,
    'ErrorAccessDenied',
  ],
  ['fewer items', get(found(item(OWN))), TWO, undefined],
  ['no item', get(''), ONE, undefined],
  ['an item that it does not find', get(failed('ErrorItemNotFound')), ONE, undefined],
  [
    'one item and not the other',
    get(found(item(OWN)) + failed('ErrorItemNotFound')),
    TWO,
    undefined,
  ],
  ['that it is busy', get(failed('ErrorServerBusy')), ONE, undefined],
  ['an error', http('<x/>', '500 Internal Server Error'), ONE, undefined],
  [
    'a page',
    http('<html><body>alice@example.com</body></html>', '200 OK', 'text/html'),
    ONE,
    undefined,
  ],
  [
    'half an answer',
    get(found(item(OWN))).replace('</s:Body></s:Envelope>', '<!--                -->'),
    ONE,
    undefined,
  ],
  [
    'a large answer',
    get(found(item(`${OWN}<t:Subject>${'x'.repeat(2 << 20)}</t:Subject>`))),
    ONE,
    undefined,
  ],
] as const)
  t.test(`R13 SendItem is not forwarded if the server names ${name}`, async t => {
    const { sent, ...answered } = await forwarded(answer, operation)
    t.equal(sent, 0)
    if (code !== undefined) t.equal(answered.code, code)
    t.not(answered.code, 'NoError')
  })
