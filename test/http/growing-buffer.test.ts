import fc from 'fast-check'
import t from 'tap'
import { GrowingBuffer } from '../../src/http/growing-buffer.ts'

t.test('GrowingBuffer joins its chunks, and is empty after take()', async t => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 9_000 }), { maxLength: 8 })
  const gathers = fc.property(chunks, chunks, fc.nat(20_000), (first, second, expected) => {
    const buffer = new GrowingBuffer()
    for (const run of [first, second]) {
      for (const chunk of run) buffer.add(Buffer.from(chunk), expected)
      const whole = Buffer.concat(run)
      if (buffer.length !== whole.length || !buffer.bytes.equals(whole)) return false
      if (!buffer.take().equals(whole) || buffer.length !== 0) return false
    }
    return true
  })
  t.doesNotThrow(() => fc.assert(gathers))
})

t.test('GrowingBuffer does not copy a single chunk, and changes no other chunk', async t => {
  const chunk = Buffer.from('first')
  const buffer = new GrowingBuffer(chunk)
  t.equal(buffer.bytes.buffer, chunk.buffer)
  const slice = Buffer.from('first and what is behind it').subarray(0, 5)
  const other = new GrowingBuffer(slice)
  other.add(Buffer.from('second'))
  t.equal(other.take().toString(), 'firstsecond')
  t.equal(Buffer.from(slice.buffer, slice.byteOffset, 27).toString(), 'first and what is behind it')
})

t.test('R33 GrowingBuffer uses at most twice the memory of its bytes, and 4 KiB', async t => {
  const buffer = new GrowingBuffer()
  const chunk = Buffer.from('x')
  for (let length = 1; length <= 20_000; length += 1) {
    buffer.add(chunk)
    const { byteLength } = buffer.bytes.buffer
    if (length > 1 && byteLength > Math.max(4_096, 2 * length))
      t.fail(`${byteLength} for ${length}`)
  }
  t.equal(buffer.length, 20_000)
})

t.test('GrowingBuffer keeps every byte around the length at which it grows', async t => {
  for (const length of [4_095, 4_096, 4_097, 8_191, 8_192, 8_193]) {
    const buffer = new GrowingBuffer(Buffer.from('a'))
    buffer.add(Buffer.from('b'))
    buffer.add(Buffer.alloc(length - 3, 'c'))
    buffer.add(Buffer.from('d'))
    t.equal(buffer.take().toString(), `ab${'c'.repeat(length - 3)}d`, `${length} bytes`)
  }
})
