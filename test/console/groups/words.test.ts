import t from 'tap'
import type { GroupRule } from '../../../src/console/api/groups.ts'
import type { ImportPlan } from '../../../src/console/api/users.ts'
import { rulesInWords } from '../../../src/console/groups/deletion-words.ts'
import { matchesOf } from '../../../src/console/parts/totals.ts'
import { deletionInWords } from '../../../src/console/users/import-words.ts'

t.test('rulesInWords() names at most three roles', async t => {
  const rules = (...roles: string[]) => ({
    Rules: roles.map(RoleName => ({ RoleName })) as unknown as GroupRule[],
  })
  t.equal(rulesInWords(rules('a')), '1 rule uses this group, in the role a')
  t.equal(rulesInWords(rules('a', 'a')), '2 rules use this group, in the role a')
  t.equal(
    rulesInWords(rules('a', 'b', 'c', 'd', 'e')),
    '5 rules use this group, in the roles a, b, c, 2 more',
  )
})

t.test('matchesOf() counts only what it has seen', async t => {
  const at = (currentPageIndex: number, pagesCount: number, openEnd: boolean) => ({
    currentPageIndex,
    pagesCount,
    openEnd,
  })
  t.equal(matchesOf(undefined, at(1, 1, false)), '')
  t.equal(matchesOf(0, at(1, 1, false)), '0 matches')
  t.equal(matchesOf(1, at(1, 1, false)), '1 match')
  t.equal(matchesOf(50, at(1, 1, true)), '50+ matches')
  t.equal(matchesOf(50, at(1, 2, false)), '50+ matches')
  t.equal(matchesOf(7, at(2, 2, false)), '')
})

t.test(
  'deletionInWords() says how many users are deleted, and how many roles name them',
  async t => {
    const plan = (deleted: number, RolesNamingDeleted: number): ImportPlan => ({
      Created: ['x'],
      Updated: ['a'],
      Deleted: Array.from({ length: deleted }, String),
      Unchanged: 198,
      Missing: deleted,
      RolesNamingDeleted,
      NeedsAcceptRemovals: true,
    })
    const ends = 'deleted and can no longer be impersonated.'
    t.equal(
      deletionInWords(plan(1, 0)),
      `1 of 200 users is ${ends} No role has rules that name them.`,
    )
    t.equal(
      deletionInWords(plan(1_801, 1)),
      `${(1_801).toLocaleString()} of ${(2_000).toLocaleString()} users are ${ends} 1 role has rules that name them. These rules still apply.`,
    )
    t.match(deletionInWords(plan(2, 3)), '3 roles have rules')
  },
)
