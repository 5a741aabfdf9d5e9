/**
 * Who is meant, said twice or otherwise: spoofing, actors, duplicates and signature wrapping.
 *
 * @module
 */

import { SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { type Attack, refused } from './attack.ts'
import { GET_FOLDER, IMPERSONATION, requestOf } from './seeds.ts'

export const CEO = 'ceo@example.com'
export const SOAP12_NS = 'http://www.w3.org/2003/05/soap-envelope'
const impersonation = (inside: string, attributes = '') =>
  `<t:ExchangeImpersonation${attributes}><t:ConnectingSID>${inside}</t:ConnectingSID></t:ExchangeImpersonation>`
const as = (value: string, kind = 'PrimarySmtpAddress') =>
  impersonation(`<t:${kind}>${value}</t:${kind}>`)
export const withHeader = (header: string) => requestOf(GET_FOLDER, { header })
const ORDINARY = requestOf(GET_FOLDER)

export function identityAttacks(): Attack[] {
  return [...names(), ...duplicates(), ...actors(), ...wrapping()]
}

/** Names the CEO, and other users that the role cannot impersonate, in many spellings. */
function names(): Attack[] {
  return [
    ...[
      CEO,
      'CEO@EXAMPLE.COM',
      'boss@example.com',
      `${CEO} `,
      ` ${CEO}`,
      `\n${CEO}\n`,
      `${CEO}.`,
      `SMTP:${CEO}`,
      `smtp:${CEO}`,
      `mailto:${CEO}`,
      `"ceo"@example.com`,
      `&lt;${CEO}&gt;`,
      `CEO &lt;${CEO}&gt;`,
      `ceo(x)@example.com`,
      `ceo+x@example.com`,
      `ceo@[127.0.0.1]`,
      `ceo&#64;example.com`,
      `c&#x65;o@example.com`,
      `ceo＠example.com`,
      `ⓒeo@example.com`,
      `ｃｅｏ@example.com`,
      `ceo@example。com`,
      `ceo@exampİe.com`,
      `ceo\u{200b}@example.com`,
      `ceo\u{ad}@example.com`,
      `ceo\u{202e}@example.com`,
      `ceo@example.com\u{0}`,
      `ceo%40example.com`,
      `user@example.com,${CEO}`,
      `user@example.com;${CEO}`,
      `user@example.com ${CEO}`,
      `user@example.com\r\n${CEO}`,
      'svc-gateway@example.com',
      'SVC-GATEWAY@example.com',
      'neutral@example.com',
      'CORP\\ceo',
      'ceo',
      '*',
      '%',
      "' OR 1=1 --",
      '*)(mail=*',
      '',
      ' ',
    ].flatMap(value => [
      refused(`SmtpAddress ${JSON.stringify(value)}`, withHeader(as(value, 'SmtpAddress'))),
      refused(`PrimarySmtpAddress ${JSON.stringify(value)}`, withHeader(as(value))),
    ]),
    refused(
      'the SID of the CEO',
      withHeader(as('S-1-5-21-1111111111-2222222222-3333333333-1105', 'SID')),
    ),
    refused('his principal name', withHeader(as('ceo@corp.example.com', 'PrincipalName'))),
    refused('his address as a SID', withHeader(as(CEO, 'SID'))),
    refused('an empty header', withHeader('<t:ExchangeImpersonation/>')),
    refused('an empty ConnectingSID', withHeader(impersonation(''))),
    refused('no header at all', withHeader('')),
  ]
}

function duplicates(): Attack[] {
  const [user, ceo] = [as('user@example.com'), as(CEO)]
  const child = (value: string, kind: string) => `<t:${kind}>${value}</t:${kind}>`
  const kinds = ['PrincipalName', 'SID', 'PrimarySmtpAddress', 'SmtpAddress']
  return [
    ...[
      user + user,
      user + ceo,
      ceo + user,
      `${user}<t:MailboxCulture>en-US</t:MailboxCulture>${ceo}`,
    ].map((header, at) => refused(`two impersonations, ${at}`, withHeader(header))),
    ...kinds.flatMap(one =>
      kinds.map(other =>
        refused(
          `${one} and ${other}`,
          withHeader(impersonation(child('user@example.com', one) + child(CEO, other))),
        ),
      ),
    ),
    refused(
      'two ConnectingSIDs',
      withHeader(
        `<t:ExchangeImpersonation>${user.slice(25, -26)}${ceo.slice(25, -26)}</t:ExchangeImpersonation>`,
      ),
    ),
    refused(
      'one inside the other',
      withHeader(user.replace('<t:ConnectingSID>', `${ceo}<t:ConnectingSID>`)),
    ),
    ...[
      ['a comment', '<!-- -->'],
      ['CDATA', '<![CDATA[x]]>'],
      ['an empty CDATA section', '<![CDATA[]]>'],
      ['an instruction', '<?x y?>'],
      ['an element', '<t:x/>'],
    ].map(([what, put]) =>
      refused(`an address split by ${what}`, withHeader(as(`us${put}er@example.com`))),
    ),
    ...[
      'RequestServerVersion Version="Exchange2010"',
      'RequestServerVersion Version="Exchange2016"',
    ].map(header => refused(`${header} twice`, withHeader(`${user}<t:${header}/>`))),
    ...['MailboxCulture>en-US', 'DateTimePrecision>Seconds'].map(header => {
      const element = `<t:${header}</t:${header.split('>')[0]}>`
      return refused(`${header} twice`, withHeader(user + element + element))
    }),
  ]
}

/** Headers that a server would overlook or must not. */
function actors(): Attack[] {
  const routed = [SOAP_NS, SOAP12_NS, TYPES_NS].flatMap(uri =>
    ['actor', 'role', 'mustUnderstand', 'encodingStyle', 'relay'].map(
      name => [`x:${name}`, uri] as const,
    ),
  )
  const values = ['urn:x', 'http://schemas.xmlsoap.org/soap/actor/next', '', '1']
  const attribute = (attributes: string) =>
    withHeader(impersonation('<t:SmtpAddress>user@example.com</t:SmtpAddress>', attributes))
  return [
    ...routed.flatMap(([name, uri]) =>
      values.map(value =>
        refused(
          `${name} of ${uri} is "${value}"`,
          attribute(` xmlns:x="${uri}" ${name}="${value}"`),
        ),
      ),
    ),
    ...['actor', 'role', 'mustUnderstand', 'Id', 'xml:lang', 'xml:base'].map(name =>
      refused(`the attribute ${name}`, attribute(` ${name}="en"`)),
    ),
    refused(
      'an actor, and another header without',
      withHeader(
        as(CEO) +
          as('user@example.com').replace(
            '<t:ExchangeImpersonation',
            '<t:ExchangeImpersonation s:actor="urn:x"',
          ),
      ),
    ),
    ...['type="t:SID"', 'nil="true"'].map(name =>
      refused(
        `xsi:${name}`,
        attribute(` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:${name}`),
      ),
    ),
    refused(
      'an actor on the version',
      withHeader(IMPERSONATION).replace(
        'Version="Exchange2016"',
        'Version="Exchange2016" s:actor="urn:x"',
      ),
    ),
    refused('an actor on the Header', ORDINARY.replace('<s:Header>', '<s:Header s:actor="urn:x">')),
    refused(
      'an encoding on the Envelope',
      ORDINARY.replace('<s:Envelope', '<s:Envelope s:encodingStyle="x"'),
    ),
    refused('an attribute on the Body', ORDINARY.replace('<s:Body>', '<s:Body Id="x">')),
  ]
}

/** Signature wrapping: the signed body is not in the place of the body that runs. */
function wrapping(): Attack[] {
  const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'
  const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd'
  const DS = 'http://www.w3.org/2000/09/xmldsig#'
  const signature = (inside = '') =>
    `<d:Signature xmlns:d="${DS}"><d:SignedInfo><d:Reference URI="#b"/></d:SignedInfo>${inside}</d:Signature>`
  const security = (inside: string) => `<w:Security xmlns:w="${WSSE}">${inside}</w:Security>`
  const signed = `<s:Body xmlns:u="${WSU}" u:Id="b">${GET_FOLDER}</s:Body>`
  return [
    refused('a signature', withHeader(IMPERSONATION + security(signature()))),
    refused(
      'the signed Body in the header',
      withHeader(`${IMPERSONATION + security(signature())}<x>${signed}</x>`),
    ),
    refused(
      'the signed Body in the signature',
      withHeader(IMPERSONATION + security(signature(`<d:Object>${signed}</d:Object>`))),
    ),
    refused(
      'the signed Body in the Security',
      withHeader(IMPERSONATION + security(signature() + signed)),
    ),
    refused(
      'the signed Body as a sibling',
      ORDINARY.replace('<s:Body>', () => `${signed}<s:Body>`),
    ),
    refused(
      'the signed Body behind',
      ORDINARY.replace('</s:Body>', () => `</s:Body>${signed}`),
    ),
    refused('the signed Body in the Body', requestOf(signed)),
    refused('the signed Body in the operation', requestOf(`<m:GetFolder>${signed}</m:GetFolder>`)),
    refused(
      'an Id on the Body',
      ORDINARY.replace('<s:Body>', `<s:Body xmlns:u="${WSU}" u:Id="b">`),
    ),
    refused(
      'an Id on the operation',
      ORDINARY.replace('<m:GetFolder', `<m:GetFolder xmlns:u="${WSU}" u:Id="b"`),
    ),
    refused('an impersonation in the signature', withHeader(security(signature(IMPERSONATION)))),
    refused(
      'SAML',
      withHeader(
        IMPERSONATION + security('<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"/>'),
      ),
    ),
    refused(
      'a user name token',
      withHeader(
        IMPERSONATION + security('<w:UsernameToken><w:Username>ceo</w:Username></w:UsernameToken>'),
      ),
    ),
  ]
}
