/**
 * ews-javascript-api, the EWS Managed API in JavaScript, against the sandbox.
 *
 * It leaves escaping to its caller: texts here are written as XML.
 */

import {
  AlternateId,
  Appointment,
  AttendeeInfo,
  AvailabilityData,
  BasePropertySet,
  CalendarView,
  ConflictResolutionMode,
  ConnectingIdType,
  DateTime,
  DeleteMode,
  EmailAddress,
  EmailMessage,
  EventType,
  ExchangeService,
  ExchangeVersion,
  type FileAttachment,
  Folder,
  FolderId,
  FolderView,
  IdFormat,
  ImpersonatedUserId,
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
  Uri,
  UserConfiguration,
  UserConfigurationProperties,
  WebCredentials,
  WellKnownFolderName,
} from 'ews-javascript-api'
import t from 'tap'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { PASSWORD, startSandbox, USERNAME } from './client.ts'

const ALICE = 'alice@example.com'
const { Inbox, Drafts, Calendar, DeletedItems, MsgFolderRoot, Root } = WellKnownFolderName

function serviceOf(sandbox: Sandbox, kind = ConnectingIdType.SmtpAddress, id = ALICE) {
  const service = new ExchangeService(ExchangeVersion.Exchange2016)
  service.Url = new Uri(sandbox.url)
  service.Credentials = new WebCredentials(USERNAME, PASSWORD)
  service.ImpersonatedUserId = new ImpersonatedUserId(kind, id)
  return service
}

const sandbox = await startSandbox({
  schedule: (run, ms) => {
    const timer = setTimeout(run, ms / 120)
    return () => clearTimeout(timer)
  },
})
t.teardown(() => sandbox.close())
const service = serviceOf(sandbox)

const newMessage = (subject: string, to: string) => {
  const message = new EmailMessage(service)
  message.Subject = subject
  message.Body = new MessageBody('&lt;p&gt;é&lt;/p&gt;')
  message.ToRecipients.Add(to)
  return message
}

const newest = async (folder = Inbox) => {
  const { Items } = await service.FindItems(folder, new ItemView(1))
  const [item] = Items
  if (item === undefined) throw new TypeError('The folder is empty')
  return EmailMessage.Bind(service, item.Id)
}

t.test('Sandbox serves ews-javascript-api: folders', async t => {
  const inbox = await Folder.Bind(service, Inbox)
  t.strictSame([inbox.DisplayName, inbox.TotalCount, inbox.UnreadCount], ['Inbox', 5, 4])
  const folder = new Folder(service)
  folder.DisplayName = 'Sub'
  await folder.Save(Inbox)
  folder.DisplayName = 'Renamed'
  await folder.Update()
  const names = async () =>
    (await service.FindFolders(Inbox, new FolderView(10))).Folders.map(found => found.DisplayName)
  t.strictSame(await names(), ['Renamed'])
  await folder.Delete(DeleteMode.HardDelete)
  t.strictSame(await names(), [])
  const hierarchy = await service.SyncFolderHierarchy(
    new FolderId(MsgFolderRoot),
    PropertySet.FirstClassProperties,
    '',
  )
  t.equal(hierarchy.Count, 12)
})

t.test('Sandbox serves ews-javascript-api: finding', async t => {
  const page = await service.FindItems(Inbox, new ItemView(2, 1))
  t.strictSame([page.TotalCount, page.NextPageOffset, page.MoreAvailable], [5, 3, true])
  t.strictSame(
    page.Items.map(item => item.Subject),
    ['Lunch on Friday?', 'Photo'],
  )
  const filter = new SearchFilter.ContainsSubstring(ItemSchema.Subject, 'REPORT')
  const found = await service.FindItems(Inbox, filter, new ItemView(9))
  t.strictSame(
    found.Items.map(item => item.Subject),
    ['Quarterly report'],
  )
  const queried = await service.FindItems(Inbox, 'subject:photo', new ItemView(9))
  t.strictSame(
    queried.Items.map(item => item.Subject),
    ['Photo'],
  )
  const now = DateTime.Now
  const view = new CalendarView(now.AddDays(-10), now.AddDays(10))
  const events = await service.FindAppointments(Calendar, view)
  t.strictSame(
    events.Items.map(event => event.Subject),
    ['Review', 'Planning', 'Dentist', 'Holiday'],
  )
})

t.test('Sandbox serves ews-javascript-api: a message’s life', async t => {
  const message = newMessage('Draft', 'bob@example.com')
  message.Attachments.AddFileAttachment('a.txt', Buffer.from('hello').toString('base64'))
  await message.Save(Drafts)
  const properties = new PropertySet(BasePropertySet.FirstClassProperties)
  const bound = await EmailMessage.Bind(service, message.Id, properties)
  const file = bound.Attachments._getItem(0) as FileAttachment
  await file.Load()
  t.strictSame([bound.Subject, bound.Body.Text, bound.IsDraft], ['Draft', '<p>é</p>', true])
  t.strictSame([file.Name, file.Base64Content], ['a.txt', Buffer.from('hello').toString('base64')])
  bound.Subject = 'Changed'
  await bound.Update(ConflictResolutionMode.AutoResolve)
  const again = await EmailMessage.Bind(service, message.Id)
  t.equal(again.Subject, 'Changed')
  await again.SendAndSaveCopy()
  t.ok(sandbox.mailbox('bob@example.com').subjects().includes('Changed'))
  t.ok(sandbox.mailbox(ALICE).subjects('sentitems').includes('Changed'))

  await (await newest()).Reply(new MessageBody('ok'), true)
  await (await newest()).Forward(new MessageBody('fyi'), [new EmailAddress('carol@example.com')])
  t.match(sandbox.mailbox('carol@example.com').subjects().at(-1), /^FW: /)

  const moved = await newest()
  t.not((await moved.Move(DeletedItems)).Id.UniqueId, moved.Id.UniqueId)
  await (await newest()).Copy(Drafts)
  await (await newest(Drafts)).Delete(DeleteMode.HardDelete)
  t.equal(sandbox.mailbox(ALICE).count('inbox'), 4)
})

t.test('Sandbox serves ews-javascript-api: a meeting', async t => {
  const meeting = new Appointment(service)
  meeting.Subject = 'Kick-off'
  meeting.Start = DateTime.Now.AddDays(1)
  meeting.End = meeting.Start.AddHours(1)
  meeting.RequiredAttendees.Add('bob@example.com')
  await meeting.Save(SendInvitationsMode.SendToAllAndSaveCopy)
  t.ok(sandbox.mailbox('bob@example.com').subjects().includes('Kick-off'))
  // The library sends the dates of its time zone, and the sandbox reads them as UTC. So no event is near the limits.
  const window = new TimeWindow(DateTime.Now.AddDays(-3), DateTime.Now.AddDays(5))
  const availability = await service.GetUserAvailability(
    [new AttendeeInfo(ALICE)],
    window,
    AvailabilityData.FreeBusy,
  )
  const [calendar] = availability.AttendeesAvailability.Responses
  t.strictSame(calendar?.CalendarEvents.map(event => event.Details.Subject).sort(), [
    'Dentist',
    'Kick-off',
    'Planning',
  ])
})

t.test('Sandbox serves ews-javascript-api: synchronization', async t => {
  const sync = (state: string, most: number) =>
    service.SyncFolderItems(
      new FolderId(Inbox),
      PropertySet.IdOnly,
      [],
      most,
      SyncFolderItemsScope.NormalItems,
      state,
    )
  const first = await sync('', 3)
  t.strictSame([first.Count, first.MoreChangesAvailable], [3, true])
  const second = await sync(first.SyncState, 100)
  t.strictSame([second.Count, second.MoreChangesAvailable], [1, false])
  sandbox.mailbox(ALICE).deliver({ subject: 'Later' })
  t.equal((await sync(second.SyncState, 100)).Count, 1)
})

/**
 * Runs an action in UTC. The library counts the rules of time zones from the start of year 1 in UTC, and rejects it in a
 * local time that is still in the year before.
 */
async function inUtc<T>(act: () => Promise<T>): Promise<T> {
  const { TZ } = process.env
  process.env['TZ'] = 'UTC'
  try {
    return await act()
  } finally {
    if (TZ === undefined) delete process.env['TZ']
    else process.env['TZ'] = TZ
  }
}

t.test('Sandbox serves ews-javascript-api: address book and settings', async t => {
  t.equal((await service.ResolveName('bob')).Count, 1)
  t.equal((await service.ExpandGroup('dl@example.com')).Members.length, 5)
  t.equal((await inUtc(() => service.GetServerTimeZones())).length, 7)
  t.equal((await service.GetRooms(new EmailAddress('rooms@example.com'))).length, 2)
  await service.GetRoomLists()
  await service.GetDelegates(new Mailbox(ALICE), true)
  t.equal((await service.GetInboxRules(ALICE)).Count, 0)
  const settings = await service.GetUserOofSettings(ALICE)
  settings.State = OofState.Enabled
  settings.InternalReply = new OofReply('away')
  settings.ExternalReply = new OofReply('away')
  await service.SetUserOofSettings(ALICE, settings)
  t.equal((await service.GetUserOofSettings(ALICE)).State, OofState.Enabled)
  const message = await newest()
  const id = new AlternateId(IdFormat.EwsId, message.Id.UniqueId, ALICE)
  const converted = (await service.ConvertId(id, IdFormat.OwaId)) as AlternateId
  t.equal(decodeURIComponent(converted.UniqueId), message.Id.UniqueId)
  const options = await UserConfiguration.Bind(
    service,
    'OWA.UserOptions',
    Root,
    UserConfigurationProperties.Dictionary,
  )
  t.equal(options.Dictionary.Count, 3)
})

t.test('Sandbox serves ews-javascript-api: notifications', async t => {
  const folders = [new FolderId(Inbox)]
  const types = [EventType.NewMail, EventType.Created] as const
  const pull = await service.SubscribeToPullNotifications(folders, 5, '', ...types)
  await newMessage('To self', ALICE).Send()
  t.equal((await pull.GetEvents()).AllEvents.length, 2)
  await pull.Unsubscribe()

  const subscription = await service.SubscribeToStreamingNotifications(folders, ...types)
  const connection = new StreamingSubscriptionConnection(service, 1)
  connection.AddSubscription(subscription)
  const got: string[] = []
  connection.OnNotificationEvent.push((_, { Events }) => {
    got.push(...Events.map(event => EventType[event.EventType] ?? ''))
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  connection.OnDisconnect.push(() => resolve())
  await newMessage('One', ALICE).Send()
  void connection.Open()
  await newMessage('Two', ALICE).Send()
  await promise
  t.strictSame(got, ['Created', 'NewMail', 'Created', 'NewMail'])
})

for (const [kind, id] of [
  [ConnectingIdType.PrincipalName, 'alice@corp.example.com'],
  [ConnectingIdType.SID, 'S-1-5-21-1-2-3-1101'],
] as const) {
  t.test(`Sandbox serves ews-javascript-api: ${ConnectingIdType[kind]}`, async t => {
    t.equal((await Folder.Bind(serviceOf(sandbox, kind, id), Inbox)).DisplayName, 'Inbox')
    t.equal(sandbox.executed.at(-1)?.as, ALICE)
  })
}

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => error)

t.test('Sandbox rejects ews-javascript-api with the right errors', async t => {
  const nobody = serviceOf(sandbox, ConnectingIdType.SmtpAddress, 'nobody@example.com')
  t.match(await outcome(Folder.Bind(nobody, Inbox)), {
    message: 'The SMTP address has no mailbox associated with it.',
    HttpStatusCode: 500,
  })
  const wrong = serviceOf(sandbox)
  wrong.Credentials = new WebCredentials(USERNAME, 'wrong')
  t.match(await outcome(Folder.Bind(wrong, Inbox)), { HttpStatusCode: 401 })
})
