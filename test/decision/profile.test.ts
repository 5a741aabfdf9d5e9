/** The checks of a profile alone: their questions, and their outcomes while answers are missing. */

import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import type { AuthorizationRequest } from '../../src/decision/decision.ts'
import { evaluationFor, findBasics } from '../../src/decision/evaluation.ts'
import { Lookup } from '../../src/decision/lookup.ts'
import { checkFolderClasses, checkProfile } from '../../src/decision/profile.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import { byAddress } from '../../src/model/identity.ts'
import type { DataKind } from '../../src/model/policy-data.ts'
import type { ProfileName } from '../../src/model/profile.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type Mailboxes,
  type RoleShadow,
} from '../../src/model/role.ts'
import type { ContentQuery, ContentResult } from '../../src/model/stored-content.ts'
import { GUIDS, idIn, requestWith } from '../policy/guard-cases.ts'
import { coldData, crowdNames } from './crowd.ts'
import { ANN, BOB, CREDENTIAL, GET_FOLDER, ROLE } from './data.ts'

const KNOWN: readonly DataKind[] = [
  'content-classes',
  'mailbox-owners',
  'name',
  'shared-mailbox',
  'user',
]
const MAIL = { container: 'IPF.Note', isHidden: false }
const MESSAGE = { folder: MAIL, itemClass: 'IPM.Note', isDraft: false, isAssociated: false }

type Given = Readonly<{
  operation: string
  mailboxes?: Mailboxes
  address?: string
  known?: readonly DataKind[]
  answer?: (query: ContentQuery) => ContentResult
  requestElement?: string
  profile?: ProfileName
}>

const allMail = ({ folders, items }: ContentQuery): ContentResult => ({
  folders: folders.map(() => MAIL),
  items: items.map(() => MESSAGE),
})

/** Evaluates the check of IDs in a role with a profile for mail. Returns its outcome, and what it asked. */
function checked(given: Given) {
  const { mailboxes = 'own', address = ANN.primarySmtpAddress, answer = allMail } = given
  const { prologue, facts: body } = readEnvelope(requestWith(given.operation))
  const queries: ContentQuery[] = []
  const owners: unknown[] = []
  const { data } = coldData(given.known ?? KNOWN, {
    'content-classes': (query: ContentQuery) => {
      queries.push(query)
      return answer(query)
    },
    'mailbox-owners': (query: Readonly<{ guids: readonly string[]; users: unknown }>) => {
      owners.push(query.users)
      return query.guids.map(guid => (guid === GUIDS.bob ? BOB.id : ANN.id))
    },
  })
  const lookup = new Lookup(data)
  const request = {
    ...GET_FOLDER,
    connectingSid: byAddress(address),
    requestElement: given.requestElement ?? prologue.requestElement,
    body,
  }
  const role: ImpersonationRole = {
    ...ROLE,
    guard: { ...DEFAULT_GUARD, mailboxes },
    profile: { name: given.profile ?? 'mail-read' },
  }
  const basics = findBasics(request, lookup)
  if (basics === undefined) throw new TypeError(JSON.stringify(lookup.missing))
  const evaluation = evaluationFor(basics, role)
  const outcome = checkFolderClasses(evaluation)
  const reason = outcome.kind === 'deny' ? outcome.reason : outcome.kind
  const missing = lookup.missing.map(({ kind }) => kind)
  const { outside } = outcome.kind === 'pass' ? outcome : {}
  const ofProfile = checkProfile(evaluation).kind
  return { outcome: reason, outside, ofProfile, queries, owners, missing }
}

const folderIds = (...ids: readonly string[]) =>
  `<m:FindItem Traversal="Shallow"><m:ParentFolderIds>${ids.map(id => `<t:FolderId Id="${id}"/>`).join('')}</m:ParentFolderIds></m:FindItem>`
const itemIds = (...ids: readonly string[]) =>
  `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>${ids.map(id => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`
const inMailbox = (address: string) =>
  `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`

t.test('an answer about fewer folders or items than asked for is denied', async t => {
  const fewer = (kind: 'folders' | 'items') => (query: ContentQuery) => ({
    ...allMail(query),
    [kind]: allMail(query)[kind].slice(1),
  })
  for (const [operation, kind] of [
    [folderIds('a', 'b'), 'folders'],
    [itemIds('a', 'b'), 'items'],
  ] as const) {
    t.equal(checked({ operation }).outcome, 'pass')
    t.equal(checked({ operation, answer: fewer(kind) }).outcome, 'outside-profile', kind)
  }
})

t.test('entries that are outside of the profile are left out of the response', async t => {
  const someMail = (query: ContentQuery) => ({
    folders: query.folders.map(id => (id === 'f' ? MAIL : undefined)),
    items: query.items.map(id => (id === 'b' ? undefined : MESSAGE)),
  })
  const outside = (operation: string) => checked({ operation, answer: someMail }).outside
  t.strictSame(outside(itemIds('a', 'b', 'c', 'b')), [1, 3])
  t.equal(outside(itemIds('a', 'c')), undefined)
  const named = '<t:DistinguishedFolderId Id="calendar"/><t:DistinguishedFolderId Id="inbox"/>'
  const getFolder = (content: string) =>
    `<m:GetFolder><m:FolderIds>${content}</m:FolderIds></m:GetFolder>`
  t.strictSame(outside(getFolder(`${named}<t:FolderId Id="f"/><t:FolderId Id="g"/>`)), [0, 3])
  const byName = checked({ operation: getFolder(named) })
  t.strictSame(byName.outside, [0])
  t.strictSame(byName.queries, [], 'names need no question')
})

t.test('folders and items are asked for by their IDs, each once', async t => {
  const move =
    '<m:MoveItem><m:ToFolderId><t:FolderId Id="f"/></m:ToFolderId>' +
    '<m:ItemIds><t:ItemId Id="a"/><t:ItemId Id="b"/><t:ItemId Id="a"/></m:ItemIds></m:MoveItem>'
  t.match(checked({ operation: move, profile: 'contacts-sync' }).queries, [
    { folders: ['f'], items: ['a', 'b'], user: ANN },
  ])
})

t.test('an unknown user has no folders with a class', async t => {
  const { outcome, queries } = checked({ operation: itemIds('a'), address: 'who@example.com' })
  t.equal(outcome, 'outside-profile')
  t.strictSame(queries, [])
})

t.test('an unknown operation has no profile', async t => {
  const { outcome, ofProfile } = checked({ operation: itemIds('a'), requestElement: 'Frobnicate' })
  t.equal(outcome, 'not-made')
  t.equal(ofProfile, 'pass')
})

t.test('the owners of mailboxes are asked for where the guard depends on them', async t => {
  const operation = folderIds(idIn(GUIDS.ann), idIn(GUIDS.bob))
  const asking = (mailboxes: Mailboxes) => {
    const { queries, owners } = checked({ operation, mailboxes })
    return { mailboxes: queries.map(query => query.mailboxes), owners }
  }
  t.strictSame(asking('own'), { mailboxes: [[]], owners: [] })
  t.strictSame(asking('any'), { mailboxes: [[]], owners: [] })
  t.strictSame(asking('permitted'), { mailboxes: [[BOB.primarySmtpAddress]], owners: [[ANN]] })

  const one = checked({ operation: folderIds(idIn(GUIDS.bob)), mailboxes: 'permitted' })
  t.match(one.queries, [{ mailboxes: [BOB.primarySmtpAddress] }], 'one ID is enough')
  const none = checked({ operation: folderIds('a'), mailboxes: 'permitted' })
  t.strictSame(none.owners, [], 'an ID without a mailbox has no owner to ask for')

  for (const lacking of ['mailbox-owners', 'user'] as const) {
    const known = KNOWN.filter(kind => kind !== lacking)
    const { outcome, queries, missing } = checked({ operation, mailboxes: 'permitted', known })
    t.equal(outcome, 'unknown')
    t.strictSame(queries, [], 'folders have no class before their mailbox is known')
    t.strictSame(missing, [lacking])
  }
})

t.test(
  'mailboxes that a request names are read only if the guard allows them, and 20 at most',
  async t => {
    const named = crowdNames(21).map(name => `${name}@example.com`)
    const operation = folderIds('a').replace(
      '<t:FolderId',
      `${named.map(inMailbox).join('')}<t:FolderId`,
    )
    const asked = (mailboxes: Mailboxes) =>
      checked({ operation, mailboxes }).queries.map(query => query.mailboxes)
    t.strictSame(asked('any'), [named.slice(0, 20)])
    t.strictSame(asked('own'), [[]])
  },
)

t.test('the draft of a role is decided by the classes of IDs, too', async t => {
  const { data } = coldData(KNOWN, { 'content-classes': allMail })
  const { type, rules } = ROLE
  const guard = { ...DEFAULT_GUARD, mailboxes: 'any' } as const
  const shadowWith = (profile: ProfileName): RoleShadow => ({
    ...{ type, rules, guard, profile: { name: profile } },
    ...{ version: 7, base: '', attachedAt: 0, attachedBy: { id: 'p', name: 'Admin' } },
  })
  const { prologue, facts: body } = readEnvelope(requestWith(itemIds('a')))
  for (const [profile, outcome] of [
    ['mail-read', { outcome: 'same' }],
    ['calendar-read', { outcome: 'would-deny', reason: 'outside-profile' }],
  ] as const) {
    data.put('role', ROLE.id, { ...ROLE, guard, shadow: shadowWith(profile) })
    const request = { ...GET_FOLDER, requestElement: prologue.requestElement, body }
    t.match(authorize(request, data), { decision: { verdict: 'allow' }, shadow: outcome }, profile)
  }
})

t.test('an explained request without a body is compared with the draft', async t => {
  const { data } = coldData(KNOWN)
  const { type, rules, guard } = ROLE
  const shadow = { version: 7, base: '', attachedAt: 0, attachedBy: { id: 'p', name: 'Admin' } }
  data.put('role', ROLE.id, { ...ROLE, shadow: { ...shadow, type, rules, guard } })
  data.put('name', byAddress(ANN.primarySmtpAddress), ANN)
  const explained = {
    kind: 'explained',
    principal: CREDENTIAL.principal,
    roleId: ROLE.id,
  } as const
  const compared = (caller: AuthorizationRequest['caller']) => {
    const decided = authorize({ ...GET_FOLDER, caller }, data)
    return 'shadow' in decided ? decided.shadow : undefined
  }
  t.match(compared(explained), { outcome: 'same' })
  t.match(compared(GET_FOLDER.caller), { outcome: 'unknown', cause: 'body-not-read' })
})
