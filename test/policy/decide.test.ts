import fc from 'fast-check'
import t from 'tap'
import { OPERATIONS, type OperationName } from '../../src/ews/operations.ts'
import {
  type AccessControlRule,
  DEFAULT_ACCESS_CONTROL_RULE,
} from '../../src/model/access-control.ts'
import { organizationId, userId } from '../../src/model/identity.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type ImpersonationRule,
  type RoleGuard,
  type RoleLock,
  roleId,
} from '../../src/model/role.ts'
import { decide, type Target } from '../../src/policy/decide.ts'
import { compileRules } from '../../src/policy/rules.ts'

const [ann, bob] = [userId('u-ann'), userId('u-bob')]
const everyone: ImpersonationRule = { id: 'everyone', effect: 'ALLOW' }
const neverBob: ImpersonationRule = { id: 'never-bob', effect: 'DENY', targetUsers: [bob] }
const allButAnn: ImpersonationRule = { id: 'all-but-ann', effect: 'DENY', notTargetUsers: [ann] }

type Seed = {
  type?: ImpersonationRole['type']
  rules?: ImpersonationRule[]
  guard?: RoleGuard
  lock?: RoleLock
}

function role(seed: Seed = {}) {
  const { type = 'FULL_ACCESS', rules = [everyone], guard = DEFAULT_GUARD, lock } = seed
  const id = roleId('r')
  const organization = organizationId('m-0123456789abcdef0123456789abcdef')
  const dates = { version: 1, tokensValidFrom: 1, createdAt: 0, modifiedAt: 0 }
  return {
    role: {
      ...{ id, organizationId: organization, name: 'r', type, rules, guard, ...dates },
      ...(lock && { lock }),
    },
    rules: compileRules(rules),
  }
}

const as = (id: typeof ann): Target => ({ kind: 'user', id })
const unknown: Target = { kind: 'unknown' }
const conflict: Target = { kind: 'conflict' }
const neutral: Target = { kind: 'neutral' }
const nobody: Target = { kind: 'nobody' }

const AT = 1_000_000
const circumstances = {
  sourceAddress: '192.0.2.7',
  at: AT,
  accessControl: [DEFAULT_ACCESS_CONTROL_RULE],
}

const readOnly = role({ type: 'READ_ONLY' })
const noAllow = role({ rules: [neverBob] })
const noLookups = role({ guard: { ...DEFAULT_GUARD, directoryLookups: false } })
const extra = role({
  type: 'READ_ONLY',
  guard: { ...DEFAULT_GUARD, extraReads: ['GetImItems'] },
})

for (const [name, of, element, target, expected] of [
  ['allows by an ALLOW rule', role(), 'GetItem', as(ann), ['everyone']],
  [
    'refuses by a DENY rule',
    role({ rules: [everyone, neverBob] }),
    'GetItem',
    as(bob),
    'rule-denies',
  ],
  ['refuses whom no rule allows', role({ rules: [] }), 'GetItem', as(ann), 'no-rule-allows'],
  ['refuses somebody unknown', role(), 'GetItem', unknown, 'unknown-user'],
  [
    'tells of the DENY that meets him',
    role({ rules: [allButAnn] }),
    'GetItem',
    unknown,
    'unknown-user',
  ],
  ['R2 refuses two people at once', role(), 'GetItem', conflict, 'impersonation-conflict'],
  ['R2 also where it touches nobody', role(), 'ResolveNames', conflict, 'impersonation-conflict'],
  ['R2 and looks at the operation first', readOnly, 'CreateItem', conflict, 'role-is-read-only'],
  ['refuses an unlisted operation', role(), 'GetEverything', as(ann), 'operation-unknown'],
  ['knows operations by exact name', role(), 'getItem', as(ann), 'operation-unknown'],
  ['is not fooled by names of objects', role(), 'toString', as(ann), 'operation-unknown'],
  ['takes request elements', role(), 'GetUserAvailabilityRequest', as(ann), ['everyone']],
  ['and no other name for them', role(), 'GetUserAvailability', as(ann), 'operation-unknown'],
  ['lets READ_ONLY read', readOnly, 'GetItem', as(ann), ['everyone']],
  ['P4 refuses READ_ONLY a write', readOnly, 'CreateItem', as(ann), 'role-is-read-only'],
  ['P4 refuses READ_ONLY a delete', readOnly, 'DeleteItem', as(ann), 'role-is-read-only'],
  ['R2 looks at the operation first', readOnly, 'CreateItem', unknown, 'role-is-read-only'],
  ['refuses delegation', role(), 'AddDelegate', as(ann), 'operation-refused'],
  ['refuses tokens', role(), 'GetClientAccessToken', as(ann), 'operation-refused'],
  ['refuses administration', role(), 'InstallApp', as(ann), 'operation-refused'],
  ['refuses inbox rules', role(), 'UpdateInboxRules', as(ann), 'operation-refused'],
  ['R4 refuses what no WSDL lists', role(), 'PerformReminderAction', as(ann), 'operation-refused'],
  ['R4 leaves out extra reads', readOnly, 'GetImItems', as(ann), 'role-is-read-only'],
  ['R4 but for those named', extra, 'GetImItems', as(ann), ['everyone']],
  ['R4 and no others', extra, 'GetImItemList', as(ann), 'role-is-read-only'],
  ['R4 hides configuration', readOnly, 'GetUserConfiguration', as(ann), 'role-is-read-only'],
  ['R2 can forbid the address book', noLookups, 'ResolveNames', as(ann), 'operation-refused'],
  ['and that alone', noLookups, 'GetItem', as(ann), ['everyone']],
  ['takes a neutral operation', role(), 'ResolveNames', neutral, []],
  ['R1 but needs an ALLOW rule', noAllow, 'ResolveNames', neutral, 'no-rule-allows'],
  ['takes no other without a header', role(), 'GetItem', neutral, 'impersonation-missing'],
  ['nor any without a mailbox', role(), 'ResolveNames', nobody, 'impersonation-missing'],
] as const) {
  const decision = decide(of, element, target, circumstances)
  const found = decision.verdict === 'allow' ? decision.matchedRules : decision.reason
  t.strictSame(found, expected, `decide() ${name}`)
}

const named = (name: string, rule: Partial<AccessControlRule> = {}): AccessControlRule => ({
  ...DEFAULT_ACCESS_CONTROL_RULE,
  name,
  ...rule,
})
const notFromHere = named('not-from-here', { effect: 'DENY', ipRanges: ['192.0.2.0/24'] })
const notForAnn = named('not-for-ann', { effect: 'DENY', userIds: [ann] })
const onlyForAnn = named('only-for-ann', { userIds: [ann] })
const onlyByImap = named('only-by-imap', { actions: ['IMAP'] })
const notInThisRole = named('not-in-this-role', {
  effect: 'DENY',
  impersonationRoleIds: [roleId('r')],
})

for (const [name, rules, element, target, expected] of [
  ['refuses where no rule is', [], 'GetItem', as(ann), []],
  ['refuses an address', [named('all'), notFromHere], 'GetItem', as(ann), ['not-from-here']],
  ['refuses a user', [named('all'), notForAnn], 'GetItem', as(ann), ['not-for-ann']],
  ['and no other', [named('all'), notForAnn], 'GetItem', as(bob), 'allow'],
  ['refuses a role', [named('all'), notInThisRole], 'GetItem', as(ann), ['not-in-this-role']],
  ['is about EWS', [onlyByImap], 'GetItem', as(ann), []],
  ['refuses somebody unknown', [onlyForAnn], 'GetItem', unknown, []],
  ['refuses what names nobody', [onlyForAnn], 'ResolveNames', neutral, []],
  ['comes before the operation', [], 'GetEverything', as(ann), []],
] as const) {
  const decision = decide(role(), element, target, { ...circumstances, accessControl: rules })
  const found = decision.verdict === 'allow' ? 'allow' : decision.matchedRules
  t.strictSame(found, expected, `decide() access control ${name}`)
  if (decision.verdict === 'deny') t.equal(decision.reason, 'access-control-denies')
}

for (const [name, lock, accessControl, expected] of [
  ['refuses a locked role', {}, [named('all')], 'role-locked'],
  ['until the lock expires', { expiresAt: AT + 1 }, [named('all')], 'role-locked'],
  ['and then no more', { expiresAt: AT }, [named('all')], 'allow'],
  ['before access control', { message: 'Closed' }, [], 'role-locked'],
] as const) {
  const decision = decide(role({ lock }), 'GetItem', as(ann), { ...circumstances, accessControl })
  t.equal(decision.verdict === 'allow' ? 'allow' : decision.reason, expected, `decide() ${name}`)
}

const elements = fc.constantFrom(...(Object.keys(OPERATIONS) as OperationName[]))
const targets = fc.constantFrom(as(ann), as(bob), unknown, neutral, nobody)
const lookups = fc.boolean()

const subset = fc.check(
  fc.property(elements, targets, lookups, (element, target, directoryLookups) => {
    const guard = { ...DEFAULT_GUARD, directoryLookups }
    const mayRead =
      decide(role({ type: 'READ_ONLY', guard }), element, target, circumstances).verdict === 'allow'
    return !mayRead || decide(role({ guard }), element, target, circumstances).verdict === 'allow'
  }),
)
t.notOk(subset.failed, 'R4 decide() gives FULL_ACCESS all that READ_ONLY may')

const changes = fc.check(
  fc.property(elements, targets, (element, target) => {
    const { class: of, readOnlyAllowed } = OPERATIONS[element]
    const { verdict } = decide(readOnly, element, target, circumstances)
    return verdict === 'deny' || (readOnlyAllowed && (of === 'read' || of === 'session'))
  }),
)
t.notOk(changes.failed, 'P4 decide() lets READ_ONLY do nothing but read')

const closed = fc.check(
  fc.property(fc.string(), targets, (element, target) => {
    const known = Object.hasOwn(OPERATIONS, element) || element.endsWith('Request')
    return known || decide(role(), element, target, circumstances).verdict === 'deny'
  }),
)
t.notOk(closed.failed, 'P3 decide() refuses every operation that is not listed')
