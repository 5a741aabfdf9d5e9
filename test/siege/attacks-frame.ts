/**
 * Envelopes and headers that a server could read otherwise than the gateway, and prefixes and
 * default namespaces that say something else than they seem to.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { type Attack, harmless, refused } from './attack.ts'
import { CEO, SOAP12_NS, withHeader } from './attacks-identity.ts'
import { GET_FOLDER, IMPERSONATION, requestOf } from './seeds.ts'

const ORDINARY = requestOf(GET_FOLDER)

export function frameAttacks(): Attack[] {
  return [...frames(), ...headers(), ...namespaces(), ...bodies()]
}

/** Envelopes with parts too many, too few, or elsewhere. */
function frames(): Attack[] {
  const [, header = '', body = ''] =
    /(<s:Header>.*<\/s:Header>)(<s:Body>.*<\/s:Body>)/.exec(ORDINARY) ?? []
  const framed = (inside: string) => ORDINARY.replace(header + body, () => inside)
  const evil = header.replace('user@', 'ceo@')
  return [
    refused('Header behind Body', framed(body + header)),
    refused('Header on both sides', framed(header + body + evil)),
    refused('two Headers', framed(header + evil + body)),
    refused('two Headers, otherwise', framed(evil + header + body)),
    refused('an empty Header and another', framed(`<s:Header/>${header}${body}`)),
    refused('two Bodies', framed(header + body + body)),
    refused('an empty Body and another', framed(`${header}<s:Body/>${body}`)),
    refused('no Body', framed(header)),
    refused('no Header', framed(body)),
    refused('an empty Body', framed(`${header}<s:Body/>`)),
    refused('two operations', requestOf(GET_FOLDER + GET_FOLDER)),
    refused(
      'an operation, and one that deletes',
      requestOf(`${GET_FOLDER}<m:DeleteFolder DeleteType="HardDelete"/>`),
    ),
    refused('text before the operation', requestOf(`x${GET_FOLDER}`)),
    refused('text behind the operation', requestOf(`${GET_FOLDER}x`)),
    refused('a reference behind the operation', requestOf(`${GET_FOLDER}&#32;`)),
    refused('CDATA behind the operation', requestOf(`${GET_FOLDER}<![CDATA[]]>`)),
    refused('a comment behind the operation', requestOf(`${GET_FOLDER}<!---->`)),
    refused('an element between Header and Body', framed(`${header}<t:x/>${body}`)),
    refused('an element behind Body', framed(`${header}${body}<t:x/>`)),
    refused('text behind Body', framed(`${header}${body}x`)),
    refused('an envelope behind the envelope', ORDINARY + ORDINARY),
    refused('text behind the envelope', `${ORDINARY}x`),
    refused('a comment behind the envelope', `${ORDINARY}<!-- -->`),
    refused('an instruction behind the envelope', `${ORDINARY}<?x?>`),
    refused('a declaration behind the envelope', `${ORDINARY}<?xml version="1.0"?>`),
    refused('NUL behind the envelope', `${ORDINARY}\0`),
    refused('an envelope in the Body', requestOf(ORDINARY)),
    refused(
      'an envelope around the envelope',
      `<s:Envelope xmlns:s="${SOAP_NS}">${ORDINARY}</s:Envelope>`,
    ),
    refused('SOAP 1.2', ORDINARY.replace(SOAP_NS, SOAP12_NS)),
    refused('no SOAP', ORDINARY.replace(SOAP_NS, 'urn:x')),
    refused('just the operation', GET_FOLDER),
    refused('JSON', '{"Envelope":{"Body":{}}}'),
    refused('nothing', ''),
    refused('a fault', requestOf('<s:Fault/>')),
    refused('an end tag too many', `${ORDINARY}</s:Envelope>`),
    refused('an end tag too few', ORDINARY.slice(0, -13)),
    refused(
      'end tags in the wrong order',
      ORDINARY.replace('</s:Body></s:Envelope>', '</s:Envelope></s:Body>'),
    ),
  ]
}

/** Headers that give more than impersonation, and those of other specifications. */
function headers(): Attack[] {
  const sid = `<t:ConnectingSID><t:SmtpAddress>${CEO}</t:SmtpAddress></t:ConnectingSID>`
  const privileged = [
    `<t:OpenAsAdminOrSystemService LogonType="Admin" BudgetType="1">${sid}</t:OpenAsAdminOrSystemService>`,
    '<t:ManagementRole><t:UserRoles><t:Role>MailboxSearch</t:Role></t:UserRoles></t:ManagementRole>',
    `<t:SerializedSecurityContext><t:UserSid>S-1-5-18</t:UserSid><t:PrimarySmtpAddress>${CEO}</t:PrimarySmtpAddress></t:SerializedSecurityContext>`,
    '<t:ProxySecurityContext>AAAA</t:ProxySecurityContext>',
    '<t:ProxySuggesterSid>AAAA</t:ProxySuggesterSid>',
    '<t:ProxyPartnerToken>AAAA</t:ProxyPartnerToken>',
    '<t:SharingSecurity><x xmlns="urn:x"/></t:SharingSecurity>',
    '<t:BackgroundLoad>true</t:BackgroundLoad>',
    '<t:ServerVersionInfo MajorVersion="15"/>',
    '<t:exchangeimpersonation/>',
    '<t:RequestServerVersion Version="&#x3c;"/>',
    '<t:RequestServerVersion/>',
    '<t:MailboxCulture>../../x</t:MailboxCulture>',
    '<m:ExchangeImpersonation/>',
    '<ExchangeImpersonation/>',
  ]
  const WSA = 'http://www.w3.org/2005/08/addressing'
  const addressing = ['Action', 'To', 'ReplyTo', 'From', 'FaultTo', 'MessageID', 'RelatesTo'].map(
    name => `<a:${name} xmlns:a="${WSA}">http://evil.example.com/</a:${name}>`,
  )
  return [
    ...[...privileged, ...addressing].flatMap(header => [
      refused(`beside: ${header.slice(0, 50)}`, withHeader(IMPERSONATION + header)),
      refused(`before: ${header.slice(0, 50)}`, withHeader(header + IMPERSONATION)),
      refused(`instead: ${header.slice(0, 50)}`, withHeader(header)),
    ]),
    ...['DeleteItem', 'GetFolder', '', '"', 'urn:x'].map(action =>
      harmless(`SOAPAction ${action}`, ORDINARY, {
        headers: [`SOAPAction: "${MESSAGES_NS}/${action}"`],
      }),
    ),
  ]
}

/** Prefixes and default namespaces that say something else than they seem to. */
function namespaces(): Attack[] {
  const swapped = ORDINARY.replace(MESSAGES_NS, 'urn:swap')
    .replace(TYPES_NS, MESSAGES_NS)
    .replace('urn:swap', TYPES_NS)
  return [
    refused('prefixes m and t swapped', swapped),
    refused('t is another namespace', ORDINARY.replace(TYPES_NS, 'urn:x')),
    refused(
      't is another namespace in the header',
      ORDINARY.replace('<t:ExchangeImpersonation>', '<t:ExchangeImpersonation xmlns:t="urn:x">'),
    ),
    refused(
      't is another namespace in ConnectingSID',
      ORDINARY.replace('<t:ConnectingSID>', '<t:ConnectingSID xmlns:t="urn:x">'),
    ),
    refused(
      't is another namespace in the address',
      ORDINARY.replace('<t:PrimarySmtpAddress>', '<t:PrimarySmtpAddress xmlns:t="urn:x">'),
    ),
    refused(
      'm is another namespace at the operation',
      ORDINARY.replace('<m:GetFolder>', '<m:GetFolder xmlns:m="urn:x">'),
    ),
    refused(
      'the operation in the types namespace',
      ORDINARY.replaceAll('m:GetFolder', 't:GetFolder'),
    ),
    refused('the operation in no namespace', ORDINARY.replaceAll('m:GetFolder', 'GetFolder')),
    refused(
      'the operation in the SOAP namespace',
      ORDINARY.replaceAll('m:GetFolder', 's:GetFolder'),
    ),
    refused('a prefix that nobody declared', ORDINARY.replaceAll('m:GetFolder', 'x:GetFolder')),
    refused('a prefix undeclared', ORDINARY.replace('<m:GetFolder>', '<m:GetFolder xmlns:t="">')),
    refused('xmlns as a prefix', ORDINARY.replaceAll('m:', 'xmlns:')),
    refused(
      'xml as another namespace',
      ORDINARY.replace('<m:GetFolder>', '<m:GetFolder xmlns:xml="urn:x">'),
    ),
    refused(
      'xmlns declared',
      ORDINARY.replace('<m:GetFolder>', '<m:GetFolder xmlns:xmlns="urn:x">'),
    ),
    refused(
      'a prefix declared twice',
      ORDINARY.replace('<m:GetFolder>', '<m:GetFolder xmlns:q="urn:x" xmlns:q="urn:y">'),
    ),
    refused(
      'an attribute twice by namespace',
      requestOf(`<m:GetFolder xmlns:a="urn:x" xmlns:b="urn:x" a:c="1" b:c="2"/>`),
    ),
    refused('two colons', ORDINARY.replaceAll('m:GetFolder', 'm:x:GetFolder')),
    refused('a colon first', ORDINARY.replaceAll('m:GetFolder', ':GetFolder')),
    refused('a namespace with a slash more', ORDINARY.replace(MESSAGES_NS, `${MESSAGES_NS}/`)),
    refused('a namespace in capitals', ORDINARY.replace(MESSAGES_NS, MESSAGES_NS.toUpperCase())),
    refused('a namespace with a blank', ORDINARY.replace(MESSAGES_NS, `${MESSAGES_NS} `)),
    harmless(
      'a namespace by references',
      ORDINARY.replace(MESSAGES_NS, MESSAGES_NS.replace('m', '&#109;')),
    ),
    harmless(
      'a default namespace',
      requestOf(`<GetFolder xmlns="${MESSAGES_NS}"><FolderShape/><FolderIds/></GetFolder>`),
    ),
    harmless(
      'the header under a default namespace',
      withHeader(
        IMPERSONATION.replaceAll('t:', '').replace(
          '<ExchangeImpersonation',
          `<ExchangeImpersonation xmlns="${TYPES_NS}"`,
        ),
      ),
    ),
    harmless(
      'SOAP under the default namespace',
      ORDINARY.replace('xmlns:s=', 'xmlns=')
        .replaceAll('s:', m => (m === 's:' ? '' : m))
        .replaceAll('xmln:', 'xmlns:'),
    ),
  ]
}

/** Other people's mailboxes, said in ways that could be overlooked. */
function bodies(): Attack[] {
  const folder = (inside: string, attributes = ' Id="inbox"') =>
    requestOf(
      `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId${attributes}>${inside}</t:DistinguishedFolderId></m:FolderIds></m:GetFolder>`,
    )
  const mailbox = (inside: string) => folder(`<t:Mailbox>${inside}</t:Mailbox>`)
  const address = (value: string) => `<t:EmailAddress>${value}</t:EmailAddress>`
  return [
    refused('the CEO’s inbox', mailbox(address(CEO))),
    refused('by references', mailbox(address('&#99;eo&#x40;example.com'))),
    refused('by his alias', mailbox(address('boss@example.com'))),
    refused('by CDATA', mailbox(address(`<![CDATA[${CEO}]]>`))),
    refused('split by a comment', mailbox(address('user@example.com<!-- -->'))),
    refused('two addresses, his last', mailbox(address('user@example.com') + address(CEO))),
    refused('two addresses, his first', mailbox(address(CEO) + address('user@example.com'))),
    refused(
      'two Mailboxes',
      folder(
        `<t:Mailbox>${address('user@example.com')}</t:Mailbox><t:Mailbox>${address(CEO)}</t:Mailbox>`,
      ),
    ),
    refused('a Mailbox in a Mailbox', mailbox(`<t:Mailbox>${address(CEO)}</t:Mailbox>`)),
    refused(
      'in the messages namespace',
      folder(`<m:Mailbox><m:EmailAddress>${CEO}</m:EmailAddress></m:Mailbox>`),
    ),
    refused(
      'under a default namespace',
      folder(`<Mailbox xmlns="${TYPES_NS}"><EmailAddress>${CEO}</EmailAddress></Mailbox>`),
    ),
    refused(
      'under another prefix',
      folder(
        `<q:Mailbox xmlns:q="${TYPES_NS}"><q:EmailAddress>${CEO}</q:EmailAddress></q:Mailbox>`,
      ),
    ),
    refused('in no namespace', folder(`<Mailbox><EmailAddress>${CEO}</EmailAddress></Mailbox>`)),
    refused('a Mailbox without an address', mailbox('')),
    refused('an empty address', mailbox(address(''))),
    refused('the service account', mailbox(address('svc-gateway@example.com'))),
    refused('the neutral mailbox', mailbox(address('neutral@example.com'))),
    refused('nobody', mailbox(address('nobody@example.com'))),
    refused('another user that the role can impersonate', mailbox(address('alice@example.com'))),
    refused('an attribute with a prefix', folder('', ' t:Id="inbox"')),
    refused(
      'a type of one’s own',
      folder(
        '',
        ' Id="inbox" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="t:FolderIdType"',
      ),
    ),
    harmless('his own inbox', mailbox(address('alias@example.com'))),
    refused(
      'a push subscription',
      requestOf(
        '<m:Subscribe><m:PushSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds><t:URL>http://evil/</t:URL></m:PushSubscriptionRequest></m:Subscribe>',
      ),
    ),
    refused(
      'permissions',
      requestOf(
        '<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId Id="A"/><t:Updates><t:SetFolderField><t:FieldURI FieldURI="folder:PermissionSet"/><t:Folder><t:PermissionSet/></t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>',
      ),
    ),
    ...[
      'GetClientAccessToken',
      'UpdateInboxRules',
      'InstallApp',
      'SetTeamMailbox',
      'Getfolder',
      'DeleteEverything',
      '__proto__',
      'constructor',
    ].map(name => refused(`the operation ${name}`, requestOf(`<m:${name}/>`))),
  ]
}
