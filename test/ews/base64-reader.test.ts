/**
 * R13: base64 that programs decode alike, in chunks that end anywhere.
 */

import t from 'tap'
import { Base64Reader, decodedLength } from '../../src/ews/base64-reader.ts'

/** Decodes chunks in the middle of a larger buffer, into buffers that are as small as they can be. */
function read(chunks: readonly string[]) {
  const reader = new Base64Reader()
  const decoded = chunks.map(chunk => {
    const bytes = Buffer.from(`AB${chunk}CD`, 'latin1')
    const out = new Uint8Array(decodedLength(chunk.length))
    const length = reader.decode(bytes, 2, bytes.length - 2, out)
    return out.subarray(0, length)
  })
  return { bytes: Buffer.concat(decoded), broken: reader.broken, isWhole: reader.isWhole }
}

/** Reads a text as RFC 4648 describes it, after its white space is removed. */
function expected(text: string) {
  const written = text.replace(/[ \t\r\n]/g, '')
  return {
    broken: /[^A-Za-z0-9+/=]|=[^=]/.test(written),
    isWhole: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(written),
  }
}

/** Returns all texts up to a length. */
const texts = (alphabet: string, length: number): readonly string[] =>
  length === 0
    ? ['']
    : ['', ...texts(alphabet, length - 1).flatMap(rest => [...alphabet].map(each => each + rest))]

t.test('R13 Base64Reader reads every short text the same, wherever chunks end', async t => {
  const wrong: unknown[] = []
  for (const text of texts('A/= *', 4))
    for (const more of ['', 'Zm9v', 'Zg==']) {
      const all = text + more
      const { broken, isWhole } = expected(all)
      for (let at = 0; at <= all.length; at++) {
        const result = read([all.slice(0, at), all.slice(at)])
        if (result.broken !== broken || result.isWhole !== isWhole) wrong.push([all, at, result])
        if (isWhole && !result.bytes.equals(Buffer.from(all, 'base64'))) wrong.push([all, at])
      }
    }
  t.strictSame(wrong.slice(0, 5), [])
})

t.test('R13 Base64Reader decodes every byte at every place, in chunks of any length', async t => {
  const bytes = Buffer.from(Array.from({ length: 768 }, (_, n) => (n * 7 + (n >> 8)) & 0xff))
  const text = bytes.toString('base64').replace(/.{76}/g, '$&\r\n')
  for (let length = 1; length <= 80; length++) {
    const chunks = text.match(new RegExp(`.{1,${length}}`, 'gs')) ?? []
    const result = read(chunks)
    if (!result.bytes.equals(bytes) || !result.isWhole) t.fail(`chunks of ${length}`)
  }
  for (let end = 0; end <= 8; end++) {
    const part = text.slice(0, end)
    t.strictSame(read([part]).bytes, Buffer.from(part, 'base64'), `the first ${end} characters`)
  }
})

t.test('R13 Base64Reader accepts no other character', async t => {
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code)
    const text = `Zm9v${character}YmFy`
    t.equal(read([text]).broken, expected(text).broken, `the byte ${code}`)
  }
})

t.test('decodedLength() is the most that a number of characters can add', async t => {
  for (let length = 0; length <= 40; length++) {
    const added = [0, 1, 2, 3].map(before => {
      const reader = new Base64Reader()
      const text = Buffer.from('A'.repeat(before + length))
      const out = new Uint8Array(100)
      reader.decode(text, 0, before, out)
      return reader.decode(text, before, text.length, out)
    })
    t.equal(decodedLength(length), Math.max(...added), `${length} characters`)
  }
})
