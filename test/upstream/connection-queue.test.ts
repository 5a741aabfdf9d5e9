import t from 'tap'
import { ConnectionQueue, type QueueEntry } from '../../src/upstream/connection-queue.ts'

/** Entries that record their calls. */
function entries() {
  const told: string[] = []
  const entry = (name: string, owner?: string): QueueEntry => ({
    owner,
    granted: () => told.push(`${name} goes`),
    timedOut: () => told.push(`${name} is late`),
  })
  return { told, entry }
}

const tick = () => new Promise(resolve => setImmediate(resolve))

t.test(
  'ConnectionQueue grants as many connections as there are, first come first served',
  async t => {
    const { told, entry } = entries()
    const queue = new ConnectionQueue(2, 60_000)
    const [a, b, c, d, e] = [entry('a'), entry('b'), entry('c'), entry('d'), entry('e')]
    for (const each of [a, b, c, d, e]) queue.acquire(each)
    t.strictSame(told, ['a goes', 'b goes'])
    queue.release(d)
    queue.release(b)
    queue.release(b)
    t.equal(told.length, 2, 'the next does not go within the call of the one that leaves')
    await tick()
    t.strictSame(told.splice(0), ['a goes', 'b goes', 'c goes'])
    queue.release(a)
    queue.release(e)
    await tick()
    t.strictSame(told, [], 'one that leaves just then does not go')
    queue.release(c)
    await queue.idle()
  },
)

t.test('ConnectionQueue keeps a quarter of the connections for others than one owner', async t => {
  const { told, entry } = entries()
  const queue = new ConnectionQueue(4, 60_000)
  const greedy = ['a', 'b', 'c', 'd', 'e'].map(name => entry(name, 'greedy'))
  for (const each of greedy) queue.acquire(each)
  t.strictSame(told.splice(0), ['a goes', 'b goes', 'c goes'], 'the fourth connection is free')
  const [x, y] = [entry('x', 'other'), entry('y', 'other')]
  queue.acquire(x)
  queue.acquire(y)
  t.strictSame(told.splice(0), ['x goes'])
  queue.release(x)
  await tick()
  t.strictSame(told.splice(0), ['y goes'], 'who came first, but for the owner who has his share')
  if (greedy[0]) queue.release(greedy[0])
  await tick()
  t.strictSame(told.splice(0), ['d goes'])
  for (const each of [...greedy.slice(1), y]) queue.release(each)
  await queue.idle()
})

t.test('ConnectionQueue times out entries at the deadline', async t => {
  const { told, entry } = entries()
  const queue = new ConnectionQueue(1, 10)
  const [a, b] = [entry('a'), entry('b')]
  queue.acquire(a)
  await new Promise<void>(resolve => {
    queue.acquire({ ...b, timedOut: () => resolve(b.timedOut()) })
  })
  t.strictSame(told, ['a goes', 'b is late'])
  queue.release(a)
  await tick()
  t.equal(told.length, 2)
})

t.test('idle() waits for entries with a connection and entries in the queue', async t => {
  const { told, entry } = entries()
  const queue = new ConnectionQueue(1, 60_000)
  const [a, b] = [entry('a'), entry('b')]
  queue.acquire(a)
  queue.acquire(b)
  const idle = queue.idle().then(() => told.push('idle'))
  queue.release(a)
  await tick()
  queue.release(b)
  await idle
  t.strictSame(told, ['a goes', 'b goes', 'idle'])
})
