/**
 * Limits of what is read in a request and in a response: the largest that fits, and the smallest that
 * does not. Buffers that grow keep what they hold, however it arrives.
 */

import fc from 'fast-check'
import t from 'tap'
import { Base64Reader, decodedLength } from '../../src/ews/base64-reader.ts'
import { placeOf } from '../../src/ews/item-id.ts'
import { LineSplitter } from '../../src/ews/line-splitter.ts'
import { MimeMessage } from '../../src/ews/mime-message.ts'
import { EnvelopeReader } from '../../src/ews/reader.ts'
import { readResponse } from '../../src/ews/response-reader.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import { responseTo } from '../kit/responses.ts'
import { requestWith } from '../policy/guard-cases.ts'

const ANN = 'ann@example.com'

/** Facts of a request that arrives in chunks. Throws a Failure if the request is rejected. */
function factsOf(operation: string, end = ''): BodyFacts {
  const reader = new EnvelopeReader()
  const bytes = Buffer.concat([requestWith(operation), Buffer.from(end)])
  for (let at = 0; at < bytes.length; at += 1_000) reader.write(bytes.subarray(at, at + 1_000))
  reader.end()
  return reader.facts
}

/** Senders of a message, whose base64 arrives in chunks of a length. */
function sendersOf(mime: string, length = 1_000): readonly string[] | undefined {
  const message = new MimeMessage()
  const bytes = Buffer.from(Buffer.from(mime).toString('base64'))
  for (let at = 0; at < bytes.length; at += length)
    message.add(bytes, at, Math.min(bytes.length, at + length))
  return message.senders()
}

const padded = (before: string, n: number, after: string) =>
  before + 'x'.repeat(n - before.length - after.length) + after

const organizer = (n: number) => padded('ORGANIZER;CN=', n, `:mailto:${ANN}`)
const calendar = (line: string) => sendersOf(`BEGIN:VCALENDAR\n${line}\nEND:VCALENDAR\n`)
const nested = (n: number) => {
  const bounds = Array.from({ length: n }, (_, i) => `b${String(i).padStart(2, '0')}.`)
  const begin = bounds.map(it => `Content-Type: multipart/mixed; boundary=${it}\n\n--${it}\n`)
  const end = bounds.toReversed().map(it => `--${it}--\n`)
  return sendersOf(`${begin.join('')}\nx\n${end.join('')}`)
}
const sentItem = (id: string, changeKey = 'x') =>
  !factsOf(
    `<m:SendItem SaveItemToFolder="false"><m:ItemIds><t:ItemId Id="${id}" ChangeKey="${changeKey}"/>` +
      '</m:ItemIds></m:SendItem>',
  ).unknownSentItem
const mailbox = (address: string) =>
  !factsOf(
    '<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>' +
      `${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:FolderIds></m:GetFolder>`,
  ).unknownMailbox

/** An ID that unpacks to bytes of a length: runs of up to 257 zeros, and single bytes. */
function packed(length: number): string {
  const bytes = [1]
  for (let left = length; left > 0; ) {
    const run = Math.min(left, 257)
    bytes.push(...(run >= 2 ? [0, 0, run - 2] : [7]))
    left -= run
  }
  return Buffer.from(bytes).toString('base64')
}

const read = (operation: 'GetFolder' | 'Subscribe', content: string) =>
  readResponse(
    Buffer.from(responseTo(operation, `<m:ResponseCode>NoError</m:ResponseCode>${content}`)),
    operation,
  ).messages

const fits = (act: () => unknown): boolean => {
  try {
    return Boolean(act())
  } catch {
    return false
  }
}

for (const [what, most, holds] of [
  ['bytes in a line of a MIME header', 65_534, n => sendersOf(`${padded('X: ', n, '')}\n\n`)],
  [
    'bytes of a MIME header',
    65_535,
    n => sendersOf(`${padded('X: ', 40_000, '')}\n${padded('Y: ', n - 40_002, '')}\n\n`),
  ],
  [
    'bytes in the header of a part',
    16_384,
    n =>
      sendersOf(
        `Content-Type: multipart/mixed; boundary=b\n\n--b\n${padded('X: ', n - 1, '')}\n\nx\n--b--\n`,
      ),
  ],
  ['levels of parts', 20, nested],
  ['bytes of an organizer', 2_048, n => calendar(organizer(n))],
  [
    'bytes of an organizer on two lines',
    2_048,
    n => calendar(`${organizer(n).slice(0, 1_000)}\n ${organizer(n).slice(1_000)}`),
  ],
  ['characters of an address', 1_024, n => mailbox('x'.repeat(n))],
  ['characters of an ID', 4_096, n => placeOf('A'.repeat(n)).kind === 'opaque'],
  ['bytes of an unpacked ID', 2_048, n => placeOf(packed(n)).kind === 'opaque'],
  ['characters of the ID of a sent item', 2_048, n => sentItem('A'.repeat(n))],
  ['characters of its ChangeKey', 512, n => sentItem('A', 'A'.repeat(n))],
  ['blanks behind a request', 65_536, n => factsOf('<m:GetFolder/>', ' '.repeat(n))],
  [
    'characters of the ID of a subscription',
    1_024,
    n =>
      read('Subscribe', `<m:SubscriptionId>${'x'.repeat(n)}</m:SubscriptionId>`)[0]?.subscriptionId,
  ],
  [
    // The message counts, too.
    'folders in a response',
    9_999,
    n =>
      read(
        'GetFolder',
        `<m:Folders>${'<t:Folder><t:FolderId Id="x"/></t:Folder>'.repeat(n)}</m:Folders>`,
      ),
  ],
  [
    'bytes before an operation',
    65_536,
    n => {
      const bytes = requestWith('<m:GetFolder/>').toString()
      const own = bytes.indexOf('<m:GetFolder/>') + '<m:GetFolder/>'.length
      const reader = new EnvelopeReader()
      reader.write(Buffer.from(bytes.replace('<s:Header>', `<s:Header>${' '.repeat(n - own)}`)))
      return reader.prologue
    },
  ],
] as const satisfies readonly (readonly [string, number, (n: number) => unknown])[]) {
  t.ok(
    fits(() => holds(most)),
    `${most} ${what} fit`,
  )
  t.notOk(
    fits(() => holds(most + 1)),
    `${most + 1} ${what} don't`,
  )
}

const options = { seed: 4, numRuns: 200 }
const chunks = (bytes: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] => {
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, one) => sum + one, 0))
  return [0, ...ends].map((from, i) => bytes.subarray(from, ends[i] ?? bytes.length))
}
const lengths = fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 12 })

t.test('R13 MimeMessage finds a From among long fields, wherever chunks end', async t => {
  const field = fc.integer({ min: 0, max: 3_000 }).map(n => `Received: ${'x'.repeat(n)}`)
  const fields = fc.array(field, { maxLength: 20 })
  const law = fc.property(
    fields,
    fields,
    fc.integer({ min: 1, max: 5_000 }),
    (one, other, length) => {
      const message = [...one, `From: Ann <${ANN}>`, ...other, 'To: bob@example.com', '', 'x']
      return sendersOf(message.join('\r\n'), length)?.join() === ANN
    },
  )
  t.doesNotThrow(() => fc.assert(law, options))
})

t.test('R13 MimeMessage finds a From after a field of any length', async t => {
  const lengths = [1_024, 4_096, 16_384].flatMap(it => [-2, -1, 0, 1].map(more => it + more))
  for (const n of lengths)
    t.strictSame(sendersOf(`${padded('X: ', n, '')}\nFrom: ${ANN}\n\nx`), [ANN], `${n} bytes`)
})

t.test('R13 LineSplitter returns the same lines as a split, wherever chunks end', async t => {
  const longest = 600
  const line = fc.integer({ min: 0, max: 700 }).map(n => 'abcdefg'.repeat(100).slice(0, n))
  const law = fc.property(fc.array(line, { maxLength: 8 }), lengths, (lines, cuts) => {
    const told: string[] = []
    const splitter = new LineSplitter(longest, (bytes, from, to, isWhole) =>
      told.push(`${Buffer.from(bytes.subarray(from, to))}${isWhole ? '' : '…'}`),
    )
    const text = lines.map(one => `${one}\n`).join('')
    for (const chunk of chunks(Buffer.from(text), cuts)) splitter.add(chunk)
    splitter.end()
    const expected = lines.map(one => (one.length > longest ? `${one.slice(0, longest)}…` : one))
    return told.join('\n') === expected.join('\n')
  })
  t.doesNotThrow(() => fc.assert(law, options))
})

t.test('R13 Base64Reader decodes the same as Buffer, wherever chunks end', async t => {
  const law = fc.property(fc.uint8Array({ maxLength: 900 }), lengths, (bytes, cuts) => {
    const reader = new Base64Reader()
    const text = Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\r\n')
    const decoded = chunks(Buffer.from(text), cuts).map(chunk => {
      const out = new Uint8Array(decodedLength(chunk.length))
      return out.subarray(0, reader.decode(chunk, 0, chunk.length, out))
    })
    return reader.isWhole && Buffer.concat(decoded).equals(bytes)
  })
  t.doesNotThrow(() => fc.assert(law, options))
})

t.test('R13 MimeMessage accepts only base64, at any position', async t => {
  const text = Buffer.from(`From: ${ANN}\n\nx`).toString('base64').replace(/=*$/, '')
  const isBlank = (code: number) => [0x09, 0x0a, 0x0d, 0x20].includes(code)
  const isInside = (code: number) => /[A-Za-z0-9+/]/.test(String.fromCharCode(code))
  for (let code = 0; code < 256; code += 1) {
    if (isInside(code)) continue
    const places = Array.from({ length: text.length }, (_, at) => at)
    const known = places.filter(at => {
      const message = new MimeMessage()
      const bytes = Buffer.concat([
        Buffer.from(text.slice(0, at)),
        Buffer.from([code]),
        Buffer.from(text.slice(at)),
      ])
      message.add(bytes, 0, bytes.length)
      return message.senders() !== undefined
    })
    t.equal(known.length, isBlank(code) ? places.length : 0, `the byte ${code}`)
  }
})

t.test('R13 MimeMessage accepts no text after padding', async t => {
  for (let length = 20; length < 26; length += 1) {
    const mime = `From: ${ANN}\n\n`.padEnd(length, 'x')
    const base64 = Buffer.from(mime).toString('base64')
    const message = new MimeMessage()
    const bytes = Buffer.from(`${base64}RnJvbTogYm9i`)
    message.add(bytes, 0, bytes.length)
    const expected = base64.endsWith('=') ? undefined : [ANN]
    t.strictSame(message.senders(), expected, base64)
  }
})
