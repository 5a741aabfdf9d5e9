/**
 * Encodes the same text in other bytes, with and without matching declarations of the encoding.
 *
 * @module
 */

import { gzipSync } from 'node:zlib'
import { type Attack, harmless, refused } from './attack.ts'
import { GET_FOLDER, requestOf } from './seeds.ts'

const ORDINARY = requestOf(GET_FOLDER)
const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>${ORDINARY}`

const utf16 = (text: string, big = false): Buffer => {
  const bytes = Buffer.from(text, 'utf16le')
  return big ? bytes.swap16() : bytes
}
const utf32 = (text: string, big = false): Buffer =>
  Buffer.concat(
    [...text].map(letter => {
      const bytes = Buffer.alloc(4)
      const code = letter.codePointAt(0) ?? 0
      if (big) bytes.writeUInt32BE(code)
      else bytes.writeUInt32LE(code)
      return bytes
    }),
  )
const utf7 = (text: string) =>
  text.replace(
    /[<>"=]/g,
    letter => `+${utf16(letter, true).toString('base64').replace(/=+$/, '')}-`,
  )

/** Bytes instead of the letter at a mark. */
const at = (mark: string, bytes: readonly number[], text = ORDINARY): Buffer => {
  const place = text.indexOf(mark)
  return Buffer.concat([
    Buffer.from(text.slice(0, place)),
    Buffer.from(bytes),
    Buffer.from(text.slice(place + mark.length)),
  ])
}

const BYTES: readonly (readonly [string, readonly number[]])[] = [
  ['"<" in two bytes', [0xc0, 0xbc]],
  ['"<" in three bytes', [0xe0, 0x80, 0xbc]],
  ['"<" in four bytes', [0xf0, 0x80, 0x80, 0xbc]],
  ['NUL in two bytes', [0xc0, 0x80]],
  ['"/" in two bytes', [0xc0, 0xaf]],
  ['"@" in two bytes', [0xc1, 0x80]],
  ['U+07FF in three bytes', [0xe0, 0x9f, 0xbf]],
  ['a pair of surrogates', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ['half a pair', [0xed, 0xa0, 0x80]],
  ['the other half', [0xed, 0xbf, 0xbf]],
  ['past U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ['five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
  ['six bytes', [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80]],
  ['an end without a start', [0x80]],
  ['a start without an end', [0xc3]],
  ['two bytes of three', [0xe2, 0x82]],
  ['Latin-1', [0xe9]],
  ['U+FFFE', [0xef, 0xbf, 0xbe]],
  ['U+FFFF', [0xef, 0xbf, 0xbf]],
  ['NUL', [0x00]],
  ['a control character', [0x01]],
  ['a vertical tab', [0x0b]],
  ['escape', [0x1b]],
  ['FE FF', [0xfe, 0xff]],
]

export function encodingAttacks(): Attack[] {
  const type = (value: string) => ({ type: value })
  return [
    ...[ORDINARY, declared('utf-16'), declared('utf-8')].flatMap((text, number) => [
      refused(`UTF-16LE ${number}`, utf16(text)),
      refused(`UTF-16BE ${number}`, utf16(text, true)),
      refused(
        `UTF-16LE with BOM ${number}`,
        utf16(`\u{feff}${text}`),
        type('text/xml; charset=utf-16'),
      ),
      refused(`UTF-16BE with BOM ${number}`, utf16(`\u{feff}${text}`, true)),
      refused(`UTF-32LE ${number}`, utf32(text)),
      refused(`UTF-32BE with BOM ${number}`, utf32(`\u{feff}${text}`, true)),
      refused(`UTF-7 ${number}`, utf7(text), type('text/xml; charset=utf-7')),
      refused(`UTF-7 unsaid ${number}`, utf7(text)),
      refused(`UTF-7 with BOM ${number}`, `+/v8-${utf7(text)}`),
    ]),
    ...[
      'utf-16',
      'UTF-16LE',
      'utf-7',
      'iso-8859-1',
      'windows-1252',
      'us-ascii',
      'ibm037',
      'cp1047',
      'utf8',
      'UTF-8 ',
      '',
      'x',
    ].map(encoding => refused(`declared ${JSON.stringify(encoding)}`, declared(encoding))),
    harmless('declared UTF-8', declared('UTF-8')),
    refused('XML 1.1', `<?xml version="1.1"?>${ORDINARY}`),
    refused('XML 2.0', `<?xml version="2.0"?>${ORDINARY}`),
    refused('a blank before the declaration', ` ${declared('utf-8')}`),
    refused('two declarations', `<?xml version="1.0"?>${declared('utf-8')}`),
    refused('a declaration in capitals', `<?XML version="1.0"?>${ORDINARY}`),
    refused('no version', `<?xml encoding="utf-8"?>${ORDINARY}`),
    harmless('a BOM', `\u{feff}${ORDINARY}`),
    refused('two BOMs', `\u{feff}\u{feff}${ORDINARY}`),
    refused('a BOM inside', ORDINARY.replace('<s:Body>', '<s:Body>\u{feff}')),
    refused('EBCDIC', Buffer.from([0x4c, 0x6f, 0xa7, 0x94, 0x93])),
    refused('zeros', Buffer.alloc(5_000)),
    ...BYTES.flatMap(([what, bytes]) => [
      refused(`${what} in the address`, at('user@', [...bytes, 0x75, 0x40])),
      refused(
        `${what} for a bracket`,
        at('<m:GetFolder>', [...bytes, ...Buffer.from('m:GetFolder>')]),
      ),
      refused(`${what} in an attribute`, at('inbox', [...Buffer.from('inbo'), ...bytes])),
      refused(`${what} in a name`, at('m:FolderIds', [...Buffer.from('m:Folder'), ...bytes])),
      refused(`${what} behind it all`, Buffer.concat([Buffer.from(ORDINARY), Buffer.from(bytes)])),
    ]),
    ...[
      'text/xml; charset=utf-16',
      'text/xml; charset=utf-7',
      'text/xml; charset=iso-8859-1',
      'text/xml; charset=us-ascii',
      'text/xml; charset="utf-8"; charset="utf-16"',
      'text/xml; charset=utf-8, text/xml; charset=utf-16',
      "text/xml; charset='utf-8'",
      'text/xml; charset=',
      'text/xml; x=y; charset=utf-8',
      'text/xml;; charset=utf-8',
      'application/soap+xml; charset=utf-8',
      'application/xml',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/related; type="application/xop+xml"; boundary=x',
      'application/json',
      '',
    ].map(value => refused(`Content-Type ${value}`, ORDINARY, type(value))),
    ...['TEXT/XML', 'text/xml;charset=UTF-8', 'text/xml; charset="utf-8"'].map(value =>
      harmless(`Content-Type ${value}`, ORDINARY, type(value)),
    ),
    ...['gzip', 'deflate', 'br', 'zstd', 'gzip, identity', 'x-gzip'].map(value =>
      refused(`Content-Encoding ${value}`, gzipSync(ORDINARY), {
        headers: [`Content-Encoding: ${value}`],
      }),
    ),
    refused('gzip unsaid', gzipSync(ORDINARY)),
    refused('a gzip bomb', gzipSync(Buffer.alloc(50_000_000)), {
      headers: ['Content-Encoding: gzip'],
    }),
  ]
}
