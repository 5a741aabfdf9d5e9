/**
 * How users are found; a part of the suite.
 */

import type { Test } from 'tap'
import type { Store } from '../../src/store/store.ts'
import { add, ceo, draft, idOf, replaceAll } from './drafts.ts'
import { elsewhere, organization } from './samples.ts'
import type { Open } from './suite.ts'

const PEOPLE = [
  ceo,
  draft('zoe', { displayName: 'Zoë van der Meer', aliases: ['z.meer@example.com'] }),
  draft("o'brien", { displayName: "Pat O'Brien-Smith" }),
  draft('meera', { displayName: 'Syal, Meera', principalName: 'msyal@corp.example.com' }),
  draft('a_b', { displayName: '100% Müller' }),
]

const ALL = ['a_b', 'ceo', 'meera', "o'brien", 'zoe']

const nameOf = ({ primarySmtpAddress }: { primarySmtpAddress: string }) =>
  primarySmtpAddress.replace(/@.*/, '')

/** The names of those who are found, page by page. */
async function find(store: Store, text: string, limit = 10) {
  const pages: string[][] = []
  let after: Awaited<ReturnType<Store['searchUsers']>>['next']
  do {
    const { users, next } = await store.searchUsers(organization, text, {
      limit,
      ...(after && { after }),
    })
    pages.push(users.map(nameOf))
    after = next
  } while (after)
  return pages
}

export async function userSearchSuite(t: Test, open: Open): Promise<void> {
  t.test('searchUsers() finds by the beginning of any name and word, each user once', async t => {
    const store = await open(t)
    await add(store, ...PEOPLE)
    await store.putUser(elsewhere, draft('meer'))
    for (const [text, found] of [
      ['', ALL],
      ['  ', ALL],
      ['meer', ['zoe', 'meera']],
      ['MEERA', ['meera']],
      ['zoe', ['zoe']],
      ['Zoë', ['zoe']],
      ['z', ['zoe']],
      ['muller', ['a_b']],
      ['der zo', ['zoe']],
      ['meer syal', ['meera']],
      ['syal, m', ['meera']],
      ['syal m', ['meera']],
      ['van der mee', ['zoe']],
      ['van mee', ['zoe']],
      ["o'brien s", ["o'brien"]],
      ['\x01', ALL],
      ['smith', ["o'brien"]],
      ["o'b", ["o'brien"]],
      ['boss@', ['ceo']],
      ['msyal@corp.example.com', ['meera']],
      ['eera', []],
      ['example', []],
      ['%', []],
      ['_', []],
      ['a%', []],
      ['100%', ['a_b']],
      ['S-1-5-21-7', []],
      ['\0', ALL],
      ['\u{10FFFF}', []],
      ['x'.repeat(5_000), []],
    ] as const)
      t.strictSame((await find(store, text)).flat(), found, `"${text.slice(0, 20)}"`)
  })

  t.test(
    'listUsers() compares one field from its beginning, without case and with accents',
    async t => {
      const store = await open(t)
      const long = 'x'.repeat(150)
      await add(store, ...PEOPLE, draft('long', { displayName: `${long}A` }))
      await store.putUser(elsewhere, draft('zoe'))
      for (const [field, prefix, names] of [
        ['primarySmtpAddress', 'Z', ['zoe']],
        ['primarySmtpAddress', 'z.meer', []],
        ['primarySmtpAddress', 'a_', ['a_b']],
        ['primarySmtpAddress', '%', []],
        ['signInName', 'MSYAL@', ['meera']],
        ['signInName', 'meera@', []],
        ['signInName', "o'b", ["o'brien"]],
        ['displayName', 'zoë', ['zoe']],
        ['displayName', 'zoe', []],
        ['displayName', 'Meera', []],
        ['displayName', '100% m', ['a_b']],
        ['displayName', `${long}a`, ['long']],
        ['displayName', `${long}b`, []],
        ['displayName', '\x01', []],
      ] as const) {
        const { users } = await store.listUsers(organization, { field, prefix }, { limit: 9 })
        t.strictSame(users.map(nameOf), names, `${field} ${prefix.slice(0, 9)}`)
      }
      const all = { field: 'primarySmtpAddress', prefix: '' } as const
      const first = await store.listUsers(organization, all, { limit: 4 })
      t.strictSame(first.users.map(nameOf), ['a_b', 'ceo', 'long', 'meera'])
      const after = first.next && { after: first.next }
      const { users, next } = await store.listUsers(organization, all, { limit: 2, ...after })
      t.strictSame([users.map(nameOf), next], [["o'brien", 'zoe'], undefined])
    },
  )

  t.test('searchUsers() continues after a page, despite concurrent changes', async t => {
    const store = await open(t)
    await add(store, ...PEOPLE)
    t.strictSame(await find(store, '', 2), [['a_b', 'ceo'], ['meera', "o'brien"], ['zoe']])
    t.strictSame(await find(store, 'meer', 1), [['zoe'], ['meera']])
    const { next } = await store.searchUsers(organization, '', { limit: 2 })
    await store.deleteUser(organization, await idOf(store, 'ceo'))
    const { users } = await store.searchUsers(organization, '', {
      limit: 1,
      ...(next && { after: next }),
    })
    t.match(users, [{ primarySmtpAddress: 'meera@example.com' }])
  })

  t.test('searchUsers() returns matches in the order typed before others', async t => {
    const store = await open(t)
    await add(
      store,
      draft('one', { displayName: 'Ann Lee' }),
      draft('two', { displayName: 'Lee Ann' }),
      draft('three', { displayName: 'Lee, X. Anna' }),
      draft('four', { displayName: 'Lee Anna' }),
    )
    t.strictSame(await find(store, 'lee ann', 1), [['two'], ['four'], ['one'], ['three']])
    t.strictSame((await find(store, 'lee ann', 3)).flat(), ['two', 'four', 'one', 'three'])
  })

  t.test('searchUsers() finds the present users: changed, deleted, created again', async t => {
    const store = await open(t)
    await add(store, ...PEOPLE)
    await store.putUser(organization, { ...ceo, displayName: 'The Chair', aliases: [] })
    t.strictSame((await find(store, 'chair')).flat(), ['ceo'])
    t.strictSame((await find(store, 'boss')).flat(), [], 'an alias that went')
    t.strictSame((await find(store, 'the')).flat(), ['ceo'], 'a word that stayed')

    await replaceAll(store, draft('zoe', { displayName: 'Zed' }))
    t.strictSame((await find(store, '')).flat(), ['zoe'])
    t.strictSame((await find(store, 'van')).flat(), [])
    await add(store, draft('ceo'))
    t.strictSame((await find(store, '')).flat(), ['ceo', 'zoe'])
    t.strictSame((await find(store, 'chair')).flat(), [])
    await store.deleteUser(organization, await idOf(store, 'ceo'))
    t.strictSame((await find(store, '')).flat(), ['zoe'])
  })
}
