import fc from 'fast-check'
import t from 'tap'
import { NO_FACTS } from '../../src/ews/reader.ts'
import type { BodyFacts, SentItem } from '../../src/model/envelope.ts'
import { MAILBOXES } from '../../src/model/role.ts'
import {
  type Acting,
  evaluateBody,
  evaluateSentItems,
  type ResolvedBody,
  type StoredSenders,
} from '../../src/policy/guard.ts'
import { ANN, BOB, EVE, personOf, roleOf } from './guard-cases.ts'

const as: Acting = { kind: 'user', id: ANN }
const neutral: Acting = { kind: 'neutral' }

const NOTHING: BodyFacts = {
  mailboxes: [],
  pushSubscription: false,
  unknownMailbox: false,
  mailboxGuids: [],
  subscriptions: [],
  unknownSubscription: false,
  opaqueIds: false,
  unknownIds: false,
  grants: false,
  sends: false,
  senders: [],
  unknownSender: false,
  sentItems: [],
  unknownSentItem: false,
  foreignHeaders: false,
  hiddenRules: false,
  installsApps: false,
  hasIds: false,
  content: NO_FACTS.content,
  folders: [],
  items: [],
  itemCount: 0,
}
const NOBODY: ResolvedBody = {
  mailboxes: [],
  senders: [],
  subscriptions: [],
  owners: [],
  opaqueIds: 'refuse',
  enforcesSendAs: false,
  protection: undefined,
}

const own = (user: typeof ANN | undefined) => ({
  mailboxes: [{ allowed: 'own', user: personOf(user) }] as const,
})
const others = (user: typeof ANN | undefined) => ({
  mailboxes: [{ allowed: 'permitted', user: personOf(user) }] as const,
})
const permitted = { mailboxes: 'permitted' } as const
const any = { mailboxes: 'any' } as const

for (const [name, facts, named, target, guard, expected] of [
  ['lets pass what names nobody', {}, {}, as, {}, undefined],
  ['refuses push subscriptions', { pushSubscription: true }, {}, as, any, 'push-subscription'],
  [
    'refuses what it cannot compare',
    { unknownMailbox: true },
    {},
    as,
    permitted,
    'foreign-mailbox',
  ],
  ['lets a user name himself', {}, own(ANN), as, {}, undefined],
  ['refuses another mailbox', {}, own(BOB), as, {}, 'foreign-mailbox'],
  [
    'lets the user name those that the role can impersonate',
    {},
    own(BOB),
    as,
    permitted,
    undefined,
  ],
  ['and no others', {}, own(EVE), as, permitted, 'foreign-mailbox'],
  ['refuses an unknown mailbox', {}, own(undefined), as, permitted, 'foreign-mailbox'],
  ['lets him name all, as WorkMail does', {}, own(undefined), as, any, undefined],
  ['which covers what cannot be compared', { unknownMailbox: true }, {}, as, any, undefined],
  ['asks the rules where others may be named', {}, others(BOB), as, {}, undefined],
  ['and minds their DENY', {}, others(EVE), as, {}, 'foreign-mailbox'],
  ['and refuses the unknown', {}, others(undefined), as, {}, 'foreign-mailbox'],
  ['knows the own ids', {}, { owners: [personOf(ANN)] }, as, {}, undefined],
  ["refuses others' ids", {}, { owners: [ANN, BOB].map(personOf) }, as, {}, 'foreign-mailbox'],
  ['but for the permitted', {}, { owners: [ANN, BOB].map(personOf) }, as, permitted, undefined],
  [
    'refuses ids of nobody',
    {},
    { owners: [undefined].map(personOf) },
    as,
    permitted,
    'foreign-mailbox',
  ],
  ['refuses opaque ids', { opaqueIds: true }, {}, as, permitted, 'foreign-mailbox'],
  ['where the organization does', { opaqueIds: true }, { opaqueIds: 'allow' }, as, {}, undefined],
  ['or the guard asks nothing', { opaqueIds: true }, {}, as, any, undefined],
  ['allows states', { opaqueIds: true }, { opaqueIds: 'states' }, as, permitted, undefined],
  [
    'refuses other opaque ids where states are allowed',
    { opaqueIds: true, unknownIds: true },
    { opaqueIds: 'states' },
    as,
    permitted,
    'foreign-mailbox',
  ],
  ['refuses grants', { grants: true }, {}, as, any, 'grant-refused'],
  ['but by switch', { grants: true }, {}, as, { delegation: true }, undefined],
  ['refuses hidden rules', { hiddenRules: true }, {}, as, any, 'operation-refused'],
  ['but by switch', { hiddenRules: true }, {}, as, { inboxRules: true }, undefined],
  [
    'refuses apps, whatever the switches',
    { installsApps: true },
    {},
    as,
    { ...any, inboxRules: true, delegation: true },
    'operation-refused',
  ],
  ['lets mail be sent', { sends: true }, {}, as, {}, undefined],
  ['but by switch', { sends: true }, {}, as, { sending: false }, 'operation-refused'],
  ['as the user', { sends: true }, { senders: [ANN, ANN].map(personOf) }, as, {}, undefined],
  [
    'as nobody else',
    { sends: true },
    { senders: [ANN, BOB].map(personOf) },
    as,
    {},
    'sender-refused',
  ],
  [
    'but for the permitted',
    { sends: true },
    { senders: [ANN, BOB].map(personOf) },
    as,
    { senders: 'permitted' },
    undefined,
  ],
  ...[EVE, undefined].map(
    user =>
      [
        `as ${user}, under permitted neither`,
        { sends: true },
        { senders: [BOB, user].map(personOf) },
        as,
        { senders: 'permitted' },
        'sender-refused',
      ] as const,
  ),
  [
    'as no sender that it cannot compare',
    { sends: true, unknownSender: true },
    {},
    as,
    { senders: 'permitted' },
    'sender-refused',
  ],
  [
    'nor as the neutral mailbox',
    { sends: true },
    { senders: [personOf(BOB)] },
    neutral,
    { senders: 'permitted' },
    'sender-refused',
  ],
  [
    'but by an upstream that checks senders',
    { sends: true, unknownSender: true },
    { senders: [personOf(EVE)], enforcesSendAs: true },
    as,
    { senders: 'server' },
    undefined,
  ],
  [
    'and by no other',
    { sends: true },
    { senders: [personOf(BOB)] },
    as,
    { senders: 'server' },
    'sender-refused',
  ],
  [
    'R13 under every guard',
    { sends: true },
    { senders: [BOB].map(personOf) },
    as,
    any,
    'sender-refused',
  ],
  [
    'as nobody unknown',
    { sends: true },
    { senders: [undefined].map(personOf) },
    as,
    {},
    'sender-refused',
  ],
  ['nor untold', { sends: true, unknownSender: true }, {}, as, any, 'sender-refused'],
  ['nor by a header in another one', { foreignHeaders: true }, {}, as, any, 'sender-refused'],
  [
    'but where the upstream checks senders',
    { foreignHeaders: true },
    { enforcesSendAs: true },
    as,
    {},
    undefined,
  ],
  ['R1 refuses ids without a user', { hasIds: true }, {}, neutral, any, 'foreign-mailbox'],
  ['R1 refuses a mailbox without a user', {}, own(ANN), neutral, any, 'foreign-mailbox'],
  ['R1 but for those that rules allow', {}, others(ANN), neutral, any, undefined],
] as const)
  t.equal(
    evaluateBody(
      roleOf('FULL_ACCESS', guard),
      target,
      { ...NOTHING, ...facts },
      { ...NOBODY, ...named },
    ),
    expected,
    `evaluateBody() ${name}`,
  )

const stored = (
  senders: readonly (typeof ANN | undefined)[],
  more: Readonly<{ kind?: 'meeting'; changeKey?: string; unknownSender?: boolean }> = {},
): StoredSenders => ({
  kind: 'other',
  changeKey: 'CK',
  unknownSender: false,
  ...more,
  senders: senders.map(personOf),
})
const draft: SentItem = { id: 'A', changeKey: 'CK' }
const EXCHANGE = { protection: undefined, comparesChangeKeys: true }
const GROMMUNIO = { protection: undefined, comparesChangeKeys: false }
const unbound: SentItem = { id: 'A' }
const invitation: SentItem = { id: 'A', onlyMeetings: true }

for (const [name, items, found, target, denied] of [
  ['a draft of the user', [draft], [stored([ANN, ANN])], as, false],
  ['a draft without a sender', [draft], [stored([])], as, false],
  ['a draft of another user', [draft], [stored([ANN, BOB])], as, true],
  ['a draft of an unknown sender', [draft], [stored([undefined])], as, true],
  ['a draft that hides its sender', [draft], [stored([ANN], { unknownSender: true })], as, true],
  ['a draft that has changed', [draft], [stored([ANN], { changeKey: 'CK2' })], as, true],
  [
    'a draft without a ChangeKey',
    [{ id: 'A', changeKey: '' }],
    [stored([ANN], { changeKey: '' })],
    as,
    true,
  ],
  ['the second of two', [draft, draft], [stored([ANN]), stored([BOB])], as, true],
  ['a draft that is not there', [draft], [{ kind: 'missing' }], as, true],
  ['a draft that cannot be read', [draft], [{ kind: 'unknown' }], as, true],
  ['a draft without an answer', [draft], [], as, true],
  ['a draft of nobody', [draft], [stored([ANN])], neutral, true],
  ['an update of any version', [unbound], [stored([ANN], { changeKey: 'CK2' })], as, false],
  ['an update of another user', [unbound], [stored([BOB])], as, true],
  ['an update of an item that is not there', [unbound], [{ kind: 'missing' }], as, true],
  ['a deleted message of another user', [invitation], [stored([BOB])], as, false],
  [
    'a deleted message that hides its sender',
    [invitation],
    [stored([], { unknownSender: true })],
    as,
    false,
  ],
  [
    'a deleted meeting of another user',
    [invitation],
    [stored([BOB], { kind: 'meeting' })],
    as,
    true,
  ],
  ['a deleted meeting of the user', [invitation], [stored([ANN], { kind: 'meeting' })], as, false],
  ['a deleted item that is not there', [invitation], [{ kind: 'missing' }], as, false],
  [
    'a deleted version that is not there',
    [{ ...invitation, changeKey: 'CK' }],
    [{ kind: 'missing' }],
    as,
    false,
  ],
  ['a deleted item that cannot be read', [invitation], [{ kind: 'unknown' }], as, true],
] as const)
  t.equal(
    evaluateSentItems(roleOf('FULL_ACCESS'), target, items, found, EXCHANGE),
    denied ? 'sender-refused' : undefined,
    `R13 evaluateSentItems() ${denied ? 'denies' : 'allows'} ${name}`,
  )

for (const [name, items, found, denied] of [
  ['a draft that has changed', [draft], [stored([ANN], { changeKey: 'CK2' })], false],
  ['a draft without a ChangeKey', [{ id: 'A', changeKey: '' }], [stored([ANN])], false],
  ['a changed draft of another user', [draft], [stored([BOB], { changeKey: 'CK2' })], true],
  ['a changed draft that hides its sender', [draft], [stored([], { unknownSender: true })], true],
  ['a draft that is not there', [draft], [{ kind: 'missing' }], true],
  ['a draft that cannot be read', [draft], [{ kind: 'unknown' }], true],
  ['a draft without an answer', [draft], [], true],
] as const)
  t.equal(
    evaluateSentItems(roleOf('FULL_ACCESS'), as, items, found, GROMMUNIO),
    denied ? 'sender-refused' : undefined,
    `R13 evaluateSentItems() ${denied ? 'denies' : 'allows'} ${name}, if the server compares no ChangeKey`,
  )

const flags = fc.record({
  grants: fc.boolean(),
  hiddenRules: fc.boolean(),
  installsApps: fc.boolean(),
  sends: fc.boolean(),
})
const guards = fc.record({
  mailboxes: fc.constantFrom(...MAILBOXES),
  delegation: fc.boolean(),
  inboxRules: fc.boolean(),
  sending: fc.boolean(),
})
const readsOnly = fc.check(
  fc.property(flags, guards, (facts, guard) => {
    const acts = Object.values(facts).includes(true)
    const reason = evaluateBody(roleOf('READ_ONLY', guard), as, { ...NOTHING, ...facts }, NOBODY)
    return !acts || reason !== undefined
  }),
)
t.notOk(readsOnly.failed, 'P4 evaluateBody() lets READ_ONLY do nothing, whatever its guard says')

const wider = fc.check(
  fc.property(
    fc.constantFrom(...[ANN, BOB, EVE, undefined]),
    fc.constantFrom(...[ANN, BOB, EVE, undefined]),
    fc.boolean(),
    (user, owner, opaqueIds) => {
      const named = { ...NOBODY, ...own(user), owners: [personOf(owner)] }
      const facts = { ...NOTHING, opaqueIds }
      const reasons = MAILBOXES.map(mailboxes =>
        evaluateBody(roleOf('FULL_ACCESS', { mailboxes }), as, facts, named),
      )
      const passed = reasons.map(reason => reason === undefined)
      return passed.every((it, i) => i === 0 || it || !passed[i - 1])
    },
  ),
)
t.notOk(
  wider.failed,
  'evaluateBody() lets own name no more than permitted, and that no more than any',
)
