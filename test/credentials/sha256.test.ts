import { createHmac, hash } from 'node:crypto'
import t from 'tap'
import { Sha256 } from '../../src/credentials/sha256.ts'

const text = 'Grüße'
const bytes = new TextEncoder().encode(text)
/** The same bytes within a larger buffer. */
const view = new DataView(Uint8Array.from([1, ...bytes, 2]).buffer, 1, bytes.length)

const hex = async (sha: Sha256) => Buffer.from(await sha.digest()).toString('hex')

t.test('Sha256 agrees with Node, whatever shape the bytes have', async t => {
  for (const data of [text, bytes, bytes.buffer.slice(0), view]) {
    for (const secret of [undefined, text, bytes, view]) {
      const sha = new Sha256(secret)
      sha.update(data)
      const expected =
        secret === undefined
          ? hash('sha256', bytes, 'hex')
          : createHmac('sha256', bytes).update(bytes).digest('hex')
      t.equal(await hex(sha), expected)
      sha.reset()
      sha.update(data)
      t.equal(await hex(sha), expected, 'and again')
    }
  }
})
