/**
 * The checks of each purpose, by one role and what a request names.
 */

import fc from 'fast-check'
import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import type { AuthorizationRequest, Purpose } from '../../src/decision/decision.ts'
import { explain } from '../../src/decision/explain.ts'
import { OPERATIONS, type OperationName } from '../../src/ews/operations.ts'
import {
  type AccessControlRule,
  DEFAULT_ACCESS_CONTROL_RULE,
} from '../../src/model/access-control.ts'
import type { Decision } from '../../src/model/decision.ts'
import { byAddress } from '../../src/model/identity.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type ImpersonationRule,
} from '../../src/model/role.ts'
import { ANN, AT, BOB, CREDENTIAL, GET_FOLDER, ORGANIZATION, ROLE, TestData } from './data.ts'

type Named = Pick<AuthorizationRequest, 'connectingSid' | 'mailbox' | 'organization'>
type PolicyInput = Readonly<{
  role?: Partial<ImpersonationRole>
  accessControl?: readonly AccessControlRule[]
}>

const { neutralMailbox: _, ...WITHOUT_NEUTRAL } = ORGANIZATION
const as = (address: string): Named => ({
  organization: ORGANIZATION,
  connectingSid: byAddress(address),
})
const [ann, bob] = [as(ANN.primarySmtpAddress), as(BOB.primarySmtpAddress)]
const unknown = as('nobody@example.com')
const conflict: Named = { ...ann, mailbox: BOB.primarySmtpAddress }
const neutral: Named = { organization: ORGANIZATION, connectingSid: undefined }
const none: Named = { organization: WITHOUT_NEUTRAL, connectingSid: undefined }

/** Decides, and requires that the explanation ends with the same decision. */
function decideBy(
  { role = {}, accessControl = [DEFAULT_ACCESS_CONTROL_RULE] }: PolicyInput,
  request: AuthorizationRequest,
): Decision {
  const data = new TestData()
  data.put('role', ROLE.id, { ...ROLE, ...role })
  data.put('access-control', 'rules', accessControl)
  const decided = authorize(request, data)
  const explained = explain(request, data)
  if ('missing' in decided || 'missing' in explained) throw new Error('Something is missing')
  t.strictSame(explained.decided, decided)
  return decided.decision
}

const decide = (given: PolicyInput, requestElement: string, named: Named): Decision =>
  decideBy(given, { ...GET_FOLDER, requestElement, ...named })

const everyone: ImpersonationRule = { id: 'everyone', effect: 'ALLOW' }
const neverBob: ImpersonationRule = { id: 'never-bob', effect: 'DENY', targetUsers: [BOB.id] }
const allButAnn: ImpersonationRule = {
  id: 'all-but-ann',
  effect: 'DENY',
  notTargetUsers: [ANN.id],
}

const full: PolicyInput = {}
const withRules = (...rules: readonly ImpersonationRule[]): PolicyInput => ({ role: { rules } })
const readOnly: PolicyInput = { role: { type: 'READ_ONLY' } }
const noAllow = withRules(neverBob)
const noLookups: PolicyInput = { role: { guard: { ...DEFAULT_GUARD, directoryLookups: false } } }
const extra: PolicyInput = {
  role: { type: 'READ_ONLY', guard: { ...DEFAULT_GUARD, extraReads: ['GetImItems'] } },
}

t.test('authorize() of an EWS request', async t => {
  for (const [name, given, element, named, expected] of [
    ['allows by an ALLOW rule', full, 'GetItem', ann, ['everyone']],
    ['denies by a DENY rule', withRules(everyone, neverBob), 'GetItem', bob, 'rule-denies'],
    ['denies a user that no rule allows', withRules(), 'GetItem', ann, 'no-rule-allows'],
    ['denies an unknown user', full, 'GetItem', unknown, 'unknown-user'],
    [
      'denies an unknown user that a DENY rule matches, too',
      withRules(allButAnn),
      'GetItem',
      unknown,
      'unknown-user',
    ],
    ['R2 denies two users at once', full, 'GetItem', conflict, 'impersonation-conflict'],
    ['R2 also if it touches no mailbox', full, 'ResolveNames', conflict, 'impersonation-conflict'],
    ['R2 checks the operation first', readOnly, 'CreateItem', conflict, 'role-is-read-only'],
    ['denies an unlisted operation', full, 'GetEverything', ann, 'operation-unknown'],
    ['knows operations by exact name', full, 'getItem', ann, 'operation-unknown'],
    ['knows no names of objects', full, 'toString', ann, 'operation-unknown'],
    ['knows request elements', full, 'GetUserAvailabilityRequest', ann, ['everyone']],
    ['and no other name for them', full, 'GetUserAvailability', ann, 'operation-unknown'],
    ['lets READ_ONLY read', readOnly, 'GetItem', ann, ['everyone']],
    ['P4 denies READ_ONLY a write', readOnly, 'CreateItem', ann, 'role-is-read-only'],
    ['P4 denies READ_ONLY a delete', readOnly, 'DeleteItem', ann, 'role-is-read-only'],
    ['R2 checks the type before the user', readOnly, 'CreateItem', unknown, 'role-is-read-only'],
    ['denies delegation', full, 'AddDelegate', ann, 'operation-refused'],
    ['denies tokens', full, 'GetClientAccessToken', ann, 'operation-refused'],
    ['denies administration', full, 'InstallApp', ann, 'operation-refused'],
    ['denies inbox rules', full, 'UpdateInboxRules', ann, 'operation-refused'],
    ['R4 denies what no WSDL lists', full, 'PerformReminderAction', ann, 'operation-refused'],
    ['R4 allows sessions', full, 'StartSearchSession', ann, ['everyone']],
    ['R4 but not to READ_ONLY', readOnly, 'StartSearchSession', ann, 'operation-refused'],
    ['R4 leaves out extra reads', readOnly, 'GetImItems', ann, 'operation-refused'],
    ['R4 except those named', extra, 'GetImItems', ann, ['everyone']],
    ['R4 and no others', extra, 'GetImItemList', ann, 'operation-refused'],
    ['R4 hides configuration', readOnly, 'GetUserConfiguration', ann, 'operation-refused'],
    ['says so of no read', readOnly, 'FindAvailableMeetingTimes', ann, 'operation-refused'],
    ['R2 can deny the address book', noLookups, 'ResolveNames', ann, 'operation-refused'],
    ['and nothing else', noLookups, 'GetItem', ann, ['everyone']],
    ['allows a neutral operation', full, 'ResolveNames', neutral, []],
    ['R1 if there is an ALLOW rule', noAllow, 'ResolveNames', neutral, 'no-rule-allows'],
    ['allows no other without a header', full, 'GetItem', neutral, 'impersonation-missing'],
    ['nor any without a mailbox', full, 'ResolveNames', none, 'impersonation-missing'],
  ] as const) {
    const decision = decide(given, element, named)
    const found = decision.verdict === 'allow' ? decision.matchedRules : decision.reason
    t.strictSame(found, expected, name)
  }
})

const rule = (name: string, change: Partial<AccessControlRule> = {}): AccessControlRule => ({
  ...DEFAULT_ACCESS_CONTROL_RULE,
  name,
  ...change,
})
const notFromHere = rule('not-from-here', { effect: 'DENY', ipRanges: ['192.0.2.0/24'] })
const notForAnn = rule('not-for-ann', { effect: 'DENY', userIds: [ANN.id] })
const onlyForAnn = rule('only-for-ann', { userIds: [ANN.id] })
const onlyByImap = rule('only-by-imap', { actions: ['IMAP'] })
const onlyByEws = rule('only-by-ews', { actions: ['EWS'] })
const onlyDiscovery = rule('only-discovery', { actions: ['AutoDiscover'] })
const notInThisRole = rule('not-in-role', { effect: 'DENY', impersonationRoleIds: [ROLE.id] })

t.test('authorize() evaluates access control before the operation', async t => {
  for (const [name, accessControl, element, named, expected] of [
    ['denies if there is no rule', [], 'GetItem', ann, []],
    ['denies an address', [rule('all'), notFromHere], 'GetItem', ann, ['not-from-here']],
    ['denies a user', [rule('all'), notForAnn], 'GetItem', ann, ['not-for-ann']],
    ['and no other', [rule('all'), notForAnn], 'GetItem', bob, 'allow'],
    ['denies a role', [rule('all'), notInThisRole], 'GetItem', ann, ['not-in-role']],
    ['is about EWS', [onlyByEws], 'GetItem', ann, 'allow'],
    ['and no other protocol', [onlyByImap], 'GetItem', ann, []],
    ['denies an unknown user', [onlyForAnn], 'GetItem', unknown, []],
    ['denies a request that names no user', [onlyForAnn], 'ResolveNames', neutral, []],
    ['denies two users, though one is allowed', [onlyForAnn], 'GetItem', conflict, []],
    ['comes before the operation', [], 'GetEverything', ann, []],
  ] as const) {
    const decision = decide({ accessControl }, element, named)
    const found = decision.verdict === 'allow' ? 'allow' : decision.matchedRules
    t.strictSame(found, expected, name)
    if (decision.verdict === 'deny') t.equal(decision.reason, 'access-control-denies')
  }
})

t.test('authorize() denies in a locked role', async t => {
  for (const [name, lock, accessControl, expected] of [
    ['denies', {}, [rule('all')], 'role-locked'],
    ['until the lock expires', { expiresAt: AT + 1 }, [rule('all')], 'role-locked'],
    ['and then no more', { expiresAt: AT }, [rule('all')], 'allow'],
    ['before access control', { message: 'Closed' }, [], 'role-locked'],
  ] as const) {
    const decision = decide({ role: { lock }, accessControl }, 'GetItem', ann)
    t.equal(decision.verdict === 'allow' ? 'allow' : decision.reason, expected, name)
  }
})

const requestFor = <P extends Purpose>(purpose: P, named: Named): AuthorizationRequest<P> => ({
  ...GET_FOLDER,
  purpose,
  requestElement: '',
  ...named,
})

t.test('authorize() of a discovery: a user that the role may impersonate', async t => {
  for (const [name, given, named, expected] of [
    ['allows by an ALLOW rule', full, ann, ['everyone']],
    ['in a role that only reads', readOnly, ann, ['everyone']],
    ['without the address book', noLookups, ann, ['everyone']],
    ['denies by a DENY rule', withRules(everyone, neverBob), bob, 'rule-denies'],
    ['denies a user that no rule allows', withRules(), ann, 'no-rule-allows'],
    ['denies an unknown user', full, unknown, 'unknown-user'],
    ['denies a reserved user', full, as('service@example.com'), 'unknown-user'],
    ['denies a disabled user', full, as('off@example.com'), 'unknown-user'],
    ['R2 denies two users at once', full, conflict, 'impersonation-conflict'],
    ['denies a request that names no user', full, neutral, 'impersonation-missing'],
    ['denies in a locked role', { role: { lock: {} } }, ann, 'role-locked'],
    ['is no EWS', { accessControl: [onlyByEws] }, ann, 'access-control-denies'],
    ['is AutoDiscover', { accessControl: [onlyDiscovery] }, ann, ['everyone']],
  ] as const) {
    const decision = decideBy(given, requestFor('AutoDiscover', named))
    const found = decision.verdict === 'allow' ? decision.matchedRules : decision.reason
    t.strictSame(found, expected, name)
  }
})

t.test('authorize() of a token: a role that the caller can assume now', async t => {
  for (const [name, given, expected] of [
    ['allows', full, 'allow'],
    ['whatever the rules allow', withRules(), 'allow'],
    ['whatever access control allows', { accessControl: [] }, 'allow'],
    ['denies in a locked role', { role: { lock: { expiresAt: AT + 1 } } }, 'role-locked'],
    ['and no more when the lock expires', { role: { lock: { expiresAt: AT } } }, 'allow'],
  ] as const) {
    const decision = decideBy(given, requestFor('token', neutral))
    t.equal(decision.verdict === 'allow' ? 'allow' : decision.reason, expected, name)
  }
})

t.test('authorize() of every purpose asks the policy of the caller', async t => {
  const data = new TestData()
  data.put('credential', CREDENTIAL.key.id, fromHereOnly())
  for (const [purpose, named] of [
    ['EWS', ann],
    ['AutoDiscover', ann],
    ['token', neutral],
  ] as const) {
    const request = { ...requestFor(purpose, named), requestElement: 'GetItem' }
    const elsewhere = { ...request, sourceAddress: '198.51.100.7' }
    t.match(authorize(request, data), { decision: { verdict: 'allow' } }, purpose)
    t.match(authorize(elsewhere, data), { decision: { reason: 'role-not-permitted' } }, purpose)
  }
})

t.test('authorize() of a token has no target, access control, or protection', async t => {
  const data = new TestData()
  data.hide('access-control', 'rules')
  data.hide('protection', 'list')
  data.hide('name', byAddress(ANN.primarySmtpAddress))
  const allowed = authorize(requestFor('token', ann), data)
  t.equal('missing' in allowed || allowed.target, undefined)
  data.put('role', ROLE.id, { ...ROLE, lock: {} })
  const denied = authorize(requestFor('token', ann), data)
  t.strictSame('missing' in denied || denied.target, { kind: 'none' })
})

function fromHereOnly() {
  const { principal } = CREDENTIAL
  const Statement = principal.policy.Statement.map(statement => ({
    ...statement,
    Condition: { ...statement.Condition, IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } },
  }))
  return { ...CREDENTIAL, principal: { ...principal, policy: { ...principal.policy, Statement } } }
}

const elements = fc.constantFrom(...(Object.keys(OPERATIONS) as OperationName[]))
const targets = fc.constantFrom(ann, bob, unknown, conflict, neutral, none)

t.test('R4 authorize() allows FULL_ACCESS everything that it allows READ_ONLY', async t => {
  const subset = fc.property(elements, targets, fc.boolean(), (element, named, lookups) => {
    const guard = { ...DEFAULT_GUARD, directoryLookups: lookups }
    const { verdict } = decide({ role: { type: 'READ_ONLY', guard } }, element, named)
    return verdict === 'deny' || decide({ role: { guard } }, element, named).verdict === 'allow'
  })
  t.notOk(fc.check(subset).failed)
})

t.test('P4 authorize() allows READ_ONLY only reads', async t => {
  const reads = fc.property(elements, targets, (element, named) => {
    const { class: of, readOnlyAllowed } = OPERATIONS[element]
    const { verdict } = decide(readOnly, element, named)
    return verdict === 'deny' || (readOnlyAllowed && (of === 'read' || of === 'session'))
  })
  t.notOk(fc.check(reads).failed)
})

t.test('P3 authorize() denies every operation that is not listed', async t => {
  const closed = fc.property(fc.string(), targets, (element, named) => {
    const isListed = Object.hasOwn(OPERATIONS, element) || element.endsWith('Request')
    return isListed || decide(full, element, named).verdict === 'deny'
  })
  t.notOk(fc.check(closed).failed)
})
