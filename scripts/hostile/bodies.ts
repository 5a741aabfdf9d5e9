/**
 * Well-formed requests that the rules about bodies deny. The reader accepts them and must report what is
 * wrong with them.
 *
 * @module
 */

import { MESSAGES_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { writeId } from '../../src/sandbox/ids.ts'
import { type Expectation, type ExpectedFacts, honest, own, permitted } from './expectations.ts'
import { edit, FIND_ITEM, request } from './parts.ts'

/** A document together with what must be reported of it. */
type Reported = readonly [name: string, content: string, expected: Expectation]

const inbox = { hasIds: true, folders: ['inbox'] }
const BOB = '<t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox>'
const BOBS_ID = writeId({ guid: '00000000-0000-4000-8000-0000000000b0', folder: 1, item: 2 })
const MINE = '<t:Mailbox><t:EmailAddress>user@example.com</t:EmailAddress></t:Mailbox>'
const folder = (content: string) =>
  `<t:DistinguishedFolderId Id="inbox">${content}</t:DistinguishedFolderId>`
const getFolder = (folders: string) =>
  request(
    `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>${folders}</m:FolderIds></m:GetFolder>`,
  )
const subscribe = (requests: string) => request(`<m:Subscribe>${requests}</m:Subscribe>`)
const EVENTS = `<t:FolderIds>${folder('')}</t:FolderIds><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>`
const PUSH = `${EVENTS}<t:StatusFrequency>1</t:StatusFrequency><t:URL>http://127.0.0.1:9/</t:URL>`
const PERMISSIONS =
  '<t:PermissionSet><t:Permissions><t:Permission><t:UserId><t:DistinguishedUser>Anonymous</t:DistinguishedUser></t:UserId><t:PermissionLevel>Owner</t:PermissionLevel></t:Permission></t:Permissions></t:PermissionSet>'
const CALENDAR = PERMISSIONS.replaceAll('PermissionSet', 'CalendarPermissionSet')
  .replaceAll('t:Permissions', 't:CalendarPermissions')
  .replaceAll('t:Permission>', 't:CalendarPermission>')
const createFolder = (of: string, content: string) =>
  request(
    `<m:CreateFolder><m:ParentFolderId>${folder('')}</m:ParentFolderId><m:Folders><t:${of}><t:DisplayName>x</t:DisplayName>${content}</t:${of}></m:Folders></m:CreateFolder>`,
  )

const property = (tag: string) =>
  `<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="Binary"/><t:Value>AA==</t:Value></t:ExtendedProperty>`

const push = (what: string, content: string): Reported => [
  `push-subscription--${what}`,
  content,
  honest('Subscribe', { ...inbox, pushSubscription: true }),
]
const grant = (
  what: string,
  operation: string,
  content: string,
  facts: ExpectedFacts = inbox,
): Reported => [`grant-refused--${what}`, content, honest(operation, { ...facts, grants: true })]
const foreign = (
  what: string,
  operation: string,
  content: string,
  facts: ExpectedFacts,
): Reported => [`foreign-mailbox--${what}`, content, honest(operation, facts)]
const selected = (
  what: string,
  content: string,
  facts: ExpectedFacts = { mailboxes: [own('bob@example.com')] },
) => foreign(what, 'GetFolder', getFolder(content), { ...inbox, ...facts })
const named = (what: string, operation: string, content: string, facts: ExpectedFacts = {}) =>
  foreign(what, operation, request(content), { mailboxes: [own('bob@example.com')], ...facts })
const unknown = (what: string, content: string, facts: ExpectedFacts = {}) =>
  selected(what, content, { unknownMailbox: true, ...facts })

const PUSHES: readonly Reported[] = [
  push('plain', subscribe(`<m:PushSubscriptionRequest>${PUSH}</m:PushSubscriptionRequest>`)),
  push(
    'in-types-namespace',
    subscribe(`<t:PushSubscriptionRequest>${PUSH}</t:PushSubscriptionRequest>`),
  ),
  push(
    'under-another-prefix',
    subscribe(
      `<q:PushSubscriptionRequest xmlns:q="${MESSAGES_NS}">${PUSH}</q:PushSubscriptionRequest>`,
    ),
  ),
  push(
    'under-a-default-namespace',
    request(
      `<Subscribe xmlns="${MESSAGES_NS}"><PushSubscriptionRequest>${PUSH}</PushSubscriptionRequest></Subscribe>`,
    ),
  ),
  push(
    'after-a-pull-subscription',
    subscribe(
      `<m:PullSubscriptionRequest><t:EventTypes/><t:Timeout>5</t:Timeout></m:PullSubscriptionRequest><m:PushSubscriptionRequest>${PUSH}</m:PushSubscriptionRequest>`,
    ),
  ),
  push(
    'before-a-streaming-subscription',
    subscribe(
      `<m:PushSubscriptionRequest>${PUSH}</m:PushSubscriptionRequest><m:StreamingSubscriptionRequest><t:EventTypes/></m:StreamingSubscriptionRequest>`,
    ),
  ),
  push(
    'with-attribute',
    subscribe(
      `<m:PushSubscriptionRequest SubscribeToAllFolders="false" >${PUSH}</m:PushSubscriptionRequest>`,
    ),
  ),
  push(
    'by-its-type',
    subscribe(
      `<m:PullSubscriptionRequest xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="t:PushSubscriptionRequestType">${PUSH}</m:PullSubscriptionRequest>`,
    ),
  ),
  push(
    'url-of-a-streaming-subscription',
    subscribe(
      `<m:StreamingSubscriptionRequest>${EVENTS}<m:URL>http://127.0.0.1:9/</m:URL></m:StreamingSubscriptionRequest>`,
    ),
  ),
  [
    'push-subscription--closed-at-once',
    subscribe('<m:PushSubscriptionRequest/>'),
    honest('Subscribe', { pushSubscription: true }),
  ],
]

const GRANTS: readonly Reported[] = [
  grant('permission-set-in-create-folder', 'CreateFolder', createFolder('Folder', PERMISSIONS)),
  grant(
    'calendar-permission-set-in-create-folder',
    'CreateFolder',
    createFolder('CalendarFolder', CALENDAR),
  ),
  grant('empty-permission-set', 'CreateFolder', createFolder('Folder', '<t:PermissionSet/>')),
  grant(
    'permission-set-in-messages-namespace',
    'CreateFolder',
    createFolder('Folder', PERMISSIONS.replaceAll('t:PermissionSet', 'm:PermissionSet')),
  ),
  grant(
    'permission-set-under-another-prefix',
    'CreateFolder',
    createFolder('Folder', `<q:PermissionSet xmlns:q="${TYPES_NS}"/>`),
  ),
  grant(
    'permission-set-in-update-folder',
    'UpdateFolder',
    request(
      `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${folder('')}<t:Updates><t:SetFolderField><t:FieldURI FieldURI="folder:PermissionSet"/><t:Folder>${PERMISSIONS}</t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>`,
    ),
  ),
  grant(
    'calendar-permission-set-in-update-folder',
    'UpdateFolder',
    request(
      `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${folder('')}<t:Updates><t:SetFolderField><t:FieldURI FieldURI="folder:PermissionSet"/><t:CalendarFolder>${CALENDAR}</t:CalendarFolder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>`,
    ),
  ),
  grant(
    'permission-set-in-create-folder-path',
    'CreateFolderPath',
    request(
      `<m:CreateFolderPath><m:ParentFolderId>${folder('')}</m:ParentFolderId><m:RelativeFolderPath><t:Folder>${PERMISSIONS}</t:Folder></m:RelativeFolderPath></m:CreateFolderPath>`,
    ),
  ),
  ...(['0x0E27', '0x3FE0', '0x3FFE', '0x0F00', '0x3D21'] as const).map(tag =>
    grant(
      `property-${tag.toLowerCase()}-of-a-folder`,
      'CreateFolder',
      createFolder('Folder', property(tag)),
    ),
  ),
  ...(['0x6844', '0x6845', '0x684A', '0x686B'] as const).map(tag =>
    grant(
      `delegates-by-property-${tag.toLowerCase()}`,
      'UpdateItem',
      request(
        `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange><t:ItemId Id="ITM-1"/><t:Updates><t:SetItemField>${property(tag)}</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
      ),
      { hasIds: true, folders: [], items: ['ITM-1'], itemCount: 1 },
    ),
  ),
  grant(
    'permission-set-in-second-folder',
    'CreateFolder',
    createFolder('Folder', `</t:Folder><t:Folder>${PERMISSIONS}`),
  ),
]

const FOLDERS: readonly Reported[] = [
  selected('plain', folder(BOB)),
  selected('in-messages-namespace', folder(BOB).replaceAll('t:', 'm:')),
  selected('in-mixed-namespaces', folder(BOB).replaceAll('t:Mailbox', 'm:Mailbox')),
  selected(
    'under-another-prefix',
    folder(BOB)
      .replaceAll('<t:', '<q:')
      .replaceAll('</t:', '</q:')
      .replace('Id="', `xmlns:q="${TYPES_NS}" Id="`),
  ),
  selected(
    'under-a-default-namespace',
    folder(BOB).replaceAll('t:', '').replace('Id="', `xmlns="${TYPES_NS}" Id="`),
  ),
  selected('written-with-references', folder(BOB.replace('bob@', '&#98;&#x6f;b&#64;'))),
  selected('among-own-ones', folder(MINE) + folder(BOB) + folder(MINE), {
    folders: ['inbox', 'inbox', 'inbox'],
    mailboxes: [own('user@example.com'), own('bob@example.com')],
  }),
  selected('second-mailbox', folder(MINE + BOB), {
    mailboxes: [own('user@example.com'), own('bob@example.com')],
  }),
  selected('first-mailbox', folder(BOB + MINE), {
    mailboxes: [own('bob@example.com'), own('user@example.com')],
  }),
  selected(
    'second-address',
    folder(
      MINE.replace('</t:Mailbox>', '<t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox>'),
    ),
    {
      mailboxes: [own('user@example.com'), own('bob@example.com')],
    },
  ),
  selected(
    'first-address',
    folder(
      MINE.replace('<t:Mailbox>', '<t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress>'),
    ),
    {
      mailboxes: [own('user@example.com'), own('bob@example.com')],
    },
  ),
  selected(
    'with-own-name-and-routing-type',
    folder(
      '<t:Mailbox><t:Name>user@example.com</t:Name><t:EmailAddress>bob@example.com</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox>',
    ),
  ),
  selected(
    'legacy-name',
    folder(
      '<t:Mailbox><t:EmailAddress>/o=Example/ou=x/cn=Recipients/cn=bob</t:EmailAddress><t:RoutingType>EX</t:RoutingType></t:Mailbox>',
    ),
    {
      mailboxes: [own('/o=Example/ou=x/cn=Recipients/cn=bob')],
    },
  ),
  unknown('id-as-distinguished-folder', folder('').replace('inbox', 'AAMkAGJvYg=='), {
    folders: ['AAMkAGJvYg=='],
  }),
  foreign(
    'id-with-a-line-break',
    'GetItem',
    request(
      '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds><t:ItemId Id="ITM\n-1"/></m:ItemIds></m:GetItem>',
    ),
    { hasIds: true, items: ['ITM -1'], itemCount: 1, unknownMailbox: true },
  ),
  foreign(
    'mailbox-as-address-list',
    'FindPeople',
    request(
      `<m:FindPeople><m:ParentFolderId><t:AddressListId Id="${BOBS_ID}"/></m:ParentFolderId></m:FindPeople>`,
    ),
    { hasIds: true, items: [BOBS_ID], itemCount: 1, unknownMailbox: true },
  ),
  unknown('mailbox-without-address', folder('<t:Mailbox/>')),
  unknown('mailbox-with-empty-address', folder('<t:Mailbox><t:EmailAddress/></t:Mailbox>')),
  unknown(
    'mailbox-with-empty-address-and-end-tag',
    folder('<t:Mailbox><t:EmailAddress></t:EmailAddress></t:Mailbox>'),
  ),
  unknown('mailbox-with-name-only', folder('<t:Mailbox><t:Name>Bob</t:Name></t:Mailbox>')),
  unknown(
    'mailbox-with-item-id-only',
    folder('<t:Mailbox><t:ItemId Id="CONTACT-1"/></t:Mailbox>'),
    { items: ['CONTACT-1'], itemCount: 1 },
  ),
  // The reader can report the address that is too deep, but need not.
  unknown(
    'mailbox-with-address-too-deep',
    folder('<t:Mailbox><t:x><t:EmailAddress>user@example.com</t:EmailAddress></t:x></t:Mailbox>'),
    { mailboxes: undefined },
  ),
  unknown('mailbox-with-text', folder('<t:Mailbox>bob@example.com</t:Mailbox>')),
  unknown('second-mailbox-empty', folder(`${MINE}<t:Mailbox/>`), {
    mailboxes: [own('user@example.com')],
  }),
  unknown('consumer-calendar', `${folder('')}<t:ConsumerCalendarId OwnerPuid="1" OwnerCid="2"/>`),
  unknown(
    'consumer-calendar-in-messages-namespace',
    `${folder('')}<m:ConsumerCalendarId OwnerCid="2"/>`,
  ),
  unknown(
    'mailbox-guid',
    `${folder('')}<t:MailboxGuid>00000000-0000-0000-0000-000000000000</t:MailboxGuid>`,
  ),
  unknown(
    'mailbox-guid-in-messages-namespace',
    `${folder('')}<m:MailboxGuid>00000000-0000-0000-0000-000000000000</m:MailboxGuid>`,
  ),
  foreign(
    'in-find-item',
    'FindItem',
    edit(FIND_ITEM, '<t:EmailAddress>user@', '<t:EmailAddress>bob@'),
    { ...inbox, mailboxes: [own('bob@example.com')] },
  ),
  foreign(
    'look-alike-address',
    'FindItem',
    edit(FIND_ITEM, '<t:EmailAddress>user@', '<t:EmailAddress>usеr@'),
    { ...inbox, mailboxes: [own('usеr@example.com')] },
  ),
  foreign(
    'full-width-at-sign',
    'FindItem',
    edit(FIND_ITEM, '<t:EmailAddress>user@', '<t:EmailAddress>user＠'),
    { ...inbox, mailboxes: [own('user＠example.com')] },
  ),
]

const DEEP: readonly Reported[] = [
  named(
    'in-target-of-move',
    'MoveItem',
    `<m:MoveItem><m:ToFolderId>${folder(BOB)}</m:ToFolderId><m:ItemIds><t:ItemId Id="ITM-1" ChangeKey="CK"/></m:ItemIds></m:MoveItem>`,
    { ...inbox, items: ['ITM-1'], itemCount: 1 },
  ),
  named(
    'in-saved-item-folder',
    'CreateItem',
    `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${folder(BOB)}</m:SavedItemFolderId><m:Items><t:Message><t:Subject>x</t:Subject></t:Message></m:Items></m:CreateItem>`,
    inbox,
  ),
  named(
    'in-subscription',
    'Subscribe',
    `<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>${folder(BOB)}</t:FolderIds></m:StreamingSubscriptionRequest></m:Subscribe>`,
    inbox,
  ),
  named(
    'in-search-folder',
    'CreateFolder',
    `<m:CreateFolder><m:ParentFolderId>${folder('')}</m:ParentFolderId><m:Folders><t:SearchFolder><t:SearchParameters><t:BaseFolderIds>${folder(BOB)}</t:BaseFolderIds></t:SearchParameters></t:SearchFolder></m:Folders></m:CreateFolder>`,
    { hasIds: true, folders: ['inbox', 'inbox'] },
  ),
  named(
    'in-inbox-rule',
    'UpdateInboxRules',
    `<m:UpdateInboxRules><m:Operations><t:CreateRuleOperation><t:Rule><t:Actions><t:MoveToFolder>${folder(BOB)}</t:MoveToFolder></t:Actions></t:Rule></t:CreateRuleOperation></m:Operations></m:UpdateInboxRules>`,
    inbox,
  ),
  named(
    'in-well-known-folder',
    'StartSearchSession',
    `<m:StartSearchSession><m:SearchScope><t:PrimaryMailboxSearchScope><t:FolderScope><t:WellKnownFolder>${BOB}</t:WellKnownFolder></t:FolderScope></t:PrimaryMailboxSearchScope></m:SearchScope></m:StartSearchSession>`,
  ),
  named(
    'in-well-known-folder-without-address',
    'StartSearchSession',
    '<m:StartSearchSession><m:SearchScope><t:PrimaryMailboxSearchScope><t:FolderScope><t:WellKnownFolder><t:Mailbox/></t:WellKnownFolder></t:FolderScope></t:PrimaryMailboxSearchScope></m:SearchScope></m:StartSearchSession>',
    { mailboxes: [], unknownMailbox: true },
  ),
  named(
    'guid-in-search-scope',
    'StartSearchSession',
    '<m:StartSearchSession><m:SearchScope><t:CustomSearchScope><t:MailboxGuid>00000000-0000-0000-0000-000000000000</t:MailboxGuid></t:CustomSearchScope></m:SearchScope></m:StartSearchSession>',
    { mailboxes: [], unknownMailbox: true },
  ),
]

const box = (operation: string, rest = '') =>
  `<m:${operation}><m:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></m:Mailbox>${rest}</m:${operation}>`
const DELEGATE =
  '<m:DelegateUsers><t:DelegateUser><t:UserId><t:PrimarySmtpAddress>carol@example.com</t:PrimarySmtpAddress></t:UserId></t:DelegateUser></m:DelegateUsers>'

const OPERATIONS: readonly Reported[] = [
  named('get-delegate', 'GetDelegate', box('GetDelegate')),
  named(
    'get-delegate-in-types-namespace',
    'GetDelegate',
    box('GetDelegate').replaceAll('m:Mailbox', 't:Mailbox'),
  ),
  named(
    'get-delegate-address-in-messages-namespace',
    'GetDelegate',
    box('GetDelegate').replaceAll('t:EmailAddress', 'm:EmailAddress'),
  ),
  named(
    'get-delegate-with-two-mailboxes',
    'GetDelegate',
    box('GetDelegate', '<m:Mailbox><t:EmailAddress>user@example.com</t:EmailAddress></m:Mailbox>'),
    { mailboxes: [own('bob@example.com'), own('user@example.com')] },
  ),
  named(
    'get-delegate-with-item-id',
    'GetDelegate',
    '<m:GetDelegate><m:Mailbox><t:ItemId Id="CONTACT-1"/></m:Mailbox></m:GetDelegate>',
    { mailboxes: [], unknownMailbox: true, hasIds: true, items: ['CONTACT-1'], itemCount: 1 },
  ),
  named(
    'get-delegate-with-empty-mailbox',
    'GetDelegate',
    '<m:GetDelegate><m:Mailbox/></m:GetDelegate>',
    { mailboxes: [], unknownMailbox: true },
  ),
  named('add-delegate', 'AddDelegate', box('AddDelegate', DELEGATE)),
  named('update-delegate', 'UpdateDelegate', box('UpdateDelegate', DELEGATE)),
  named(
    'remove-delegate',
    'RemoveDelegate',
    box('RemoveDelegate', '<m:UserIds><t:UserId><t:SID>S-1-5-21-1</t:SID></t:UserId></m:UserIds>'),
  ),
  named(
    'get-inbox-rules',
    'GetInboxRules',
    '<m:GetInboxRules><m:MailboxSmtpAddress>bob@example.com</m:MailboxSmtpAddress></m:GetInboxRules>',
  ),
  named(
    'get-inbox-rules-in-types-namespace',
    'GetInboxRules',
    '<m:GetInboxRules><t:MailboxSmtpAddress>bob@example.com</t:MailboxSmtpAddress></m:GetInboxRules>',
  ),
  named(
    'update-inbox-rules',
    'UpdateInboxRules',
    '<m:UpdateInboxRules><m:MailboxSmtpAddress>bob@example.com</m:MailboxSmtpAddress><m:RemoveOutlookRuleBlob>true</m:RemoveOutlookRuleBlob><m:Operations/></m:UpdateInboxRules>',
  ),
  named(
    'get-user-oof-settings',
    'GetUserOofSettingsRequest',
    '<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>bob@example.com</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>',
  ),
  named(
    'get-user-oof-settings-in-messages-namespace',
    'GetUserOofSettingsRequest',
    '<m:GetUserOofSettingsRequest><m:Mailbox><m:Address>bob@example.com</m:Address></m:Mailbox></m:GetUserOofSettingsRequest>',
  ),
  named(
    'get-user-oof-settings-without-address',
    'GetUserOofSettingsRequest',
    '<m:GetUserOofSettingsRequest><t:Mailbox><t:Address/></t:Mailbox></m:GetUserOofSettingsRequest>',
    { mailboxes: [], unknownMailbox: true },
  ),
  named(
    'get-user-oof-settings-outside-of-a-mailbox',
    'GetUserOofSettingsRequest',
    '<m:GetUserOofSettingsRequest><t:Address>bob@example.com</t:Address></m:GetUserOofSettingsRequest>',
  ),
  named(
    'set-user-oof-settings-inside-of-something-else',
    'SetUserOofSettingsRequest',
    '<m:SetUserOofSettingsRequest><t:User><t:Address>bob@example.com</t:Address></t:User></m:SetUserOofSettingsRequest>',
  ),
  named(
    'set-user-oof-settings',
    'SetUserOofSettingsRequest',
    '<m:SetUserOofSettingsRequest><t:Mailbox><t:Name>user</t:Name><t:Address>bob@example.com</t:Address></t:Mailbox><t:UserOofSettings><t:OofState>Disabled</t:OofState></t:UserOofSettings></m:SetUserOofSettingsRequest>',
  ),
  named(
    'get-service-configuration',
    'GetServiceConfiguration',
    '<m:GetServiceConfiguration><m:ActingAs><t:EmailAddress>bob@example.com</t:EmailAddress></m:ActingAs><m:RequestedConfiguration><m:ConfigurationName>MailTips</m:ConfigurationName></m:RequestedConfiguration></m:GetServiceConfiguration>',
  ),
  named(
    'get-user-photo',
    'GetUserPhoto',
    '<m:GetUserPhoto><m:Email>bob@example.com</m:Email><m:SizeRequested>HR48x48</m:SizeRequested></m:GetUserPhoto>',
  ),
  named(
    'set-user-photo',
    'SetUserPhoto',
    '<m:SetUserPhoto><m:Email>bob@example.com</m:Email><m:Content>QUJD</m:Content></m:SetUserPhoto>',
  ),
  named(
    'create-managed-folder',
    'CreateManagedFolder',
    '<m:CreateManagedFolder><m:FolderNames><t:FolderName>x</t:FolderName></m:FolderNames><m:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></m:Mailbox></m:CreateManagedFolder>',
  ),
  named(
    'get-password-expiration-date',
    'GetPasswordExpirationDate',
    '<m:GetPasswordExpirationDate><m:MailboxSmtpAddress>bob@example.com</m:MailboxSmtpAddress></m:GetPasswordExpirationDate>',
  ),
  named(
    'sending-as-of-mail-tips',
    'GetMailTips',
    '<m:GetMailTips><m:SendingAs><t:EmailAddress>bob@example.com</t:EmailAddress></m:SendingAs><m:Recipients/><m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>',
  ),
  named(
    'recipient-of-mail-tips',
    'GetMailTips',
    '<m:GetMailTips><m:SendingAs><t:EmailAddress>user@example.com</t:EmailAddress></m:SendingAs><m:Recipients><t:Mailbox><t:EmailAddress>ceo@example.com</t:EmailAddress></t:Mailbox></m:Recipients><m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>',
    { mailboxes: [own('user@example.com'), permitted('ceo@example.com')] },
  ),
  named(
    'recipient-of-mail-tips-without-address',
    'GetMailTips',
    '<m:GetMailTips><m:SendingAs><t:EmailAddress>user@example.com</t:EmailAddress></m:SendingAs><m:Recipients><t:Mailbox><t:Name>x</t:Name></t:Mailbox></m:Recipients><m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>',
    { mailboxes: [own('user@example.com')], unknownMailbox: true },
  ),
  named(
    'user-of-availability',
    'GetUserAvailabilityRequest',
    '<m:GetUserAvailabilityRequest><m:MailboxDataArray><t:MailboxData><t:Email><t:Address>ceo@example.com</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray></m:GetUserAvailabilityRequest>',
    { mailboxes: [permitted('ceo@example.com')] },
  ),
  named(
    'user-of-availability-in-messages-namespace',
    'GetUserAvailabilityRequest',
    '<m:GetUserAvailabilityRequest><m:MailboxDataArray><m:MailboxData><m:Email><m:Address>ceo@example.com</m:Address></m:Email></m:MailboxData></m:MailboxDataArray></m:GetUserAvailabilityRequest>',
    { mailboxes: [permitted('ceo@example.com')] },
  ),
  named(
    'user-of-availability-inside-of-something-else',
    'GetUserAvailabilityRequest',
    '<m:GetUserAvailabilityRequest><m:MailboxDataArray><t:MailboxData><t:User><t:Address>ceo@example.com</t:Address></t:User></t:MailboxData></m:MailboxDataArray></m:GetUserAvailabilityRequest>',
    { mailboxes: [permitted('ceo@example.com')] },
  ),
  named(
    'user-of-availability-without-address',
    'GetUserAvailabilityRequest',
    '<m:GetUserAvailabilityRequest><m:MailboxDataArray><t:MailboxData><t:Email><t:Name>x</t:Name></t:Email></t:MailboxData></m:MailboxDataArray></m:GetUserAvailabilityRequest>',
    { mailboxes: [], unknownMailbox: true },
  ),
]

const send = (what: string, content: string, facts: ExpectedFacts): Reported => [
  `sender-refused--${what}`,
  request(
    `<m:CreateItem MessageDisposition="SendAndSaveCopy" SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items>${content}</m:Items></m:CreateItem>`,
  ),
  honest('CreateItem', { sends: true, ...facts }),
]
const message = (content: string) => `<t:Message><t:Subject>x</t:Subject>${content}</t:Message>`
const mime = (head: string) =>
  message(`<t:MimeContent>${Buffer.from(`${head}\r\n\r\nx`).toString('base64')}</t:MimeContent>`)
const BOBS: ExpectedFacts = { senders: ['bob@example.com'] }

const SENDERS: readonly Reported[] = [
  send('from', message(`<t:From>${BOB}</t:From>`), BOBS),
  send('sender', message(`<t:Sender>${BOB}</t:Sender>`), BOBS),
  send(
    'organizer',
    `<t:CalendarItem><t:Subject>x</t:Subject><t:Organizer>${BOB}</t:Organizer></t:CalendarItem>`,
    BOBS,
  ),
  send(
    'internet-message-header',
    message(
      '<t:InternetMessageHeaders><t:InternetMessageHeader HeaderName="From">bob@example.com</t:InternetMessageHeader></t:InternetMessageHeaders>',
    ),
    { unknownSender: true },
  ),
  send('from-in-mime', mime('From: bob@example.com'), BOBS),
  send('two-from-in-mime', mime('From: user@example.com\r\nFrom: bob@example.com'), {
    senders: ['user@example.com', 'bob@example.com'],
  }),
  send('tnef', mime('From: user@example.com\r\nContent-Type: application/ms-tnef'), {
    unknownSender: true,
  }),
  send('tnef-beside', mime('From: user@example.com\r\nX-MS-TNEF-Correlator: <1>'), {
    unknownSender: true,
  }),
]

export const BODIES: readonly Reported[] = [
  ...PUSHES,
  ...GRANTS,
  ...FOLDERS,
  ...DEEP,
  ...OPERATIONS,
  ...SENDERS,
]
