/** The reader of responses for drafts: it changes nothing for the client, whatever the response is. */

import { gzipSync } from 'node:zlib'
import t from 'tap'
import { ShownAnswer } from '../../src/gateway/shown-answer.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { Failure } from '../../src/model/failure.ts'
import { messagesTo } from '../kit/responses.ts'

const folders = (count: number) =>
  messagesTo('FindFolder', [
    `<m:ResponseCode>NoError</m:ResponseCode><m:RootFolder><t:Folders>${Array.from(
      { length: count },
      (_, i) => `<t:Folder><t:FolderId Id="${i}"/></t:Folder>`,
    ).join('')}</t:Folders></m:RootFolder>`,
  ])
const RESPONSE = Buffer.from(folders(3))

type Options = Readonly<{ bytes?: number; folderBytes?: number; folder?: () => void }>

/** A reader, and what it does in its order. */
function open({ bytes = 1_000_000, folderBytes = 0, folder = () => undefined }: Options = {}) {
  const done: unknown[] = []
  const failed: unknown[] = []
  const budget = new ByteBudget(2 * bytes)
  const shown = {
    operation: 'FindFolder',
    bytes: 0,
    folder: ({ id }: { id: string }) => {
      folder()
      shown.bytes += folderBytes
      done.push(id)
    },
    item: () => undefined,
    end: () => done.push('end'),
  }
  let more = true
  const sink = {
    head: () => done.push('head sent'),
    chunk: (chunk: Uint8Array) => {
      done.push(`${chunk.length} sent`)
      return more
    },
    end: () => done.push('end sent'),
    fail: ({ reason }: Failure) => done.push(`${reason} sent`),
  }
  const reservation = budget.open('192.0.2.1')
  const failing = (error: unknown) => failed.push(error)
  const answer = new ShownAnswer({ sink, shown, reservation, failed: failing } as never)
  const head = (gzip = false, status = 200) =>
    answer.head({ status, headers: [], gzip, cookies: [] })
  return { answer, budget, done, failed, head, stall: () => (more = false) }
}

const SENT = ['head sent', `${RESPONSE.length} sent`, 'end sent']

t.test('ShownAnswer passes on each chunk before it reads it', async t => {
  const { answer, budget, done, failed, head, stall } = open()
  head()
  const half = RESPONSE.indexOf('Id="1"')
  t.equal(answer.chunk(RESPONSE.subarray(0, half)), true)
  t.strictSame(done.splice(0), ['head sent', `${half} sent`, '0'])
  t.ok(budget.held > 0)
  stall()
  t.equal(answer.chunk(RESPONSE.subarray(half)), false, 'the client is slow')
  t.ok(answer.reading)
  answer.end()
  t.strictSame(done, [`${RESPONSE.length - half} sent`, '1', '2', 'end sent', 'end'])
  t.strictSame([budget.held, answer.reading, failed], [0, undefined, []])
})

t.test('ShownAnswer reads compressed responses', async t => {
  const { answer, budget, done, head } = open()
  const compressed = gzipSync(RESPONSE)
  head(true)
  answer.chunk(compressed)
  answer.end()
  answer.close()
  const sent = ['head sent', `${compressed.length} sent`, 'end sent']
  t.strictSame(done, sent, 'the response waits for nothing')
  await answer.reading
  t.strictSame(done, [...sent, '0', '1', '2', 'end'])
  t.strictSame([budget.held, answer.reading], [0, undefined])
})

for (const [what, options, chunks, begin] of [
  ['is malformed', {}, [Buffer.from('<s:Envelope'), Buffer.from('<<'), RESPONSE], {}],
  ['is incomplete', {}, [RESPONSE.subarray(0, -9)], {}],
  ['is another one', {}, [Buffer.from(messagesTo('GetItem', []))], {}],
  ['has another status', {}, [RESPONSE], { status: 500 }],
  ['has too many folders', {}, [Buffer.from(folders(10_001))], {}],
  ['is too long', {}, Array.from({ length: 300 }, () => Buffer.alloc(65_536, ' ')), {}],
  ['fits not into the budget', { bytes: 65_535 }, [RESPONSE], {}],
  ['has folders that fit not into it', { folderBytes: 400_000 }, [RESPONSE], {}],
  ['is not compressed', {}, [RESPONSE], { gzip: true }],
  ['is compressed and incomplete', {}, [gzipSync(RESPONSE).subarray(0, -9)], { gzip: true }],
  ['is a bomb', {}, [gzipSync(Buffer.alloc(40_000_000, ' '))], { gzip: true }],
  [
    'is compressed too fast',
    {},
    Array.from({ length: 9 }, () => Buffer.alloc(65_536)),
    { gzip: true },
  ],
] as const satisfies readonly (readonly [
  string,
  Options,
  readonly Buffer[],
  { gzip?: boolean; status?: number },
])[])
  t.test(`ShownAnswer ignores a response that ${what}`, async t => {
    const { answer, budget, done, failed, head } = open(options)
    const { gzip, status } = { gzip: false, status: 200, ...begin }
    head(gzip, status)
    for (const chunk of chunks) answer.chunk(chunk)
    answer.end()
    await answer.reading
    t.strictSame(
      done.filter(step => String(step).endsWith('sent')),
      ['head sent', ...chunks.map(({ length }) => `${length} sent`), 'end sent'],
      'the client gets it',
    )
    t.notOk(done.includes('end'))
    t.strictSame([budget.held, failed], [0, []])
  })

t.test('ShownAnswer reports an unhandled error, and passes the response on', async t => {
  const error = new TypeError('x')
  const fails = () => {
    throw error
  }
  const { answer, done, failed, head } = open({ folder: fails })
  head()
  answer.chunk(RESPONSE)
  answer.end()
  t.strictSame(done, SENT)
  t.strictSame(failed, [error])
})

t.test('ShownAnswer stops when the response fails, or the client is gone', async t => {
  for (const gzip of [false, true])
    for (const end of ['close', 'fail'] as const) {
      const { answer, budget, done, head } = open()
      head(gzip)
      answer.chunk(gzip ? gzipSync(RESPONSE) : RESPONSE)
      const { reading } = answer
      if (end === 'close') answer.close()
      else answer.fail(new Failure('upstream-timeout', 'x'))
      await reading
      t.strictSame([budget.held, answer.reading], [0, undefined])
      t.notOk(done.includes('end'))
      t.equal(done.includes('upstream-timeout sent'), end === 'fail')
    }
})
