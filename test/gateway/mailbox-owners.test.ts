/**
 * R3, R12: the owners of mailboxes, as an upstream says that has them in memory.
 */

import t from 'tap'
import { MailboxOwners } from '../../src/gateway/mailbox-owners.ts'
import type { User } from '../../src/model/identity.ts'
import { userId } from '../../src/model/identity.ts'
import type { Upstream, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { ORGANIZATION } from '../decision/data.ts'
import { gromoxFolderId } from '../kit/gromox-id.ts'
import { faultResponse, messagesTo, responseTo } from '../kit/responses.ts'
import { GUIDS, idIn } from '../policy/guard-cases.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const userWith = (name: string, address = name): User => ({
  id: userId(name),
  primarySmtpAddress: `${address}@example.com`,
  aliases: [],
  enabled: true,
})
const [ann, bob, eve] = [userWith('ann'), userWith('bob'), userWith('eve')]
const [A, B, ARCHIVE] = [GUIDS.ann, GUIDS.bob, GUIDS.eve]

/** An ID of a folder that says nothing about its mailbox. */
const OPAQUE = 'T3BhcXVl'
const GUID = /^[0-9a-f]{8}-/

function writtenIn(guid: string): string {
  if (!GUID.test(guid)) return guid
  return guid.includes('/') ? gromoxFolderId(guid) : idIn(guid)
}

const folders = (ids: readonly string[]) =>
  responseTo(
    'GetFolder',
    `<m:ResponseCode>NoError</m:ResponseCode><m:Folders>${ids
      .map(id => `<t:Folder><t:FolderId Id="${id}"/></t:Folder>`)
      .join('')}</m:Folders>`,
  )
const failing = (code: string) =>
  responseTo('GetFolder', `<m:ResponseCode>${code}</m:ResponseCode>`)
const THROTTLED = { name: 'Failure', reason: 'upstream-unreachable', kind: 'throttled' }

/** The operation element of each question: the roots of mailbox and archive. */
const QUESTION =
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
  '<t:DistinguishedFolderId Id="msgfolderroot"/><t:DistinguishedFolderId Id="archivemsgfolderroot"/>' +
  '</m:FolderIds></m:GetFolder>'

/** Owners, and an upstream that gives users their mailboxes. */
class OwnedMailboxes {
  now = 10 * HOUR_MS
  isBusy = false
  /** Principal whose request needs the owners, and the principals that the questions counted for. */
  owner = 'tool'
  readonly counted = new Set<string | undefined>()
  /** Response of a busy upstream. */
  busy = failing('ErrorServerBusy')
  readonly #guids = new Map<string, readonly string[]>()
  readonly #asked: string[] = []
  readonly #changes: string[] = []
  /** Address of the user in the present question. */
  asking = ''
  /** Maximum time of each question in milliseconds. */
  readonly deadlines: number[] = []
  /** Called before the upstream answers. */
  during: () => Promise<void> | void = () => undefined
  readonly owners = new MailboxOwners(
    () => this.now,
    ({ kind, users }) => this.#changes.push(`${kind} ${users.join('+')}`),
  )
  readonly #upstream = {
    send: (request: UpstreamRequest, sink: Parameters<Upstream['send']>[1]) => {
      void this.#answer(request, sink)
      return { resume: () => undefined, abort: () => undefined }
    },
  } as unknown as Upstream
  readonly #served = { organization: ORGANIZATION, upstream: this.#upstream }

  /** Makes the upstream give mailboxes to a user. */
  give({ primarySmtpAddress }: User, ...guids: readonly string[]) {
    this.#guids.set(primarySmtpAddress, guids)
  }

  async ownersOf(guids: readonly string[], ...users: readonly User[]) {
    return await this.owners.ownersOf(this.#served, guids, users, this.owner)
  }

  find(guids: readonly string[], ...users: readonly User[]) {
    return this.owners.findOwners(this.#served, guids, users)
  }

  known(guid: string) {
    return this.owners.knownOwner(ORGANIZATION.id, guid)
  }

  findShared(user: User, organization = ORGANIZATION) {
    return this.owners.findShared({ ...this.#served, organization }, user)
  }

  async isShared(user: User) {
    return await this.owners.isShared(this.#served, user, this.owner)
  }

  /** Returns the users in the questions to the upstream, and the changes, since the last call. */
  since() {
    return [this.#asked.splice(0).join(' '), ...this.#changes.splice(0)]
  }

  async #answer(
    { anchorMailbox, body, owner, headersTimeoutMs }: UpstreamRequest,
    sink: Parameters<Upstream['send']>[1],
  ): Promise<void> {
    const text = Buffer.from(body as Uint8Array).toString()
    const [, acting = ''] = /<PrimarySmtpAddress>([^<]*)</.exec(text) ?? []
    const isRight = acting === anchorMailbox && text.includes(`>${QUESTION}<`)
    this.#asked.push(isRight ? acting.replace('@example.com', '') : text)
    this.asking = acting
    this.counted.add(owner)
    this.deadlines.push(headersTimeoutMs)
    await this.during()
    const ids = (this.#guids.get(acting) ?? []).map(writtenIn)
    sink.chunk(Buffer.from(this.isBusy ? this.busy : folders(ids)))
    sink.end()
  }
}

t.test('R12 ownersOf() asks about each user once, and remembers it for an hour', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A, ARCHIVE)
  t.equal(world.find([A], ann), undefined, 'nothing is known at first')
  t.strictSame(await world.ownersOf([A, B, ARCHIVE], ann), [ann.id, undefined, ann.id])
  t.strictSame(world.since(), ['ann'])
  t.strictSame(world.find([A], ann), [ann.id])
  t.strictSame(world.find([B], ann), [undefined], 'a mailbox of nobody is known, too')

  world.now += MINUTE_MS - 1
  t.strictSame(await world.ownersOf([B], ann), [undefined])
  t.strictSame(world.since(), [''], 'another mailbox is asked about once a minute')
  world.now += 1
  t.equal(world.find([A, B], ann), undefined)
  t.strictSame(world.find([A], ann), [ann.id], 'a known one is not')
  t.equal(world.find([A], ann, eve), undefined, 'eve has not been asked about')
  world.now += HOUR_MS - MINUTE_MS - 1
  t.strictSame(world.find([A], ann), [ann.id])
  world.now += 1
  t.equal(world.find([A], ann), undefined)
  t.strictSame(await world.ownersOf([A], ann), [ann.id])
  t.strictSame(world.since(), ['ann'])
})

t.test('R12 ownersOf() asks only about users whose mailboxes do not explain all', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  world.give(bob, B)
  t.strictSame(await world.ownersOf([A, B], ann, bob), [ann.id, bob.id])
  t.strictSame(world.since(), ['ann bob'])
  t.strictSame(await world.ownersOf([A, B], ann), [ann.id, bob.id], 'bob is known from before')
  t.strictSame(await world.ownersOf([B], ann, bob), [bob.id])
  world.now += MINUTE_MS
  t.strictSame(await world.ownersOf([B], bob), [bob.id])
  t.strictSame(world.since(), [''])
  t.strictSame(await world.ownersOf([B], ann), [bob.id])
  t.strictSame(world.since(), ['ann'])
  world.now += HOUR_MS - MINUTE_MS
  t.strictSame(await world.ownersOf([B], ann), [undefined], 'for an hour')
})

t.test('R3 ownersOf() forgets a mailbox that a user of the request has no more', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  await world.ownersOf([A], ann)
  world.give(ann, B)
  world.now += HOUR_MS - 1
  t.strictSame(await world.ownersOf([A], ann), [ann.id])
  world.now += 1
  t.strictSame(await world.ownersOf([A], ann), [undefined])
  t.strictSame(await world.ownersOf([A, B], ann, eve), [undefined, ann.id])

  world.give(ann, A)
  world.now += MINUTE_MS
  t.strictSame(await world.ownersOf([A, B], ann, eve), [ann.id, undefined])
})

t.test('R3 ownersOf() asks about a user again under another address', async t => {
  const world = new OwnedMailboxes()
  const renamed = userWith('ann', 'new')
  world.give(ann, A)
  world.give(renamed, B)
  await world.ownersOf([A], ann)
  t.strictSame(await world.ownersOf([A, B], renamed), [undefined, ann.id])
  t.strictSame(world.since(), ['ann new'])
})

t.test('R3 a mailbox that moved belongs to its new user', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  await world.ownersOf([A], ann)
  world.give(ann)
  world.give(bob, A)
  t.strictSame(await world.ownersOf([A], bob), [bob.id])
  t.strictSame(world.since(), ['ann bob ann'], 'ann is asked about again, and reports no change')
  t.equal(world.find([A], ann), undefined, 'and what was known about her is forgotten')
  t.strictSame(await world.ownersOf([A], ann), [bob.id])
})

t.test('R3 a mailbox of two users belongs to neither', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  world.give(bob, A, B)
  await world.ownersOf([A], ann)
  t.equal(world.findShared(bob), false)
  t.strictSame(await world.ownersOf([A, B], bob), [undefined, bob.id])
  t.strictSame(world.since(), ['ann bob ann', 'shared ann+bob'])
  t.strictSame(await world.ownersOf([A], ann), [undefined])
  for (const user of [ann, bob]) t.equal(world.findShared(user), undefined, 'it must be asked')
  t.equal(world.findShared(eve), false)
  t.equal(await world.isShared(eve), false)
  t.equal(world.findShared(ann, { ...ORGANIZATION, id: 'other' as typeof ORGANIZATION.id }), false)
  world.since()

  t.equal(await world.isShared(ann), true)
  t.strictSame(world.since(), ['ann bob'], 'the user, and another')
  t.equal(await world.isShared(ann), true)
  world.now += MINUTE_MS - 1
  t.equal(world.findShared(ann), true, 'for a minute nothing is asked')
  t.strictSame(world.since(), [''])
  t.equal(world.findShared(bob), undefined, 'each user counts alone')
  world.now += 1
  t.equal(world.findShared(ann), undefined)

  world.give(ann)
  t.equal(await world.isShared(ann), false)
  t.strictSame(world.since(), ['ann bob', 'settled ann+bob'])
  t.equal(world.findShared(bob), false)
  t.strictSame(await world.ownersOf([A], bob), [bob.id])
  t.strictSame(await world.ownersOf([A], eve), [bob.id], 'others find its last user')
  t.strictSame(await world.ownersOf([A], ann), [bob.id])
})

/** A mailbox of grommunio: the number of the user, and the GUID. */
const numbered = (number: number, guid: string) =>
  `${number.toString(16).padStart(8, '0')}-18a5-6f7b-bcdc-ea1ed03c5657/${guid}`

t.test('R43 a mailbox of grommunio is the one that all parts of an ID name', async t => {
  const world = new OwnedMailboxes()
  const [ofAnn, ofBob] = [numbered(5, A), numbered(6, B)]
  world.give(ann, ofAnn)
  world.give(bob, ofBob)
  t.strictSame(await world.ownersOf([ofAnn, ofBob], ann, bob), [ann.id, bob.id])
  for (const [what, guid, known] of [
    ["the number of bob, and ann's GUID", numbered(6, A), bob.id],
    ["the number of ann, and bob's GUID", numbered(5, B), ann.id],
    ['a number of no known user', numbered(7, A), undefined],
    ['another GUID', numbered(5, ARCHIVE), ann.id],
    ['another database', ofAnn.replace('18a5', '18a6'), ann.id],
    ['the number alone', numbered(5, '').slice(0, 8), ann.id],
    ['the GUID alone', A, undefined],
  ] as const) {
    if (what !== 'the number alone')
      t.strictSame(await world.ownersOf([guid], ann, bob), [undefined], what)
    t.equal(world.known(guid), known, `${what}, for the audit`)
  }
  t.strictSame(await world.ownersOf([ofAnn], eve), [ann.id], 'others find the owner')
  t.equal(world.known(ofBob), bob.id)
  world.now += HOUR_MS
  t.equal(world.known(ofBob), undefined, 'for an hour')
})

t.test('R43 an entry ID of Exchange names a mailbox by the GUID in its IDs', async t => {
  const world = new OwnedMailboxes()
  // From Microsoft's documentation: a folder, whose entry ID has another GUID than the ID around it.
  const folder =
    'AQMkADkzNjJjODUzLWZhMDMtNDVkMS05ZDdjLWVmMDlkYjQ1Zjc4MwAuAAADUkllSq5hlEyRPjFSL6H4JQEA2RgAmUKUoEqcjZHsWHtm+wAAAgENAAAA'
  const entry = 'entry:00000000-0000-0000-0000-000000000001/4a654952-61ae-4c94-913e-31522fa1f825'
  world.give(ann, folder)
  t.strictSame(await world.ownersOf([A, entry], ann), [ann.id, ann.id])
  t.strictSame(await world.ownersOf([entry], bob), [undefined], 'only of a user of the request')
  t.equal(world.known(entry), undefined)
  const [, other] = entry.split('/')
  t.strictSame(await world.ownersOf([other ?? ''], ann), [undefined], 'only in an entry ID')
})

t.test('R43 an entry ID of grommunio names a mailbox as its IDs do', async t => {
  const world = new OwnedMailboxes()
  const entryIn = (number: number, guid: string) => `entry:${numbered(number, guid)}`
  world.give(ann, numbered(5, A))
  world.give(bob, numbered(6, B))
  t.strictSame(await world.ownersOf([entryIn(5, A), entryIn(6, B)], ann, bob), [ann.id, bob.id])
  t.strictSame(await world.ownersOf([entryIn(6, A)], ann, bob), [undefined], 'a contradiction')
  t.equal(world.known(entryIn(5, A)), ann.id)
  t.equal(world.known(entryIn(6, A)), bob.id, 'the number decides')
  world.give(bob, numbered(5, B))
  world.now += HOUR_MS
  t.strictSame(await world.ownersOf([entryIn(5, A)], ann), [ann.id])
  t.strictSame(await world.ownersOf([entryIn(5, A)], bob), [undefined], 'a shared number')
  t.strictSame(await world.ownersOf([entryIn(5, A)], ann), [undefined])
})

t.test('R3, R43 users with one number share a mailbox', async t => {
  const world = new OwnedMailboxes()
  const [ofAnn, ofBob] = [numbered(5, A), numbered(5, B)]
  world.give(ann, ofAnn)
  world.give(bob, ofBob)
  t.strictSame(await world.ownersOf([ofAnn], ann), [ann.id])
  t.strictSame(await world.ownersOf([ofBob], bob), [undefined])
  t.strictSame(world.since(), ['ann bob ann', 'shared ann+bob'])
  t.strictSame(await world.ownersOf([ofAnn, ofBob], ann, bob), [undefined, undefined])
  for (const user of [ann, bob]) t.equal(world.findShared(user), undefined)
  t.equal(world.known(ofAnn), undefined)

  world.give(bob, numbered(6, B))
  t.equal(await world.isShared(bob), false)
  t.strictSame(await world.ownersOf([ofAnn], ann), [ann.id])
})

t.test('R3 a mailbox that is no longer shared belongs to the user who is left', async t => {
  for (const [left, gone] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const world = new OwnedMailboxes()
    for (const user of [ann, bob]) {
      world.give(user, A)
      await world.ownersOf([A], user)
    }
    world.give(gone)
    t.equal(await world.isShared(gone), false)
    t.strictSame(await world.ownersOf([A], eve), [left.id])
  }
})

t.test('R3 two users who are looked up at once share a mailbox', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  world.give(bob, A)
  const owners = await Promise.all([world.ownersOf([A], ann), world.ownersOf([A], bob)])
  t.ok(
    owners.some(([owner]) => owner === undefined),
    'the later one is denied',
  )
  t.strictSame(world.find([A], ann), [undefined])
  t.strictSame(world.find([A], bob), [undefined])
  t.match(world.since().slice(1), [/^shared (ann\+bob|bob\+ann)$/])
})

t.test('R3 two users who are found while a third is asked about share a mailbox', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  await world.ownersOf([A], ann)
  world.give(ann)
  for (const user of [bob, eve]) world.give(user, A)
  const questions = [() => undefined, () => world.ownersOf([A], eve)]
  world.during = async () => void (await questions.shift()?.())
  await world.ownersOf([A], bob)
  t.strictSame(world.since(), ['ann bob ann eve ann eve', 'shared eve+bob'])
})

t.test('ownersOf() asks once for concurrent requests', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  const both = await Promise.all([world.ownersOf([A], ann), world.ownersOf([A], ann)])
  t.strictSame(both, [[ann.id], [ann.id]])
  t.strictSame(world.since(), ['ann'])
})

t.test('P6 a busy upstream is a failure, and is asked again', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  world.isBusy = true
  for (let n = 0; n < 2; n++) await t.rejects(world.ownersOf([A], ann), THROTTLED)
  t.strictSame(world.since(), ['ann ann'])
  world.isBusy = false
  t.strictSame(await world.ownersOf([A], ann), [ann.id])
  world.give(bob, A)
  for (const busyFrom of [1, 2]) {
    let question = 0
    world.during = () => {
      question += 1
      world.isBusy = question >= busyFrom
    }
    await t.rejects(world.ownersOf([A], bob), THROTTLED)
    t.equal(world.find([A], bob), undefined, 'nothing is known about bob')
  }
  world.during = () => undefined
  world.isBusy = false
  t.strictSame(await world.ownersOf([A], eve), [ann.id], 'the mailbox is still that of ann')
})

for (const [what, busy] of [
  ['ErrorServerBusy', failing('ErrorServerBusy')],
  ['ErrorExceededConnectionCount', failing('ErrorExceededConnectionCount')],
  ['ErrorADUnavailable', failing('ErrorADUnavailable')],
  // As from grommunio whose mailbox database doesn't respond.
  ['ErrorAccessDenied', failing('ErrorAccessDenied')],
  ['ErrorFolderPropertyRequestFailed', failing('ErrorFolderPropertyRequestFailed')],
  ['a response without messages', messagesTo('GetFolder', [])],
  ['a fault with ErrorADUnavailable', faultResponse('ErrorADUnavailable')],
  ['a fault with ErrorImpersonationFailed', faultResponse('ErrorImpersonationFailed')],
  ['a fault without a code', faultResponse('')],
] as const)
  t.test(`R3 a user whose mailboxes could not be checked stays denied: ${what}`, async t => {
    const world = new OwnedMailboxes()
    world.busy = busy
    world.give(ann, A)
    world.give(bob, A)
    await world.ownersOf([A], ann)
    await world.ownersOf([A], bob)
    world.give(ann)
    world.isBusy = true
    await t.rejects(world.isShared(ann), THROTTLED)
    world.isBusy = false
    t.equal(await world.isShared(ann), true, 'for a minute')
    world.now += MINUTE_MS
    t.equal(await world.isShared(ann), false)
  })

for (const code of [
  ...['ErrorNonExistentMailbox', 'ErrorCannotFindUser', 'ErrorMailboxNotFound'],
  ...['ErrorMissingInformationEmailAddress'],
  ...['ErrorImpersonateUserDenied', 'ErrorImpersonationDenied'],
])
  t.test(`R3 a user without a mailbox shares none: ${code}`, async t => {
    const world = new OwnedMailboxes()
    world.give(ann, A)
    world.give(bob, A)
    await world.ownersOf([A], ann)
    await world.ownersOf([A], bob)
    t.equal(await world.isShared(ann), true)
    world.now += MINUTE_MS
    world.during = () => {
      world.isBusy = world.asking === ann.primarySmtpAddress
    }
    world.busy = faultResponse(code)
    t.equal(await world.isShared(ann), false)
    t.strictSame(await world.ownersOf([A], bob), [bob.id])
  })

t.test('R3 users share no mailbox because of IDs that name none', async t => {
  const world = new OwnedMailboxes()
  for (const user of [ann, bob]) {
    world.give(user, OPAQUE)
    t.strictSame(await world.ownersOf([A], user), [undefined])
  }
  for (const user of [ann, bob]) t.equal(world.findShared(user), false)
  t.strictSame(world.since(), ['ann bob'])
  t.strictSame(await world.ownersOf([A], eve), [undefined], 'nor if a user has no mailbox')
})

t.test('R42 the questions belong to the principal of the request', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  world.give(bob, A)
  world.owner = 'backup'
  await world.ownersOf([A], ann)
  await world.ownersOf([A], bob)
  world.now += MINUTE_MS
  await world.isShared(ann)
  t.strictSame([...world.counted], ['backup'])
})

t.test('R42 no principal waits for a question of another', async t => {
  const world = new OwnedMailboxes()
  world.give(ann, A)
  const first = Promise.withResolvers<void>()
  world.during = () => first.promise
  const waiting = [world.ownersOf([A], ann), world.ownersOf([A], ann)]
  world.during = () => undefined
  world.owner = 'other'
  t.strictSame(await world.ownersOf([A], ann), [ann.id])
  t.strictSame(world.since(), ['ann ann'], 'one question for each principal')
  first.resolve()
  t.strictSame(await Promise.all(waiting), [[ann.id], [ann.id]])
})

t.test('R42 all questions of a request together have the time of one', async t => {
  const world = new OwnedMailboxes()
  const users = [ann, bob, eve]
  world.during = () => {
    world.now += 15_000
  }
  await t.rejects(world.ownersOf([A], ...users), { name: 'Failure', reason: 'upstream-timeout' })
  t.strictSame(world.deadlines, [30_000, 15_000])
  t.strictSame(world.since(), ['ann bob'])
})
