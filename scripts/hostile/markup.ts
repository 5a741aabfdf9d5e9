/**
 * Requests that are not well-formed, or that use markup which no EWS client needs.
 *
 * @module
 */

import {
  CREATE_ITEM,
  type Document,
  edit,
  GET_FOLDER,
  NAMESPACES,
  padding,
  withSid,
} from './parts.ts'

const XML = '<?xml version="1.0" encoding="utf-8"?>'
const malformed = (what: string, content: string): Document => [
  `envelope-malformed--${what}`,
  content,
]
const declaration = (text: string) => edit(GET_FOLDER, XML, text)
const doctype = (text: string, subject = 'Quarterly report') =>
  edit(edit(CREATE_ITEM, `${XML}\n`, `${XML}\n${text}`), 'Quarterly report', subject)
const subject = (text: string) => edit(CREATE_ITEM, 'Quarterly report', text)
const address = (text: string) => withSid(`<t:SmtpAddress>${text}</t:SmtpAddress>`)
const inHeader = (text: string) => edit(GET_FOLDER, '<s:Header>', `<s:Header>${text}`)
const beforeBody = (text: string) => edit(GET_FOLDER, '<s:Body>', `${text}<s:Body>`)
const beforeOperation = (text: string) => edit(GET_FOLDER, '<s:Body>', `<s:Body>${text}`)
const inOperation = (text: string) => edit(GET_FOLDER, '<m:FolderIds>', `${text}<m:FolderIds>`)
const afterOperation = (text: string) => edit(GET_FOLDER, '</m:GetFolder>', `</m:GetFolder>${text}`)
const afterBody = (text: string) => edit(GET_FOLDER, '</s:Body>', `</s:Body>${text}`)

const DECLARATIONS: readonly Document[] = [
  malformed('xml-1.1', declaration('<?xml version="1.1" encoding="utf-8"?>')),
  malformed('xml-2.0', declaration('<?xml version="2.0" encoding="utf-8"?>')),
  malformed('declaration-without-version', declaration('<?xml encoding="utf-8"?>')),
  malformed('declaration-in-wrong-order', declaration('<?xml encoding="utf-8" version="1.0"?>')),
  malformed(
    'declaration-with-standalone-maybe',
    declaration('<?xml version="1.0" standalone="maybe"?>'),
  ),
  malformed(
    'declaration-with-unknown-attribute',
    declaration('<?xml version="1.0" encoding="utf-8" x="y"?>'),
  ),
  malformed(
    'declaration-with-doubled-encoding',
    declaration('<?xml version="1.0" encoding="utf-8" encoding="utf-8"?>'),
  ),
  malformed('declaration-unquoted', declaration('<?xml version=1.0?>')),
  malformed('declaration-with-mixed-quotes', declaration(`<?xml version="1.0' encoding='utf-8"?>`)),
  malformed('declaration-closed-like-a-tag', declaration('<?xml version="1.0">')),
  malformed('declaration-in-capitals', declaration('<?XML version="1.0"?>')),
  malformed('declaration-after-blank', ` ${GET_FOLDER}`),
  malformed('declaration-after-line-break', `\n${GET_FOLDER}`),
  malformed('declaration-after-comment', `<!-- x -->${GET_FOLDER}`),
  malformed('second-declaration', declaration(`${XML}${XML}`)),
  malformed('declaration-in-header', inHeader(XML)),
]

const DTDS: readonly Document[] = [
  malformed('doctype', doctype('<!DOCTYPE Envelope>')),
  malformed(
    'doctype-with-system-id',
    doctype('<!DOCTYPE Envelope SYSTEM "http://127.0.0.1/x.dtd">'),
  ),
  malformed('doctype-with-public-id', doctype('<!DOCTYPE Envelope PUBLIC "-//x//y" "x.dtd">')),
  malformed('doctype-in-lower-case', doctype('<!doctype Envelope>')),
  malformed(
    'doctype-with-internal-entity',
    doctype('<!DOCTYPE x [<!ENTITY u "user@example.com">]>', '&u;'),
  ),
  malformed(
    'doctype-with-external-entity',
    doctype('<!DOCTYPE x [<!ENTITY u SYSTEM "file:///etc/passwd">]>', '&u;'),
  ),
  malformed(
    'doctype-with-parameter-entity',
    doctype('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/p"> %p;]>'),
  ),
  malformed(
    'doctype-with-billion-laughs',
    doctype(
      '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
      '&c;',
    ),
  ),
  malformed(
    'doctype-with-default-attribute',
    doctype('<!DOCTYPE x [<!ATTLIST t:DistinguishedFolderId Id CDATA "root">]>'),
  ),
  malformed(
    'doctype-that-redefines-lt',
    doctype('<!DOCTYPE x [<!ENTITY lt "&#38;#60;">]>', 'a &lt; b'),
  ),
  malformed('doctype-before-declaration', `<!DOCTYPE x>${GET_FOLDER}`),
  malformed('doctype-in-header', inHeader('<!DOCTYPE x>')),
  malformed('doctype-in-operation', inOperation('<!DOCTYPE x>')),
  malformed('doctype-after-envelope', `${GET_FOLDER}<!DOCTYPE x>`),
  malformed('entity-declaration-in-header', inHeader('<!ENTITY a "b">')),
]

const INSTRUCTIONS: readonly Document[] = [
  malformed(
    'instruction-before-envelope',
    edit(GET_FOLDER, '<s:Envelope', '<?php x ?><s:Envelope'),
  ),
  malformed(
    'stylesheet-before-envelope',
    edit(GET_FOLDER, '<s:Envelope', '<?xml-stylesheet href="x.xsl"?><s:Envelope'),
  ),
  malformed('instruction-in-header', inHeader('<?x?>')),
  malformed('instruction-before-body', beforeBody('<?x y?>')),
  malformed('instruction-before-operation', beforeOperation('<?x?>')),
  malformed('instruction-in-operation', inOperation('<?x?>')),
  malformed('instruction-in-subject', subject('a<?x?>b')),
  malformed('instruction-in-address', address('user@example.com<?x?>.evil')),
  malformed('instruction-after-operation', afterOperation('<?x?>')),
  malformed('instruction-after-envelope', `${GET_FOLDER}<?x?>`),
]

const COMMENTS: readonly Document[] = [
  malformed('comment-in-operation', inOperation('<!-- x -->')),
  malformed(
    'comment-at-start-of-operation',
    edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder><!---->'),
  ),
  malformed('comment-in-subject', subject('a<!-- x -->b')),
  malformed(
    'comment-in-selector-value',
    edit(
      GET_FOLDER,
      'Id="inbox"/>',
      'Id="inbox"><t:Mailbox><t:EmailAddress>user@example.com<!-- -->.evil</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>',
    ),
  ),
  malformed(
    'comment-that-hides-an-end-tag',
    inOperation('<!-- </m:GetFolder></s:Body></s:Envelope> -->'),
  ),
  malformed('comment-after-operation', afterOperation('<!-- x -->')),
  malformed('comment-after-body', afterBody('<!-- x -->')),
  malformed('comment-after-envelope', `${GET_FOLDER}<!-- x -->`),
  malformed('comment-with-two-hyphens', beforeBody('<!-- a -- b -->')),
  malformed('comment-with-three-hyphens-at-its-end', beforeBody('<!-- a --->')),
  malformed('comment-closed-at-once', beforeBody('<!-->')),
  malformed('comment-closed-after-a-hyphen', beforeBody('<!--->')),
  malformed('comment-with-a-hyphen-missing', beforeBody('<!- x -->')),
  malformed('comment-never-closed', beforeBody('<!-- x ')),
  malformed('comment-inside-a-tag', edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder <!-- x -->>')),
]

const CDATAS: readonly Document[] = [
  malformed('cdata-before-envelope', edit(GET_FOLDER, '<s:Envelope', '<![CDATA[]]><s:Envelope')),
  malformed('cdata-between-headers', inHeader('<![CDATA[ ]]>')),
  malformed('cdata-before-body', beforeBody('<![CDATA[]]>')),
  malformed('cdata-before-operation', beforeOperation('<![CDATA[ ]]>')),
  malformed('cdata-after-operation', afterOperation('<![CDATA[ ]]>')),
  malformed('cdata-after-body', afterBody('<![CDATA[]]>')),
  malformed('cdata-after-envelope', `${GET_FOLDER}<![CDATA[]]>`),
  malformed('cdata-never-closed', subject('<![CDATA[ x ')),
  malformed('cdata-in-lower-case', subject('<![cdata[x]]>')),
  malformed('cdata-with-a-blank', subject('<![CDATA [x]]>')),
  malformed('cdata-end-without-start', subject('a ]]> b')),
  malformed('conditional-section', subject('<![INCLUDE[x]]>')),
]

const REFERENCES: readonly Document[] = [
  ...Object.entries({
    'unknown-entity': '&nbsp;',
    'entity-in-capitals': '&AMP;',
    'entity-without-semicolon': '&amp b',
    'bare-ampersand': 'R & D',
    'empty-reference': 'a&;b',
    'reference-to-nul': '&#0;',
    'reference-to-control-character': '&#x1;',
    'reference-to-surrogate': '&#xD800;',
    'reference-to-surrogate-pair': '&#xD83D;&#xDE00;',
    'reference-to-noncharacter': '&#xFFFE;',
    'reference-beyond-unicode': '&#x110000;',
    'reference-that-overflows': '&#4294967361;',
    'reference-without-digits': '&#;',
    'hexadecimal-reference-without-digits': '&#x;',
    'reference-with-capital-x': '&#X41;',
    'reference-with-bad-digits': '&#6A;',
    'reference-with-bad-hexadecimal-digits': '&#xG;',
    'reference-with-sign': '&#-65;',
    'reference-with-blank': '&#65 ;',
    'reference-without-semicolon': '&#65',
  }).map(([what, text]) => malformed(`${what}-in-subject`, subject(text))),
  malformed('unknown-entity-in-address', address('user&at;example.com')),
  malformed('unknown-entity-in-attribute', edit(GET_FOLDER, '"inbox"', '"in&box;"')),
  malformed('bare-ampersand-in-attribute', edit(GET_FOLDER, '"inbox"', '"in & out"')),
  malformed('reference-to-control-character-in-attribute', edit(GET_FOLDER, '"inbox"', '"&#x2;"')),
  malformed('reference-between-elements', inHeader('&#32;')),
  malformed('reference-after-operation', afterOperation('&#x20;')),
]

const TAGS: readonly Document[] = [
  malformed('end-tag-missing', edit(GET_FOLDER, '</m:FolderIds>', '')),
  malformed('end-tag-of-another-element', edit(GET_FOLDER, '</m:FolderIds>', '</m:FolderShapes>')),
  malformed(
    'end-tag-with-another-prefix-of-the-same-namespace',
    edit(
      edit(
        GET_FOLDER,
        '<s:Envelope ',
        '<s:Envelope xmlns:n="http://schemas.microsoft.com/exchange/services/2006/messages" ',
      ),
      '</m:GetFolder>',
      '</n:GetFolder>',
    ),
  ),
  malformed('end-tag-in-another-case', edit(GET_FOLDER, '</m:GetFolder>', '</m:getfolder>')),
  malformed(
    'end-tags-crossed',
    edit(GET_FOLDER, '</t:BaseShape></m:FolderShape>', '</m:FolderShape></t:BaseShape>'),
  ),
  malformed('end-tag-too-many', edit(GET_FOLDER, '</m:GetFolder>', '</m:GetFolder></m:GetFolder>')),
  malformed('end-tag-with-attribute', edit(GET_FOLDER, '</m:GetFolder>', '</m:GetFolder x="y">')),
  malformed('end-tag-with-slash', edit(GET_FOLDER, '</m:GetFolder>', '</m:GetFolder/>')),
  malformed(
    'end-tag-with-blank-before-name',
    edit(GET_FOLDER, '</m:GetFolder>', '</ m:GetFolder>'),
  ),
  malformed('end-tag-of-envelope-missing', edit(GET_FOLDER, '</s:Envelope>', '')),
  malformed('end-tag-of-body-missing', edit(GET_FOLDER, '</s:Body>', '')),
  malformed('end-tag-of-operation-missing', edit(GET_FOLDER, '</m:GetFolder>', '')),
  malformed('end-tag-of-body-with-another-name', edit(GET_FOLDER, '</s:Body>', '</s:Boddy>')),
  malformed('end-tag-of-envelope-cut', GET_FOLDER.slice(0, -1)),
  malformed(
    'start-tag-with-blank-before-name',
    edit(GET_FOLDER, '<m:GetFolder>', '< m:GetFolder>'),
  ),
  malformed(
    'start-tag-in-start-tag',
    edit(GET_FOLDER, '<m:GetFolder>', '<m:GetFolder <m:FolderShape/>>'),
  ),
  malformed('slash-in-start-tag', edit(GET_FOLDER, '<m:FolderIds>', '<m:FolderIds / >')),
  malformed(
    'shorttag',
    edit(GET_FOLDER, '<t:BaseShape>Default</t:BaseShape>', '<t:BaseShape/Default/'),
  ),
  malformed('empty-end-tag', edit(GET_FOLDER, '</t:BaseShape>', '</>')),
  malformed('less-than-in-text', subject('a < b')),
  malformed('less-than-in-attribute', edit(GET_FOLDER, '"inbox"', '"in<box"')),
  malformed('attribute-without-value', edit(GET_FOLDER, 'Id="inbox"', 'Id')),
  malformed('attribute-without-quotes', edit(GET_FOLDER, 'Id="inbox"', 'Id=inbox')),
  malformed('attribute-with-mixed-quotes', edit(GET_FOLDER, 'Id="inbox"', `Id="inbox'`)),
  malformed('attribute-never-closed', edit(GET_FOLDER, 'Id="inbox"/>', 'Id="inbox/>')),
  malformed(
    'attributes-without-blank-between',
    edit(GET_FOLDER, 'Id="inbox"', 'Id="inbox"ChangeKey="x"'),
  ),
  malformed('attribute-doubled', edit(GET_FOLDER, 'Id="inbox"', 'Id="inbox" Id="root"')),
  malformed(
    'attribute-doubled-with-other-quotes',
    edit(GET_FOLDER, 'Id="inbox"', `Id='inbox' Id="inbox"`),
  ),
  malformed('attribute-named-by-a-digit', edit(GET_FOLDER, 'Id="inbox"', 'Id="inbox" 1="x"')),
  malformed('attribute-without-name', edit(GET_FOLDER, 'Id="inbox"', 'Id="inbox" ="x"')),
  malformed('element-named-by-a-digit', inOperation('<m:1/>')),
  malformed('element-named-by-a-hyphen', inOperation('<m:-a/>')),
  malformed('element-named-with-a-bad-character', inOperation('<m:a%b/>')),
  malformed('element-named-with-a-multiplication-sign', inOperation('<m:a×b/>')),
  malformed('element-with-two-colons', inOperation('<m:a:b/>')),
  malformed('element-with-empty-prefix', inOperation('<:a/>')),
  malformed('element-with-empty-local-name', inOperation('<m:/>')),
  malformed('attribute-with-two-colons', edit(GET_FOLDER, 'Id="inbox"', 'Id="inbox" xsi:a:b="x"')),
  malformed('text-before-envelope', edit(GET_FOLDER, '<s:Envelope', 'x<s:Envelope')),
  malformed('text-after-envelope', `${GET_FOLDER}x`),
  malformed('second-envelope', GET_FOLDER + edit(GET_FOLDER, `${XML}\n`, '')),
  malformed('second-document', GET_FOLDER + GET_FOLDER),
  malformed('element-after-envelope', `${GET_FOLDER}<x/>`),
  malformed('end-tag-after-envelope', `${GET_FOLDER}</s:Envelope>`),
  malformed('less-than-after-envelope', `${GET_FOLDER}<`),
  malformed('nothing', ''),
  malformed('blanks-only', ' \n '),
  malformed('declaration-only', XML),
  malformed('less-than-only', '<'),
  malformed('json', '{"Body":{"GetFolder":{}}}'),
  malformed('multipart', `--b\r\nContent-Type: application/xop+xml\r\n\r\n${GET_FOLDER}\r\n--b--`),
  malformed('envelope-closed-at-once', `<s:Envelope ${NAMESPACES}/>`),
  ...[0.2, 0.5, 0.8].map(share =>
    malformed(`cut-at-${share * 100}-percent`, GET_FOLDER.slice(0, GET_FOLDER.length * share)),
  ),
]

const LIMITS: readonly Document[] = [
  malformed('too-deep', inOperation('<t:And>'.repeat(80) + '</t:And>'.repeat(80))),
  malformed('far-too-deep', inOperation('<t:And>'.repeat(4000) + '</t:And>'.repeat(4000))),
  malformed('too-deep-and-never-closed', edit(GET_FOLDER, '<m:FolderIds>', '<t:And>'.repeat(1000))),
  malformed(
    'too-many-attributes',
    edit(GET_FOLDER, 'Id="inbox"', Array.from({ length: 300 }, (_, n) => `a${n}="x"`).join(' ')),
  ),
  malformed(
    'too-many-namespace-declarations',
    edit(
      GET_FOLDER,
      '<s:Envelope ',
      `<s:Envelope ${Array.from({ length: 300 }, (_, n) => `xmlns:n${n}="urn:${n}"`).join(' ')} `,
    ),
  ),
  malformed('element-name-too-long', inOperation(`<m:${padding('a', 1100)}/>`)),
  malformed(
    'prefix-too-long',
    edit(GET_FOLDER, '<s:Envelope ', `<s:Envelope xmlns:${padding('p', 1100)}="urn:x" `),
  ),
  malformed(
    'attribute-name-too-long',
    edit(GET_FOLDER, 'Id="inbox"', `Id="inbox" ${padding('a', 1100)}="x"`),
  ),
  malformed('name-that-never-ends', edit(GET_FOLDER, '<m:FolderIds>', `<m:${padding('a', 5000)}`)),
  malformed('prologue-too-long-by-comment', inHeader(`<!-- ${padding('x', 66000)} -->`)),
  malformed('prologue-too-long-by-blanks', inHeader(padding(' ', 66000))),
  malformed(
    'prologue-too-long-before-envelope',
    edit(GET_FOLDER, '<s:Envelope', `${padding('\n', 66000)}<s:Envelope`),
  ),
  malformed('prologue-too-long-in-body', beforeOperation(padding(' ', 66000))),
  malformed(
    'prologue-too-long-by-namespace',
    edit(GET_FOLDER, '<s:Envelope ', `<s:Envelope xmlns:x="urn:${padding('x', 66000)}" `),
  ),
  malformed('prologue-too-long-by-address', address(padding('a', 66000))),
  malformed('white-space-too-long-after-operation', afterOperation(padding(' ', 66000))),
  malformed('white-space-too-long-after-body', afterBody(padding('\r\n', 66000))),
  malformed('white-space-too-long-after-envelope', GET_FOLDER + padding('\t', 66000)),
  malformed(
    'white-space-too-long-in-sum',
    afterBody(padding(' ', 30000)).replace('</s:Body>', `${padding(' ', 30000)}</s:Body>`) +
      padding(' ', 30000),
  ),
  malformed(
    'white-space-too-long-in-end-tag-of-body',
    edit(GET_FOLDER, '</s:Body>', `</s:Body${padding(' ', 66000)}>`),
  ),
]

export const MARKUP: readonly Document[] = [
  ...DECLARATIONS,
  ...DTDS,
  ...INSTRUCTIONS,
  ...COMMENTS,
  ...CDATAS,
  ...REFERENCES,
  ...TAGS,
  ...LIMITS,
]
