/**
 * Requests whose headers escalate, or say two things.
 *
 * @module
 */

import { TYPES_NS } from '../../src/model/envelope.ts'
import {
  type Document,
  edit,
  GET_FOLDER,
  HEADER,
  IMPERSONATION,
  padding,
  withHeader,
  withImpersonation,
  withSid,
} from './parts.ts'

const refused = (what: string, header: string): Document => [
  `header-refused--${what}`,
  withHeader(header),
]
const beside = (what: string, header: string) => refused(what, HEADER + header)
const ambiguous = (what: string, content: string): Document => [
  `impersonation-ambiguous--${what}`,
  content,
]
const missing = (what: string, content: string): Document => [
  `impersonation-missing--${what}`,
  content,
]

const VERSION = '<t:RequestServerVersion Version="Exchange2016"/>'
const CEO = IMPERSONATION.replace('user@', 'ceo@')
const SID_OF_CEO =
  '<t:ConnectingSID><t:SmtpAddress>ceo@example.com</t:SmtpAddress></t:ConnectingSID>'
const SID =
  '<t:ConnectingSID><t:PrimarySmtpAddress>user@example.com</t:PrimarySmtpAddress></t:ConnectingSID>'
const USER = '<t:PrimarySmtpAddress>user@example.com</t:PrimarySmtpAddress>'
const onImpersonation = (attributes: string) =>
  edit(GET_FOLDER, '<t:ExchangeImpersonation>', `<t:ExchangeImpersonation ${attributes}>`)
const onSid = (attributes: string) =>
  edit(GET_FOLDER, '<t:ConnectingSID>', `<t:ConnectingSID ${attributes}>`)
const onChild = (attributes: string) =>
  edit(GET_FOLDER, '<t:PrimarySmtpAddress>', `<t:PrimarySmtpAddress ${attributes}>`)
const address = (text: string) => withSid(`<t:PrimarySmtpAddress>${text}</t:PrimarySmtpAddress>`)
const zone = (content: string) => `<t:TimeZoneContext>${content}</t:TimeZoneContext>`

const UNLISTED: readonly Document[] = [
  beside(
    'management-role',
    '<t:ManagementRole><t:UserRoles><t:Role>MailboxSearch</t:Role></t:UserRoles></t:ManagementRole>',
  ),
  refused(
    'open-as-admin',
    '<t:OpenAsAdminOrSystemService LogonType="Admin"><t:ConnectingSID><t:SmtpAddress>ceo@example.com</t:SmtpAddress></t:ConnectingSID></t:OpenAsAdminOrSystemService>',
  ),
  beside(
    'open-as-admin-beside-impersonation',
    '<t:OpenAsAdminOrSystemService LogonType="Admin"><t:ConnectingSID><t:SmtpAddress>ceo@example.com</t:SmtpAddress></t:ConnectingSID></t:OpenAsAdminOrSystemService>',
  ),
  beside(
    'serialized-security-context',
    '<t:SerializedSecurityContext><t:UserSid>S-1-5-21-1-2-3-500</t:UserSid><t:GroupSids/></t:SerializedSecurityContext>',
  ),
  beside('proxy-security-context', '<t:ProxySecurityContext>QUJD</t:ProxySecurityContext>'),
  beside('proxy-suggester-sid', '<t:ProxySuggesterSid>QUJD</t:ProxySuggesterSid>'),
  beside('proxy-partner-token', '<t:ProxyPartnerToken>QUJD</t:ProxyPartnerToken>'),
  beside('sharing-security', '<t:SharingSecurity><x xmlns="urn:x"/></t:SharingSecurity>'),
  beside('server-version-info', '<t:ServerVersionInfo MajorVersion="15"/>'),
  beside('background-load', '<t:BackgroundLoad>true</t:BackgroundLoad>'),
  beside(
    'ws-security',
    '<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>',
  ),
  beside(
    'ws-addressing-action',
    '<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">urn:x</a:Action>',
  ),
  beside(
    'ws-addressing-to',
    '<a:To xmlns:a="http://www.w3.org/2005/08/addressing" s:mustUnderstand="1">urn:x</a:To>',
  ),
  beside('unknown-header-in-types-namespace', '<t:Surprise/>'),
  beside('header-in-no-namespace', '<Surprise/>'),
  beside('header-in-another-namespace', '<x:Surprise xmlns:x="urn:x"/>'),
  beside('envelope-in-header', '<s:Envelope/>'),
  beside('body-in-header', '<s:Body><m:DeleteItem/></s:Body>'),
  ['header-refused--header-never-closed', edit(GET_FOLDER, '</s:Header>', '')],
  beside('header-in-header', `<s:Header>${CEO}</s:Header>`),
  beside('operation-in-header', '<m:DeleteItem/>'),
  beside('connecting-sid-in-header', SID),
  beside('address-in-header', USER),
]

const NAMESPACES: readonly Document[] = [
  refused('impersonation-in-messages-namespace', IMPERSONATION.replaceAll('t:', 'm:')),
  refused(
    'impersonation-in-another-namespace',
    edit(
      IMPERSONATION,
      '<t:ExchangeImpersonation>',
      '<x:ExchangeImpersonation xmlns:x="urn:x">',
    ).replace('</t:Ex', '</x:Ex'),
  ),
  refused(
    'impersonation-in-no-namespace',
    IMPERSONATION.replaceAll('t:ExchangeImpersonation', 'ExchangeImpersonation'),
  ),
  refused('impersonation-wholly-in-no-namespace', IMPERSONATION.replaceAll('t:', '')),
  refused(
    'impersonation-in-soap-namespace',
    IMPERSONATION.replaceAll('t:ExchangeImpersonation', 's:ExchangeImpersonation'),
  ),
  refused(
    'impersonation-redeclares-its-prefix',
    edit(IMPERSONATION, '<t:ExchangeImpersonation>', '<t:ExchangeImpersonation xmlns:t="urn:x">'),
  ),
  refused(
    'impersonation-in-https-namespace',
    edit(
      IMPERSONATION,
      '<t:ExchangeImpersonation>',
      `<t:ExchangeImpersonation xmlns:t="${TYPES_NS.replace('http:', 'https:')}">`,
    ),
  ),
  refused(
    'impersonation-namespace-with-slash',
    edit(
      IMPERSONATION,
      '<t:ExchangeImpersonation>',
      `<t:ExchangeImpersonation xmlns:t="${TYPES_NS}/">`,
    ),
  ),
  refused(
    'impersonation-in-another-case',
    IMPERSONATION.replaceAll('ExchangeImpersonation', 'exchangeimpersonation'),
  ),
  beside(
    'impersonation-in-another-namespace-beside-the-real-one',
    `<x:ExchangeImpersonation xmlns:x="urn:x">${SID_OF_CEO}</x:ExchangeImpersonation>`,
  ),
  refused(
    'impersonation-in-another-namespace-before-the-real-one',
    `<x:ExchangeImpersonation xmlns:x="urn:x">${SID_OF_CEO}</x:ExchangeImpersonation>${HEADER}`,
  ),
  refused('version-in-messages-namespace', VERSION.replace('t:', 'm:')),
  [
    'header-refused--types-prefix-bound-to-https-namespace',
    edit(GET_FOLDER, `xmlns:t="${TYPES_NS}"`, `xmlns:t="${TYPES_NS.replace('http:', 'https:')}"`),
  ],
  ambiguous(
    'connecting-sid-in-messages-namespace',
    GET_FOLDER.replaceAll('t:ConnectingSID', 'm:ConnectingSID'),
  ),
  ambiguous(
    'connecting-sid-in-another-namespace',
    withImpersonation(
      '<t:ExchangeImpersonation><x:ConnectingSID xmlns:x="urn:x"><t:SmtpAddress>user@example.com</t:SmtpAddress></x:ConnectingSID></t:ExchangeImpersonation>',
    ),
  ),
  ambiguous(
    'connecting-sid-in-no-namespace',
    GET_FOLDER.replaceAll('t:ConnectingSID', 'ConnectingSID'),
  ),
  ambiguous(
    'connecting-sid-in-another-case',
    GET_FOLDER.replaceAll('t:ConnectingSID', 't:connectingSid'),
  ),
  ambiguous(
    'address-in-messages-namespace',
    GET_FOLDER.replaceAll('t:PrimarySmtpAddress', 'm:PrimarySmtpAddress'),
  ),
  ambiguous(
    'address-in-another-namespace',
    withSid('<x:SmtpAddress xmlns:x="urn:x">user@example.com</x:SmtpAddress>'),
  ),
  ambiguous(
    'address-in-no-namespace',
    GET_FOLDER.replaceAll('t:PrimarySmtpAddress', 'PrimarySmtpAddress'),
  ),
  ambiguous(
    'address-in-another-case',
    GET_FOLDER.replaceAll('t:PrimarySmtpAddress', 't:primarysmtpaddress'),
  ),
  ambiguous(
    'address-in-another-namespace-before-the-real-one',
    withSid(`<x:SmtpAddress xmlns:x="urn:x">ceo@example.com</x:SmtpAddress>${USER}`),
  ),
]

const ATTRIBUTES: readonly Document[] = [
  ['header-refused--actor-on-impersonation', onImpersonation('s:actor="urn:nobody"')],
  ['header-refused--empty-actor-on-impersonation', onImpersonation('s:actor=""')],
  [
    'header-refused--next-actor-on-impersonation',
    onImpersonation('s:actor="http://schemas.xmlsoap.org/soap/actor/next"'),
  ],
  [
    'header-refused--actor-under-another-prefix-on-impersonation',
    onImpersonation('xmlns:q="http://schemas.xmlsoap.org/soap/envelope/" q:actor="urn:x"'),
  ],
  [
    'header-refused--role-on-impersonation',
    onImpersonation('xmlns:r="http://www.w3.org/2003/05/soap-envelope" r:role="urn:x"'),
  ],
  ['header-refused--must-understand-on-impersonation', onImpersonation('s:mustUnderstand="1"')],
  ['header-refused--must-not-understand-on-impersonation', onImpersonation('s:mustUnderstand="0"')],
  ambiguous('encoding-style-on-impersonation', onImpersonation('s:encodingStyle="urn:x"')),
  ambiguous('attribute-on-impersonation', onImpersonation('LogonType="Admin"')),
  ambiguous('type-on-impersonation', onImpersonation('xsi:type="t:ExchangeImpersonationType"')),
  ambiguous('nil-on-impersonation', onImpersonation('xsi:nil="true"')),
  ambiguous('language-on-impersonation', onImpersonation('xml:lang="en"')),
  ambiguous('actor-on-connecting-sid', onSid('s:actor="urn:x"')),
  ambiguous('attribute-on-connecting-sid', onSid('x="y"')),
  ambiguous('nil-on-connecting-sid', onSid('xsi:nil="true"')),
  ambiguous('attribute-on-address', onChild('x="y"')),
  ambiguous('must-understand-on-address', onChild('s:mustUnderstand="1"')),
  ambiguous('nil-on-address', onChild('xsi:nil="true"')),
  ambiguous('type-on-address', onChild('xsi:type="t:NonEmptyStringType"')),
  ambiguous('space-on-address', onChild('xml:space="preserve"')),
  refused('actor-on-version', '<t:RequestServerVersion Version="Exchange2016" s:actor="urn:x"/>'),
  refused(
    'must-understand-on-version',
    '<t:RequestServerVersion Version="Exchange2016" s:mustUnderstand="0"/>',
  ),
  refused('attribute-on-version', '<t:RequestServerVersion Version="Exchange2016" x="y"/>'),
  refused('actor-on-culture', '<t:MailboxCulture s:actor="urn:x">en-US</t:MailboxCulture>'),
  refused('attribute-on-culture', '<t:MailboxCulture x="y">en-US</t:MailboxCulture>'),
  refused(
    'role-on-precision',
    '<t:DateTimePrecision xmlns:r="http://www.w3.org/2003/05/soap-envelope" r:role="urn:x">Seconds</t:DateTimePrecision>',
  ),
  refused(
    'actor-on-time-zone',
    '<t:TimeZoneContext s:actor="urn:x"><t:TimeZoneDefinition Id="UTC"/></t:TimeZoneContext>',
  ),
  refused(
    'must-understand-on-time-zone',
    '<t:TimeZoneContext s:mustUnderstand="1"><t:TimeZoneDefinition Id="UTC"/></t:TimeZoneContext>',
  ),
]

const VALUES: readonly Document[] = [
  beside('two-versions', VERSION),
  beside('two-other-versions', '<t:RequestServerVersion Version="Exchange2007"/>'),
  beside(
    'two-cultures',
    '<t:MailboxCulture>en-US</t:MailboxCulture><t:MailboxCulture>de-DE</t:MailboxCulture>',
  ),
  beside(
    'two-precisions',
    '<t:DateTimePrecision>Seconds</t:DateTimePrecision><t:DateTimePrecision>Seconds</t:DateTimePrecision>',
  ),
  beside(
    'two-time-zones',
    zone('<t:TimeZoneDefinition Id="UTC"/>') + zone('<t:TimeZoneDefinition Id="UTC"/>'),
  ),
  refused('version-without-value', '<t:RequestServerVersion/>'),
  refused('empty-version', '<t:RequestServerVersion Version=""/>'),
  refused('version-of-another-form', '<t:RequestServerVersion Version="2016"/>'),
  refused('version-with-blank', '<t:RequestServerVersion Version="Exchange2016 "/>'),
  refused('version-with-line-break', '<t:RequestServerVersion Version="Exchange2016&#10;"/>'),
  refused(
    'version-that-breaks-out',
    `<t:RequestServerVersion Version='Exchange2016"/>&lt;t:ManagementRole/>'/>`,
  ),
  refused(
    'version-in-types-namespace-attribute',
    '<t:RequestServerVersion t:Version="Exchange2016"/>',
  ),
  refused(
    'text-in-version',
    '<t:RequestServerVersion Version="Exchange2016">x</t:RequestServerVersion>',
  ),
  refused(
    'impersonation-in-version',
    `<t:RequestServerVersion Version="Exchange2016">${CEO}</t:RequestServerVersion>`,
  ),
  beside('element-in-culture', `<t:MailboxCulture>en${SID}</t:MailboxCulture>`),
  beside('comment-in-culture', '<t:MailboxCulture>en<!-- -->-US</t:MailboxCulture>'),
  beside('cdata-in-culture', '<t:MailboxCulture><![CDATA[en-US]]></t:MailboxCulture>'),
  beside('culture-of-another-form', '<t:MailboxCulture>en_US; drop</t:MailboxCulture>'),
  beside(
    'culture-that-breaks-out',
    '<t:MailboxCulture>en&lt;/t:MailboxCulture>&lt;t:ManagementRole/></t:MailboxCulture>',
  ),
  beside('precision-of-another-value', '<t:DateTimePrecision>Minutes</t:DateTimePrecision>'),
  beside('element-in-precision', '<t:DateTimePrecision><t:Seconds/></t:DateTimePrecision>'),
  beside('cdata-in-precision', '<t:DateTimePrecision><![CDATA[Seconds]]></t:DateTimePrecision>'),
  beside('text-in-time-zone', zone('x')),
  beside('impersonation-in-time-zone', zone(CEO)),
  beside(
    'impersonation-in-time-zone-definition',
    zone(`<t:TimeZoneDefinition Id="UTC">${CEO}</t:TimeZoneDefinition>`),
  ),
  beside(
    'element-of-another-namespace-in-time-zone',
    zone('<x:TimeZoneDefinition xmlns:x="urn:x" Id="UTC"/>'),
  ),
  beside('element-of-messages-namespace-in-time-zone', zone('<m:TimeZoneDefinition Id="UTC"/>')),
  beside('element-of-soap-namespace-in-time-zone', zone('<s:Body/>')),
  beside(
    'attribute-of-another-namespace-in-time-zone',
    zone('<t:TimeZoneDefinition xmlns:x="urn:x" x:Id="UTC"/>'),
  ),
  beside(
    'cdata-in-time-zone',
    zone(
      '<t:TimeZoneDefinition Id="UTC"><t:Periods><![CDATA[x]]></t:Periods></t:TimeZoneDefinition>',
    ),
  ),
]

const IMPERSONATIONS: readonly Document[] = [
  ambiguous('two-impersonations', withHeader(IMPERSONATION + CEO)),
  ambiguous('two-equal-impersonations', withHeader(IMPERSONATION + IMPERSONATION)),
  ambiguous(
    'two-impersonations-first-empty',
    withHeader(`<t:ExchangeImpersonation/>${IMPERSONATION}`),
  ),
  ambiguous(
    'two-impersonations-second-empty',
    withHeader(`${IMPERSONATION}<t:ExchangeImpersonation/>`),
  ),
  ambiguous(
    'two-impersonations-under-two-prefixes',
    withHeader(
      `${IMPERSONATION}<q:ExchangeImpersonation xmlns:q="${TYPES_NS}">${SID_OF_CEO}</q:ExchangeImpersonation>`,
    ),
  ),
  ambiguous(
    'two-connecting-sids',
    withImpersonation(`<t:ExchangeImpersonation>${SID}${SID_OF_CEO}</t:ExchangeImpersonation>`),
  ),
  ambiguous(
    'two-connecting-sids-first-empty',
    withImpersonation(
      `<t:ExchangeImpersonation><t:ConnectingSID/>${SID}</t:ExchangeImpersonation>`,
    ),
  ),
  ambiguous(
    'two-addresses-of-one-kind',
    withSid(`${USER}<t:PrimarySmtpAddress>ceo@example.com</t:PrimarySmtpAddress>`),
  ),
  ambiguous('two-equal-addresses', withSid(USER + USER)),
  ambiguous('sid-and-address', withSid(`<t:SID>S-1-5-21-1-2-3-500</t:SID>${USER}`)),
  ambiguous(
    'principal-name-and-address',
    withSid(`${USER}<t:PrincipalName>ceo@corp.example.com</t:PrincipalName>`),
  ),
  ambiguous(
    'all-four-kinds',
    withSid(
      `<t:SID>S-1-5-21-1</t:SID><t:PrincipalName>user@corp.example.com</t:PrincipalName><t:SmtpAddress>user@example.com</t:SmtpAddress>${USER}`,
    ),
  ),
  ambiguous('empty-address-before-address', withSid(`<t:PrimarySmtpAddress/>${USER}`)),
  ambiguous('address-before-empty-address', withSid(`${USER}<t:SmtpAddress></t:SmtpAddress>`)),
  ambiguous(
    'unknown-child',
    withSid('<t:MailboxGuid>00000000-0000-0000-0000-000000000000</t:MailboxGuid>'),
  ),
  ambiguous('unknown-child-beside-address', withSid(`${USER}<t:RemoveSid/>`)),
  ambiguous(
    'element-beside-connecting-sid',
    withImpersonation(`<t:ExchangeImpersonation>${SID}<t:Extra/></t:ExchangeImpersonation>`),
  ),
  ambiguous(
    'address-beside-connecting-sid',
    withImpersonation(
      `<t:ExchangeImpersonation>${SID}<t:SmtpAddress>ceo@example.com</t:SmtpAddress></t:ExchangeImpersonation>`,
    ),
  ),
  ambiguous(
    'address-instead-of-connecting-sid',
    withImpersonation(`<t:ExchangeImpersonation>${USER}</t:ExchangeImpersonation>`),
  ),
  ambiguous('connecting-sid-in-connecting-sid', withSid(SID)),
  ambiguous(
    'impersonation-in-impersonation',
    withImpersonation(`<t:ExchangeImpersonation>${IMPERSONATION}</t:ExchangeImpersonation>`),
  ),
  ambiguous(
    'text-in-impersonation',
    withImpersonation('<t:ExchangeImpersonation>user@example.com</t:ExchangeImpersonation>'),
  ),
  ambiguous(
    'text-beside-connecting-sid',
    withImpersonation(`<t:ExchangeImpersonation>x${SID}</t:ExchangeImpersonation>`),
  ),
  ambiguous('text-in-connecting-sid', withSid('user@example.com')),
  ambiguous('text-beside-address', withSid(`x${USER}`)),
  ambiguous('text-after-address', withSid(`${USER}x`)),
  ambiguous('cdata-in-address', address('<![CDATA[user@example.com]]>')),
  ambiguous('cdata-at-end-of-address', address('user@example.com<![CDATA[.evil]]>')),
  ambiguous('empty-cdata-in-address', address('user@<![CDATA[]]>example.com')),
  ambiguous('cdata-only-and-empty', address('<![CDATA[]]>')),
  ambiguous('comment-in-address', address('ceo@example.com<!-- x -->.evil')),
  ambiguous('empty-comment-in-address', address('ceo@example.com<!---->.evil')),
  ambiguous('comment-before-address-text', address('<!-- x -->user@example.com')),
  ambiguous('comment-after-address-text', address('user@example.com<!-- x -->')),
  ambiguous('comment-only', address('<!-- user@example.com -->')),
  ambiguous('element-in-address', address('user@example.com<t:x/>')),
  ambiguous('element-around-address', address('<t:x>user@example.com</t:x>')),
  ambiguous('address-in-address', address(USER)),
  missing('empty-impersonation', withImpersonation('<t:ExchangeImpersonation/>')),
  missing(
    'empty-impersonation-with-end-tag',
    withImpersonation('<t:ExchangeImpersonation></t:ExchangeImpersonation>'),
  ),
  missing(
    'blank-impersonation',
    withImpersonation('<t:ExchangeImpersonation>\n  </t:ExchangeImpersonation>'),
  ),
  missing(
    'empty-connecting-sid',
    withImpersonation('<t:ExchangeImpersonation><t:ConnectingSID/></t:ExchangeImpersonation>'),
  ),
  missing('empty-connecting-sid-with-end-tag', withSid('')),
  missing('blank-connecting-sid', withSid('\r\n\t')),
  missing('empty-primary-smtp-address', withSid('<t:PrimarySmtpAddress/>')),
  missing('empty-primary-smtp-address-with-end-tag', address('')),
  missing('empty-smtp-address', withSid('<t:SmtpAddress></t:SmtpAddress>')),
  missing('empty-principal-name', withSid('<t:PrincipalName/>')),
  missing('empty-sid', withSid('<t:SID/>')),
]

const LONG: readonly Document[] = [
  refused('very-many-headers', HEADER + padding('<t:Surprise/>', 8000)),
  ambiguous('very-many-impersonations', withHeader(padding(IMPERSONATION, 20000))),
]

export const HEADERS: readonly Document[] = [
  ...UNLISTED,
  ...NAMESPACES,
  ...ATTRIBUTES,
  ...VALUES,
  ...IMPERSONATIONS,
  ...LONG,
]
