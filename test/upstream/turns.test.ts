import t from 'tap'
import { Turns, type Waiter } from '../../src/upstream/turns.ts'

/** Waiters that write down what they are told. */
function waiters() {
  const told: string[] = []
  const waiter = (name: string, owner?: string): Waiter => ({
    owner,
    go: () => told.push(`${name} goes`),
    late: () => told.push(`${name} is late`),
  })
  return { told, waiter }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('Turns gives as many turns as there are connections, first come first served', async t => {
  const { told, waiter } = waiters()
  const turns = new Turns(2, 60_000)
  const [a, b, c, d, e] = [waiter('a'), waiter('b'), waiter('c'), waiter('d'), waiter('e')]
  for (const each of [a, b, c, d, e]) turns.ask(each)
  t.strictSame(told, ['a goes', 'b goes'])
  turns.leave(d)
  turns.leave(b)
  turns.leave(b)
  t.equal(told.length, 2, 'the next does not go within the call of the one that leaves')
  await turn()
  t.strictSame(told.splice(0), ['a goes', 'b goes', 'c goes'])
  turns.leave(a)
  turns.leave(e)
  await turn()
  t.strictSame(told, [], 'one that leaves just then does not go')
  turns.leave(c)
  await turns.idle()
})

t.test('Turns keeps a quarter of the connections for others than one owner', async t => {
  const { told, waiter } = waiters()
  const turns = new Turns(4, 60_000)
  const greedy = ['a', 'b', 'c', 'd', 'e'].map(name => waiter(name, 'greedy'))
  for (const each of greedy) turns.ask(each)
  t.strictSame(told.splice(0), ['a goes', 'b goes', 'c goes'], 'the fourth connection is free')
  const [x, y] = [waiter('x', 'other'), waiter('y', 'other')]
  turns.ask(x)
  turns.ask(y)
  t.strictSame(told.splice(0), ['x goes'])
  turns.leave(x)
  await turn()
  t.strictSame(told.splice(0), ['y goes'], 'who came first, but for the owner who has his share')
  if (greedy[0]) turns.leave(greedy[0])
  await turn()
  t.strictSame(told.splice(0), ['d goes'])
  for (const each of [...greedy.slice(1), y]) turns.leave(each)
  await turns.idle()
})

t.test('Turns lets nobody wait beyond the deadline', async t => {
  const { told, waiter } = waiters()
  const turns = new Turns(1, 10)
  const [a, b] = [waiter('a'), waiter('b')]
  turns.ask(a)
  await new Promise<void>(resolve => {
    turns.ask({ ...b, late: () => resolve(b.late()) })
  })
  t.strictSame(told, ['a goes', 'b is late'])
  turns.leave(a)
  await turn()
  t.equal(told.length, 2)
})

t.test('idle() waits for those who go and those who wait', async t => {
  const { told, waiter } = waiters()
  const turns = new Turns(1, 60_000)
  const [a, b] = [waiter('a'), waiter('b')]
  turns.ask(a)
  turns.ask(b)
  const idle = turns.idle().then(() => told.push('idle'))
  turns.leave(a)
  await turn()
  turns.leave(b)
  await idle
  t.strictSame(told, ['a goes', 'b goes', 'idle'])
})
