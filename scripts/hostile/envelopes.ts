/**
 * Requests that must be accepted: every style that real clients write in, and what is legal,
 * unusual and harmless.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { type Expectation, honest, NOTHING, own, permitted, USER } from './expectations.ts'
import {
  CREATE_ITEM,
  edit,
  FIND_ITEM,
  GET_FOLDER,
  HEADER,
  IMPERSONATION,
  padding,
  request,
  withHeader,
  withSid,
} from './parts.ts'

/** A document together with what must be reported of it. */
type Accepted = readonly [name: string, content: string | Uint8Array, expected: Expectation]

const XML = '<?xml version="1.0" encoding="utf-8"?>'
const DOCUMENT = GET_FOLDER.slice(XML.length + 1)
const inbox = { hasIds: true, folders: ['inbox'] }
const getFolder = honest('GetFolder', inbox)
const findItem = honest('FindItem', { ...inbox, mailboxes: [own('user@example.com')] })
const createItem = honest('CreateItem', { hasIds: true, folders: ['drafts'] })
const folder = (content = '') =>
  `<t:DistinguishedFolderId Id="inbox">${content}</t:DistinguishedFolderId>`
const bomBefore = (text: string) => Buffer.concat([Buffer.from('efbbbf', 'hex'), Buffer.from(text)])
const as = (
  kind: 'PrincipalName' | 'SID' | 'PrimarySmtpAddress' | 'SmtpAddress',
  value: string,
  written = value,
): [string, Expectation] => [
  withSid(`<t:${kind}>${written}</t:${kind}>`),
  { ...getFolder, connectingSid: { kind, value } },
]
/** An operation in which only the named part is of interest. */
const plain = (name: string, requestElement: string, operation: string, facts = {}): Accepted => [
  name,
  request(operation),
  honest(requestElement, facts),
]
const subject = (text: string) => edit(CREATE_ITEM, 'Quarterly report', text)
const inOperation = (text: string) => edit(GET_FOLDER, '<m:FolderIds>', `${text}<m:FolderIds>`)

/** An invitation in a part of a message, and alone. */
const EVENT =
  'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nORGANIZER;CN="User, A.":MAILTO:user@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
const INVITATION = Buffer.from(EVENT).toString('base64')
const MIME = Buffer.from(
  `From: "User, A." <user@example.com>\r\nTo: bob@example.com\r\nContent-Type: multipart/alternative; boundary="=_b"\r\n\r\n--=_b\r\n\r\nHello\r\n--=_b\r\nContent-Type: text/calendar; method=REQUEST\r\nContent-Transfer-Encoding: base64\r\n\r\n${INVITATION}\r\n--=_b--\r\n`,
).toString('base64')

const IMPERSONATE = (prefix: string) =>
  IMPERSONATION.replaceAll('<t:', `<${prefix}`).replaceAll('</t:', `</${prefix}`)

const STYLES: readonly Accepted[] = [
  ['plain-get-folder', GET_FOLDER, getFolder],
  ['plain-find-item', FIND_ITEM, findItem],
  ['plain-create-item', CREATE_ITEM, createItem],
  [
    'single-quoted-declaration',
    edit(GET_FOLDER, XML, `<?xml version='1.0' encoding='utf-8'?>`),
    getFolder,
  ],
  ['no-declaration', DOCUMENT, getFolder],
  ['declaration-without-encoding', edit(GET_FOLDER, XML, '<?xml version="1.0"?>'), getFolder],
  [
    'declaration-with-capitals',
    edit(GET_FOLDER, XML, '<?xml version="1.0" encoding="UTF-8"?>'),
    getFolder,
  ],
  [
    'declaration-with-mixed-case',
    edit(GET_FOLDER, XML, '<?xml version="1.0" encoding="Utf-8" ?>'),
    getFolder,
  ],
  [
    'declaration-with-blanks',
    edit(GET_FOLDER, XML, `<?xml \n version = "1.0"\tencoding\r\n= 'utf-8' ?>`),
    getFolder,
  ],
  [
    'declaration-standalone-yes',
    edit(GET_FOLDER, XML, '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'),
    getFolder,
  ],
  [
    'declaration-standalone-no',
    edit(GET_FOLDER, XML, '<?xml version="1.0" standalone="no"?>'),
    getFolder,
  ],
  ['bom', bomBefore(GET_FOLDER), getFolder],
  ['bom-without-declaration', bomBefore(DOCUMENT), getFolder],
  [
    'bom-and-crlf',
    bomBefore(
      edit(GET_FOLDER.replaceAll('><', '>\r\n<'), '\n<s:Envelope', '\r\n<s:Envelope').replaceAll(
        '\r\r',
        '\r',
      ),
    ),
    getFolder,
  ],
  ['crlf', GET_FOLDER.replaceAll('><', '>\r\n  <'), getFolder],
  ['lone-carriage-returns', GET_FOLDER.replaceAll('><', '>\r<'), getFolder],
  ['tabs-and-line-breaks', GET_FOLDER.replaceAll('><', '>\n\t\t<'), getFolder],
  ['blank-lines-before-envelope', `\n\n  ${DOCUMENT}`, getFolder],
  ['line-break-at-end', `${GET_FOLDER}\r\n`, getFolder],
  [
    'blanks-in-tags',
    GET_FOLDER.replaceAll('</m:GetFolder>', '</m:GetFolder \n>')
      .replace('<m:GetFolder>', '<m:GetFolder\t>')
      .replace('<s:Body>', '<s:Body >')
      .replace('</s:Body>', '</s:Body >')
      .replace('</s:Envelope>', '</s:Envelope\r\n>'),
    getFolder,
  ],
  ['blanks-around-equals', edit(GET_FOLDER, 'Id="inbox"', `Id \n=\t'inbox' `), getFolder],
  [
    'single-quoted-namespaces',
    GET_FOLDER.replaceAll(/xmlns:(\w)="([^"]*)"/g, "xmlns:$1='$2'"),
    getFolder,
  ],
]

const NAMESPACES: readonly Accepted[] = [
  [
    'encoding-style-of-soap-lite',
    GET_FOLDER.replace(
      '<s:Envelope',
      '<s:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"',
    ),
    getFolder,
  ],
  [
    'soap-env-prefixes',
    GET_FOLDER.replaceAll('s:', 'SOAP-ENV:')
      .replaceAll('xmlnSOAP-ENV:', 'xmlns:')
      .replaceAll('<m:', '<messages:')
      .replaceAll('</m:', '</messages:')
      .replaceAll('<t:', '<types:')
      .replaceAll('</t:', '</types:')
      .replace('xmlns:m=', 'xmlns:messages=')
      .replace('xmlns:t=', 'xmlns:types=')
      .replace('xmlns:s=', 'xmlns:SOAP-ENV='),
    getFolder,
  ],
  [
    'default-namespace-on-operation',
    edit(GET_FOLDER, '<m:GetFolder>', `<GetFolder xmlns="${MESSAGES_NS}">`)
      .replace('</m:GetFolder>', '</GetFolder>')
      .replaceAll('<m:', '<')
      .replaceAll('</m:', '</'),
    getFolder,
  ],
  [
    'default-namespace-of-types-on-operation',
    request(
      `<m:SyncFolderHierarchy xmlns="${TYPES_NS}"><m:FolderShape><BaseShape>IdOnly</BaseShape></m:FolderShape><m:SyncFolderId><DistinguishedFolderId Id="inbox"/></m:SyncFolderId></m:SyncFolderHierarchy>`,
    ),
    honest('SyncFolderHierarchy', inbox),
  ],
  [
    'default-namespace-on-envelope',
    GET_FOLDER.replaceAll('<s:', '<').replaceAll('</s:', '</').replace('xmlns:s=', 'xmlns='),
    getFolder,
  ],
  [
    'default-namespace-redeclared-everywhere',
    `<Envelope xmlns="${SOAP_NS}"><Header><RequestServerVersion xmlns="${TYPES_NS}" Version="Exchange2016"/>${IMPERSONATE('').replace('<ExchangeImpersonation>', `<ExchangeImpersonation xmlns="${TYPES_NS}">`)}</Header><Body><GetFolder xmlns="${MESSAGES_NS}"><FolderShape><BaseShape xmlns="${TYPES_NS}">Default</BaseShape></FolderShape><FolderIds><DistinguishedFolderId xmlns="${TYPES_NS}" Id="inbox"/></FolderIds></GetFolder></Body></Envelope>`,
    getFolder,
  ],
  [
    'default-namespace-of-messages-on-envelope',
    `<s:Envelope xmlns:s="${SOAP_NS}" xmlns="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><s:Header>${HEADER}</s:Header><s:Body><GetFolder><FolderShape><t:BaseShape>Default</t:BaseShape></FolderShape><FolderIds><t:DistinguishedFolderId Id="inbox"/></FolderIds></GetFolder></s:Body></s:Envelope>`,
    getFolder,
  ],
  [
    'prefixes-swapped',
    GET_FOLDER.replaceAll(
      /(<\/?|xmlns:)([mt])([:=])/g,
      (_, before: string, prefix: string, after: string) =>
        `${before}${prefix === 'm' ? 't' : 'm'}${after}`,
    ),
    getFolder,
  ],
  [
    'types-prefix-is-soap',
    `<t:Envelope xmlns:t="${SOAP_NS}"><t:Header><s:RequestServerVersion xmlns:s="${TYPES_NS}" Version="Exchange2016"/>${IMPERSONATE('s:').replace('<s:ExchangeImpersonation>', `<s:ExchangeImpersonation xmlns:s="${TYPES_NS}">`)}</t:Header><t:Body><s:GetFolder xmlns:s="${MESSAGES_NS}"/></t:Body></t:Envelope>`,
    honest('GetFolder'),
  ],
  [
    'usual-prefixes-mean-something-else',
    `<e:Envelope xmlns:e="${SOAP_NS}" xmlns:s="urn:a" xmlns:soap="urn:b" xmlns:t="${MESSAGES_NS}" xmlns="urn:c"><e:Header><m:RequestServerVersion xmlns:m="${TYPES_NS}" Version="Exchange2016"/>${IMPERSONATE('m:').replace('<m:ExchangeImpersonation>', `<m:ExchangeImpersonation xmlns:m="${TYPES_NS}">`)}</e:Header><e:Body><t:GetFolder/></e:Body></e:Envelope>`,
    honest('GetFolder'),
  ],
  [
    'prefix-redeclared-in-operation',
    edit(
      GET_FOLDER,
      '<t:DistinguishedFolderId Id="inbox"/>',
      `<q:DistinguishedFolderId xmlns:q="${TYPES_NS}" xmlns:t="urn:x" Id="inbox"/>`,
    ),
    getFolder,
  ],
  [
    'prefix-redeclared-and-restored',
    edit(
      GET_FOLDER,
      '<t:BaseShape>Default</t:BaseShape>',
      `<m:BaseShape xmlns:m="${TYPES_NS}">Default</m:BaseShape>`,
    ),
    getFolder,
  ],
  [
    'prefixes-declared-on-header',
    GET_FOLDER.replace(`xmlns:t="${TYPES_NS}"`, '')
      .replace('<s:Header>', `<s:Header xmlns:t="${TYPES_NS}">`)
      .replace('<m:GetFolder>', `<m:GetFolder xmlns:t="${TYPES_NS}">`),
    getFolder,
  ],
  [
    'prefixes-declared-on-body',
    GET_FOLDER.replace(`xmlns:m="${MESSAGES_NS}"`, '').replace(
      '<s:Body>',
      `<s:Body xmlns:m="${MESSAGES_NS}">`,
    ),
    getFolder,
  ],
  [
    'prefix-redeclared-on-body',
    GET_FOLDER.replace(`xmlns:m="${MESSAGES_NS}"`, 'xmlns:m="urn:x"').replace(
      '<s:Body>',
      `<s:Body xmlns:m="${MESSAGES_NS}">`,
    ),
    getFolder,
  ],
  [
    'soap-prefix-declared-again-on-body',
    edit(GET_FOLDER, '<s:Body>', `<s:Body xmlns:s="${SOAP_NS}">`),
    getFolder,
  ],
  [
    'body-under-another-prefix',
    edit(GET_FOLDER, '<s:Body>', `<b:Body xmlns:b="${SOAP_NS}">`).replace('</s:Body>', '</b:Body>'),
    getFolder,
  ],
  [
    'unused-namespaces',
    edit(
      GET_FOLDER,
      '<s:Envelope ',
      '<s:Envelope xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:wsi="http://ws-i.org/schemas/conformanceClaim/" xmlns:q="urn:&lt;&amp;&quot;x" ',
    ),
    getFolder,
  ],
  [
    'default-namespace-undeclared',
    edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder xmlns="">'),
    getFolder,
  ],
  [
    'prefix-xml-declared-as-itself',
    edit(
      GET_FOLDER,
      '<s:Envelope ',
      '<s:Envelope xmlns:xml="http://www.w3.org/XML/1998/namespace" ',
    ),
    getFolder,
  ],
  [
    'prefix-of-odd-characters',
    GET_FOLDER.replaceAll('m:GetFolder', '_x-1.y:GetFolder').replace(
      '<s:Envelope ',
      `<s:Envelope xmlns:_x-1.y="${MESSAGES_NS}" `,
    ),
    getFolder,
  ],
  [
    'forty-namespaces',
    edit(
      GET_FOLDER,
      '<s:Envelope ',
      `<s:Envelope ${Array.from({ length: 40 }, (_, n) => `xmlns:n${n}="urn:${n}"`).join(' ')} `,
    ),
    getFolder,
  ],
]

const HEADERS: readonly Accepted[] = [
  [
    'comments-in-prologue',
    GET_FOLDER.replace('<s:Envelope', '<!-- a --><s:Envelope')
      .replace('<s:Header>', '<!----><s:Header><!-- <t:ExchangeImpersonation> -->')
      .replace('</s:Header>', '<!-- b --></s:Header><!-- - - -->')
      .replace('<s:Body>', '<s:Body><!-- </s:Body> & -->'),
    getFolder,
  ],
  [
    'impersonation-first',
    withHeader(`${IMPERSONATION}<t:RequestServerVersion Version="Exchange2016"/>`),
    getFolder,
  ],
  [
    'time-zone-before-impersonation',
    withHeader(
      `<t:RequestServerVersion Version="Exchange2010_SP2"/><t:TimeZoneContext><t:TimeZoneDefinition Id="W. Europe Standard Time"/></t:TimeZoneContext>${IMPERSONATION}`,
    ),
    { ...getFolder, requestServerVersion: 'Exchange2010_SP2' },
  ],
  [
    'all-headers',
    withHeader(
      `<t:RequestServerVersion Version="V2017_07_11"></t:RequestServerVersion><t:MailboxCulture>de-DE</t:MailboxCulture><t:TimeZoneContext><t:TimeZoneDefinition Name="(UTC+01:00) Berlin &amp; Wien" Id="W. Europe Standard Time"><t:Periods><t:Period Bias="-PT1H" Name="Standard" Id="Std"/></t:Periods></t:TimeZoneDefinition></t:TimeZoneContext><t:DateTimePrecision>Milliseconds</t:DateTimePrecision>${IMPERSONATION}`,
    ),
    {
      ...getFolder,
      requestServerVersion: 'V2017_07_11',
      mailboxCulture: 'de-DE',
      dateTimePrecision: 'Milliseconds',
    },
  ],
  [
    'no-header',
    edit(GET_FOLDER, `<s:Header>${HEADER}</s:Header>`, ''),
    { requestElement: 'GetFolder', facts: getFolder.facts },
  ],
  [
    'empty-header',
    edit(GET_FOLDER, `<s:Header>${HEADER}</s:Header>`, '<s:Header/>'),
    { requestElement: 'GetFolder', facts: getFolder.facts },
  ],
  [
    'empty-header-with-end-tag',
    withHeader(' '),
    { requestElement: 'GetFolder', facts: getFolder.facts },
  ],
  [
    'no-impersonation',
    withHeader('<t:RequestServerVersion Version="Exchange2016"/>'),
    { requestElement: 'GetFolder', requestServerVersion: 'Exchange2016', facts: getFolder.facts },
  ],
  [
    'no-version',
    withHeader(IMPERSONATION),
    { requestElement: 'GetFolder', connectingSid: USER, facts: getFolder.facts },
  ],
  [
    'version-of-the-future',
    withHeader(`<t:RequestServerVersion Version="V2047_12"/>${IMPERSONATION}`),
    { ...getFolder, requestServerVersion: 'V2047_12' },
  ],
  [
    'impersonation-with-blanks-between',
    edit(GET_FOLDER, IMPERSONATION, IMPERSONATION.replaceAll('><', '>\r\n\t <')),
    getFolder,
  ],
  ['by-principal-name', ...as('PrincipalName', 'user@corp.example.com')],
  ['by-sid', ...as('SID', 'S-1-5-21-1111111111-2222222222-3333333333-1104')],
  ['by-smtp-address', ...as('SmtpAddress', 'alias@example.com')],
  ['by-primary-smtp-address-in-capitals', ...as('PrimarySmtpAddress', 'USER@EXAMPLE.COM')],
  [
    'address-with-references',
    ...as('PrimarySmtpAddress', 'user@example.com', '&#117;ser&#x40;example&#46;com'),
  ],
  [
    'address-with-predefined-entities',
    ...as(
      'SmtpAddress',
      `o'neil&sons<"x">@example.com`,
      'o&apos;neil&amp;sons&lt;&quot;x&quot;&gt;@example.com',
    ),
  ],
  [
    'address-twice-escaped',
    ...as('SmtpAddress', 'user&#64;example.com', 'user&amp;#64;example.com'),
  ],
  ['address-with-leading-blank', ...as('PrimarySmtpAddress', ' user@example.com')],
  ['address-with-trailing-blank', ...as('SmtpAddress', 'sadie@example.com ')],
  ['address-with-trailing-line-feed', ...as('SmtpAddress', 'user@example.com\n')],
  [
    'address-with-referenced-blanks',
    ...as('SmtpAddress', '\tuser@example.com\r', '&#9;user@example.com&#xD;'),
  ],
  ['address-beyond-ascii', ...as('SmtpAddress', 'üser@exämple.com')],
  ['address-with-full-width-at-sign', ...as('SmtpAddress', 'user＠example.com')],
  ['address-with-dotted-capital-i', ...as('SmtpAddress', 'İser@example.com')],
  ['address-with-smtp-prefix', ...as('SmtpAddress', 'SMTP:user@example.com')],
  ['address-quoted', ...as('SmtpAddress', '"user"@example.com')],
  ['domain-and-name', ...as('PrincipalName', 'CORP\\user')],
  [
    'namespace-declared-in-impersonation',
    withHeader(
      `<t:RequestServerVersion Version="Exchange2016"/>${IMPERSONATION.replace('<t:PrimarySmtpAddress>', `<t:PrimarySmtpAddress xmlns:q="urn:q" xmlns:t="${TYPES_NS}">`)}`,
    ),
    getFolder,
  ],
  [
    'prologue-of-60-kib',
    edit(GET_FOLDER, '<s:Header>', `<!-- ${padding('x', 60000)} --><s:Header>`),
    getFolder,
  ],
]

const CONTENTS: readonly Accepted[] = [
  ['cdata-in-subject', subject('<![CDATA[R&D <b>]]>'), createItem],
  [
    'cdata-that-looks-like-an-end',
    subject('<![CDATA[</m:CreateItem></s:Body></s:Envelope>]]>'),
    createItem,
  ],
  [
    'cdata-that-looks-like-a-selector',
    subject(
      '<![CDATA[<t:DistinguishedFolderId Id="x"><t:Mailbox/></t:DistinguishedFolderId><t:PermissionSet/>]]>',
    ),
    createItem,
  ],
  ['cdata-with-brackets', subject('<![CDATA[a]]b]>c]]]]><![CDATA[>]]>'), createItem],
  [
    'cdata-that-looks-like-a-comment',
    subject('<![CDATA[<!-- x --><?x?><!DOCTYPE x>]]>'),
    createItem,
  ],
  [
    'escaped-markup-in-subject',
    subject('&lt;/m:CreateItem&gt;&lt;t:PermissionSet/&gt; &amp;amp; &quot;&apos;'),
    createItem,
  ],
  ['brackets-in-subject', subject('a ]] > b ] ]> c'), createItem],
  ['greater-than-in-subject', subject('a > b -- c'), createItem],
  ['references-in-subject', subject('&#233;&#x1F600;&#x10FFFF;&#9;&#10;&#13;&#x85;'), createItem],
  [
    'utf-8-of-all-lengths',
    subject('aé€😀߿ࠀ\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff}\u007f\u0085\u2028'),
    createItem,
  ],
  ['utf-8-bom-in-subject', subject('a\u{feff}b'), createItem],
  [
    'greater-than-in-attribute',
    edit(GET_FOLDER, 'Id="inbox"', `Id="inbox" ChangeKey="a>b]]>c'd/>"`),
    getFolder,
  ],
  ['quotes-in-attribute', edit(GET_FOLDER, 'Id="inbox"', `Id='inbox' ChangeKey='"x"'`), getFolder],
  [
    'line-break-in-attribute',
    edit(GET_FOLDER, 'Id="inbox"', `Id="inbox" ChangeKey="a\r\n\tb"`),
    getFolder,
  ],
  ['references-in-attribute', edit(GET_FOLDER, 'Id="inbox"', 'Id="&#105;n&#x62;ox"'), getFolder],
  [
    'language-in-operation',
    edit(CREATE_ITEM, '<t:Subject>', '<t:Subject xml:lang="en-US">'),
    createItem,
  ],
  [
    'type-in-operation',
    edit(CREATE_ITEM, '<t:Message>', '<t:Message xsi:type="t:MessageType">'),
    createItem,
  ],
  [
    'type-with-another-prefix',
    edit(CREATE_ITEM, '<t:Message>', `<t:Message xmlns:q="${TYPES_NS}" xsi:type="q:MessageType">`),
    createItem,
  ],
  [
    'nil-in-operation',
    edit(CREATE_ITEM, '<t:Subject>Quarterly report</t:Subject>', '<t:Subject xsi:nil="true"/>'),
    createItem,
  ],
  [
    'not-nil-in-operation',
    edit(CREATE_ITEM, '<t:Subject>', '<t:Subject xsi:nil="false">'),
    createItem,
  ],
  ['deep-but-legal', inOperation('<t:And>'.repeat(50) + '</t:And>'.repeat(50)), getFolder],
  [
    'two-hundred-attributes',
    inOperation(`<t:Or ${Array.from({ length: 200 }, (_, n) => `a${n}="x"`).join(' ')}/>`),
    getFolder,
  ],
  ['long-names', inOperation(`<t:${padding('a', 900)} ${padding('b', 900)}="x"/>`), getFolder],
  [
    'long-attribute-value',
    edit(GET_FOLDER, 'Id="inbox"', `Id="inbox" ChangeKey="${padding('QUJD', 20000)}"`),
    getFolder,
  ],
  [
    'base64-content',
    edit(
      CREATE_ITEM,
      '<t:Subject>',
      `<t:MimeContent CharacterSet="UTF-8">${padding('RnJvbTogYm9iQGV4YW1wbGUuY29tDQo=', 40000)}</t:MimeContent><t:Subject>`,
    ),
    createItem,
  ],
  [
    'a-thousand-items',
    request(
      `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>${Array.from({ length: 1000 }, (_, n) => `<t:ItemId Id="ITM-${n}" ChangeKey="CK"/>`).join('')}</m:ItemIds></m:GetItem>`,
    ),
    honest('GetItem', {
      hasIds: true,
      items: Array.from({ length: 100 }, (_, n) => `ITM-${n}`),
      itemCount: 1000,
    }),
  ],
  [
    'a-hundred-and-fifty-folders',
    request(
      `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>${Array.from({ length: 150 }, (_, n) => `<t:FolderId Id="FLD-${n}"/>`).join('')}</m:FolderIds></m:GetFolder>`,
    ),
    honest('GetFolder', {
      hasIds: true,
      folders: Array.from({ length: 100 }, (_, n) => `FLD-${n}`),
    }),
  ],
  [
    'white-space-after-operation',
    edit(GET_FOLDER, '</m:GetFolder>', `</m:GetFolder>${padding(' \r\n\t', 60000)}`),
    getFolder,
  ],
  [
    'white-space-between-end-tags',
    edit(GET_FOLDER, '</s:Body>', ' </s:Body>\r\n').replace('</s:Envelope>', '\t</s:Envelope>\n\n'),
    getFolder,
  ],
]

const MINE = '<t:Mailbox><t:EmailAddress>user@example.com</t:EmailAddress></t:Mailbox>'
const mine = { mailboxes: [own('user@example.com')] }
const neutral = (name: string, requestElement: string, operation: string, facts = {}): Accepted => [
  name,
  request(operation, '<t:RequestServerVersion Version="Exchange2016"/>'),
  { requestElement, requestServerVersion: 'Exchange2016', facts: { ...NOTHING, ...facts } },
]

const OPERATIONS: readonly Accepted[] = [
  plain('operation-closed-at-once', 'GetServerTimeZones', '<m:GetServerTimeZones/>'),
  plain(
    'operation-closed-at-once-with-attribute',
    'GetServerTimeZones',
    '<m:GetServerTimeZones ReturnFullTimeZoneData="false" />',
  ),
  plain('unlisted-operation', 'LaunchMissiles', '<m:LaunchMissiles><m:Now/></m:LaunchMissiles>'),
  plain('operation-named-like-an-object-key', 'constructor', '<m:constructor/>'),
  plain('operation-in-another-case', 'getfolder', '<m:getfolder/>'),
  plain(
    'own-mailbox-twice',
    'GetFolder',
    `<m:GetFolder><m:FolderIds>${folder(MINE)}${folder(MINE)}</m:FolderIds></m:GetFolder>`,
    { ...mine, hasIds: true, folders: ['inbox', 'inbox'] },
  ),
  plain(
    'own-mailbox-with-references',
    'GetFolder',
    `<m:GetFolder><m:FolderIds>${folder(MINE.replace('user@', '&#117;ser&#64;'))}</m:FolderIds></m:GetFolder>`,
    { ...mine, ...inbox },
  ),
  plain(
    'own-mailbox-with-name-and-routing-type',
    'GetFolder',
    `<m:GetFolder><m:FolderIds>${folder('<t:Mailbox><t:Name><![CDATA[U]]></t:Name><t:EmailAddress>user@example.com</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox>')}</m:FolderIds></m:GetFolder>`,
    { ...mine, ...inbox },
  ),
  plain(
    'get-delegate',
    'GetDelegate',
    '<m:GetDelegate IncludePermissions="true"><m:Mailbox><t:EmailAddress>user@example.com</t:EmailAddress></m:Mailbox></m:GetDelegate>',
    mine,
  ),
  plain(
    'get-inbox-rules',
    'GetInboxRules',
    '<m:GetInboxRules><m:MailboxSmtpAddress>user@example.com</m:MailboxSmtpAddress></m:GetInboxRules>',
    mine,
  ),
  plain('get-inbox-rules-of-nobody', 'GetInboxRules', '<m:GetInboxRules/>'),
  plain(
    'get-user-oof-settings',
    'GetUserOofSettingsRequest',
    '<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>user@example.com</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>',
    mine,
  ),
  plain(
    'set-user-oof-settings',
    'SetUserOofSettingsRequest',
    '<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>user@example.com</t:Address></t:Mailbox><t:UserOofSettings><t:OofState>Enabled</t:OofState><t:InternalReply><t:Message>write to bob@example.com</t:Message></t:InternalReply></t:UserOofSettings></m:SetUserOofSettingsRequest>',
    mine,
  ),
  plain(
    'first-synchronization',
    'SyncFolderItems',
    '<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId><t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId><m:SyncState/><m:MaxChangesReturned>512</m:MaxChangesReturned></m:SyncFolderItems>',
    inbox,
  ),
  plain(
    'people-of-an-address-list',
    'FindPeople',
    '<m:FindPeople><m:IndexedPageItemView MaxEntriesReturned="50" Offset="0" BasePoint="Beginning"/><m:ParentFolderId><t:AddressListId Id="LST-1"/></m:ParentFolderId></m:FindPeople>',
    { hasIds: true, items: ['LST-1'], itemCount: 1 },
  ),
  plain(
    'get-service-configuration',
    'GetServiceConfiguration',
    '<m:GetServiceConfiguration><m:ActingAs><t:EmailAddress>user@example.com</t:EmailAddress></m:ActingAs><m:RequestedConfiguration><m:ConfigurationName>MailTips</m:ConfigurationName></m:RequestedConfiguration></m:GetServiceConfiguration>',
    mine,
  ),
  plain(
    'get-service-configuration-of-nobody',
    'GetServiceConfiguration',
    '<m:GetServiceConfiguration><m:RequestedConfiguration><m:ConfigurationName>MailTips</m:ConfigurationName></m:RequestedConfiguration></m:GetServiceConfiguration>',
  ),
  plain(
    'get-user-photo',
    'GetUserPhoto',
    '<m:GetUserPhoto><m:Email>user@example.com</m:Email></m:GetUserPhoto>',
    mine,
  ),
  plain(
    'get-mail-tips',
    'GetMailTips',
    '<m:GetMailTips><m:SendingAs><t:EmailAddress>user@example.com</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></m:SendingAs><m:Recipients><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox><t:Mailbox><t:EmailAddress>carol@example.com</t:EmailAddress></t:Mailbox></m:Recipients><m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>',
    {
      mailboxes: [
        own('user@example.com'),
        permitted('bob@example.com'),
        permitted('carol@example.com'),
      ],
    },
  ),
  plain(
    'get-user-availability',
    'GetUserAvailabilityRequest',
    '<m:GetUserAvailabilityRequest><m:MailboxDataArray><t:MailboxData><t:Email><t:Address>bob@example.com</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData><t:MailboxData><t:Email><t:Name>C</t:Name><t:Address>carol@example.com</t:Address></t:Email><t:AttendeeType>Room</t:AttendeeType></t:MailboxData></m:MailboxDataArray><t:FreeBusyViewOptions><t:MergedFreeBusyIntervalInMinutes>30</t:MergedFreeBusyIntervalInMinutes></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>',
    { mailboxes: [permitted('bob@example.com'), permitted('carol@example.com')] },
  ),
  neutral(
    'expand-dl',
    'ExpandDL',
    '<m:ExpandDL><m:Mailbox><t:EmailAddress>list@example.com</t:EmailAddress></m:Mailbox></m:ExpandDL>',
  ),
  neutral(
    'resolve-names',
    'ResolveNames',
    '<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>bob@example.com</m:UnresolvedEntry></m:ResolveNames>',
  ),
  neutral(
    'convert-id',
    'ConvertId',
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId Format="HexEntryId" Id="DUMMY" Mailbox="DUMMY"/></m:SourceIds></m:ConvertId>',
  ),
  neutral('get-room-lists', 'GetRoomLists', '<m:GetRoomLists/>'),
  neutral(
    'get-server-time-zones',
    'GetServerTimeZones',
    '<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>',
  ),
  plain(
    'recipients-and-sender',
    'CreateItem',
    `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>x</t:Subject><t:Sender><t:Mailbox><t:EmailAddress>carol@example.com</t:EmailAddress></t:Mailbox></t:Sender><t:ToRecipients><t:Mailbox><t:Name>Bob</t:Name><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox><t:Mailbox/></t:ToRecipients><t:BccRecipients><t:Mailbox><t:EmailAddress/></t:Mailbox></t:BccRecipients><t:From><t:Mailbox><t:EmailAddress>carol@example.com</t:EmailAddress></t:Mailbox></t:From></t:Message></m:Items></m:CreateItem>`,
  ),
  plain(
    'attendees',
    'CreateItem',
    '<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem><t:Subject>x</t:Subject><t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees></t:CalendarItem></m:Items></m:CreateItem>',
  ),
  plain(
    'sent-as-the-user',
    'CreateItem',
    `<m:CreateItem MessageDisposition="SendOnly"><m:Items><t:Message><t:MimeContent>${MIME}</t:MimeContent><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x3FEF" PropertyType="SystemTime"/><t:Value>2026-12-01T10:00:00Z</t:Value></t:ExtendedProperty></t:Message></m:Items></m:CreateItem>`,
    { sends: true, senders: ['user@example.com'], unknownSender: false },
  ),
  plain(
    'invitation-of-the-user',
    'CreateItem',
    `<m:CreateItem SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items><t:CalendarItem><t:MimeContent CharacterSet="UTF-8">${INVITATION}</t:MimeContent></t:CalendarItem></m:Items></m:CreateItem>`,
    { sends: true, senders: ['user@example.com'], unknownSender: false },
  ),
  plain(
    'property-of-a-message',
    'UpdateItem',
    '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite" SuppressReadReceipts="true"><m:ItemChanges><t:ItemChange><t:ItemId Id="ITM-1"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField><t:SetItemField><t:ExtendedFieldURI PropertyTag="0x1039" PropertyType="String"/><t:Message><t:IsAssociated>false</t:IsAssociated></t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>',
    {
      hasIds: true,
      items: ['ITM-1'],
      itemCount: 1,
      sends: false,
      hiddenRules: false,
      installsApps: false,
    },
  ),
  plain(
    'streaming-subscription',
    'Subscribe',
    `<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true"><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>`,
  ),
  plain(
    'pull-subscription',
    'Subscribe',
    `<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>${folder()}</t:FolderIds><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes><t:Timeout>5</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>`,
    inbox,
  ),
  plain(
    'get-streaming-events',
    'GetStreamingEvents',
    '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>SUB-1</t:SubscriptionId><t:SubscriptionId>SUB-2</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>29</m:ConnectionTimeout></m:GetStreamingEvents>',
    { connectionTimeout: 29 },
  ),
  plain(
    'asks-for-permissions',
    'GetFolder',
    `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:PermissionSet"/><t:FieldURI FieldURI="folder:ReplicaList"/></t:AdditionalProperties></m:FolderShape><m:FolderIds>${folder()}</m:FolderIds></m:GetFolder>`,
    inbox,
  ),
  plain(
    'folder-and-items',
    'SyncFolderItems',
    '<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId><t:FolderId Id="FLD-1" ChangeKey="CK"/></m:SyncFolderId><m:SyncState>H4sI</m:SyncState><m:Ignore><t:ItemId Id="ITM-1"/></m:Ignore><m:MaxChangesReturned>100</m:MaxChangesReturned></m:SyncFolderItems>',
    { hasIds: true, folders: ['FLD-1'], items: ['ITM-1'], itemCount: 1 },
  ),
  plain(
    'ids-in-messages-namespace',
    'GetFolder',
    '<m:GetFolder><m:FolderIds><m:FolderId Id="FLD-1"/></m:FolderIds></m:GetFolder>',
    { hasIds: true, folders: ['FLD-1'] },
  ),
]

export const ENVELOPES: readonly Accepted[] = [
  ...STYLES,
  ...NAMESPACES,
  ...HEADERS,
  ...CONTENTS,
  ...OPERATIONS,
]
