/**
 * exchangelib and ews-javascript-api under profiles: each attempt is served or denied as docs/profiles.md says.
 */

import {
  AffectedTaskOccurrence,
  Appointment,
  BasePropertySet,
  DateTime,
  DeleteMode,
  EmailMessage,
  type ItemId,
  ItemView,
  MessageBody,
  PropertySet,
  SendCancellationsMode,
  SendInvitationsMode,
  WellKnownFolderName,
} from 'ews-javascript-api'
import t, { type Test } from 'tap'
import type { ProfileName } from '../../src/model/profile.ts'
import { FULL } from '../kit/gateway-test-server.ts'
import { CONTRACT, reasonsIn, startFurnished } from './client-test-server.ts'
import { outcomeOf, serviceFor } from './ews.ts'
import { runPython, withoutExchangelib } from './python.ts'

const { Calendar, Drafts, Inbox } = WellKnownFolderName
const ALICE = 'alice@example.com'

/**
 * Attempts of both clients. ews-javascript-api can't export, and has no attempt for all properties.
 */
type Attempt =
  | 'read the calendar'
  | 'read the inbox'
  | 'read an item'
  | 'read all of an item'
  | 'export'
  | 'save a draft'
  | 'save an event'
  | 'send'
  | 'move to the bin'
  | 'delete'

const ALLOWED: Readonly<Partial<Record<ProfileName, readonly Attempt[]>>> = {
  'calendar-read': ['read the calendar'],
  'mail-draft': ['read the inbox', 'read an item', 'read all of an item', 'save a draft'],
  'export-only': [
    'read the calendar',
    'read the inbox',
    'read an item',
    'read all of an item',
    'export',
  ],
  'no-delete': [
    'read the calendar',
    'read the inbox',
    'read an item',
    'read all of an item',
    'export',
    'save a draft',
    'save an event',
    'send',
  ],
}
const PROFILES = Object.entries(ALLOWED) as [ProfileName, readonly Attempt[]][]
const ROLES = PROFILES.map(([name]) => ({ ...FULL, name, profile: { name } }))

const server = await startFurnished(t, { roles: ROLES })

/** Returns the ID of an item in the inbox, which the role without a profile reads. */
async function itemOf() {
  const service = serviceFor(server, server.keys.full)
  const { Items } = await service.FindItems(Inbox, new ItemView(50))
  const item = Items.find(({ Subject }) => Subject === CONTRACT.subject)
  if (item === undefined) throw new Error('The contract is missing')
  return item.Id
}

/** Every attempt of ews-javascript-api. */
function attemptsOf(key: Parameters<typeof serviceFor>[1], id: ItemId) {
  const service = serviceFor(server, key)
  const message = () => {
    const one = new EmailMessage(service)
    one.Subject = 'Draft of a client'
    one.Body = new MessageBody('y')
    one.ToRecipients.Add('bob@example.com')
    return one
  }
  const remove = (mode: DeleteMode) =>
    service.DeleteItems(
      [id],
      mode,
      SendCancellationsMode.SendToNone,
      AffectedTaskOccurrence.AllOccurrences,
    )
  return {
    'read the calendar': () => service.FindItems(Calendar, new ItemView(10)),
    'read the inbox': () => service.FindItems(Inbox, new ItemView(10)),
    'read an item': () =>
      EmailMessage.Bind(service, id, new PropertySet(BasePropertySet.FirstClassProperties)),
    'save a draft': () => message().Save(Drafts),
    'save an event': () => {
      const event = new Appointment(service)
      event.Subject = 'Event'
      event.Start = DateTime.Now
      event.End = event.Start.AddHours(1)
      return event.Save(Calendar, SendInvitationsMode.SendToNone)
    },
    send: () => message().Send(),
    'move to the bin': () => remove(DeleteMode.MoveToDeletedItems),
    delete: () => remove(DeleteMode.HardDelete),
  } as const satisfies Partial<Record<Attempt, () => Promise<unknown>>>
}

/** Checks the outcomes of a client: `done` or the name of the error, by attempt. */
function check(test: Test, profile: ProfileName, outcomes: Readonly<Record<string, unknown>>) {
  const allowed: readonly string[] = ALLOWED[profile] ?? []
  for (const [attempt, outcome] of Object.entries(outcomes))
    test.equal(outcome, allowed.includes(attempt) ? 'done' : 'ErrorAccessDenied', attempt)
}

for (const [profile] of PROFILES) {
  t.test(`ews-javascript-api under ${profile}`, async t => {
    const { key } = server.client(profile)
    const outcomes: Record<string, unknown> = {}
    for (const [attempt, act] of Object.entries(attemptsOf(key, await itemOf())))
      outcomes[attempt] = await outcomeOf(act)
    check(t, profile, outcomes)
  })

  t.test(`exchangelib under ${profile}`, { skip: withoutExchangelib }, async t => {
    const { key } = server.client(profile)
    const { UniqueId: id, ChangeKey: changekey } = await itemOf()
    const settings = { item: { id, changekey } }
    const { attempted } = await runPython(server, { script: 'profiles', key, settings })
    const outcomes = Object.entries(attempted as Record<Attempt, string | null>)
    check(t, profile, Object.fromEntries(outcomes.map(([name, error]) => [name, error ?? 'done'])))
  })
}

t.test('what a profile denies leaves no trace, and its records name the profile', async t => {
  t.strictSame(reasonsIn(server), ['outside-profile'])
  const denied = server.audit().filter(({ verdict }) => verdict === 'deny')
  t.strictSame(
    [...new Set(denied.map(record => `${record['profile']} ${record['profileVersion']}`))].sort(),
    PROFILES.map(([name]) => `${name} 1`).sort(),
  )
  const alice = server.sandbox.mailbox(ALICE)
  t.ok(alice.subjects('inbox').includes(CONTRACT.subject), 'the item was never deleted')
})
