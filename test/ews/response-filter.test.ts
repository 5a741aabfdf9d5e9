/** Parts that are left out of responses, wherever the chunks end. */

import t from 'tap'
import { type Filter, MAX_HELD_BYTES, ResponseFilter } from '../../src/ews/response-filter.ts'
import { MESSAGES_NS, TYPES_NS } from '../../src/model/envelope.ts'

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'

/** Returns a response, beginning with its XML declaration. */
const response = (operation: string, messages: string, prefix = 'm:') =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP}"><s:Header/><s:Body>` +
  `<${prefix}${operation}Response xmlns${prefix && ':m'}="${MESSAGES_NS}" xmlns:t="${TYPES_NS}">` +
  `<${prefix}ResponseMessages>${messages}</${prefix}ResponseMessages></${prefix}${operation}Response></s:Body></s:Envelope>`

/** Passes a text through a filter in chunks of a size. */
function filtered(filter: Filter, text: string, size = Number.POSITIVE_INFINITY) {
  const reading = new ResponseFilter(filter)
  const bytes = Buffer.from(text)
  const passed: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size)
    passed.push(...reading.write(bytes.subarray(at, at + size)))
  passed.push(...reading.end())
  return { text: Buffer.concat(passed).toString(), count: reading.count }
}

const SIZES = [1, 2, 3, 7, 64, 1_000, Number.POSITIVE_INFINITY]

/** Checks that a text becomes another one, whatever the size of the chunks is. */
function becomes(filter: Filter, text: string, expected: string, count: number, what: string) {
  for (const size of SIZES)
    t.strictSame(filtered(filter, text, size), { text: expected, count }, `${what}, by ${size}`)
}

const message = (operation: string, content: string, kind = 'Success') =>
  `<m:${operation}ResponseMessage ResponseClass="${kind}">${content}</m:${operation}ResponseMessage>`
const got = (subject: string) =>
  message(
    'GetItem',
    `<m:ResponseCode>NoError</m:ResponseCode><m:Items><t:Message><t:Subject>${subject}</t:Subject></t:Message></m:Items>`,
  )
const notFound = message(
  'GetItem',
  '<m:MessageText>The specified object was not found in the store.</m:MessageText>' +
    '<m:ResponseCode>ErrorItemNotFound</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:Items></m:Items>',
  'Error',
)
const outside = (count: number, ...outside: readonly number[]): Filter => ({
  entries: { count, outside },
})

const three = response('GetItem', got('a') + got('bü&#x1;') + got('c'))
becomes(outside(3), three, three, 0, 'nothing is left out')
becomes(
  outside(3, 1),
  three,
  response('GetItem', got('a') + notFound + got('c')),
  1,
  'the message about an entry is replaced',
)
becomes(
  outside(3, 0, 2),
  three,
  response('GetItem', notFound + got('bü&#x1;') + notFound),
  2,
  'so are several',
)
const error = message('GetItem', '<m:ResponseCode>ErrorItemCorrupt</m:ResponseCode>', 'Error')
const failed = response('GetItem', error + got('b'))
becomes(outside(2, 0), failed, failed, 0, 'an error of the server stays')
const warning = message('GetItem', '<m:Items><t:Message/></m:Items>', 'Warning')
becomes(
  outside(2, 0),
  response('GetItem', warning + got('b')),
  response('GetItem', notFound + got('b')),
  1,
  'a warning is replaced',
)
const fault = `<s:Envelope xmlns:s="${SOAP}"><s:Body><s:Fault><faultcode>x</faultcode></s:Fault></s:Body></s:Envelope>`
becomes(outside(2, 0), fault, fault, 0, 'a fault stays')

const detailed = fault.replace('</s:Fault>', '<detail><e>ErrorServerBusy</e></detail></s:Fault>')
becomes(outside(2, 0), detailed, detailed, 0, 'so does its detail')

const plain = (text: string) => text.replaceAll('m:', '')
becomes(
  outside(2, 0),
  response('GetItem', plain(got('a') + got('b')), ''),
  response('GetItem', plain(notFound + got('b')), ''),
  1,
  'a message without a prefix is replaced by one without',
)

for (const [operation, code, element] of [
  ['GetFolder', 'ErrorFolderNotFound', 'Folders'],
  ['GetAttachment', 'ErrorItemNotFound', 'Attachments'],
] as const) {
  const { text } = filtered(
    outside(2, 0),
    response(operation, message(operation, 'x') + message(operation, 'y')),
  )
  t.match(text, `<m:ResponseCode>${code}</m:ResponseCode>`)
  t.match(text, `<m:${element}></m:${element}></m:${operation}ResponseMessage>`)
}

for (const [what, text] of [
  ['too few messages', response('GetItem', got('a'))],
  ['too many messages', response('GetItem', got('a') + got('b') + got('c'))],
  ['messages in two lists', three.replace('<m:GetItemResponseMessage', '</m:ResponseMessages>$&')],
  ['messages of another operation', response('FindItem', message('FindItem', '').repeat(2))],
  ['an incomplete response', response('GetItem', got('a') + got('b')).slice(0, -1)],
  ['another document', 'no XML'],
] as const)
  t.throws(
    () => filtered(outside(2, 0), text),
    { message: 'Cannot read the response to leave parts of it out' },
    what,
  )

t.throws(
  () => new ResponseFilter(outside(1)).write(Buffer.from(response('GetItem', got('a') + got('b')))),
  { message: 'Cannot read the response to leave parts of it out' },
  'a message too many ends the response before it is passed on',
)

/** Leaves out contacts, by element or class. */
const noContacts: Filter = {
  keeps: ({ element, itemClass, container }) =>
    !(itemClass ?? container ?? element).includes('Contact'),
}
const item = (element: string, content = '<t:Subject>s</t:Subject>') =>
  `<t:${element}><t:ItemId Id="i"/>${content}</t:${element}>`
const ofClass = (name: string) => `<t:ItemClass>${name}</t:ItemClass><t:Subject>s</t:Subject>`
const found = (items: string, rest = '') =>
  response(
    'FindItem',
    message(
      'FindItem',
      `<m:ResponseCode>NoError</m:ResponseCode><m:RootFolder TotalItemsInView="2"><t:Items>${items}</t:Items>${rest}</m:RootFolder>`,
    ),
  )
const KEPT = item('Message') + item('Task')
const LISTS: readonly (readonly [what: string, before: string, after: string, count: number])[] = [
  ['items are kept', found(KEPT), found(KEPT), 0],
  ['an item', found(item('Contact') + KEPT), found(KEPT), 1],
  ['the last item', found(KEPT + item('Contact')), found(KEPT), 1],
  ['all items', found(item('Contact').repeat(3)), found(''), 3],
  ['an item without content', found(`<t:Contact/>${KEPT}`), found(KEPT), 1],
  ['an item by its class', found(item('Message', ofClass('IPM.Contact')) + KEPT), found(KEPT), 1],
  [
    'an item by its class rather than its element',
    found(item('Contact', ofClass('IPM.Note'))),
    found(item('Contact', ofClass('IPM.Note'))),
    0,
  ],
  [
    'an item by a class in references and CDATA',
    found(
      item('Message', ofClass('IPM.&#67;ontact')) +
        item('Task', ofClass('<![CDATA[IPM.Contact]]>')),
    ),
    found(''),
    2,
  ],
  [
    'items in groups',
    found(
      '',
      `<t:Groups><t:GroupedItems><t:Items>${item('Contact')}${KEPT}</t:Items></t:GroupedItems></t:Groups>`,
    ),
    found('', `<t:Groups><t:GroupedItems><t:Items>${KEPT}</t:Items></t:GroupedItems></t:Groups>`),
    1,
  ],
  [
    'elements with these names elsewhere are kept',
    found(item('Message', `<t:Items>${item('Contact')}</t:Items><t:Contact/>`)),
    found(item('Message', `<t:Items>${item('Contact')}</t:Items><t:Contact/>`)),
    0,
  ],
]
for (const [what, before, after, count] of LISTS) becomes(noContacts, before, after, count, what)

const nested = item('Contact', `<t:Attachments><t:A>${ofClass('IPM.Note')}</t:A></t:Attachments>`)
becomes(
  noContacts,
  found(nested + KEPT),
  found(KEPT),
  1,
  'the class of an attachment is another one',
)
const elsewhere = found(
  '',
  `<t:Items>${item('Contact')}</t:Items><t:Create>${item('Contact')}</t:Create>`,
).replaceAll('m:RootFolder', 'm:Other')
becomes(noContacts, elsewhere, elsewhere, 0, 'elements in other places are kept')
const long = item('Message', ofClass(`IPM.${'x'.repeat(1_024)}`))
const onlyKnown: Filter = { keeps: ({ itemClass }) => itemClass !== 'unknown' }
becomes(onlyKnown, found(long + KEPT), found(KEPT), 1, 'a class that is too long is unknown')

const folder = (element: string, container: string) =>
  `<t:${element}><t:FolderClass>${container}</t:FolderClass></t:${element}>`
const folders = (content: string) =>
  response(
    'FindFolder',
    message('FindFolder', `<m:RootFolder><t:Folders>${content}</t:Folders></m:RootFolder>`),
  )
becomes(
  noContacts,
  folders(
    folder('Folder', 'IPF.Contact') + folder('ContactsFolder', 'IPF.Note') + item('ContactsFolder'),
  ),
  folders(folder('ContactsFolder', 'IPF.Note')),
  2,
  'folders',
)

const synced = (changes: string) =>
  response(
    'SyncFolderItems',
    message('SyncFolderItems', `<m:SyncState>s</m:SyncState><m:Changes>${changes}</m:Changes>`),
  )
const DELETED = '<t:Delete><t:ItemId Id="i"/></t:Delete>'
becomes(
  noContacts,
  synced(
    `<t:Create>${item('Contact')}</t:Create><t:Update>${item('Message', ofClass('IPM.Contact'))}</t:Update>` +
      `${DELETED}<t:Create>${item('Message')}</t:Create><t:Create/>`,
  ),
  synced(`${DELETED}<t:Create>${item('Message')}</t:Create><t:Create/>`),
  2,
  'changes',
)

t.test('an item is held back until its class has been read', async t => {
  const reading = new ResponseFilter(noContacts)
  const passes = (text: string) => Buffer.concat([...reading.write(Buffer.from(text))]).toString()
  const [head = '', tail = ''] = found('|').split('|')
  t.equal(passes(`${head}<t:Message>`), head)
  t.equal(
    passes('<t:ItemClass>IPM.Note</t:ItemClass>'),
    '<t:Message><t:ItemClass>IPM.Note</t:ItemClass>',
  )
  t.equal(passes('<t:Subject>s</t:Subject></t:Message>'), '<t:Subject>s</t:Subject></t:Message>')
  t.equal(passes('<t:Message><t:Subject>'), '')
  const subject = 'x'.repeat(MAX_HELD_BYTES)
  t.equal(passes(subject), `<t:Message><t:Subject>${subject}`, 'or until it is too long')
  t.equal(passes('</t:Subject><t:ItemClass>IPM.Contact</t:ItemClass></t:Message>').length > 0, true)
  t.equal(passes('<t:Contact><t:Subject>'), '')
  t.equal(passes(subject), '', 'an item of another element is left out')
  t.equal(passes(`</t:Subject></t:Contact>${tail}`), tail)
  t.equal(reading.count, 1)
})
