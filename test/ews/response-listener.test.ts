/**
 * Documents and faults of responses: where each element has a meaning, and where it has none.
 */

import t from 'tap'
import { ResponseReader } from '../../src/ews/response-reader.ts'
import { CODE, envelope, like, messages, read, UNREADABLE } from './responses.ts'

const long = (length: number) => 'x'.repeat(length)
const OK = messages('GetFolder', CODE)
const found = { code: 'NoError', folderIds: [], items: [] }
const VERSION =
  '<t:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="3" MinorBuildNumber="4" Version="V2"/>'

const firstEnd = envelope(OK).indexOf('</m:ResponseCode>') + '</m:ResponseCode>'.length
const first = { code: 'NoError', isFault: false, end: firstEnd }

/** Documents, and what a complete response to GetFolder contains. */
for (const [name, xml, expected] of [
  ['a message', envelope(OK), { messages: [found], fault: undefined, first }],
  [
    'two messages',
    envelope(messages('GetFolder', CODE, CODE)),
    { messages: [found, found], first },
  ],
  ['no message', envelope(messages('GetFolder')), { messages: [], first: undefined }],
  ['no response', envelope(''), UNREADABLE],
  ['the response to another operation', envelope(messages('GetItem', CODE)), UNREADABLE],
  [
    'a response in another namespace',
    envelope(OK.replaceAll('m:GetFolderResponse>', 'o:x>')),
    UNREADABLE,
  ],
  ['another element beside a response', envelope(`${OK}<o:x/>`), UNREADABLE],
  ['another element before a response', envelope(`<o:x/>${OK}`), UNREADABLE],
  ['two responses', envelope(OK + OK), UNREADABLE],
  [
    'two lists of messages',
    envelope(OK.replace(/<m:ResponseMessages>.*Messages>/, '$&$&')),
    UNREADABLE,
  ],
  [
    'another element beside the messages',
    envelope(OK.replace('</m:GetFolderResponse>', '<m:x/>$&')),
    { messages: [found] },
  ],
  [
    'another message',
    envelope(OK.replace('<m:ResponseMessages>', '$&<m:x/>')),
    { messages: [found] },
  ],
  ['a fault beside a response', envelope(`${OK}<s:Fault/>`), UNREADABLE],
  ['another root', envelope(OK).replaceAll('s:Envelope', 's:envelope'), UNREADABLE],
  ['a root in another namespace', envelope(OK).replaceAll('s:Envelope', 'o:Envelope'), UNREADABLE],
  ['a body in another namespace', envelope(OK).replaceAll('s:Body', 'o:Body'), UNREADABLE],
  ['two bodies', envelope(OK).replace(/<s:Body>.*<.s:Body>/, '$&$&'), UNREADABLE],
  [
    'a version',
    envelope(OK, `<s:Header>${VERSION}</s:Header>`),
    { serverVersion: { majorVersion: 15, version: 'V2' } },
  ],
  [
    'a version in another namespace',
    envelope(OK, `<s:Header>${VERSION.replace('t:', 'o:')}</s:Header>`),
    { serverVersion: undefined },
  ],
  ['a version outside of the header', envelope(OK, VERSION), { serverVersion: undefined }],
  [
    'a version in another element',
    envelope(OK, `<s:Header><o:x>${VERSION}</o:x></s:Header>`),
    { serverVersion: undefined },
  ],
  ['two versions', envelope(OK, `<s:Header>${VERSION}${VERSION}</s:Header>`), UNREADABLE],
  ['two headers', envelope(OK, '<s:Header/><s:Header/>'), UNREADABLE],
  [
    'two other elements in the header',
    envelope(OK, '<s:Header><o:x/><o:x/></s:Header>'),
    { messages: [found] },
  ],
  ['an element without an end', envelope(OK).replace('</s:Envelope>', ''), UNREADABLE],
] as const)
  t.strictSame(like(read(xml, 'GetFolder'), expected), expected, `a response with ${name}`)

const fault = (content: string) => `<s:Fault>${content}</s:Fault>`
const detail = (code: string) => `<detail><e:ResponseCode>${code}</e:ResponseCode></detail>`
/** Faults, their code, and the first code of the response; undefined: the response is unreadable. */
for (const [content, code, first = code] of [
  ['', undefined],
  [detail('ErrorAccessDenied'), 'ErrorAccessDenied'],
  [detail('x y'), null],
  [detail('').replaceAll('e:', 'm:'), undefined],
  [`<o:x>${detail('ErrorX')}</o:x>`, undefined],
  [detail('ErrorX').replaceAll('detail', 's:detail'), undefined],
  [detail('ErrorX') + detail('ErrorX'), null],
  ['<faultcode>a:ErrorServerBusy</faultcode>', 'ErrorServerBusy'],
  ['<faultcode>s:Client</faultcode>', undefined, 'Client'],
  ['<faultcode>Client</faultcode>', undefined, 'Client'],
  ['<faultcode>a:b: Client.x </faultcode>', undefined, 'Client'],
  ['<faultcode>s:1</faultcode>', undefined, undefined],
  [`<faultcode>${long(70)}</faultcode>`, undefined, long(64)],
  [`<faultcode>${long(2_000)}</faultcode>`, undefined, undefined],
  ['<faultcode>a<b/></faultcode>', undefined, undefined],
  ['<faultcode>x</faultcode><faultcode>x</faultcode>', null],
  ['<s:faultcode>x</s:faultcode>', undefined, undefined],
  ['<faultstring>Sorry: ErrorTimeoutExpired, again</faultstring>', 'ErrorTimeoutExpired'],
  ['<faultstring>sorry</faultstring>', undefined, undefined],
  ['<faultstring>SorryErrorX</faultstring>', undefined, undefined],
  ['<faultstring>ErrorX</faultstring>', undefined],
  ['<faultstring>ErrorXy</faultstring>', 'ErrorXy'],
  [`<faultstring>ErrorX${long(90)}</faultstring>`, `ErrorX${long(62)}`],
  ['<faultstring>Error ErrorxA</faultstring>', undefined],
  ['<faultcode>s:Client</faultcode><faultstring>ErrorXy</faultstring>', 'ErrorXy'],
  ['<faultcode>Error</faultcode><faultstring>Xyz</faultstring>', undefined, 'Error'],
  [
    `<faultcode>s:Client</faultcode><faultstring>ErrorXy</faultstring>${detail('ErrorZz')}`,
    'ErrorZz',
  ],
] as const) {
  const xml = envelope(fault(content))
  for (const operation of ['GetItem', 'GetUserSettings', undefined] as const) {
    const result = read(xml, operation)
    const name = `a fault with ${content.slice(0, 100)}, ${operation}`
    if (code === null) t.strictSame(result, UNREADABLE, name)
    else {
      t.strictSame(result.fault, { code }, name)
      const end = xml.indexOf('</s:Fault>') + '</s:Fault>'.length
      t.strictSame(result.first, { code: first, isFault: true, end }, `${name}, first`)
    }
  }
}

/** Beginnings of responses to any operation, and their first code; null: they are unreadable. */
for (const [name, body, code] of [
  ['a message', messages('GetItem', CODE), 'NoError'],
  ['several messages', messages('GetItem', CODE.replace('No', 'An'), CODE), 'AnError'],
  ['a code in the body', CODE, undefined],
  ['a code far inside', `<m:a><m:b><m:c><m:d>${CODE}</m:d></m:c></m:b></m:a>`, 'NoError'],
  ['a code in another namespace', messages('GetItem', CODE.replaceAll('m:', 't:')), undefined],
  ['a code inside another namespace', `<m:a><t:b>${CODE}</t:b></m:a>`, undefined],
  ['no code', '<m:a/>', undefined],
  ['two responses', '<m:a/><m:b/>', null],
  ['a fault beside a response', '<m:a/><s:Fault/>', null],
] as const) {
  const reader = new ResponseReader()
  const write = () => reader.write(Buffer.from(envelope(body)))
  if (code === null) t.throws(write, { name: 'Failure', reason: 'upstream-unreachable' }, name)
  else {
    write()
    t.equal(reader.first?.code, code, `the first code of ${name}`)
  }
}

/** Bodies that no response to GetUserSettings has. */
for (const body of ['<o:x/>', '<o:x/><o:x/>', '<s:Fault/><o:x/>'])
  t.strictSame(read(envelope(body), 'GetUserSettings'), UNREADABLE, body)
