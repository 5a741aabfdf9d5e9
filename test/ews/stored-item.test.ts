/**
 * R13: what the response to GetItem says about the senders of a stored item.
 */

import t from 'tap'
import { readResponse } from '../../src/ews/response-reader.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
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

/** An entry ID in the address book, which names Bob by a distinguished name. */
const ADDRESS_BOOK = Buffer.concat([
  Buffer.from('00000000dca740c8c042101ab4b908002b2fe1820100000000000000', 'hex'),
  Buffer.from('/o=x/cn=bob\0'),
]).toString('base64')

/** Returns a one-off entry ID. */
function oneOff(type: string, address: string, encoding: 'latin1' | 'utf16le' = 'latin1'): string {
  const head = Buffer.from('00000000812b1fa4bea310199d6e00dd010f540200000190', 'hex')
  if (encoding === 'latin1') head[23] = 0x10
  const texts = Buffer.from(`Bob\0${type}\0${address}\0`, encoding)
  return Buffer.concat([head, texts]).toString('base64')
}

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
  [
    'a legacy name beside From and Sender',
    ANN + SENDER + tag('0x0065', '/o=x/cn=ann'),
    told([ANNS, ANNS]),
  ],
  [
    'a legacy name of the sender beside Sender and From',
    SENDER + ANN + tag('0x0C1F', '/o=x/cn=ann'),
    told([ANNS, ANNS]),
  ],
  [
    'a legacy name before another property',
    tag('0x0065', '/o=x/cn=bob') + tag('0x0037', 'x'),
    told([], true),
  ],
  [
    'a legacy name of the sender before another property',
    ANN + tag('0x0C1F', '/o=x/cn=bob') + tag('0x0037', 'x'),
    told([ANNS], true),
  ],
  ['a name instead of an SMTP address', tag('0x5D02', 'bob'), told([], true)],
  [
    'a name instead of an SMTP address of the sender',
    ANN + tag('0x5D01', 'bob'),
    told([ANNS], true),
  ],
  ['a folder without a class', '<t:ParentFolderId Id="F"/>', told([])],
  ['a class without a folder', '<t:ItemClass>IPM.Note</t:ItemClass>', told([])],
  ['an empty address with a routing type', from(mailbox('', routing('SMTP'))), told([], true)],
  ['two routing types', from(mailbox(ANNS, routing('X400') + routing('SMTP'))), told([ANNS], true)],
  ['another property', tag('0x0037', BOBS), told([])],
  ...['From', 'Organizer', 'Sender'].flatMap(
    element =>
      [
        [`an empty ${element}`, from('', element), told([], true)],
        [
          `another element in ${element}`,
          from(`${mailbox(ANNS)}<t:x/>`, element),
          told([ANNS], true),
        ],
        [
          `two addresses of ${element}`,
          from(mailbox(ANNS) + mailbox(BOBS), element),
          told([ANNS, BOBS], true),
        ],
      ] as const,
  ),
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
  [
    'an entry ID and a legacy name beside the SMTP address of each',
    tag('0x0041', ADDRESS_BOOK) +
      tag('0x5D02', ANNS) +
      tag('0x0C19', ADDRESS_BOOK) +
      tag('0x0C1F', '/o=x/cn=ann') +
      tag('0x5D01', ANNS),
    told([ANNS, ANNS]),
  ],
  [
    'a meeting of grommunio',
    from(mailbox(ANNS), 'Organizer') +
      tag('0x0C19', ADDRESS_BOOK) +
      tag('0x0C1F', ANNS) +
      tag('0x5D01', ANNS),
    told([ANNS, ANNS, ANNS]),
  ],
  [
    'an entry ID of the sender beside the SMTP address of who is represented',
    ANN + tag('0x5D02', ANNS) + tag('0x0C19', ADDRESS_BOOK),
    told([ANNS, ANNS], true),
  ],
  [
    'an entry ID beside the SMTP address of the sender',
    tag('0x0041', ADDRESS_BOOK) + tag('0x5D01', ANNS),
    told([ANNS], true),
  ],
  [
    'an entry ID beside an address of any kind',
    ANN + tag('0x0C19', ADDRESS_BOOK) + tag('0x0C1F', ANNS),
    told([ANNS, ANNS], true),
  ],
  [
    'an entry ID beside a property that could be an SMTP address',
    ANN + tag('0x0C19', ADDRESS_BOOK) + tag('23809', ANNS),
    told([ANNS, ANNS], true),
  ],
  [
    'an entry ID beside a name instead of an SMTP address',
    ANN + tag('0x0C19', ADDRESS_BOOK) + tag('0x5D01', 'ann'),
    told([ANNS], true),
  ],
  [
    'another address in an entry ID',
    SENDER + tag('0x0C19', oneOff('SMTP', BOBS)),
    told([ANNS, BOBS]),
  ],
  [
    'another address in an entry ID of who is represented',
    ANN + tag('0x0041', oneOff('SMTP', BOBS, 'utf16le')),
    told([ANNS, BOBS]),
  ],
  [
    'another address in an entry ID beside the SMTP address',
    tag('0x0C19', oneOff('smtp', BOBS)) + tag('0x5D01', ANNS),
    told([BOBS, ANNS]),
  ],
  [
    'a legacy name in an entry ID',
    SENDER + tag('0x0C19', oneOff('EX', '/o=x')),
    told([ANNS], true),
  ],
  [
    'an entry ID that ends early',
    SENDER + tag('0x0C19', oneOff('SMTP', '').slice(0, 40)),
    told([ANNS], true),
  ],
  ['an entry ID that is not base64', SENDER + tag('0x0C19', '?'), told([ANNS])],
  ['an empty property', tag('0x5D02', ''), told([])],
  ['a property that is too long', ANN + tag('0x5D02', 'x'.repeat(1_025)), told([ANNS], true)],
  [
    'a header of its own',
    ANN + property('DistinguishedPropertySetId="InternetHeaders" PropertyName="From"', BOBS),
    told([ANNS], true),
  ],
  ['a property that cannot be read', ANN + tag('65536', BOBS), told([ANNS, BOBS], true)],
  [
    'a property with several values',
    ANN + tag('0x5D02', BOBS).replaceAll('Value', 'Values'),
    told([ANNS], true),
  ],
  [
    'a value of no property behind one of a property',
    `${ANN}${tag('0x41', 'AAAA')}<t:ExtendedProperty><t:Value>${BOBS}</t:Value></t:ExtendedProperty>`,
    told([ANNS], true),
  ],
  ['an address around an element', from(mailbox('ann@<t:x/>example.com')), told([], true)],
  ['an address around a comment', from(mailbox('ann@<!-- x -->example.com')), told([ANNS])],
  ['a From in another namespace', '<x:From xmlns:x="urn:x"/>', told([], true)],
  [
    'an address in another namespace',
    from(`<t:Mailbox><x:EmailAddress xmlns:x="urn:x">${BOBS}</x:EmailAddress></t:Mailbox>`),
    told([], true),
  ],
  ['a From in a recipient', `<t:ToRecipients>${from(mailbox(BOBS))}</t:ToRecipients>`, told([])],
  [
    'a From that is commented out',
    `${ANN}<!-- ${from(mailbox(BOBS)).replaceAll('--', '')} -->`,
    told([ANNS]),
  ],
  ['a From in CDATA', `${ANN}<![CDATA[${from(mailbox(BOBS))}]]>`, told([ANNS])],
] as const)
  t.strictSame(
    readResponse(answer(message(item(content))), 'GetItem').messages,
    [{ code: 'NoError', folderIds: [], items: [expected] }],
    `R13 ${name}`,
  )

const PLACE = '<t:ParentFolderId Id="F"/><t:ItemClass>IPM.Note</t:ItemClass>'
for (const [name, content, isDraft, isAssociated] of [
  ['a sent item', '<t:IsDraft>false</t:IsDraft>', false, false],
  ['a draft', '<t:IsDraft>true</t:IsDraft>', true, false],
  ['an associated item', '<t:IsAssociated>true</t:IsAssociated>', false, true],
  ['an ordinary item', '<t:IsAssociated>false</t:IsAssociated>', false, false],
  ['neither', '', false, false],
] as const)
  t.strictSame(
    readResponse(answer(message(item(PLACE + content))), 'GetItem').messages[0]?.items[0]?.place,
    { folderId: 'F', itemClass: 'IPM.Note', isDraft, isAssociated },
    `the place of ${name}`,
  )
