import t from 'tap'
import { type MemberIds, membershipChange, unchangedMembers } from '../../src/model/group.ts'
import { groupId } from '../../src/model/identity.ts'

const ID = groupId('g')

/** Returns members from their names: groups begin with `g`, and members of unknown kinds with `x`. */
function members(names: string): MemberIds {
  const all = names.split(' ').filter(name => name !== '')
  const others = all.filter(name => name.startsWith('x'))
  return {
    users: all.filter(name => !/^[gx]/.test(name)),
    groups: all.filter(name => name.startsWith('g')),
    ...(others.length > 0 && { others }),
  }
}

const was = (names: string, deleted = false) => ({ members: members(names), deleted })

for (const [title, before, after, joined, left] of [
  ['a created group', undefined, 'a g1', 'a g1', ''],
  ['a changed group', was('a b g1'), 'b c g2', 'c g2', 'a g1'],
  ['a group that keeps its members', was('a g1'), 'a g1', '', ''],
  ['a deleted group', was('a g1'), undefined, '', 'a g1'],
  ['a restored group', was('a b g1', true), 'b c', 'b c', 'a g1'],
  ['a group with members of unknown kinds', was('a x1'), 'a', '', 'x1'],
  ['a deleted group with members of unknown kinds', was('a x1'), undefined, '', 'a x1'],
] as const)
  t.strictSame(
    membershipChange(ID, before, after === undefined ? undefined : members(after)),
    { groupId: ID, joined: members(joined), left: members(left) },
    `membershipChange() of ${title}`,
  )

t.strictSame(unchangedMembers(ID), { groupId: ID, joined: members(''), left: members('') })
