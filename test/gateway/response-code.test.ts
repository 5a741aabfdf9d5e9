import { gzipSync } from 'node:zlib'
import t from 'tap'
import { ResponseCodeWatch } from '../../src/gateway/response-code.ts'

for (const [what, pieces, code] of [
  ['with a prefix', ['<m:ResponseCode>NoError</m:ResponseCode>'], 'NoError'],
  ['without one', ['<ResponseCode>ErrorItemNotFound</ResponseCode>'], 'ErrorItemNotFound'],
  ['with a declaration', ['<a:ResponseCode xmlns:a="b">ErrorA</a:ResponseCode>'], 'ErrorA'],
  [
    'the first of two',
    ['<m:ResponseCode>ErrorB</m:ResponseCode><m:ResponseCode>ErrorC<'],
    'ErrorB',
  ],
  ['behind text that has its name', ['ResponseCode <x/><m:ResponseCode>ErrorD<'], 'ErrorD'],
  ['behind a name that begins alike', ['<m:ResponseCodes><m:ResponseCode>ErrorE<'], 'ErrorE'],
  ['far from its word', [`<m:ResponseCode a="${' '.repeat(300)}">ErrorI<`], 'ErrorI'],
  ['far from a word', [`ResponseCode${' '.repeat(300)}<m:ResponseCode>ErrorJ<`], 'ErrorJ'],
  ['cut in its name', ['<a/><m:Respon', 'seCode>ErrorF<'], 'ErrorF'],
  ['cut in itself', ['<m:ResponseCode>Err', 'orG</'], 'ErrorG'],
  ['none', ['<a/>', '<b>ResponseCode</b>'], undefined],
  ['too late', [' '.repeat(16_384), '<m:ResponseCode>ErrorH<'], undefined],
] as const)
  t.test(`ResponseCodeWatch finds it: ${what}`, async t => {
    // One after the other: none remembers where the last one was.
    for (let time = 0; time < 2; time += 1) {
      const watch = new ResponseCodeWatch(false)
      for (const piece of pieces) watch.look(Buffer.from(piece))
      t.equal(watch.code, code)
    }
  })

t.test('ResponseCodeWatch reads the first piece of what is compressed', async t => {
  const watch = new ResponseCodeWatch(true)
  watch.look(gzipSync('<m:ResponseCode>ErrorServerBusy</m:ResponseCode>'))
  t.equal(watch.code, 'ErrorServerBusy')
})
