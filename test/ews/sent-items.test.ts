/**
 * R13: which stored items a request sends.
 */

import t from 'tap'
import { EnvelopeReader, readEnvelope } from '../../src/ews/reader.ts'
import type { BodyFacts, SentItem } from '../../src/model/envelope.ts'
import { type Case, guardOn, requestWith } from '../policy/guard-cases.ts'

const XSI = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
const factsOf = (operation: string): BodyFacts => readEnvelope(requestWith(operation)).facts

const id = (of: string, key = 'CK') => `<t:ItemId Id="${of}" ChangeKey="${key}"/>`
const send = (ids: string, rest = '') =>
  `<m:SendItem SaveItemToFolder="true"><m:ItemIds>${ids}</m:ItemIds>${rest}</m:SendItem>`
const savedTo = (content: string) => `<m:SavedItemFolderId>${content}</m:SavedItemFolderId>`
const update = (ids: string, attributes: string, updates = '') =>
  `<m:UpdateItem ConflictResolution="AutoResolve" ${attributes}><m:ItemChanges><t:ItemChange>${ids}` +
  `<t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
const remove = (ids: string, attributes = 'SendMeetingCancellations="SendToAllAndSaveCopy"') =>
  `<m:DeleteItem DeleteType="HardDelete" ${attributes}><m:ItemIds>${ids}</m:ItemIds></m:DeleteItem>`
const create = (items: string, disposition = 'SaveOnly') =>
  `<m:CreateItem MessageDisposition="${disposition}"><m:Items>${items}</m:Items></m:CreateItem>`
const refer = (to: string, element = 'CancelCalendarItem') =>
  `<t:${element}><t:ReferenceItemId Id="${to}" ChangeKey="CK"/></t:${element}>`

const SENDS = 'MessageDisposition="SendAndSaveCopy"'
const INVITES =
  'MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"'
const SAVES = 'MessageDisposition="SaveOnly" SendMeetingInvitationsOrCancellations="SendToNone"'

const bound = (of: string, changeKey = 'CK') => ({ id: of, changeKey })
const meeting = (of: string): SentItem => ({ id: of, onlyMeetings: true })
type Row = readonly [
  name: string,
  operation: string,
  sentItems: BodyFacts['sentItems'],
  unknown?: true,
]

t.test(
  'R44 an update without a disposition has facts for a server that then sends nothing',
  async t => {
    const read = '<t:SetItemField><t:FieldURI FieldURI="message:IsRead"/></t:SetItemField>'
    const quiet = {
      sends: false,
      senders: [],
      unknownSender: false,
      sentItems: [],
      unknownSentItem: false,
      foreignHeaders: false,
    }
    const suppressed = 'SuppressReadReceipts="true"'
    const header =
      '<t:SetItemField><t:ExtendedFieldURI DistinguishedPropertySetId="InternetHeaders" PropertyName="a b" PropertyType="String"/></t:SetItemField>'
    const cancel = `<t:SetItemField><t:Message ${XSI} i:type="t:CancelCalendarItemType"/></t:SetItemField>`
    for (const [name, operation, expected] of [
      ['an update', update(id('A'), ''), quiet],
      ['a mark that sends a receipt', update(id('A'), '', read), { ...quiet, sends: true }],
      ['a mark that sends no receipt', update(id('A'), suppressed, read), quiet],
      ['a broken header', update(id('A'), '', header), { ...quiet, foreignHeaders: true }],
      ['an update that cancels', update(id('A'), '', cancel), undefined],
      ['an update that saves', update(id('A'), SAVES), undefined],
      ['an update that sends', update(id('A'), SENDS), undefined],
      [
        'an update that sends invitations alone',
        update(id('A'), 'SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"'),
        undefined,
      ],
      ['an unknown disposition', update(id('A'), 'MessageDisposition=""'), undefined],
      ['SendItem', send(id('A')), undefined],
      ['DeleteItem', remove(id('A'), ''), undefined],
      ['CreateItem', '<m:CreateItem><m:Items><t:Message/></m:Items></m:CreateItem>', undefined],
    ] as const)
      t.strictSame(factsOf(operation).ifQuiet, expected, name)
  },
)

const rows: readonly Row[] = [
  ['SendItem', send(id('A') + id('B', 'K2')), [bound('A'), bound('B', 'K2')]],
  ['SendItem without a ChangeKey', send('<t:ItemId Id="A"/>'), [bound('A', '')]],
  ['SendItem to a folder', send(id('A'), savedTo('<t:FolderId Id="F"/>')), [bound('A')]],
  [
    'SendItem to a folder of its own',
    send(id('A'), savedTo('<t:DistinguishedFolderId Id="sentitems"/>')),
    [bound('A')],
  ],
  ['SendItem of a folder', send('<t:FolderId Id="A"/>'), [], true],
  ['SendItem of a folder by its name', send('<t:DistinguishedFolderId Id="drafts"/>'), [], true],
  ['SendItem of an unknown element', send('<t:Thing Id="A"/>'), [], true],
  ['SendItem of an attachment', send('<t:AttachmentId Id="A"/>'), [], true],
  ['SendItem of an attachment’s item', send('<t:AttachmentId Id="A" RootItemId="B"/>'), [], true],
  ['SendItem of an item as a folder', send(id('A'), savedTo(id('B'))), [bound('A'), bound('B')]],
  [
    'SendItem to a list of the address book',
    send(id('A'), savedTo('<t:AddressListId Id="L"/>')),
    [bound('A')],
  ],
  [
    'SendItem to two folders',
    send(id('A'), savedTo('<t:FolderId Id="F"/><t:FolderId Id="G"/>')),
    [bound('A')],
  ],
  [
    'SendItem to a folder around another one',
    send(id('A'), savedTo(`${savedTo('<t:FolderId Id="F"/>')}<t:FolderId Id="G"/>`)),
    [bound('A')],
  ],
  [
    'SendItem of a folder in an item',
    send('<t:ItemId Id="A" ChangeKey="CK"><t:FolderId Id="F"/></t:ItemId>'),
    [bound('A')],
    true,
  ],
  [
    'SendItem of a folder after a folder',
    `<m:SendItem>${savedTo('<t:FolderId Id="F"/>')}<m:ItemIds><t:FolderId Id="A"/></m:ItemIds></m:SendItem>`,
    [],
    true,
  ],
  [
    'SendItem of an occurrence',
    send('<t:OccurrenceItemId RecurringMasterId="A" InstanceIndex="1" ChangeKey="CK"/>'),
    [bound('A')],
  ],
  ['SendItem in the other namespace', send('<m:ItemId Id="A" ChangeKey="CK"/>'), [bound('A')]],
  ['SendItem of a long ID', send(id('A'.repeat(2_049))), [], true],
  ['SendItem with a long ChangeKey', send(id('A', 'K'.repeat(513))), [], true],
  ['SendItem of an ID with a blank', send(id('A B')), [], true],
  ['SendItem of an empty ID', send(id('')), [], true],
  ['SendItem of an ID beyond ASCII', send(id('Ä')), [], true],
  ['UpdateItem that sends', update(id('A'), SENDS), [{ id: 'A' }]],
  ['UpdateItem that says nothing', update(id('A'), ''), [{ id: 'A' }]],
  ['UpdateItem that invites', update(id('A'), INVITES), [meeting('A')]],
  ['UpdateItem that saves', update(id('A'), SAVES), []],
  [
    'UpdateItem of an occurrence',
    update('<t:OccurrenceItemId RecurringMasterId="A" InstanceIndex="1"/>', INVITES),
    [meeting('A')],
  ],
  ['UpdateItem of another element', update('<t:FolderId Id="A"/>', SENDS), [], true],
  [
    'UpdateItem with a folder in its content',
    update(
      id('A'),
      SENDS,
      '<t:SetItemField><t:Message><t:ParentFolderId Id="F"/></t:Message></t:SetItemField>',
    ),
    [{ id: 'A' }],
  ],
  ['DeleteItem that cancels', remove(id('A') + id('B')), [meeting('A'), meeting('B')]],
  ['DeleteItem of a series', remove('<t:RecurringMasterItemId OccurrenceId="A"/>'), [meeting('A')]],
  [
    'DeleteItem of a part of a series',
    remove('<t:RecurringMasterItemIdRanges Id="A"/>'),
    [meeting('A')],
  ],
  ['DeleteItem of another element', remove('<t:Thing Id="A"/>'), [], true],
  ['DeleteItem that cancels nothing', remove(id('A'), 'SendMeetingCancellations="SendToNone"'), []],
  ['DeleteItem that says nothing', remove(id('A'), ''), []],
  ['CreateItem that cancels', create(refer('A')), [bound('A')]],
  ['CreateItem that cancels and sends', create(refer('A'), 'SendOnly'), [bound('A')]],
  ['CreateItem that cancels two', create(refer('A') + refer('B')), [bound('A'), bound('B')]],
  [
    'CreateItem that cancels by an ItemId',
    create(`<t:CancelCalendarItem>${id('A')}</t:CancelCalendarItem>`),
    [bound('A')],
  ],
  [
    'CreateItem that cancels two by one element',
    create(`<t:CancelCalendarItem>${id('A')}${id('B')}</t:CancelCalendarItem>`),
    [bound('A'), bound('B')],
  ],
  [
    'CreateItem that cancels after a cancellation in the same element',
    create(`<t:CancelCalendarItem><t:CancelCalendarItem/>${id('A')}</t:CancelCalendarItem>`),
    [bound('A')],
  ],
  [
    'CreateItem that cancels a folder',
    create('<t:CancelCalendarItem><t:FolderId Id="A"/></t:CancelCalendarItem>'),
    [],
    true,
  ],
  ['CreateItem that replies', create(refer('A', 'ReplyToItem'), 'SendOnly'), []],
  ['CreateItem that accepts', create(refer('A', 'AcceptItem'), 'SendAndSaveCopy'), []],
  [
    'CreateItem that cancels, then replies',
    create(refer('A') + refer('B', 'ReplyToItem')),
    [bound('A')],
  ],
  [
    'CreateItem that cancels by its type',
    create(
      `<t:Message ${XSI} i:type="t:CancelCalendarItemType"><t:ReferenceItemId Id="A" ChangeKey="CK"/></t:Message>`,
    ),
    [bound('A')],
  ],
  [
    'CreateItem that cancels by its type, then replies',
    create(`<t:Message ${XSI} i:type="t:CancelCalendarItemType"/>${refer('B', 'ReplyToItem')}`),
    [],
  ],
  ['CreateItem that proposes a time', create(refer('A', 'ProposeNewTime')), []],
  ['GetItem', `<m:GetItem><m:ItemIds>${id('A')}</m:ItemIds></m:GetItem>`, []],
]

for (const [name, operation, sentItems, unknown = false] of rows) {
  const facts = factsOf(operation)
  t.strictSame([facts.sentItems, facts.unknownSentItem], [sentItems, unknown], `R13 ${name}`)
}

const many = (count: number) => send(Array.from({ length: count }, (_, n) => id(`I${n}`)).join(''))
t.match(factsOf(many(500)), { sentItems: { length: 500 }, unknownSentItem: false }, 'R13 500 items')
t.match(factsOf(many(501)), { sentItems: { length: 500 }, unknownSentItem: true }, 'R13 501 items')

const QUIET: Case = { guard: { sending: false } }
const bob =
  '<t:From><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:From>'
for (const [name, operation, sends] of [
  ['CancelCalendarItem', create(refer('A')), true],
  [
    'CancelCalendarItem by its type',
    create(`<t:Item ${XSI} i:type="t:CancelCalendarItemType"/>`),
    true,
  ],
  [
    'CancelCalendarItem by an unprefixed type',
    create(
      `<t:Item ${XSI} xmlns="http://schemas.microsoft.com/exchange/services/2006/types" i:type="CancelCalendarItemType"/>`,
    ),
    true,
  ],
  ['ProposeNewTime', create(refer('A', 'ProposeNewTime')), true],
  ['ApproveRequestItem', create(refer('A', 'ApproveRequestItem')), true],
  ['RejectRequestItem', create(refer('A', 'RejectRequestItem')), true],
  ['AcceptItem that is saved', create(refer('A', 'AcceptItem')), false],
  ['AcceptItem that is sent', create(refer('A', 'AcceptItem'), 'SendOnly'), true],
  ['DeclineItem that is sent', create(refer('A', 'DeclineItem'), 'SendAndSaveCopy'), true],
  [
    'TentativelyAcceptItem that is sent',
    create(refer('A', 'TentativelyAcceptItem'), 'SendOnly'),
    true,
  ],
  ['ForwardItem that is saved', create(refer('A', 'ForwardItem')), false],
  ['RemoveItem', create(refer('A', 'RemoveItem')), false],
  ['SuppressReadReceipt', create(refer('A', 'SuppressReadReceipt')), false],
  ['a message by its type', create(`<t:Item ${XSI} i:type="t:MessageType"/>`), false],
  ['SendItem', send(id('A')), true],
] as const) {
  t.equal(
    guardOn(operation, { ...QUIET, opaqueIds: 'allow' }),
    sends ? 'operation-refused' : undefined,
    `R13 ${name} ${sends ? 'sends' : 'does not send'}`,
  )
}
t.equal(
  guardOn(create(`<t:CancelCalendarItem>${bob}</t:CancelCalendarItem>`)),
  'sender-refused',
  'R13 a cancellation by another user',
)
t.equal(
  guardOn(create(`<t:Message>${bob}</t:Message><t:CancelCalendarItem/>`)),
  'sender-refused',
  'R13 a message of another user that is saved before a cancellation in the same request',
)
t.equal(
  guardOn(create(`<t:Message ${XSI} i:type="t:AcceptSharingInvitationType"/>`)),
  'grant-refused',
  'an invitation to share by its type',
)

t.test('R13 facts about the beginning of a body do not change while more is read', async t => {
  const [begin, rest] = requestWith(send(id('A') + id('B')))
    .toString()
    .split(/(?=<t:ItemId Id="B")/)
  const reader = new EnvelopeReader()
  reader.write(Buffer.from(begin ?? ''))
  const { facts } = reader
  const before = structuredClone(facts)
  t.match(before, { sentItems: [bound('A')], items: ['A'] })
  reader.write(Buffer.from(rest ?? ''))
  t.strictSame(facts, before)
  t.match(reader.facts, { sentItems: [bound('A'), bound('B')], items: ['A', 'B'] })
})
