/**
 * Requests that two readers would decode differently.
 *
 * @module
 */

import { bytesOf, CREATE_ITEM, type Document, edit, GET_FOLDER, withSid } from './parts.ts'

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
const declared = (encoding: string) =>
  edit(GET_FOLDER, DECLARATION, `<?xml version="1.0" encoding="${encoding}"?>`)
const undeclared = edit(GET_FOLDER, `${DECLARATION}\n`, '')

/** Code page 037, from the blank to the tilde. */
const EBCDIC = Buffer.from(
  '405a7f7b5b6c507d4d5d5c4e6b604b61f0f1f2f3f4f5f6f7f8f97a5e4c7e6e6f7cc1c2c3c4c5c6c7c8c9d1d2d3d4d5d6d7d8d9e2e3e4e5e6e7e8e9bae0bbb06d79818283848586878889919293949596979899a2a3a4a5a6a7a8a9c04fd0a1',
  'hex',
)
const ebcdic = (text: string) =>
  Buffer.from([...text].map(char => EBCDIC[char.charCodeAt(0) - 32] ?? 0x25))

const utf16le = (text: string) => Buffer.from(text, 'utf16le')
const utf16be = (text: string) => utf16le(text).swap16()
const utf32le = (text: string) =>
  Buffer.from(Uint32Array.from([...text], c => c.charCodeAt(0)).buffer)
const utf32be = (text: string) => utf32le(text).swap32()
const behind = (mark: string, bytes: Uint8Array) => Buffer.concat([Buffer.from(mark, 'hex'), bytes])

const subject = (text: string) => bytesOf(edit(CREATE_ITEM, 'Quarterly report', text))
const address = (text: string) =>
  bytesOf(withSid(`<t:PrimarySmtpAddress>${text}</t:PrimarySmtpAddress>`))

export const ENCODINGS: readonly Document[] = [
  ...[
    'utf-16',
    'UTF-16LE',
    'utf-7',
    'utf-32',
    'iso-8859-1',
    'windows-1252',
    'us-ascii',
    'IBM037',
    'utf8',
    'x-unknown',
  ].map(
    (encoding): Document => [
      `encoding-refused--declaration-says-${encoding.toLowerCase()}`,
      declared(encoding),
    ],
  ),
  [
    'encoding-refused--single-quoted-declaration-says-iso-8859-1',
    edit(GET_FOLDER, DECLARATION, `<?xml version='1.0' encoding='iso-8859-1' ?>`),
  ],
  [
    'encoding-refused--declaration-says-iso-8859-1-behind-utf-8-bom',
    behind('efbbbf', Buffer.from(declared('iso-8859-1'))),
  ],
  ['encoding-refused--utf-16le-bom', behind('fffe', utf16le(declared('utf-16')))],
  ['encoding-refused--utf-16be-bom', behind('feff', utf16be(declared('utf-16')))],
  ['encoding-refused--utf-16le-bom-undeclared', behind('fffe', utf16le(undeclared))],
  ['encoding-refused--utf-16be-bom-undeclared', behind('feff', utf16be(undeclared))],
  ['encoding-refused--utf-16le-without-bom', utf16le(declared('utf-16'))],
  ['encoding-refused--utf-16be-without-bom', utf16be(declared('utf-16'))],
  ['encoding-refused--utf-16le-that-says-utf-8', behind('fffe', utf16le(GET_FOLDER))],
  ['encoding-refused--utf-16-bom-before-utf-8', behind('fffe', Buffer.from(GET_FOLDER))],
  ['encoding-refused--utf-32le-bom', behind('fffe0000', utf32le(undeclared))],
  ['encoding-refused--utf-32be-bom', behind('0000feff', utf32be(undeclared))],
  ['encoding-refused--utf-32be-without-bom', utf32be(undeclared)],
  ['encoding-refused--utf-7-bom', `+/v8-${undeclared}`],
  ['encoding-refused--ebcdic', ebcdic(declared('IBM037'))],
  ['encoding-refused--overlong-slash-in-subject', subject('a{c0}{af}b')],
  ['encoding-refused--overlong-less-than-in-subject', subject('a{c0}{bc}b')],
  ['encoding-refused--overlong-three-bytes-in-subject', subject('a{e0}{80}{bc}b')],
  ['encoding-refused--overlong-four-bytes-in-subject', subject('a{f0}{80}{80}{bc}b')],
  ['encoding-refused--overlong-nul-in-subject', subject('a{c0}{80}b')],
  ['encoding-refused--overlong-at-sign-in-address', address('user{c1}{80}example.com')],
  ['encoding-refused--surrogate-in-subject', subject('a{ed}{a0}{80}b')],
  ['encoding-refused--surrogate-pair-as-cesu-8', subject('a{ed}{a0}{bd}{ed}{b8}{80}b')],
  ['encoding-refused--beyond-unicode-in-subject', subject('a{f4}{90}{80}{80}b')],
  ['encoding-refused--five-bytes-in-subject', subject('a{f8}{88}{80}{80}{80}b')],
  ['encoding-refused--byte-fe-in-subject', subject('a{fe}b')],
  ['encoding-refused--byte-ff-in-subject', subject('a{ff}b')],
  ['encoding-refused--lone-continuation-in-subject', subject('a{80}b')],
  ['encoding-refused--cut-sequence-before-end-tag', subject('a{e2}{82}')],
  ['encoding-refused--cut-sequence-before-text', subject('a{f0}{9f}{98}b')],
  ['encoding-refused--latin-1-in-subject', subject('caf{e9}')],
  ['encoding-refused--latin-1-in-address', address('us{e9}r@example.com')],
  [
    'encoding-refused--invalid-in-attribute-value',
    bytesOf(edit(GET_FOLDER, 'Id="inbox"', 'Id="in{c3}box"')),
  ],
  [
    'encoding-refused--invalid-in-element-name',
    bytesOf(edit(GET_FOLDER, '<m:FolderShape>', '<m:Folder{c3}Shape>')),
  ],
  [
    'encoding-refused--invalid-in-comment',
    bytesOf(edit(GET_FOLDER, '<s:Header>', '<!-- {ff} --><s:Header>')),
  ],
  ['encoding-refused--invalid-in-cdata', subject('<![CDATA[a{c0}{bc}b]]>')],
  ['envelope-malformed--two-utf-8-boms', behind('efbbbfefbbbf', Buffer.from(GET_FOLDER))],
  ['envelope-malformed--bom-after-declaration', bytesOf(edit(GET_FOLDER, '?>', '?>{ef}{bb}{bf}'))],
  ['envelope-malformed--utf-7-without-bom', '+ADw-s:Envelope xmlns:s=+ACI-urn+ACI-+AD4-'],
  ['envelope-malformed--nul-in-subject', subject('a{00}b')],
  ['envelope-malformed--nul-in-address', address('user@example.com{00}.evil')],
  ['envelope-malformed--nul-in-attribute-value', bytesOf(edit(GET_FOLDER, 'inbox', 'in{00}box'))],
  [
    'envelope-malformed--nul-in-element-name',
    bytesOf(edit(GET_FOLDER, '<m:FolderIds>', '<m:Folder{00}Ids>')),
  ],
  ['envelope-malformed--nul-after-envelope', bytesOf(`${GET_FOLDER}{00}`)],
  ['envelope-malformed--control-character-in-subject', subject('a{01}b')],
  ['envelope-malformed--escape-in-subject', subject('a{1b}[2J')],
  [
    'envelope-malformed--form-feed-between-elements',
    bytesOf(edit(GET_FOLDER, '<s:Body>', '{0c}<s:Body>')),
  ],
  [
    'envelope-malformed--vertical-tab-in-tag',
    bytesOf(edit(GET_FOLDER, '<s:Envelope ', '<s:Envelope{0b}')),
  ],
  ['envelope-malformed--noncharacter-fffe-in-subject', subject('a{ef}{bf}{be}b')],
  ['envelope-malformed--noncharacter-ffff-in-subject', subject('a{ef}{bf}{bf}b')],
  [
    'envelope-malformed--no-break-space-in-tag',
    bytesOf(edit(GET_FOLDER, '<s:Envelope ', '<s:Envelope{c2}{a0}')),
  ],
  [
    'envelope-malformed--no-break-space-between-elements',
    bytesOf(edit(GET_FOLDER, '<s:Body>', '{c2}{a0}<s:Body>')),
  ],
  [
    'envelope-malformed--next-line-between-elements',
    bytesOf(edit(GET_FOLDER, '<s:Body>', '{c2}{85}<s:Body>')),
  ],
]
