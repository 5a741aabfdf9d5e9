/**
 * ews-javascript-api, the EWS client of Node.js, through the gateway.
 */

import {
  Appointment,
  AttendeeInfo,
  AvailabilityData,
  BasePropertySet,
  ConnectingIdType,
  DateTime,
  EmailAddress,
  EmailMessage,
  EventType,
  ExchangeVersion,
  type FileAttachment,
  FolderId,
  FolderView,
  type Item,
  ItemSchema,
  ItemView,
  Mailbox,
  MessageBody,
  OofReply,
  OofState,
  PropertySet,
  SearchFilter,
  SendInvitationsMode,
  StreamingSubscriptionConnection,
  SyncFolderItemsScope,
  TimeWindow,
  WellKnownFolderName,
} from 'ews-javascript-api'
import t from 'tap'
import type { GatewayTestServer, Key } from '../kit/gateway-test-server.ts'
import { until } from '../kit/until.ts'
import {
  CONTRACT,
  everyoneWasImpersonated,
  nothingWasWritten,
  ROLES,
  reasonsIn,
  SID_OF_ALICE,
  SID_OF_THE_CEO,
  startFurnished,
  TEN_MEGABYTES,
} from './client-test-server.ts'
import { escapeXml, outcomeOf, serviceFor } from './ews.ts'
import { attemptsOf } from './ews-writes.ts'
import { arrivals } from './waiting.ts'

type Service = ReturnType<typeof serviceFor>

const { Inbox, Drafts, MsgFolderRoot } = WellKnownFolderName
const ALICE = 'alice@example.com'
const ATTACHMENTS = new PropertySet(BasePropertySet.IdOnly, [ItemSchema.Attachments])
const SUBJECTS = new PropertySet(BasePropertySet.IdOnly, [ItemSchema.Subject])
const BEGINNING = null as unknown as string

async function find(service: Service, subject: string, folder = Inbox): Promise<Item> {
  const filter = new SearchFilter.ContainsSubstring(ItemSchema.Subject, subject)
  const { Items } = await service.FindItems(folder, filter, new ItemView(10))
  const [item] = Items
  if (item === undefined) throw new Error(`${subject} is not there`)
  return item
}

async function fileOf(service: Service, item: Item): Promise<FileAttachment> {
  const bound = await EmailMessage.Bind(service, item.Id, ATTACHMENTS)
  const [attachment] = bound.Attachments.GetEnumerator()
  await attachment?.Load()
  return attachment as FileAttachment
}

const decoded = ({ Base64Content }: FileAttachment) => Buffer.from(Base64Content, 'base64')

async function changes(service: Service, state: string) {
  const found = await service.SyncFolderItems(
    new FolderId(Inbox),
    SUBJECTS,
    [],
    100,
    SyncFolderItemsScope.NormalItems,
    state,
  )
  const subjects = found.GetEnumerator().map(({ Item }) => Item?.Subject)
  return { state: found.SyncState, subjects }
}

for (const role of ROLES) {
  t.test(`ews-javascript-api reads a mailbox under ${role}`, async t => {
    const server = await startFurnished(t)
    const { sandbox, keys } = server
    const service = serviceFor(server, keys[role])
    const alice = sandbox.mailbox(ALICE)
    const { Folders } = await service.FindFolders(MsgFolderRoot, new FolderView(100))
    const names = Folders.map(({ DisplayName }) => DisplayName)
    t.strictSame(names.toSorted(), alice.folderNames().toSorted(), 'folders')

    const contract = await find(service, 'Contract')
    const shape = new PropertySet(BasePropertySet.FirstClassProperties, [ItemSchema.MimeContent])
    const item = await EmailMessage.Bind(service, contract.Id, shape)
    t.equal(item.Subject, CONTRACT.subject)
    t.equal(item.From.Address, CONTRACT.from)
    t.match(item.Body.Text, CONTRACT.body)
    const mime = Buffer.from(item.MimeContent.Content, 'base64').toString('latin1')
    t.match(mime, /^Subject: /m, 'MIME')
    const file = await fileOf(service, contract)
    t.equal(file.Name, CONTRACT.files[0].name)
    t.ok(decoded(file).equals(CONTRACT.files[0].content), 'an attachment')

    const bob = serviceFor(server, keys[role], 'bob@example.com')
    const big = await fileOf(bob, await find(bob, 'Big'))
    t.ok(decoded(big).equals(TEN_MEGABYTES), '10 MB, byte for byte')
    everyoneWasImpersonated(t, server, ['alice', 'bob'], 'each request acts as an allowed user')
    nothingWasWritten(t, server, 'reading writes nothing')
  })

  t.test(`ews-javascript-api follows changes under ${role}`, async t => {
    const server = await startFurnished(t)
    const { sandbox, keys } = server
    const service = serviceFor(server, keys[role])
    const alice = sandbox.mailbox(ALICE)
    const hierarchy = await service.SyncFolderHierarchy(SUBJECTS, BEGINNING)
    t.equal(hierarchy.Count, alice.folderNames().length)
    const again = await service.SyncFolderHierarchy(SUBJECTS, hierarchy.SyncState)
    t.equal(again.Count, 0)

    const first = await changes(service, BEGINNING)
    t.strictSame(first.subjects.toSorted(), alice.subjects().toSorted())
    t.strictSame((await changes(service, first.state)).subjects, [])
    alice.deliver({ subject: 'Later' })
    t.strictSame((await changes(service, first.state)).subjects, ['Later'])
    everyoneWasImpersonated(t, server, ['alice'], 'each request acts as an allowed user')
  })

  t.test(`ews-javascript-api receives notifications under ${role}`, async t => {
    const { server, events, listening } = await listen(t, role)
    const { sandbox } = server
    await until('the client listens', () => listening.IsOpen)
    for (const subject of ['One', 'Two', 'Three']) {
      const heard = events.length
      sandbox.mailbox(ALICE).deliver({ subject })
      await until(`the event of ${subject} arrives`, () => events.length > heard)
    }
    t.strictSame(events, Array(3).fill(EventType.NewMail))
    listening.Close()
    await until('the end of the stream is recorded', () =>
      server.audit().some(({ ended }) => ended === 'client-gone'),
    )
    everyoneWasImpersonated(t, server, ['alice'], 'the stream acts as an allowed user')
  })

  t.test(`ews-javascript-api names the user in every way under ${role}`, async t => {
    const server = await startFurnished(t)
    const key = server.keys[role]
    const inbox = (kind: ConnectingIdType, id: string, version?: ExchangeVersion) =>
      outcomeOf(() => serviceFor(server, key, id, kind, version).FindItems(Inbox, new ItemView(1)))
    const { SmtpAddress, PrincipalName, SID } = ConnectingIdType
    const old = ExchangeVersion.Exchange2007_SP1 // then it writes PrimarySmtpAddress
    t.equal(await inbox(SmtpAddress, ALICE), 'done', 'SmtpAddress')
    t.equal(await inbox(SmtpAddress, ALICE, old), 'done', 'PrimarySmtpAddress')
    t.equal(await inbox(PrincipalName, 'alice@corp.example.com'), 'done', 'PrincipalName')
    t.equal(await inbox(SID, SID_OF_ALICE), 'done', 'SID')

    const denied = 'ErrorImpersonateUserDenied'
    for (const [kind, id, version] of [
      [SmtpAddress, 'ceo@example.com'],
      [SmtpAddress, 'boss@example.com'],
      [SmtpAddress, 'ceo@example.com', old],
      [PrincipalName, 'ceo@corp.example.com'],
      [SID, SID_OF_THE_CEO],
      [SmtpAddress, 'nobody@example.com'],
      [SmtpAddress, 'neutral@example.com'],
    ] as const)
      t.equal(await inbox(kind, id, version), denied, `P10 ${id}`)
    const carol = await inbox(SmtpAddress, 'carol@example.com')
    t.equal(carol, role === 'full' ? 'done' : denied, 'carol')
    const people = role === 'full' ? ['alice', 'carol'] : ['alice']
    everyoneWasImpersonated(t, server, people, 'each request acts as an allowed user')
  })

  t.test(`ews-javascript-api looks up names, rooms, and times under ${role}`, async t => {
    const server = await startFurnished(t)
    const service = serviceFor(server, server.keys[role])
    const [name] = (await service.ResolveName('bob')).GetEnumerator()
    t.equal(name?.Mailbox.Address, 'bob@example.com')
    const [list] = (await service.GetRoomLists()).GetEnumerator()
    t.equal(list?.Address, 'rooms@example.com')
    const rooms = await service.GetRooms(new EmailAddress('rooms@example.com'))
    t.strictSame(
      rooms.map(({ Address }) => Address),
      ['room1@example.com', 'room2@example.com'],
    )
    t.ok((await service.GetServerTimeZones()).length > 0, 'time zones')
    t.equal((await service.GetUserOofSettings(ALICE)).State, OofState.Disabled)
    await service.GetDelegates(new Mailbox(ALICE), true)
    await service.GetInboxRules()

    const days = new TimeWindow(DateTime.Now, DateTime.Now.AddDays(5))
    const busy = (address: string) =>
      service.GetUserAvailability([new AttendeeInfo(address)], days, AvailabilityData.FreeBusy)
    const [bob] = (await busy('bob@example.com')).AttendeesAvailability.Responses
    t.ok((bob?.CalendarEvents.length ?? 0) > 0, 'free/busy')
    t.equal(await outcomeOf(() => busy('ceo@example.com')), 'ErrorAccessDenied', 'P10 of the ceo')
    nothingWasWritten(t, server, 'asking writes nothing')
  })
}

t.test('P4 P10 ews-javascript-api gets ErrorAccessDenied for every write', async t => {
  const server = await startFurnished(t)
  const before = server.sandbox.mailbox(ALICE).count()
  const service = serviceFor(server, server.keys.readOnly)
  const item = await find(service, 'Contract')
  const attempts = Object.entries(await attemptsOf(service, item.Id))
  t.ok(attempts.length >= 20)
  for (const [name, attempt] of attempts)
    t.equal(await outcomeOf(attempt), 'ErrorAccessDenied', name)
  nothingWasWritten(t, server, 'ews-javascript-api under backup-readonly')
  t.strictSame(reasonsIn(server), ['operation-refused', 'push-subscription', 'role-is-read-only'])
  t.equal(server.sandbox.mailbox(ALICE).count(), before)
})

t.test('ews-javascript-api writes under migration-full', async t => {
  const server = await startFurnished(t)
  const { sandbox } = server
  const service = serviceFor(server, server.keys.full)
  const draft = new EmailMessage(service)
  draft.Subject = escapeXml('Drafted & <kept>')
  draft.Body = new MessageBody(escapeXml('<p>Umlauts: ü, &amp; more</p>'))
  draft.ToRecipients.Add('bob@example.com')
  draft.Attachments.AddFileAttachment('big.bin', TEN_MEGABYTES.toString('base64'))
  await draft.Save(Drafts)
  const kept = await EmailMessage.Bind(service, draft.Id)
  t.equal(kept.Subject, 'Drafted & <kept>')
  t.match(kept.Body.Text, '<p>Umlauts: ü, &amp; more</p>')
  t.ok(decoded(await fileOf(service, draft)).equals(TEN_MEGABYTES), '10 MB up and down')
  await kept.Send()
  const [arrived] = sandbox.mailbox('bob@example.com').files().slice(-1)
  t.ok(arrived?.equals(TEN_MEGABYTES), 'and on to bob')

  const meeting = new Appointment(service)
  meeting.Subject = 'Meeting'
  meeting.Start = DateTime.Now.AddDays(1)
  meeting.End = meeting.Start.AddHours(1)
  meeting.RequiredAttendees.Add('bob@example.com')
  await meeting.Save(SendInvitationsMode.SendToAllAndSaveCopy)
  t.ok(sandbox.mailbox('bob@example.com').subjects().includes('Meeting'), 'a meeting')

  const settings = await service.GetUserOofSettings(ALICE)
  settings.State = OofState.Enabled
  settings.InternalReply = settings.ExternalReply = new OofReply('Away')
  await service.SetUserOofSettings(ALICE, settings)
  t.equal(sandbox.mailbox(ALICE).oofState(), 'Enabled', 'out of office')
  everyoneWasImpersonated(t, server, ['alice'], 'ews-javascript-api under migration-full')
})

t.test('P10 ews-javascript-api gets an error for text that it did not escape', async t => {
  const server = await startFurnished(t)
  const saved = (body: string) =>
    outcomeOf(async () => {
      const message = new EmailMessage(serviceFor(server, server.keys.full))
      message.Subject = 'x'
      message.Body = new MessageBody(body)
      await message.Save(Drafts)
    })
  for (const body of ['fish & chips', '<p>text</p>', 'a < b'])
    t.equal(await saved(body), 'ErrorSchemaValidation', body)
  t.equal(await saved(escapeXml('<p>fish &amp; chips</p>')), 'done')
})

t.test('P10 ews-javascript-api gets one error for a wrong password', async t => {
  const server = await startFurnished(t)
  const arrived = arrivals(t, server.gateway.dataPort)
  const wrong: Key = { ...server.keys.full, secret: 'wrong' }
  const inbox = () => serviceFor(server, wrong).FindItems(Inbox, new ItemView(1))
  t.equal(await outcomeOf(inbox), 401)
  t.equal(arrived.length, 1)
  t.strictSame(server.sandbox.seen, [])
})

async function listen(t: Parameters<typeof startFurnished>[0], role: 'full' | 'readOnly') {
  const server: GatewayTestServer = await startFurnished(t)
  const service = serviceFor(server, server.keys[role])
  const subscription = await service.SubscribeToStreamingNotifications(
    [new FolderId(Inbox)],
    EventType.NewMail,
  )
  const listening = new StreamingSubscriptionConnection(service, 1)
  listening.AddSubscription(subscription)
  const events: EventType[] = []
  listening.OnNotificationEvent.push((_, { Events }) => {
    for (const { EventType } of Events) events.push(EventType)
  })
  // The promise never resolves. It can only reject.
  listening.Open().catch((error: Error) => t.fail(error.message))
  return { server, events, listening }
}
