/**
 * R30: what the gateway learns from a response while it passes.
 */

import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { ERRORS_NS, MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { ResponseStarts } from '../../src/upstream/response-start.ts'

const NUMBERS = 'MajorVersion="15" MinorVersion="2" MajorBuildNumber="2562" MinorBuildNumber="17"'
const VERSION = {
  majorVersion: 15,
  minorVersion: 2,
  majorBuildNumber: 2562,
  minorBuildNumber: 17,
  version: 'V2_23',
}
const INFO = `<t:ServerVersionInfo ${NUMBERS} Version="V2_23"/>`

/** An envelope around what its header and its body contain. */
const envelope = (header: string, body: string) =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="${SOAP_NS}" xmlns:t="${TYPES_NS}" xmlns:m="${MESSAGES_NS}">` +
  `<s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
const codeIn = (code: string) => `<m:ResponseCode>${code}</m:ResponseCode>`
const response = (content: string, header = INFO) =>
  envelope(
    header,
    `<m:GetItemResponse><m:ResponseMessages><m:GetItemResponseMessage>${content}</m:GetItemResponseMessage></m:ResponseMessages></m:GetItemResponse>`,
  )

/** Looks at a response in chunks. */
function look(starts: ResponseStarts, chunks: readonly (string | Uint8Array)[], gzip = false) {
  const start = starts.follow(gzip)
  for (const chunk of chunks) start.look(Buffer.from(chunk as string))
  return { code: start.code, isFault: start.isFault, serverVersion: starts.serverVersion }
}

for (const [info, version] of [
  [INFO, VERSION],
  [`<ServerVersionInfo ${NUMBERS} Version="V2_23" xmlns="${TYPES_NS}" xmlns:x="urn:x"/>`, VERSION],
  [`<t:ServerVersionInfo\n ${NUMBERS.replaceAll('"', "'")}\tVersion = 'V2_23' />`, VERSION],
  [`<t:ServerVersionInfo ${NUMBERS} Version="V2_23" Other="x"></t:ServerVersionInfo>`, VERSION],
  [`<x/>${INFO}<x/>`, VERSION],
  ['', undefined],
  [`<t:ServerVersionInfo ${NUMBERS}/>`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version=""/>`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version="V2 23"/>`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version="${'V'.repeat(33)}"/>`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version="&lt;"/>`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} t:Version="V2_23"/>`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS} Version="V2_23" Version="V2_24"/>`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS.replace('15', '-1')} Version="V2_23"/>`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS.replace('15', '1e3')} Version="V2_23"/>`, undefined],
  [`<t:ServerVersionInfo ${NUMBERS.replace('15', '1234567890')} Version="V2_23"/>`, undefined],
  [`<t:ServerVersionInfoX ${NUMBERS} Version="V2_23"/>`, undefined],
  [`<m:ServerVersionInfo ${NUMBERS} Version="V2_23"/>`, undefined],
  [`<ServerVersionInfo ${NUMBERS} Version="V2_23"/>`, undefined],
  [`<x>${INFO}</x>`, undefined],
  [`<!-- ${INFO} -->`, undefined],
  [`<![CDATA[${INFO}]]>`, undefined],
] as const)
  t.strictSame(
    look(new ResponseStarts(), [response('', info)]).serverVersion,
    version,
    `R30 ResponseStarts reads the version of ${info}`,
  )
t.equal(
  look(new ResponseStarts(), [envelope('', INFO)]).serverVersion,
  undefined,
  'R30 ResponseStarts reads no version in the body',
)

const NEXT = '</m:GetItemResponseMessage><m:GetItemResponseMessage>'
const FAULT = `<s:Fault><faultcode>x</faultcode><detail><e:ResponseCode xmlns:e="${ERRORS_NS}">ErrorB</e:ResponseCode></detail></s:Fault>`
for (const [what, chunks, code] of [
  ['of a message', [response(codeIn('NoError'))], 'NoError'],
  ['of the first message', [response(codeIn('ErrorA') + NEXT + codeIn('ErrorB'))], 'ErrorA'],
  ['in another message', [response(`<m:Part>${codeIn('ErrorA')}</m:Part>`)], 'ErrorA'],
  ['of a fault', [envelope('', FAULT)], 'ErrorB'],
  [
    'in the words of a fault',
    [envelope('', FAULT.replace(/<detail.*detail>/, '').replace('>x<', '>ErrorBusy: x<'))],
    'ErrorBusy',
  ],
  [
    'behind its name in text',
    [response(`<m:MessageText>ResponseCode</m:MessageText>${codeIn('ErrorD')}`)],
    'ErrorD',
  ],
  [
    'that is commented out',
    [response(`<!-- ${codeIn('ErrorE')} -->${codeIn('ErrorF')}`)],
    'ErrorF',
  ],
  [
    'in CDATA',
    [response(`<m:MessageText><![CDATA[${codeIn('ErrorE')}]]></m:MessageText>${codeIn('ErrorF')}`)],
    'ErrorF',
  ],
  ['in another namespace', [response('<t:ResponseCode>ErrorG</t:ResponseCode>')], undefined],
  ['in content', [response(`<t:Message>${codeIn('ErrorG')}</t:Message>`)], undefined],
  ['in the header', [response('', codeIn('ErrorG'))], undefined],
  ['outside of an envelope', [codeIn('ErrorG')], undefined],
  ['that is no word', [response(codeIn('Error G'))], undefined],
  ['of a broken response', [response(`</m:x>${codeIn('ErrorG')}`)], undefined],
  ['of a page', ['<!DOCTYPE html><html/>'], undefined],
  [
    'before the response breaks',
    [`${response(codeIn('ErrorH')).split('</m:GetItem')[0]}</x>`],
    'ErrorH',
  ],
  [
    'in later chunks',
    ['', response(codeIn('NoError')).slice(0, 9), response(codeIn('NoError')).slice(9)],
    'NoError',
  ],
  ['behind 15 KiB', [response(' '.repeat(15_000) + codeIn('ErrorI'))], 'ErrorI'],
  ['behind 16 KiB', [response(' '.repeat(16_384) + codeIn('ErrorJ'))], undefined],
  [
    'behind 16 KiB of chunks',
    [response(codeIn('x').repeat(0)).split('</m:G')[0] ?? '', ' '.repeat(16_384), codeIn('ErrorJ')],
    undefined,
  ],
] as const)
  t.test(`ResponseStarts reads the first code ${what}`, async t => {
    const starts = new ResponseStarts()
    for (const time of ['read', 'known']) t.equal(look(starts, chunks).code, code, time)
  })

const GROMOX = '<SOAP:Header/><SOAP:Body><SOAP:Fault><faultcode xsi:type="xsd:string">'
const gromox = (code: string, words: string) =>
  `<SOAP:Envelope xmlns:SOAP="${SOAP_NS}" xmlns:xsi="urn:xsi">${GROMOX}${code}</faultcode>` +
  `<faultstring xsi:type="xsd:string">${words}</faultstring></SOAP:Fault></SOAP:Body></SOAP:Envelope>`
const DETAIL = `<detail><ResponseCode xmlns="${ERRORS_NS}">ErrorB</ResponseCode></detail>`
const unprefixed = (content: string) =>
  `<Envelope xmlns="${SOAP_NS}"><Body><Fault>${content}</Fault></Body></Envelope>`

for (const [what, text, code, isFault] of [
  ['with its detail', envelope('', FAULT), 'ErrorB', true],
  [
    'of grommunio',
    gromox('ErrorImpersonateUserDenied', 'No right'),
    'ErrorImpersonateUserDenied',
    true,
  ],
  [
    'of grommunio, in its words',
    gromox('SOAP:Client', 'ErrorCannotFindUser: x'),
    'ErrorCannotFindUser',
    true,
  ],
  ['of grommunio, without a code', gromox('SOAP:Server', "Unknown request 'X'."), 'Server', true],
  [
    'without prefixes',
    unprefixed(
      `<faultcode xmlns="">Client</faultcode>${DETAIL.replace('<detail', '<detail xmlns=""')}`,
    ),
    'ErrorB',
    true,
  ],
  [
    'without detail',
    envelope('', FAULT.replace(/<detail.*detail>/, '').replace('>x<', '> s:Client <')),
    'Client',
    true,
  ],
  ['whose code is no name', gromox('42', 'No'), undefined, true],
  ['without anything', envelope('', '<s:Fault/>'), undefined, true],
  ['that is none', response(codeIn('ErrorA')), 'ErrorA', false],
  ['in an item', response(`<t:Fault/>${codeIn('ErrorA')}`), 'ErrorA', false],
] as const)
  t.test(`ResponseStarts reads a fault ${what}`, async t => {
    const starts = new ResponseStarts()
    for (const _ of ['read', 'known']) t.match(look(starts, [text]), { code, isFault })
    t.match(look(starts, [text.slice(0, 99), text.slice(99)]), { code, isFault }, 'in chunks')
    t.match(look(starts, [gzipSync(text)], true), { code, isFault }, 'compressed')
  })

const WHOLE = response(codeIn('NoError'))
const anyCut = fc.property(fc.array(fc.nat(WHOLE.length), { maxLength: 9 }), at => {
  const ends = [...at, WHOLE.length].sort((a, b) => a - b)
  const chunks = ends.map((end, i) => WHOLE.slice(ends[i - 1] ?? 0, end))
  const { code, serverVersion } = look(new ResponseStarts(), chunks)
  return code === 'NoError' && serverVersion?.version === 'V2_23'
})
t.doesNotThrow(() => fc.assert(anyCut), 'ResponseStarts reads a response however it is cut')

const CODES = ['NoError', 'NoErrors', 'ErrorAccessDenied', 'ErrorAccessDenies', 'ErrorAccess']
const anyOrder = fc.property(
  fc.array(fc.tuple(fc.constantFrom(...CODES), fc.nat(2), fc.nat(1_200)), { maxLength: 60 }),
  responses => {
    const starts = new ResponseStarts()
    return responses.every(([code, blanks, end]) => {
      const text = response(`${' '.repeat(blanks)}${codeIn(code)}`)
      return look(starts, [text.slice(0, end), text.slice(end)]).code === code
    })
  },
)
t.doesNotThrow(() => fc.assert(anyOrder), 'ResponseStarts remembers no code of another response')

t.test('R30 ResponseStarts keeps the version until another one arrives', async t => {
  const starts = new ResponseStarts()
  const versionOf = (text: string) => look(starts, [text]).serverVersion
  t.strictSame(versionOf(WHOLE), VERSION)
  t.strictSame(versionOf(WHOLE), VERSION, 'read before')
  t.strictSame(versionOf(WHOLE.replace('V2_23', 'V2 23')), VERSION, 'not of a version')
  t.strictSame(versionOf(response('', '')), VERSION, 'not without one')
  t.strictSame(versionOf(WHOLE.replace('2562', '2563')), { ...VERSION, majorBuildNumber: 2563 })
  t.strictSame(versionOf(WHOLE), VERSION, 'of an older server behind the same address')
})

t.test('ResponseStarts reads the first chunk of a compressed response', async t => {
  const many = Array.from({ length: 9_000 }, (_, i) => `<t:x>${i}</t:x>`).join('')
  const whole = gzipSync(response(`${codeIn('ErrorServerBusy')}${many}`))
  const seen = (chunks: readonly Uint8Array[]) => look(new ResponseStarts(), chunks, true)
  t.match(seen([whole]), { code: 'ErrorServerBusy', serverVersion: VERSION })
  t.strictSame(seen([whole.subarray(0, 1_500), whole.subarray(1_500)]).code, 'ErrorServerBusy')
  t.equal(seen([whole.subarray(0, 20), whole.subarray(20)]).code, undefined, 'and no other')
  t.equal(
    seen([gzipSync(WHOLE.slice(0, 9)), gzipSync(WHOLE.slice(9))]).code,
    undefined,
    'not even if it is compressed by itself',
  )
  t.equal(seen([Buffer.from(WHOLE)]).code, undefined, 'and not what is not compressed')
})

t.test('ResponseStarts does not change the chunks', async t => {
  const chunk = Buffer.from(WHOLE)
  const starts = new ResponseStarts()
  for (const _ of ['read', 'known']) starts.follow(false).look(chunk)
  t.equal(chunk.toString(), WHOLE)
  chunk.fill(' ')
  t.equal(look(starts, [chunk]).code, undefined, 'and keeps none')
})

t.test('ResponseStarts keeps no chunk but the first', async t => {
  const starts = new ResponseStarts()
  const [first, second] = [WHOLE.slice(0, 9), WHOLE.slice(9)]
  t.equal(look(starts, [first, second]).code, 'NoError')
  t.equal(look(starts, [second]).code, undefined)
  t.equal(look(starts, [second + WHOLE]).code, undefined)
})

const item = (type = 'Message', more = '') =>
  `<t:${type}>${more}<t:ItemId Id="AAMk" ChangeKey="CQ"/><t:Subject>ItemId &lt;t:ItemId Id</t:Subject></t:${type}>`
const changeOf = (name: string) => `<t:${name}>${item()}</t:${name}>`

for (const [what, content, count] of [
  ['no items', '', 0],
  ['items of several types', `<t:Items>${item()}${item('CalendarItem')}</t:Items>`, 2],
  ['items with their MIME', item('Message', '<t:MimeContent>QQ==</t:MimeContent>').repeat(2), 2],
  ['items without MIME', item('Message', '<t:MimeContent/>'), 1],
  ['white space', item().replaceAll('><', '>\r\n\t <'), 1],
  ['no prefixes', item().replaceAll('t:', ''), 1],
  ['exported items', `${codeIn('NoError')}<m:ItemId Id="AAMk"/><m:Data>QQ==</m:Data>`, 1],
  ['created and updated items', changeOf('Create') + changeOf('Update'), 2],
  ['a deleted item', '<t:Delete><t:ItemId Id="AAMk"/></t:Delete>', 0],
  [
    'a deleted item behind much white space',
    `<t:Delete>${' '.repeat(240)}<t:ItemId Id="AAMk"/></t:Delete>`,
    0,
  ],
  ['an item that was read', '<t:ReadFlagChange><t:ItemId Id="AAMk"/></t:ReadFlagChange>', 0],
  ['occurrences', '<t:FirstOccurrence><t:ItemId Id="AAMk"/></t:FirstOccurrence>', 0],
  ['contacts', '<t:MailboxType>Contact</t:MailboxType><t:ItemId Id="AAMk"/>', 0],
  ['other IDs', '<t:Message><t:ParentItemId Id="AAMk"/><t:ItemIdX Id="AAMk"/></t:Message>', 0],
  ['an attribute', '<t:Message x="<" y="t:ItemId "/>', 0],
  ['an end tag', '<t:Message></t:ItemId ></t:Message>', 0],
] as const)
  t.test(`ResponseStart counts the items of a response in any chunks: ${what}`, async t => {
    const bytes = Buffer.from(response(`${codeIn('NoError')}<m:Items>${content}</m:Items>`))
    const counted = (chunks: readonly Uint8Array[], gzip = false) => {
      const start = new ResponseStarts().follow(gzip, true)
      for (const chunk of chunks) start.look(chunk)
      return start.itemCount
    }
    t.equal(counted([bytes]), count)
    t.equal(counted([...bytes].map(byte => Uint8Array.of(byte))), count, 'byte by byte')
    for (let at = 1; at < bytes.length; at += 7)
      if (counted([bytes.subarray(0, at), bytes.subarray(at)]) !== count) t.fail(`split at ${at}`)
    t.equal(counted([gzipSync(bytes)], true), undefined, 'compressed')
    const other = new ResponseStarts().follow(false)
    other.look(bytes)
    t.equal(other.itemCount, undefined, 'of another operation')
  })
