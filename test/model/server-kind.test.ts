import t from 'tap'
import { SERVER_KIND_NAMES, SERVER_KINDS } from '../../src/model/server-kind.ts'

t.test('SERVER_KIND_NAMES has each kind', async t => {
  t.strictSame([...SERVER_KIND_NAMES], Object.keys(SERVER_KINDS))
})

t.test('R43 servers whose IDs tell their mailbox deny others by default', async t => {
  const refusing = SERVER_KIND_NAMES.filter(name => SERVER_KINDS[name].opaqueIds === 'refuse')
  t.strictSame(refusing, ['exchange', 'grommunio'])
  for (const name of SERVER_KIND_NAMES)
    t.ok(['allow', 'refuse'].includes(SERVER_KINDS[name].opaqueIds), name)
  // A synchronization state of Exchange contains the GUID of a mailbox in a form that is not known.
  const telling = SERVER_KIND_NAMES.filter(name => SERVER_KINDS[name].tellsMailboxes)
  t.strictSame(telling, ['grommunio'])
})

t.test('bodies are limited as each server limits them', async t => {
  const { exchange, grommunio, other } = SERVER_KINDS
  t.equal(exchange.bodyBytes, 64 * 1024 * 1024)
  t.equal(grommunio.bodyBytes, 50 * 1024 * 1024)
  t.equal(other.bodyBytes, exchange.bodyBytes)
})
