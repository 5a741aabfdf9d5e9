import t from 'tap'
import { SERVER_KIND_NAMES, SERVER_KINDS } from '../../src/model/server-kind.ts'

t.test('SERVER_KIND_NAMES has each kind', async t => {
  t.strictSame([...SERVER_KIND_NAMES], Object.keys(SERVER_KINDS))
})

t.test('only Exchange refuses IDs without a mailbox by default', async t => {
  // Exchange tells the mailbox in each ID that a client may have. Those of the others tell none.
  const refusing = SERVER_KIND_NAMES.filter(name => SERVER_KINDS[name].opaqueIds === 'refuse')
  t.strictSame(refusing, ['exchange'])
  for (const name of SERVER_KIND_NAMES)
    t.ok(['allow', 'refuse'].includes(SERVER_KINDS[name].opaqueIds), name)
})

t.test('bodies are limited as each server limits them', async t => {
  const { exchange, grommunio, other } = SERVER_KINDS
  t.equal(exchange.bodyBytes, 64 * 1024 * 1024)
  t.equal(grommunio.bodyBytes, 50_000_000)
  t.equal(other.bodyBytes, exchange.bodyBytes)
})
