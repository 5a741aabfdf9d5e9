import t from 'tap'
import { changesIn } from '../../src/directory/directory.ts'

t.test('changesIn() names all users and groups of a large synchronization', async t => {
  const made = (prefix: string) => Array.from({ length: 250 }, (_, n) => ({ id: `${prefix}-${n}` }))
  const none = { created: [], updated: [], removed: [] }
  const changes = changesIn({
    ...none,
    removed: made('user') as never,
    groups: { ...none, created: made('group') as never, members: [] },
  })
  t.match(changes, {
    users: { counts: { removed: 250 }, removed: { length: 250, 249: { id: 'user-249' } } },
    groups: { counts: { created: 250 }, created: { length: 250, 249: { id: 'group-249' } } },
  })
  t.equal(changesIn({ ...none, groups: { ...none, members: [] } }), undefined)
})
