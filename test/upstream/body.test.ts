import { Readable } from 'node:stream'
import t from 'tap'
import { StoppableBody } from '../../src/upstream/body.ts'

async function* chunks(onReturn: () => void) {
  try {
    yield Buffer.from('a')
    yield Buffer.from('b')
  } finally {
    onReturn()
  }
}

const read = async (body: AsyncIterable<Uint8Array>) => {
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString()
  return text
}

t.test('StoppableBody returns the chunks of its source', async t => {
  t.equal(await read(new StoppableBody(chunks(() => undefined))), 'ab')
  await t.rejects(
    read(
      new StoppableBody(
        Readable.from(
          (async function* (): AsyncGenerator<Uint8Array> {
            yield await Promise.reject(new TypeError('gone'))
          })(),
        ),
      ),
    ),
    { message: 'gone' },
  )
})

t.test('stop() ends a pending read', async t => {
  const body = new StoppableBody(new Readable({ read: () => undefined }))
  const waiting = body.next()
  body.stop()
  t.strictSame(await waiting, { done: true, value: undefined })
  t.strictSame(await body.next(), { done: true, value: undefined })
})

t.test('stop() stops the source, before and while it is read', async t => {
  const unread = new Readable({ read: () => undefined })
  new StoppableBody(unread).stop()
  t.ok(unread.destroyed)

  let returned = 0
  const body = new StoppableBody(chunks(() => (returned += 1)))
  await body.next()
  body.stop()
  body.stop()
  await new Promise(resolve => setImmediate(resolve))
  t.equal(returned, 1)

  for await (const _ of new StoppableBody(chunks(() => (returned += 1)))) break
  t.equal(returned, 2, 'a reader that leaves stops it')
})

t.test('stop() ignores later errors of the source', async t => {
  const { promise, reject } = Promise.withResolvers<IteratorResult<Uint8Array>>()
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () => promise,
      return: () => Promise.reject(new Error('too late')),
    }),
  }
  const body = new StoppableBody(source)
  const waiting = body.next()
  body.stop()
  reject(new Error('gone'))
  t.strictSame(await waiting, { done: true, value: undefined })
  await new Promise(resolve => setImmediate(resolve))
})
