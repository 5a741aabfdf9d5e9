import t from 'tap'
import type { Organization } from '../../src/model/identity.ts'
import {
  DEFAULT_GUARD,
  MAILBOXES,
  type RoleContent,
  type RoleGuard,
  SENDERS,
} from '../../src/model/role.ts'
import { type BodyKind, guardCovers } from '../../src/policy/content-order.ts'
import { ORGANIZATION } from '../decision/data.ts'

const READ: BodyKind = { changes: false, needsRules: false }
const CHANGE: BodyKind = { changes: true, needsRules: false }
const CHECKED: Organization = { ...ORGANIZATION, enforcesSendAs: true }

const full = (guard: Partial<RoleGuard> = {}): RoleContent => ({
  type: 'FULL_ACCESS',
  guard: { ...DEFAULT_GUARD, sending: false, ...guard },
  rules: [],
})
const readOnly = (guard: Partial<RoleGuard> = {}): RoleContent => ({
  ...full(guard),
  type: 'READ_ONLY',
})

/** Whether a guard covers another, of roles with the same rules, at an upstream that checks senders. */
const covers = (wider: RoleContent, narrower: RoleContent, kind: BodyKind) =>
  guardCovers(wider, narrower, kind, true, CHECKED)

t.test('a guard covers itself and each that reaches fewer mailboxes', async t => {
  for (const [n, wide] of MAILBOXES.entries())
    for (const [m, narrow] of MAILBOXES.entries())
      for (const kind of [READ, CHANGE])
        t.equal(
          covers(full({ mailboxes: wide }), full({ mailboxes: narrow }), kind),
          n >= m,
          `${wide} covers ${narrow}`,
        )
})

t.test('a guard covers another whose switches it has, for bodies that change', async t => {
  for (const name of ['delegation', 'inboxRules', 'sending'] as const) {
    const [on, off] = [full({ [name]: true }), full({ [name]: false })]
    for (const [wider, narrower, expected] of [
      [on, on, true],
      [off, off, true],
      [on, off, true],
      [off, on, false],
    ] as const) {
      t.equal(covers(wider, narrower, CHANGE), expected, name)
      t.equal(covers(wider, narrower, READ), true, `${name} allows no read`)
    }
    t.equal(covers(off, readOnly({ [name]: true }), CHANGE), true, 'READ_ONLY has no switches')
    t.equal(covers(readOnly({ [name]: true }), on, CHANGE), false)
  }
})

t.test('a guard covers another whose senders it has, for bodies that change', async t => {
  const covering = (organization: Organization, kind = CHANGE) =>
    SENDERS.map(wide =>
      SENDERS.map(narrow => {
        const [wider, narrower] = [full({ senders: wide }), full({ senders: narrow })]
        return guardCovers(wider, narrower, kind, true, organization) ? 1 : 0
      }).join(''),
    )
  t.strictSame(covering(CHECKED), ['100', '110', '111'], 'own, permitted, and server')
  t.strictSame(covering(CHECKED, READ), ['111', '111', '111'], 'a read has no sender')
  for (const enforcesSendAs of [false, undefined]) {
    const unchecked: Organization =
      enforcesSendAs === undefined ? ORGANIZATION : { ...ORGANIZATION, enforcesSendAs }
    t.strictSame(covering(unchecked), ['101', '111', '101'], 'server is own')
  }
})

t.test('other rules matter where the guard or the body needs them', async t => {
  const [own, permitted] = [full(), full({ mailboxes: 'permitted' })]
  const sender = full({ senders: 'permitted' })
  for (const [what, role, kind, expected] of [
    ['own mailbox, read', own, READ, true],
    ['own mailbox, change', own, CHANGE, true],
    ['any mailbox', full({ mailboxes: 'any' }), CHANGE, true],
    ['permitted mailboxes, read', permitted, READ, false],
    ['permitted mailboxes, change', permitted, CHANGE, false],
    ['permitted senders, read', sender, READ, true],
    ['permitted senders, change', sender, CHANGE, false],
    ['a subscription', own, { ...READ, needsRules: true }, false],
  ] as const) {
    t.equal(guardCovers(role, role, kind, false, CHECKED), expected, what)
    t.ok(guardCovers(role, role, kind, true, CHECKED), `${what}, with the same rules`)
  }
})

t.test('a guard covers another only if their other members are the same', async t => {
  const later = (value: unknown): RoleContent => full({ later: value } as Partial<RoleGuard>)
  for (const [what, wider, narrower, expected] of [
    ['the same member', later([1]), later([1]), true],
    ['another value', later([1]), later([2]), false],
    ['no member in the wider', full(), later(true), false],
    ['no member in the narrower', later(false), full(), false],
    ['other lookups', full({ directoryLookups: false }), full({ directoryLookups: true }), true],
    ['other reads', full(), full({ extraReads: ['GetImItems'] }), true],
  ] as const)
    for (const kind of [READ, CHANGE]) t.equal(covers(wider, narrower, kind), expected, what)
})
