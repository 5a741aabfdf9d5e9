/**
 * R13: what the response to GetItem says about the senders of stored items.
 */

import fc from 'fast-check'
import t from 'tap'
import { readItemAnswers } from '../../src/ews/item-answer.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'
import type { StoredItem } from '../../src/model/stored-item.ts'

const envelope = (body: string) =>
  Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}"><s:Header><h:ServerVersionInfo xmlns:h="${TYPES_NS}" MajorVersion="15"/></s:Header>` +
      `<s:Body xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}">${body}</s:Body></s:Envelope>`,
  )
const answer = (...messages: readonly string[]) =>
  envelope(
    `<m:GetItemResponse><m:ResponseMessages>${messages.join('')}</m:ResponseMessages></m:GetItemResponse>`,
  )
const message = (items: string, code = 'NoError') =>
  `<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>${code}</m:ResponseCode><m:Items>${items}</m:Items></m:GetItemResponseMessage>`
const item = (content: string, kind = 'Message') =>
  `<t:${kind}><t:ItemId Id="A" ChangeKey="CK"/>${content}</t:${kind}>`
const mailbox = (address: string, rest = '') =>
  `<t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>${address}</t:EmailAddress>${rest}</t:Mailbox>`
const routing = (type: string) => `<t:RoutingType>${type}</t:RoutingType>`
const from = (content: string, element = 'From') => `<t:${element}>${content}</t:${element}>`
const ANN = from(mailbox('ann@example.com', routing('SMTP')))
const SENDER = from(mailbox('ann@example.com'), 'Sender')
const property = (uri: string, value: string) =>
  `<t:ExtendedProperty><t:ExtendedFieldURI ${uri} PropertyType="String"/><t:Value>${value}</t:Value></t:ExtendedProperty>`
const tag = (number: string, value: string) => property(`PropertyTag="${number}"`, value)

const told = (senders: readonly string[], unknownSender = false, kind = 'Message'): StoredItem => ({
  kind,
  changeKey: 'CK',
  senders,
  unknownSender,
})
const ANNS = 'ann@example.com'
const BOBS = 'bob@example.com'

for (const [name, content, expected] of [
  ['nothing about who sends', '', told([])],
  ['From', ANN, told([ANNS])],
  ['Sender', SENDER, told([ANNS])],
  ['both', ANN + from(mailbox(BOBS), 'Sender'), told([ANNS, BOBS])],
  ['Organizer', from(mailbox(BOBS), 'Organizer'), told([BOBS])],
  ['a routing type in small letters', from(mailbox(ANNS, routing('smtp'))), told([ANNS])],
  ['a legacy name', from(mailbox('/o=x/cn=ann', routing('EX'))), told(['/o=x/cn=ann'], true)],
  ['an address that is routed otherwise', from(mailbox(ANNS, routing('X400'))), told([ANNS], true)],
  ['an address in references', from(mailbox('ann&#64;example.com')), told([ANNS])],
  ['an address in CDATA', from(mailbox('<![CDATA[ann@example.com]]>')), told([ANNS])],
  ['an address that is too long', from(mailbox('a'.repeat(1_025))), told([], true)],
  ['an empty address', from(mailbox('')), told([], true)],
  ['a name alone', from('<t:Mailbox><t:Name>Ann</t:Name></t:Mailbox>'), told([], true)],
  ['an empty From', '<t:From/>', told([], true)],
  ['two addresses', from(mailbox(ANNS) + mailbox(BOBS)), told([ANNS, BOBS], true)],
  [
    'an address outside a mailbox',
    from(`<t:EmailAddress>${ANNS}</t:EmailAddress>`),
    told([], true),
  ],
  ['recipients', `<t:ToRecipients>${mailbox(BOBS)}</t:ToRecipients>`, told([])],
  ['the SMTP address of who is represented', ANN + tag('0x5D02', BOBS), told([ANNS, BOBS])],
  ['the SMTP address of the sender', SENDER + tag('0x5d01', BOBS), told([ANNS, BOBS])],
  ['the address of who is represented', ANN + tag('0x65', BOBS), told([ANNS, BOBS])],
  ['the address of the sender', SENDER + tag('0x0c1f', BOBS), told([ANNS, BOBS])],
  ['a legacy name beside From', ANN + tag('0x0065', '/o=x/cn=ann'), told([ANNS])],
  ['a legacy name alone', tag('0x0065', '/o=x/cn=bob'), told([], true)],
  [
    'a legacy name of the sender beside From',
    ANN + tag('0x0C1F', '/o=x/cn=bob'),
    told([ANNS], true),
  ],
  ['a legacy name beside Sender', SENDER + tag('0x0065', '/o=x/cn=bob'), told([ANNS], true)],
  ['an entry ID beside From', ANN + tag('0x41', 'AAAA'), told([ANNS])],
  ['an entry ID alone', tag('0x41', 'AAAA'), told([], true)],
  ['an entry ID of the sender alone', ANN + tag('0xc19', 'AAAA'), told([ANNS], true)],
  [
    'an entry ID beside Organizer',
    from(mailbox(ANNS), 'Organizer') + tag('0x41', 'AAAA'),
    told([ANNS]),
  ],
  ['an empty property', tag('0x5D02', ''), told([])],
  ['a property that is too long', ANN + tag('0x5D02', 'x'.repeat(1_025)), told([ANNS], true)],
  [
    'a header of its own',
    ANN + property('DistinguishedPropertySetId="InternetHeaders" PropertyName="From"', BOBS),
    told([ANNS], true),
  ],
  ['a property that cannot be read', ANN + tag('65536', BOBS), told([ANNS, BOBS], true)],
] as const)
  t.strictSame(
    readItemAnswers(answer(message(item(content)))),
    [{ code: 'NoError', item: expected }],
    `R13 ${name}`,
  )

for (const [name, response, expected] of [
  [
    'a meeting',
    answer(message(item('', 'CalendarItem'))),
    [{ code: 'NoError', item: told([], false, 'CalendarItem') }],
  ],
  [
    'an item without a ChangeKey',
    answer(message('<t:Message><t:ItemId Id="A"/></t:Message>')),
    [{ code: 'NoError', item: { ...told([]), changeKey: '' } }],
  ],
  [
    'an error',
    answer(message('', 'ErrorItemNotFound')),
    [{ code: 'ErrorItemNotFound', item: undefined }],
  ],
  [
    'two items in one answer',
    answer(message(item('') + item(''))),
    [{ code: 'NoError', item: undefined }],
  ],
  [
    'several answers, in their order',
    answer(message(item(ANN)), message('', 'ErrorItemNotFound'), message(item(''))),
    [
      { code: 'NoError', item: told([ANNS]) },
      { code: 'ErrorItemNotFound', item: undefined },
      { code: 'NoError', item: told([]) },
    ],
  ],
  [
    'a fault with a code',
    envelope(
      '<s:Fault><faultcode>x</faultcode><detail><e:ResponseCode xmlns:e="urn:e">ErrorServerBusy</e:ResponseCode></detail></s:Fault>',
    ),
    [{ code: 'fault:ErrorServerBusy', item: undefined }],
  ],
  ['a fault', envelope('<s:Fault><faultcode>x</faultcode></s:Fault>'), []],
  [
    'another response',
    Buffer.from(
      String(answer(message(item(ANN)))).replaceAll('GetItemResponse>', 'FindItemResponse>'),
    ),
    [],
  ],
  [
    'answers of another name',
    Buffer.from(String(answer(message(item(ANN)))).replaceAll('GetItemResponseMessage', 'Other')),
    [],
  ],
  ['answers that stand elsewhere', envelope(message(item(ANN))), []],
] as const)
  t.strictSame(readItemAnswers(response), expected, `R13 ${name}`)

for (const broken of [
  '',
  'x',
  '<a/><b/>',
  '<!DOCTYPE a><a/>',
  '<a>',
  '<a b="1" b="2"/>',
  '<a>\0</a>',
])
  t.throws(
    () => readItemAnswers(Buffer.from(broken)),
    Failure,
    `R13 ${JSON.stringify(broken)} is not read`,
  )

const whole = answer(message(item(ANN)), message(item(SENDER)))
const cut = fc.check(
  fc.property(fc.nat(whole.length - 1), end => {
    try {
      readItemAnswers(whole.subarray(0, end))
      return false
    } catch (error) {
      return error instanceof Failure
    }
  }),
)
t.notOk(cut.failed, 'R13 a response that is cut off is not read', cut)
