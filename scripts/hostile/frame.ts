/**
 * Requests whose envelope or namespaces two readers would understand differently.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import {
  type Document,
  edit,
  FIND_ITEM,
  GET_FOLDER,
  HEADER,
  IMPERSONATION,
  NAMESPACES,
  XSI_NS,
} from './parts.ts'

const malformed = (what: string, content: string): Document => [
  `envelope-malformed--${what}`,
  content,
]
const unknown = (what: string, content: string): Document => [`operation-unknown--${what}`, content]

const ON_ENVELOPE = '<s:Envelope '
const OPERATION = GET_FOLDER.slice(
  GET_FOLDER.indexOf('<m:GetFolder>'),
  GET_FOLDER.indexOf('</s:Body>'),
)
const START = GET_FOLDER.slice(0, GET_FOLDER.indexOf('<s:Header>'))
const HEADERS = `<s:Header>${HEADER}</s:Header>`
const BODY = `<s:Body>${OPERATION}</s:Body>`
const END = '</s:Envelope>'
const CEO = IMPERSONATION.replace('user@', 'ceo@')
const envelope = (...parts: string[]) => START + parts.join('') + END
const onEnvelope = (attributes: string) =>
  edit(GET_FOLDER, ON_ENVELOPE, `${ON_ENVELOPE}${attributes} `)
const onHeader = (attributes: string) => edit(GET_FOLDER, '<s:Header>', `<s:Header ${attributes}>`)
const onBody = (attributes: string) => edit(GET_FOLDER, '<s:Body>', `<s:Body ${attributes}>`)
const bound = (prefix: string, from: string, to: string) =>
  edit(GET_FOLDER, `xmlns:${prefix}="${from}"`, `xmlns:${prefix}="${to}"`)
const inOperation = (text: string) => edit(GET_FOLDER, '<m:FolderIds>', `${text}<m:FolderIds>`)

const ENVELOPES: readonly Document[] = [
  malformed('soap-1.2-envelope', bound('s', SOAP_NS, 'http://www.w3.org/2003/05/soap-envelope')),
  malformed(
    'envelope-in-no-namespace',
    `<Envelope ${NAMESPACES}><Header/><Body>${OPERATION}</Body></Envelope>`,
  ),
  malformed('envelope-in-https-namespace', bound('s', SOAP_NS, SOAP_NS.replace('http:', 'https:'))),
  malformed('envelope-namespace-without-its-slash', bound('s', SOAP_NS, SOAP_NS.slice(0, -1))),
  malformed('envelope-namespace-in-capitals', bound('s', SOAP_NS, SOAP_NS.toUpperCase())),
  malformed('envelope-namespace-with-blank', bound('s', SOAP_NS, ` ${SOAP_NS}`)),
  malformed('envelope-in-another-case', GET_FOLDER.replaceAll('s:Envelope', 's:envelope')),
  malformed('root-is-the-operation', `<m:GetFolder xmlns:m="${MESSAGES_NS}"/>`),
  malformed('root-is-the-body', `<s:Body ${NAMESPACES}>${OPERATION}</s:Body>`),
  malformed('envelope-in-envelope', envelope(`<s:Envelope>${HEADERS}${BODY}</s:Envelope>`)),
  malformed('no-body', envelope(HEADERS)),
  malformed('empty-envelope', envelope()),
  malformed('header-after-body', envelope(BODY, HEADERS)),
  malformed(
    'impersonation-after-body',
    envelope(
      `<s:Header><t:RequestServerVersion Version="Exchange2016"/></s:Header>`,
      BODY,
      `<s:Header>${CEO}</s:Header>`,
    ),
  ),
  malformed('two-headers', envelope(HEADERS, `<s:Header>${CEO}</s:Header>`, BODY)),
  malformed('two-headers-one-empty', envelope('<s:Header/>', HEADERS, BODY)),
  malformed('header-before-and-after-body', envelope(HEADERS, BODY, `<s:Header>${CEO}</s:Header>`)),
  malformed(
    'two-bodies',
    envelope(HEADERS, BODY, `<s:Body><m:DeleteItem DeleteType="HardDelete"/></s:Body>`),
  ),
  malformed('two-bodies-one-empty', envelope(HEADERS, '<s:Body/>', BODY)),
  malformed('body-in-messages-namespace-before-body', envelope(HEADERS, '<m:Body/>', BODY)),
  malformed(
    'header-in-body',
    envelope('<s:Header/>', `<s:Body>${OPERATION}<s:Header>${IMPERSONATION}</s:Header></s:Body>`),
  ),
  malformed('header-in-types-namespace', envelope(`<t:Header>${HEADER}</t:Header>`, BODY)),
  malformed('header-in-no-namespace', envelope(`<Header>${HEADER}</Header>`, BODY)),
  malformed(
    'header-in-another-namespace-before-header',
    envelope(`<x:Header xmlns:x="urn:x">${CEO}</x:Header>`, HEADERS, BODY),
  ),
  malformed('header-in-another-case', envelope(`<s:header>${HEADER}</s:header>`, BODY)),
  malformed('body-in-no-namespace', envelope(HEADERS, `<Body>${OPERATION}</Body>`)),
  malformed(
    'body-in-another-namespace',
    envelope(HEADERS, `<x:Body xmlns:x="urn:x">${OPERATION}</x:Body>`),
  ),
  malformed(
    'body-in-another-namespace-before-body',
    envelope(HEADERS, `<x:Body xmlns:x="urn:x">${OPERATION}</x:Body>`, BODY),
  ),
  malformed(
    'body-redeclares-the-soap-prefix',
    envelope(HEADERS, `<s:Body xmlns:s="urn:x">${OPERATION}</s:Body>`),
  ),
  malformed(
    'body-in-soap-1.2-namespace',
    envelope(
      HEADERS,
      `<x:Body xmlns:x="http://www.w3.org/2003/05/soap-envelope">${OPERATION}</x:Body>`,
    ),
  ),
  malformed('element-between-header-and-body', envelope(HEADERS, '<t:Extra/>', BODY)),
  malformed('element-before-header', envelope('<t:Extra/>', HEADERS, BODY)),
  malformed('element-after-body', envelope(HEADERS, BODY, '<t:Extra/>')),
  malformed('text-in-envelope', envelope('x', HEADERS, BODY)),
  malformed('text-between-header-and-body', envelope(HEADERS, 'x', BODY)),
  malformed('text-after-body', envelope(HEADERS, BODY, 'x')),
  malformed('text-in-header', edit(GET_FOLDER, '<s:Header>', '<s:Header>x')),
  malformed('text-in-body', edit(GET_FOLDER, '<s:Body>', '<s:Body>x')),
  malformed('text-after-operation', edit(GET_FOLDER, '</s:Body>', 'x</s:Body>')),
  malformed('empty-body', envelope(HEADERS, '<s:Body></s:Body>')),
  malformed('body-closed-at-once', envelope(HEADERS, '<s:Body/>')),
  malformed('blank-body', envelope(HEADERS, '<s:Body> \n </s:Body>')),
  malformed(
    'two-operations',
    edit(GET_FOLDER, '</s:Body>', '<m:DeleteItem DeleteType="HardDelete"/></s:Body>'),
  ),
  malformed('the-same-operation-twice', edit(GET_FOLDER, '</s:Body>', `${OPERATION}</s:Body>`)),
  malformed(
    'second-operation-in-another-namespace',
    edit(GET_FOLDER, '</s:Body>', '<x xmlns="urn:x"/></s:Body>'),
  ),
  malformed('fault-after-operation', edit(GET_FOLDER, '</s:Body>', '<s:Fault/></s:Body>')),
  malformed('attribute-on-envelope', onEnvelope('x="y"')),
  malformed('another-encoding-style-on-envelope', onEnvelope('s:encodingStyle="urn:x"')),
  malformed(
    'encoding-style-of-types-on-envelope',
    onEnvelope('t:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'),
  ),
  malformed(
    'encoding-style-without-prefix-on-envelope',
    onEnvelope('encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'),
  ),
  malformed(
    'encoding-style-beside-another-attribute-on-envelope',
    onEnvelope('s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" s:actor="urn:x"'),
  ),
  malformed(
    'encoding-style-on-header',
    onHeader('s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'),
  ),
  malformed(
    'schema-location-on-envelope',
    onEnvelope('xsi:schemaLocation="urn:x http://127.0.0.1/x.xsd"'),
  ),
  malformed('language-on-envelope', onEnvelope('xml:lang="en"')),
  malformed('attribute-on-header', onHeader('x="y"')),
  malformed('actor-on-header', onHeader('s:actor="urn:x"')),
  malformed('attribute-on-body', onBody('x="y"')),
  malformed(
    'encoding-style-on-body',
    onBody('s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'),
  ),
  malformed('id-on-body', onBody('xmlns:u="urn:wsu" u:Id="b"')),
  malformed('space-on-body', onBody('xml:space="preserve"')),
  malformed('type-on-body', onBody('xsi:type="t:BodyType"')),
]

const OPERATIONS: readonly Document[] = [
  unknown('operation-in-types-namespace', GET_FOLDER.replaceAll('m:GetFolder>', 't:GetFolder>')),
  unknown('operation-in-no-namespace', GET_FOLDER.replaceAll('m:GetFolder>', 'GetFolder>')),
  unknown(
    'operation-in-another-namespace',
    edit(GET_FOLDER, '<m:GetFolder>', '<GetFolder xmlns="urn:x">').replace(
      '</m:GetFolder>',
      '</GetFolder>',
    ),
  ),
  unknown('operation-in-soap-namespace', GET_FOLDER.replaceAll('m:GetFolder>', 's:GetFolder>')),
  unknown(
    'operation-in-https-namespace',
    bound('m', MESSAGES_NS, MESSAGES_NS.replace('http:', 'https:')),
  ),
  unknown('operation-namespace-with-slash', bound('m', MESSAGES_NS, `${MESSAGES_NS}/`)),
  unknown('operation-namespace-in-capitals', bound('m', MESSAGES_NS, MESSAGES_NS.toUpperCase())),
  unknown('operation-namespace-with-blank', bound('m', MESSAGES_NS, `${MESSAGES_NS} `)),
  unknown('operation-namespace-with-line-break', bound('m', MESSAGES_NS, `\n${MESSAGES_NS}`)),
  unknown(
    'operation-redeclares-its-prefix',
    edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder xmlns:m="urn:x">'),
  ),
  unknown('body-redeclares-the-messages-prefix', onBody('xmlns:m="urn:x"')),
  unknown(
    'operation-undeclares-its-default-namespace',
    edit(GET_FOLDER, BODY, `<s:Body xmlns="${MESSAGES_NS}"><GetFolder xmlns=""/></s:Body>`),
  ),
  unknown(
    'first-of-two-operations-in-another-namespace',
    edit(GET_FOLDER, '<s:Body>', '<s:Body><x:DeleteItem xmlns:x="urn:x"/>'),
  ),
  unknown(
    'fault',
    edit(GET_FOLDER, BODY, '<s:Body><s:Fault><faultcode>x</faultcode></s:Fault></s:Body>'),
  ),
  unknown(
    'envelope-in-body',
    edit(
      GET_FOLDER,
      BODY,
      `<s:Body><s:Envelope><s:Body>${OPERATION}</s:Body></s:Envelope></s:Body>`,
    ),
  ),
]

const PREFIXES: readonly Document[] = [
  malformed('element-prefix-unbound', inOperation('<x:a/>')),
  malformed('attribute-prefix-unbound', edit(GET_FOLDER, 'Id="inbox"', 'Id="inbox" x:a="b"')),
  malformed('operation-prefix-unbound', GET_FOLDER.replaceAll('m:GetFolder>', 'x:GetFolder>')),
  malformed('envelope-prefix-unbound', edit(GET_FOLDER, `xmlns:s="${SOAP_NS}"`, '')),
  malformed('header-prefix-unbound', edit(GET_FOLDER, '<s:Header>', '<s:Header><x:a/>')),
  malformed(
    'prefix-used-outside-its-element',
    edit(GET_FOLDER, '<m:FolderShape>', `<m:FolderShape xmlns:q="${TYPES_NS}">`).replace(
      '<m:FolderIds>',
      '<m:FolderIds><q:FolderId Id="x"/>',
    ),
  ),
  malformed(
    'header-s-prefix-used-in-body',
    edit(onHeader(`xmlns:q="${MESSAGES_NS}"`), OPERATION, '<q:GetFolder/>'),
  ),
  malformed('prefix-undeclared', edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder xmlns:t="">')),
  malformed('unused-prefix-undeclared', onEnvelope('xmlns:q=""')),
  malformed('prefix-declared-twice', onEnvelope(`xmlns:m="urn:x"`)),
  malformed('default-namespace-declared-twice', onEnvelope(`xmlns="urn:x" xmlns="${MESSAGES_NS}"`)),
  malformed('prefix-xmlns-declared', onEnvelope('xmlns:xmlns="urn:x"')),
  malformed(
    'prefix-xmlns-declared-as-itself',
    onEnvelope('xmlns:xmlns="http://www.w3.org/2000/xmlns/"'),
  ),
  malformed(
    'prefix-bound-to-xmlns-namespace',
    onEnvelope('xmlns:q="http://www.w3.org/2000/xmlns/"'),
  ),
  malformed(
    'default-bound-to-xmlns-namespace',
    onEnvelope('xmlns="http://www.w3.org/2000/xmlns/"'),
  ),
  malformed('prefix-xml-bound-to-another-namespace', onEnvelope('xmlns:xml="urn:x"')),
  malformed('prefix-xml-bound-to-types-namespace', onEnvelope(`xmlns:xml="${TYPES_NS}"`)),
  malformed(
    'another-prefix-bound-to-xml-namespace',
    onEnvelope('xmlns:q="http://www.w3.org/XML/1998/namespace"'),
  ),
  malformed(
    'default-bound-to-xml-namespace',
    onEnvelope('xmlns="http://www.w3.org/XML/1998/namespace"'),
  ),
  malformed('element-with-prefix-xmlns', inOperation('<xmlns:a/>')),
  malformed('element-with-prefix-xml', inOperation('<xml:a/>')),
  malformed('declaration-with-empty-prefix', onEnvelope('xmlns:="urn:x"')),
  malformed('declaration-with-two-colons', onEnvelope('xmlns:a:b="urn:x"')),
  malformed(
    'attribute-doubled-by-expanded-name',
    edit(
      onEnvelope(`xmlns:i="${XSI_NS}"`),
      '<t:BaseShape>',
      '<t:BaseShape xsi:nil="false" i:nil="false">',
    ),
  ),
  malformed(
    'attribute-doubled-by-expanded-name-across-scopes',
    edit(
      GET_FOLDER,
      '<t:BaseShape>',
      `<t:BaseShape xmlns:i="${XSI_NS}" i:nil="true" xsi:nil="false">`,
    ),
  ),
]

const FOREIGN: readonly Document[] = [
  malformed(
    'element-of-another-namespace-in-operation',
    inOperation('<x:FolderIds xmlns:x="urn:x"/>'),
  ),
  malformed('element-of-no-namespace-in-operation', inOperation('<FolderIds/>')),
  malformed('element-of-soap-namespace-in-operation', inOperation('<s:Body/>')),
  malformed('envelope-in-operation', inOperation(`<s:Header>${IMPERSONATION}</s:Header>`)),
  malformed(
    'element-of-errors-namespace-in-operation',
    inOperation(
      '<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors"/>',
    ),
  ),
  malformed(
    'element-of-https-namespace-in-operation',
    inOperation(`<x:FolderShape xmlns:x="${TYPES_NS.replace('http:', 'https:')}"/>`),
  ),
  malformed(
    'element-of-xhtml-in-operation',
    inOperation('<p xmlns="http://www.w3.org/1999/xhtml">x</p>'),
  ),
  malformed(
    'element-redeclares-its-prefix-in-operation',
    edit(GET_FOLDER, '<t:BaseShape>', '<t:BaseShape xmlns:t="urn:x">'),
  ),
  malformed(
    'selector-in-another-namespace',
    edit(
      FIND_ITEM,
      '<t:DistinguishedFolderId Id="inbox">',
      '<t:DistinguishedFolderId xmlns:t="urn:x" Id="inbox">',
    ),
  ),
  malformed(
    'mailbox-of-selector-in-another-namespace',
    edit(FIND_ITEM, '<t:Mailbox>', '<t:Mailbox xmlns:t="urn:x">'),
  ),
  malformed(
    'address-of-selector-in-no-namespace',
    FIND_ITEM.replaceAll('t:EmailAddress>', 'EmailAddress>'),
  ),
  malformed(
    'child-undeclares-its-default-namespace',
    edit(
      GET_FOLDER,
      OPERATION,
      `<GetFolder xmlns="${MESSAGES_NS}"><FolderShape xmlns=""/></GetFolder>`,
    ),
  ),
]

const ATTRIBUTES: readonly Document[] = [
  malformed('attribute-in-types-namespace', edit(GET_FOLDER, 'Id="inbox"', 't:Id="inbox"')),
  malformed(
    'attribute-in-types-namespace-beside-the-real-one',
    edit(GET_FOLDER, 'Id="inbox"', 'Id="inbox" t:Id="root"'),
  ),
  malformed(
    'attribute-in-messages-namespace',
    edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder m:x="y">'),
  ),
  malformed(
    'attribute-in-another-namespace',
    edit(GET_FOLDER, '<m:FolderIds>', '<m:FolderIds xmlns:x="urn:x" x:a="b">'),
  ),
  malformed(
    'attribute-in-soap-namespace',
    edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder s:mustUnderstand="1">'),
  ),
  malformed(
    'encoding-style-on-operation',
    edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder s:encodingStyle="x">'),
  ),
  malformed(
    'base-in-operation',
    edit(GET_FOLDER, '<m:FolderIds>', '<m:FolderIds xml:base="http://127.0.0.1/">'),
  ),
  malformed(
    'space-in-operation',
    edit(GET_FOLDER, '<m:FolderIds>', '<m:FolderIds xml:space="preserve">'),
  ),
  malformed('xml-id-in-operation', edit(GET_FOLDER, '<m:FolderIds>', '<m:FolderIds xml:id="x">')),
  malformed(
    'schema-location-in-operation',
    edit(
      GET_FOLDER,
      '<m:FolderIds>',
      '<m:FolderIds xsi:schemaLocation="urn:x http://127.0.0.1/x.xsd">',
    ),
  ),
  malformed(
    'no-namespace-schema-location-in-operation',
    edit(
      GET_FOLDER,
      '<m:FolderIds>',
      '<m:FolderIds xsi:noNamespaceSchemaLocation="http://127.0.0.1/x.xsd">',
    ),
  ),
  malformed(
    'type-on-operation',
    edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder xsi:type="t:GetFolderType">'),
  ),
  malformed(
    'type-in-messages-namespace',
    edit(GET_FOLDER, '<t:BaseShape>', '<t:BaseShape xsi:type="m:FolderShapeType">'),
  ),
  malformed(
    'type-in-schema-namespace',
    edit(
      GET_FOLDER,
      '<t:BaseShape>',
      '<t:BaseShape xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">',
    ),
  ),
  malformed(
    'type-with-unbound-prefix',
    edit(GET_FOLDER, '<t:BaseShape>', '<t:BaseShape xsi:type="q:DefaultShapeNamesType">'),
  ),
  malformed(
    'type-without-prefix',
    edit(GET_FOLDER, '<t:BaseShape>', '<t:BaseShape xsi:type="DefaultShapeNamesType">'),
  ),
  malformed(
    'type-with-redeclared-prefix',
    edit(
      GET_FOLDER,
      '<m:FolderShape>',
      '<m:FolderShape xmlns:t="urn:x" xsi:type="t:FolderResponseShapeType">',
    ).replace('<t:BaseShape>Default</t:BaseShape>', ''),
  ),
  malformed(
    'type-with-two-colons',
    edit(GET_FOLDER, '<t:BaseShape>', '<t:BaseShape xsi:type="t:a:b">'),
  ),
  malformed('empty-type', edit(GET_FOLDER, '<t:BaseShape>', '<t:BaseShape xsi:type="">')),
  malformed(
    'type-on-selector',
    edit(GET_FOLDER, 'Id="inbox"', 'xsi:type="t:FolderIdType" Id="inbox"'),
  ),
  malformed(
    'type-on-mailbox-of-selector',
    edit(FIND_ITEM, '<t:Mailbox>', '<t:Mailbox xsi:type="t:EmailAddressType">'),
  ),
  malformed(
    'type-on-address-of-selector',
    edit(FIND_ITEM, '<t:EmailAddress>', '<t:EmailAddress xsi:type="t:NonEmptyStringType">'),
  ),
  malformed(
    'nil-maybe-on-operation',
    edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder xsi:nil="maybe">'),
  ),
  malformed('nil-on-selector', edit(GET_FOLDER, 'Id="inbox"', 'xsi:nil="true" Id="inbox"')),
  malformed(
    'nil-on-mailbox-of-selector',
    edit(FIND_ITEM, '<t:Mailbox>', '<t:Mailbox xsi:nil="true">'),
  ),
  malformed(
    'nil-on-address-of-selector',
    edit(FIND_ITEM, '<t:EmailAddress>', '<t:EmailAddress xsi:nil="true">'),
  ),
  malformed('nil-maybe', edit(GET_FOLDER, '<t:BaseShape>', '<t:BaseShape xsi:nil="maybe">')),
  malformed(
    'unknown-instance-attribute',
    edit(GET_FOLDER, '<t:BaseShape>', '<t:BaseShape xsi:kind="x">'),
  ),
  malformed(
    'instance-attribute-under-another-prefix',
    edit(
      GET_FOLDER,
      '<t:BaseShape>',
      `<t:BaseShape xmlns:q="${XSI_NS}" q:schemaLocation="urn:x x">`,
    ),
  ),
]

const SELECTORS: readonly Document[] = Object.entries({
  'cdata-in-address-of-selector': '<![CDATA[user@example.com]]>',
  'cdata-at-end-of-address-of-selector': 'user@example.com<![CDATA[.evil]]>',
  'empty-cdata-in-address-of-selector': 'user@exa<![CDATA[]]>mple.com',
  'comment-in-address-of-selector': 'user@example.com<!-- -->.evil',
  'comment-before-address-of-selector': '<!-- -->user@example.com',
  'element-in-address-of-selector': 'user@example.com<t:x/>.evil',
  'element-around-address-of-selector': '<t:x>user@example.com</t:x>',
  'instruction-in-address-of-selector': 'user@example.com<?x?>.evil',
}).map(([what, address]) =>
  malformed(
    what,
    edit(FIND_ITEM, '<t:EmailAddress>user@example.com<', `<t:EmailAddress>${address}<`),
  ),
)

export const FRAMES: readonly Document[] = [
  ...ENVELOPES,
  ...OPERATIONS,
  ...PREFIXES,
  ...FOREIGN,
  ...ATTRIBUTES,
  ...SELECTORS,
]
