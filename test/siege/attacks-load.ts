/**
 * Documents that cost who reads them: the denial-of-service families of WS-Attacker.
 *
 * @see https://github.com/RUB-NDS/WS-Attacker
 * @module
 */

import { SOAP_NS } from '../../src/model/envelope.ts'
import { type Attack, harmless, refused } from './attack.ts'
import { GET_FOLDER, IMPERSONATION, requestOf } from './seeds.ts'

const SUBJECT = '<t:Subject>x</t:Subject>'
const withSubject = (inside: string) =>
  requestOf(
    `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message>${inside}</t:Message></m:Items></m:CreateItem>`,
  )
const MEBI = 1_048_576

/** @param scale - 1, or less for documents that are so much smaller */
export function loadAttacks(scale: number): Attack[] {
  return [...nesting(), ...oversized(scale), ...counts(scale), ...collisions(), ...entities()]
}

/** Coercive parsing. */
function nesting(): Attack[] {
  const nested = (depth: number, tag = 't:a') =>
    `<${tag}>`.repeat(depth) + `</${tag}>`.repeat(depth)
  return [
    refused('100,000 elements inside one another', withSubject(nested(100_000))),
    refused('elements inside one another without end', withSubject('<t:a>'.repeat(500_000))),
    refused(
      '65 elements inside one another',
      requestOf(`<m:GetFolder>${nested(62)}</m:GetFolder>`),
    ),
    refused('100,000 elements in the header', requestOf(GET_FOLDER, { header: nested(100_000) })),
    refused('100,000 Envelopes', `<s:Envelope xmlns:s="${SOAP_NS}">`.repeat(100_000)),
    refused(
      'a SOAP array',
      withSubject(
        '<e:Array xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" e:arrayType="x[999999999]"/>',
      ),
    ),
    refused(
      'a SOAP array by attribute',
      requestOf(
        '<m:GetFolder xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" e:arrayType="x[999999999]"/>',
      ),
    ),
  ]
}

function oversized(scale: number): Attack[] {
  const most = Math.floor(8 * MEBI * scale)
  const long = (length: number) => 'a'.repeat(length)
  return [
    ...[1_025, 65_536, MEBI].flatMap(length => [
      refused(`an element name of ${length}`, withSubject(`<t:${long(length)}/>`)),
      refused(`an attribute name of ${length}`, withSubject(`<t:Subject ${long(length)}="x"/>`)),
      refused(`a prefix of ${length}`, withSubject(`<t:Subject xmlns:${long(length)}="x"/>`)),
      refused(`the operation's name of ${length}`, requestOf(`<m:${long(length)}/>`)),
      refused(
        `a name of ${length} in a header`,
        requestOf(GET_FOLDER, { header: `<t:${long(length)}/>` }),
      ),
    ]),
    ...[65_536, Math.max(65_537, most / 2)].flatMap(length => [
      refused(`an attribute of ${length}`, withSubject(`<t:Subject x="${long(length)}"/>`)),
      refused(`a namespace of ${length}`, withSubject(`<t:Subject xmlns:x="${long(length)}"/>`)),
      refused(
        `an address of ${length}`,
        requestOf(GET_FOLDER, { header: IMPERSONATION.replace('user', long(length)) }),
      ),
      refused(
        `blanks of ${length} before the operation`,
        requestOf(`${' '.repeat(length)}${GET_FOLDER}`),
      ),
      refused(
        `a comment of ${length}`,
        requestOf(GET_FOLDER, { declaration: `<!--${long(length)}-->` }),
      ),
      refused(`blanks of ${length} in a tag`, withSubject(`<t:Subject${' '.repeat(length)}/>`)),
      refused(
        `blanks of ${length} behind it all`,
        requestOf(GET_FOLDER, { tail: ' '.repeat(length + 9) }),
      ),
    ]),
    harmless('long text', withSubject(`<t:Subject>${long(most)}</t:Subject>`)),
    refused('long text, unfinished', withSubject(`<t:Subject>${long(most)}`)),
    refused('long text of "]"', withSubject(`<t:Subject>${']'.repeat(most)}>`)),
    harmless(
      'CDATA of "]"',
      withSubject(`<t:Subject><![CDATA[${']'.repeat(most / 2)}]]></t:Subject>`),
    ),
  ]
}

function counts(scale: number): Attack[] {
  const many = (count: number) => Math.floor(count * scale)
  const attributes = (count: number) =>
    Array.from({ length: count }, (_, at) => `a${at}="x"`).join(' ')
  const declarations = (count: number) =>
    Array.from({ length: count }, (_, at) => `xmlns:a${at}="urn:${at}"`).join(' ')
  return [
    ...[257, 5_000, many(100_000)].map(count =>
      refused(`${count} attributes`, withSubject(`<t:Subject ${attributes(count)}/>`)),
    ),
    harmless('250 attributes', withSubject(`<t:Subject ${attributes(250)}/>`)),
    ...[65, 5_000].map(count =>
      refused(`${count} declarations`, withSubject(`<t:Subject ${declarations(count)}/>`)),
    ),
    refused(
      'declarations one inside another',
      withSubject(
        Array.from({ length: 62 }, (_, at) => `<t:a xmlns:a${at}="u" xmlns:b${at}="u">`).join(''),
      ),
    ),
    harmless('many elements', withSubject('<t:a/>'.repeat(many(500_000)))),
    harmless(
      'many references',
      withSubject(`<t:Subject>${'&#x41;&amp;'.repeat(many(150_000))}</t:Subject>`),
    ),
    harmless(
      'many CDATA sections',
      withSubject(`<t:Subject>${'<![CDATA[]]>'.repeat(many(100_000))}</t:Subject>`),
    ),
    harmless(
      'many ids',
      requestOf(
        `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>${'<t:ItemId Id="AAMk="/>'.repeat(many(20_000))}</m:ItemIds></m:GetItem>`,
      ),
    ),
    refused(
      'many mailboxes',
      requestOf(
        `<m:GetFolder><m:FolderIds>${Array.from({ length: many(20_000) }, (_, at) => `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>u${at}@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`).join('')}</m:FolderIds></m:GetFolder>`,
      ),
    ),
    refused(
      '100,000 headers',
      requestOf(GET_FOLDER, {
        header: '<t:MailboxCulture>en-US</t:MailboxCulture>'.repeat(100_000),
      }),
    ),
    refused('100,000 comments', requestOf(GET_FOLDER, { declaration: '<!---->'.repeat(100_000) })),
  ]
}

/** Names that have the same hash: times 31, times 33 and added, times 33 and combined by XOR. */
function collisions(): Attack[] {
  return [
    ['DJBX31A', ['Aa', 'BB']],
    ['DJBX33A', ['Ez', 'FY']],
    ['DJBX33X', ['az', 'bY']],
  ].flatMap(([family, pair]) => {
    const names = words(pair as [string, string], 13)
    const attributes = (count: number) =>
      names
        .slice(0, count)
        .map(name => `${name}="x"`)
        .join(' ')
    return [
      refused(`${family}: 8,192 attributes`, withSubject(`<t:Subject ${attributes(8_192)}/>`)),
      harmless(`${family}: 256 attributes`, withSubject(`<t:Subject ${attributes(256)}/>`)),
      harmless(
        `${family}: 8,192 elements`,
        withSubject(names.map(name => `<t:${name}/>`).join('')),
      ),
      refused(
        `${family}: 8,192 headers`,
        requestOf(GET_FOLDER, { header: names.map(name => `<t:${name}/>`).join('') }),
      ),
    ]
  })
}

/** Returns all words with a number of syllables. */
function words([one, other]: readonly [string, string], syllables: number): string[] {
  return Array.from({ length: 2 ** syllables }, (_, number) =>
    Array.from({ length: syllables }, (_, at) => ((number >> at) & 1 ? one : other)).join(''),
  )
}

/** Entity expansion, external entities, and what else a document may have fetched. */
function entities(): Attack[] {
  const type = (inside: string, operation = GET_FOLDER) =>
    requestOf(operation, { declaration: `<?xml version="1.0"?><!DOCTYPE x [${inside}]>` })
  const used = withSubject('<t:Subject>&x;</t:Subject>').replace(/^/, '')
  const declaring = (inside: string) => `<?xml version="1.0"?><!DOCTYPE x [${inside}]>${used}`
  const laughs = Array.from(
    { length: 10 },
    (_, at) => `<!ENTITY l${at} "${at === 0 ? 'ha' : `&l${at - 1};`.repeat(10)}">`,
  ).join('')
  return [
    refused('an internal entity', declaring('<!ENTITY x "y">')),
    refused(
      'a billion laughs',
      type(`${laughs}<!ENTITY x "&l9;">`, '<m:GetFolder>&x;</m:GetFolder>'),
    ),
    refused(
      'quadratic blow-up',
      declaring(`<!ENTITY x "${'y'.repeat(50_000)}">`).replace('&x;', '&x;'.repeat(50_000)),
    ),
    refused('an entity in itself', declaring('<!ENTITY x "&x;">')),
    refused(
      'an entity in an attribute',
      type('<!ENTITY x "inbox">', GET_FOLDER.replace('"inbox"', '"&x;"')),
    ),
    refused(
      'an entity as the address',
      type('<!ENTITY x "ceo@example.com">').replace('user@example.com', '&x;'),
    ),
    ...[
      'file:///etc/passwd',
      'http://127.0.0.1:9/x',
      'ftp://127.0.0.1/x',
      'gopher://127.0.0.1/x',
      'jar:file:///x!/y',
      'netdoc:/etc/passwd',
      'php://filter/read=convert.base64-encode/resource=/etc/passwd',
      '\\\\evil\\share\\x',
      'expect://id',
      'data:text/plain,x',
    ].flatMap(uri => [
      refused(`an external entity at ${uri}`, declaring(`<!ENTITY x SYSTEM "${uri}">`)),
      refused(`a parameter entity at ${uri}`, declaring(`<!ENTITY % p SYSTEM "${uri}"> %p;`)),
      refused(`an external subset at ${uri}`, `<!DOCTYPE x SYSTEM "${uri}">${used}`),
    ]),
    refused(
      'a public identifier',
      `<!DOCTYPE x PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://x/">${used}`,
    ),
    refused('a document type in lower case', `<!doctype x>${used}`),
    refused('an attribute by default', type('<!ATTLIST t:Mailbox x CDATA "y">')),
    refused(
      'a stylesheet',
      requestOf(GET_FOLDER, { declaration: '<?xml-stylesheet href="http://x/"?>' }),
    ),
    refused('an instruction in the body', requestOf('<m:GetFolder><?php x?></m:GetFolder>')),
    refused('an entity that nobody declared', used),
    ...[
      'nbsp',
      'eacute',
      'AMP',
      'LT',
      'lt ',
      '',
      '#',
      '#x',
      '#0',
      '#x0',
      '#xD800',
      '#x110000',
      '#xFFFF',
      '#-1',
      '#x41',
      '#1e3',
    ].map(name =>
      (name === '#x41' ? harmless : refused)(
        `the reference &${name};`,
        used.replace('&x;', `&${name};`),
      ),
    ),
    refused(
      'XInclude',
      withSubject(
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>',
      ),
    ),
    refused(
      'XOP',
      withSubject(
        '<t:Body><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:x"/></t:Body>',
      ),
    ),
    refused(
      'a schema location',
      requestOf(
        GET_FOLDER.replace(
          '<m:GetFolder',
          '<m:GetFolder xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="x http://x/"',
        ),
      ),
    ),
    harmless('just a subject', withSubject(SUBJECT)),
  ]
}
