/**
 * Facts about permissions, rules, apps, and receipts that a request hides in its content: each by one cause, before and
 * after harmless content. A row also says that no other fact is found.
 */

import t from 'tap'
import { readEnvelope } from '../../src/ews/reader.ts'
import { envelope } from '../kit/corpus.ts'

function factsOf(operation: string) {
  const { facts } = readEnvelope(Buffer.from(envelope('ann@example.com', operation)))
  const { grants, hiddenRules, installsApps, sends, content } = facts
  const { writesClassProperty, writesState, archives, deletes, itemClasses, containers } = content
  return {
    ...{ grants, hiddenRules, installsApps, sends },
    ...{ writesClassProperty, writesState, archives, deletes, itemClasses, containers },
  }
}

const NOTHING: ReturnType<typeof factsOf> = {
  ...{ grants: false, hiddenRules: false, installsApps: false, sends: false },
  ...{
    writesClassProperty: false,
    writesState: false,
    archives: false,
    deletes: false,
    itemClasses: [],
    containers: [],
  },
}

const update = (...fields: readonly string[]) =>
  `<m:UpdateItem MessageDisposition="SaveOnly">${fields
    .map(field => `<t:SetItemField>${field}</t:SetItemField>`)
    .join('')}</m:UpdateItem>`
const field = (name: string) => `<t:FieldURI FieldURI="${name}"/>`
const property = (tag: string) => `<t:ExtendedFieldURI PropertyTag="${tag}"/>`
const named = (attributes: string) => `<t:ExtendedFieldURI ${attributes}/>`
const COMMON = 'DistinguishedPropertySetId="Common"'
const TASK = 'DistinguishedPropertySetId="Task"'
const common = (id: string) => named(`${COMMON} PropertyId="${id}"`)
const HARMLESS = [field('item:Subject'), property('0x0037')]
const create = (...texts: readonly string[]) =>
  `<m:CreateItem MessageDisposition="SaveOnly">${texts.join('')}</m:CreateItem>`
const ofClass = (text: string) => `<t:ItemClass>${text}</t:ItemClass>`
const upload = (...attributes: readonly string[]) =>
  `<m:UploadItems><m:Items>${attributes.map(it => `<t:Item ${it}/>`).join('')}</m:Items></m:UploadItems>`
const configuration = (operation: string, ...names: readonly string[]) =>
  `<m:${operation}>${names.map(name => `<t:UserConfigurationName Name="${name}"/>`).join('')}</m:${operation}>`
const action = (...contents: readonly string[]) =>
  `<t:ConversationAction>${contents.join('')}</t:ConversationAction>`
const apply = (...contents: readonly string[]) =>
  `<m:ApplyConversationAction>${action(...contents)}</m:ApplyConversationAction>`
const kind = (text: string) => `<t:Action>${text}</t:Action>`
const rules = (content: string) => `<m:UpdateInboxRules>${content}</m:UpdateInboxRules>`
const QUIET = '<t:SuppressReadReceipts>true</t:SuppressReadReceipts>'
const APPS = 'ExtensionMasterTable'

/** A hidden rule could send mail. */
const sentBy = (found: Partial<typeof NOTHING>) => (found.hiddenRules ? { sends: true } : {})

for (const [name, cause, found] of [
  ['a field of permissions', field('folder:PermissionSet'), { grants: true }],
  ['a property of permissions', property('0x3FE0'), { grants: true }],
  ['a field that hides an item', field('item:IsAssociated'), { hiddenRules: true }],
  ['a property of a rule', property('0x65E9'), { hiddenRules: true }],
  ...['0x85C6', '0x85C7', '0x85C8', '0x85CA', '0x85CB', '34246'].map(
    id => [`the property ${id} of a conversation`, common(id), { hiddenRules: true }] as const,
  ),
  [
    'such a property by the GUID of its set',
    named('PropertySetId="00062008-0000-0000-C000-000000000046" PropertyId="0x85C6"'),
    { hiddenRules: true },
  ],
  ['the number of a message in a conversation', common('0x85C9'), {}],
  ['a named property of that set', named(`${COMMON} PropertyName="0x85C6"`), {}],
  ['such a number in another set', named(`${TASK} PropertyId="0x85C6"`), {}],
  ['a property of apps', property('0x7C06'), { installsApps: true }],
  ['the property of a class', property('0x001A'), { writesClassProperty: true }],
  ['a field of the retention', field('item:PolicyTag'), { deletes: true }],
  ['a field of attachments', field('item:Attachments'), { deletes: true }],
  ['a property of the retention', property('0x3019'), { deletes: true }],
  ['an element of the retention', '<t:PolicyTag/>', { deletes: true }],
  ['the date of the retention', '<t:RetentionDate/>', { deletes: true }],
  ['an element of the archive', '<t:ArchiveTag/>', { archives: true }],
  ['a field of the archive', field('item:ArchiveTag'), { archives: true }],
  ...['0x3018', '0x301E', '0x301F'].map(
    tag => [`the property ${tag} of the archive`, property(tag), { archives: true }] as const,
  ),
  ['an element of reminders', '<t:InboxReminders/>', { sends: true }],
  ['a reminder', '<m:InboxReminder/>', { sends: true }],
  ...['InboxReminder', 'ArrayOfInboxReminder'].map(
    type =>
      [
        `the type ${type}`,
        `<t:Body xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="t:${type}Type"/>`,
        { sends: true },
      ] as const,
  ),
  ['an element that marks a message as read', '<t:IsRead/>', { sends: true }],
  ['an element of a draft', '<t:IsDraft/>', { writesState: true }],
  ['an element of a message that is sent', '<t:IsSubmitted/>', { writesState: true }],
  ['the flags of a message', property('0x0E07'), { writesState: true, sends: true }],
  ['a field that marks a message as read', field('message:IsRead'), { sends: true }],
  ['a property that marks a message as read', property('0x0E69'), { sends: true }],
] as const)
  for (const [place, fields] of [
    ['alone', [cause]],
    ['before harmless ones', [cause, ...HARMLESS]],
    ['after harmless ones', [...HARMLESS, cause]],
  ] as const)
    t.strictSame(
      factsOf(update(...fields)),
      { ...NOTHING, ...sentBy(found), ...found },
      `HiddenFacts finds ${name} ${place}`,
    )

for (const [name, operation, found] of [
  ['harmless fields', update(...HARMLESS), {}],
  [
    'the attributes of a field at another element',
    update('<t:FolderId FieldURI="message:IsRead" PropertyTag="0x7C06"/>'),
    {},
  ],
  ['an uploaded item', upload(''), {}],
  ['a visible uploaded item', upload('IsAssociated="false"'), {}],
  ['a hidden uploaded item', upload('IsAssociated="true"'), { hiddenRules: true }],
  [
    'a hidden uploaded item before a visible one',
    upload('IsAssociated="true"', 'IsAssociated="false"'),
    { hiddenRules: true },
  ],
  [
    'the attribute of a hidden item at another element',
    create('<t:Subject IsAssociated="true"/>'),
    {},
  ],
  ['new apps', configuration('CreateUserConfiguration', APPS), { installsApps: true }],
  ['other apps', configuration('UpdateUserConfiguration', APPS, 'x'), { installsApps: true }],
  ['apps that are read', configuration('GetUserConfiguration', APPS), {}],
  ['another configuration', configuration('CreateUserConfiguration', 'x'), {}],
  ['the name of apps at another element', create(`<t:Subject Name="${APPS}"/>`), {}],
  ['an item class', create(ofClass('IPM.Note')), { itemClasses: ['IPM.Note'] }],
  [
    'the item class of a rule',
    create(ofClass('IPM.Rule.Message')),
    { hiddenRules: true, itemClasses: ['IPM.Rule.Message'] },
  ],
  [
    'the item class of apps',
    create(ofClass(`IPM.Configuration.${APPS}`)),
    { installsApps: true, itemClasses: [`IPM.Configuration.${APPS}`] },
  ],
  [
    'the item class of a rule around another one',
    create(`<t:ItemClass>IPM.Rule.Message${ofClass('IPM.Note')}</t:ItemClass>`),
    { hiddenRules: true, itemClasses: ['IPM.Rule.Message', 'IPM.Note'] },
  ],
  ['a conversation that is copied', apply(kind('Copy')), {}],
  ['a conversation that is flagged', apply(kind('Flag')), {}],
  ['a conversation that is moved', apply(kind('Move')), {}],
  ['a conversation that is deleted', apply(kind('Delete')), { deletes: true }],
  [
    'a conversation that is deleted from now on',
    apply(kind('AlwaysDelete')),
    { deletes: true, hiddenRules: true, sends: false },
  ],
  ['a conversation that is retained', apply(kind('SetRetentionPolicy')), { deletes: true }],
  ['a conversation that is read', apply(kind('SetReadState')), { sends: true }],
  ['a conversation that is read, without receipts', apply(kind('SetReadState') + QUIET), {}],
  ['two actions without receipts', apply(QUIET, action(kind('Move'))), {}],
  [
    'an action after one inside it, for which no receipts are suppressed',
    apply(action(kind('Move')), QUIET, kind('SetReadState')),
    { sends: true },
  ],
  ['a new message that is read', create('<t:IsRead/>'), {}],
  ['an archive tag in a search', '<m:FindItem><t:ArchiveTag/></m:FindItem>', {}],
  ['a retention tag in a search', '<m:FindItem><t:PolicyTag/></m:FindItem>', {}],
  ['a message in an upload', '<m:UploadItems><t:IsDraft/></m:UploadItems>', {}],
  ...[
    'ForwardAsAttachmentToRecipients',
    'ForwardToRecipients',
    'RedirectToRecipients',
    'SendSMSAlertToRecipients',
    'ServerReplyWithMessage',
  ].map(name => [`a rule with ${name}`, rules(`<t:${name}/>`), { sends: true }] as const),
  ['a rule that moves mail', rules('<t:MoveToFolder/>'), {}],
  ['the value of a property', create('<t:Value>IPM.Note</t:Value>'), {}],
  [
    'a value that is the class of a rule',
    create('<t:Value>IPM.Rule</t:Value>'),
    { hiddenRules: true },
  ],
] as const)
  t.strictSame(
    factsOf(operation),
    { ...NOTHING, ...sentBy(found), ...found },
    `HiddenFacts finds ${name}`,
  )
