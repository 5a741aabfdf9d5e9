/**
 * R13, R14: content that names a sender, grants access, makes rules, installs apps, or sends.
 */

import t from 'tap'
import {
  APP_PROPERTIES,
  CLASS_PROPERTIES,
  GRANT_PROPERTIES,
  headerIn,
  installsApps,
  isHiddenItem,
  isPlainMime,
  isSending,
  isSent,
  kindOfClass,
  namesDeletion,
  namesGrant,
  namesSenderProperty,
  quietIn,
  READ_PROPERTIES,
  RULE_PROPERTIES,
  STATE_PROPERTIES,
  suppressesReceipts,
} from '../../src/ews/content.ts'
import { OPERATIONS } from '../../src/ews/operations.ts'
import { isAmong } from '../../src/ews/property.ts'
import { kindNamed } from '../../src/model/item-kinds.ts'
import { onTag } from './tags.ts'

/** IDs of MAPI properties by their effect, in hexadecimal. MS-OXPROPS describes them. */
for (const [effect, ids, has] of [
  [
    'names a sender',
    '3b 41 42 64 65 c19 c1a c1d c1e c1f 5d01 5d02',
    id => onTag({ PropertyTag: `0x${id.toString(16)}` }, namesSenderProperty),
  ],
  [
    'grants access',
    'e27 e6a f00 3d21 3fe0 3ffe 6844 6845 684a 686b',
    id => isAmong(GRANT_PROPERTIES, [id]),
  ],
  [
    'makes a rule',
    '65e9 65ea 65eb 65ec 65ed 65ee 65f3 e99 e9a e9b 6674 6676 6677 6678 6679 6680 6681 6682 6683 6684 3fe1 67aa',
    id => isAmong(RULE_PROPERTIES, [id]),
  ],
  ['installs apps', '7c06 7c07 7c08 7c09', id => isAmong(APP_PROPERTIES, [id])],
  ['contains a class', '1a 3613', id => isAmong(CLASS_PROPERTIES, [id])],
  ['deletes items later', '15 3019 301a 301b 301c 301d', id => namesDeletion(undefined, [id])],
  ['says that a message is a draft', 'e07', id => isAmong(STATE_PROPERTIES, [id])],
  ['says that a message is read', 'e07 e69', id => isAmong(READ_PROPERTIES, [id])],
] as const satisfies readonly (readonly [string, string, (id: number) => boolean])[]) {
  const expected = ids.split(' ').map(id => Number.parseInt(id, 16))
  // The sender's check reads a tag, so only the neighbors of its IDs are tried.
  const tried = new Set(expected.flatMap(id => [id - 1, id, id + 1]))
  const found = [...tried].filter(has)
  t.strictSame(new Set(found), new Set(expected), `R14 a property that ${effect}`)
}

/** Names of headers, and whether they name a sender. */
for (const [name, names] of [
  ['From', true],
  ['sender', true],
  ['RESENT-FROM', true],
  ['Resent-Sender', true],
  [' From\t', true],
  ['X-From', false],
  ['FromX', false],
  ['From x', false],
  ['Resent-', false],
  ['Resent-To', false],
  ['', false],
] as const) {
  t.equal(onTag({ HeaderName: name }, namesSenderProperty), names, `R13 the header ${name}`)
  t.equal(onTag({ FieldIndex: name }, namesSenderProperty), names, `R13 the field ${name}`)
  const set = { DistinguishedPropertySetId: 'InternetHeaders', PropertyName: name }
  t.equal(onTag(set, namesSenderProperty), names, `R13 the property ${name}`)
  t.equal(onTag({ Other: name }, namesSenderProperty), false, `R13 another attribute, ${name}`)
}
t.equal(onTag({ PropertyTag: '?' }, namesSenderProperty), true, 'R13 any property')
t.equal(onTag({}, namesSenderProperty), false, 'R13 no attribute')

for (const [field, property, sets] of [
  ['item:PolicyTag', undefined, true],
  ['folder:PolicyTag', [0x0070], true],
  ['PolicyTag', undefined, false],
  ['folder:PolicyTags', undefined, false],
  ['item:RetentionDate', undefined, true],
  ['item:Attachments', undefined, true],
  ['item:HasAttachments', undefined, false],
  ['item:Subject', [0x3019], true],
  ['item:Subject', [0x0070], false],
  [undefined, 'any', true],
  [undefined, undefined, false],
] as const)
  t.equal(namesDeletion(field, property), sets, `namesDeletion() of ${field} and ${property}`)

for (const [field, grants] of [
  ['folder:PermissionSet', true],
  ['folder:permissionset', false],
  ['folder:DisplayName', false],
  [undefined, false],
] as const)
  t.equal(namesGrant(field), grants, `R9 namesGrant() of ${field}`)

const DRAFTS = OPERATIONS.SendItem
const CREATED = OPERATIONS.CreateItem
const CHANGED = OPERATIONS.UpdateItem
const CANCELLATIONS = OPERATIONS.DeleteItem
const NOTHING = OPERATIONS.GetItem
const ALL = [DRAFTS, CREATED, CHANGED, CANCELLATIONS, NOTHING]
/** Attributes, the operations that send with them alone, and the items that they keep from being sent. */
for (const [attributes, sending, quiet] of [
  [{}, [DRAFTS, CHANGED], []],
  [{ Other: 'x' }, [DRAFTS, CHANGED], []],
  [{ MessageDisposition: 'SaveOnly' }, [DRAFTS], ['disposition']],
  [{ MessageDisposition: 'SendOnly' }, ALL, undefined],
  [{ MessageDisposition: '' }, ALL, undefined],
  [{ MessageDisposition: 'SendToNone' }, ALL, undefined],
  ...[
    'SendMeetingInvitations',
    'SendMeetingInvitationsOrCancellations',
    'SendMeetingCancellations',
  ].flatMap(
    name =>
      [
        [{ [name]: 'SendToNone' }, [DRAFTS], ['invitations']],
        [{ [name]: 'SaveOnly' }, ALL, undefined],
        [{ MessageDisposition: 'SaveOnly', [name]: 'SendToAll' }, ALL, undefined],
        [{ MessageDisposition: 'SendOnly', [name]: 'SendToNone' }, ALL, undefined],
        [
          { MessageDisposition: 'SaveOnly', [name]: 'SendToNone' },
          [DRAFTS],
          ['disposition', 'invitations'],
        ],
      ] as const,
  ),
] as const satisfies readonly (readonly [
  Record<string, string>,
  readonly unknown[],
  readonly string[] | undefined,
])[]) {
  const text = JSON.stringify(attributes)
  const found = onTag(attributes, quietIn)
  t.strictSame(found && [...found], quiet, `R13 quietIn() of ${text}`)
  for (const operation of ALL)
    t.equal(
      isSending(operation, found),
      (sending as readonly unknown[]).includes(operation),
      `R13 isSending() of ${operation.sends ?? 'nothing'} with ${text}`,
    )
}

/** New items, and whether they are sent with no attribute, each alone, and both. */
for (const [name, none, disposition, invitations, both] of [
  ['Message', true, false, true, false],
  ['AcceptItem', true, false, true, false],
  ['MeetingRequestMessage', true, false, true, false],
  ['CalendarItem', true, true, false, false],
  ['Contact', false, false, false, false],
  ['ContactItem', false, false, false, false],
  ['CancelCalendarItem', true, true, true, true],
  ['Frobnicate', true, true, true, false],
  ['toString', true, true, true, false],
] as const)
  for (const [quiet, sent] of [
    [[], none],
    [['disposition'], disposition],
    [['invitations'], invitations],
    [['disposition', 'invitations'], both],
  ] as const)
    t.equal(
      isSent(kindNamed(name), new Set(quiet)),
      sent,
      `R13 R44 isSent() of ${name} with ${quiet.join(' and ') || 'nothing'}`,
    )

for (const [text, suppresses] of [
  ['true', true],
  ['1', true],
  ['false', false],
  ['True', false],
  ['', false],
  [undefined, false],
] as const)
  t.equal(suppressesReceipts(text), suppresses, `suppressesReceipts() of ${text}`)

for (const charset of ['utf-8', 'US-ASCII', 'iso-8859-15', 'windows-1252'])
  t.equal(onTag({ CharacterSet: charset }, isPlainMime), true, `R13 MIME in ${charset}`)
for (const charset of ['', 'utf-16', 'xutf-8', 'utf-8x', 'iso-8859-', 'windows-12522', 'utf-7'])
  t.equal(onTag({ CharacterSet: charset }, isPlainMime), false, `R13 MIME in ${charset}`)
t.equal(onTag({}, isPlainMime), true, 'R13 MIME without a character set')

for (const [text, hidden] of [
  [undefined, false],
  ['false', false],
  [' 0 ', false],
  ['true', true],
  ['1', true],
  ['', true],
  ['False', true],
  ['00', true],
  ['x0', true],
  ['0x', true],
  ['falsex', true],
] as const)
  t.equal(isHiddenItem(text), hidden, `R14 isHiddenItem() of ${text}`)

for (const [name, installs] of [
  ['ExtensionMasterTable', true],
  [' extensionmastertable ', true],
  ['ExtensionMasterTables', false],
  ['ClientExtension.1', true],
  ['\tCLIENTEXTENSION.', true],
  ['ClientExtension', false],
  ['X.ClientExtension.1', false],
  ['XExtensionMasterTable', false],
] as const)
  t.equal(onTag({ Name: name }, installsApps), installs, `R14 installsApps() of ${name}`)
t.equal(onTag({}, installsApps), false, 'R14 installsApps() without a name')

for (const [attributes, header] of [
  [{ PropertyTag: '0x1035' }, 'plain'],
  [{ PropertyTag: '0x0037' }, undefined],
  [{ HeaderName: 'X-A' }, 'plain'],
  [{ HeaderName: 'X A' }, 'broken'],
  [{}, undefined],
] as const)
  t.equal(onTag(attributes, headerIn), header, `R13 headerIn() of ${JSON.stringify(attributes)}`)

for (const [text, kind] of [
  ['IPM.Rule', 'rule'],
  [' ipm.rule.version2.message', 'rule'],
  ['IPM.ExtendedRule.Message', 'rule'],
  ['IPM.ConversationAction', 'rule'],
  ['ipm.conversationaction.x', 'rule'],
  ['IPM.Configuration.ExtensionMasterTable', 'app'],
  ['ipm.configuration.clientextension.1', 'app'],
  ['IPM.Configuration.Signatures', 'other'],
  ['IPM.Configuration', 'other'],
  ['IPM.Note.Rule', 'other'],
  ['XIPM.Rule', 'other'],
  ['XIPM.ConversationAction', 'other'],
  ['IPM.Note.ConversationAction', 'other'],
  ['XIPM.Configuration.ClientExtension', 'other'],
  ['IPMxRule', 'other'],
  ['', 'other'],
] as const)
  t.equal(kindOfClass(text), kind, `R14 kindOfClass() of ${text}`)
