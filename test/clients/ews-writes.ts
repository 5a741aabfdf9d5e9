/**
 * Every change that ews-javascript-api can ask for.
 */

import {
  AffectedTaskOccurrence,
  Appointment,
  ConflictResolutionMode,
  Contact,
  DateTime,
  DelegateUser,
  DeleteMode,
  EmailMessage,
  EventType,
  type ExchangeService,
  Folder,
  FolderId,
  type ItemId,
  Mailbox,
  MeetingRequestsDeliveryScope,
  MessageBody,
  OofReply,
  SendCancellationsMode,
  SendInvitationsMode,
  Task,
  Uri,
  UserConfiguration,
  WellKnownFolderName,
} from 'ews-javascript-api'
import { TEN_MEGABYTES } from './client-test-server.ts'

const { Inbox, Drafts, Contacts, Tasks } = WellKnownFolderName
const ADDRESS = 'alice@example.com'
const NOTHING = null as unknown as string

type Attempts = Readonly<Record<string, () => Promise<unknown>>>

/** By name; nothing is tried before it is called. */
export async function attemptsOf(service: ExchangeService, id: ItemId): Promise<Attempts> {
  const item = await EmailMessage.Bind(service, id)
  const inbox = await Folder.Bind(service, Inbox)
  return {
    ...writesOfItems(service, item),
    ...writesOfFolders(service, inbox),
    ...writesOfSettings(service),
  }
}

function draft(service: ExchangeService): EmailMessage {
  const message = new EmailMessage(service)
  message.Subject = 'x'
  message.Body = new MessageBody('y')
  message.ToRecipients.Add('bob@example.com')
  return message
}

function writesOfItems(service: ExchangeService, item: EmailMessage): Attempts {
  const drafts = new FolderId(Drafts)
  return {
    save: () => draft(service).Save(Drafts),
    'save a big one': () => {
      const message = draft(service)
      message.Body = new MessageBody(TEN_MEGABYTES.toString('base64'))
      return message.Save(Drafts)
    },
    send: () => draft(service).Send(),
    'send and keep': () => draft(service).SendAndSaveCopy(),
    'send a saved one': () => item.Send(),
    reply: () => item.Reply(new MessageBody('y'), true),
    forward: () => item.CreateForward().SendAndSaveCopy(),
    update: () => {
      item.Subject = 'changed'
      return item.Update(ConflictResolutionMode.AlwaysOverwrite)
    },
    move: () => item.Move(drafts),
    copy: () => item.Copy(drafts),
    delete: () => item.Delete(DeleteMode.HardDelete),
    'delete a batch': () =>
      service.DeleteItems(
        [item.Id],
        DeleteMode.MoveToDeletedItems,
        SendCancellationsMode.SendToNone,
        AffectedTaskOccurrence.AllOccurrences,
      ),
    attach: async () => {
      const bound = await EmailMessage.Bind(service, item.Id)
      bound.Attachments.AddFileAttachment('a.txt', 'QQ==')
      await bound.Update(ConflictResolutionMode.AlwaysOverwrite)
    },
    detach: async () => {
      const bound = await EmailMessage.Bind(service, item.Id)
      bound.Attachments.Clear()
      await bound.Update(ConflictResolutionMode.AlwaysOverwrite)
    },
    junk: () => service.MarkAsJunk([item.Id], true, true),
    archive: () => service.ArchiveItems([item.Id], new FolderId(Inbox)),
    meeting: () => {
      const meeting = new Appointment(service)
      meeting.Subject = 'x'
      meeting.Start = DateTime.Now
      meeting.End = meeting.Start.AddHours(1)
      meeting.RequiredAttendees.Add('bob@example.com')
      return meeting.Save(SendInvitationsMode.SendToAllAndSaveCopy)
    },
    contact: () => new Contact(service).Save(Contacts),
    task: () => new Task(service).Save(Tasks),
  }
}

function writesOfFolders(service: ExchangeService, inbox: Folder): Attempts {
  return {
    'create a folder': () => {
      const folder = new Folder(service)
      folder.DisplayName = 'New'
      return folder.Save(Inbox)
    },
    'rename a folder': () => {
      inbox.DisplayName = 'Renamed'
      return inbox.Update()
    },
    'move a folder': () => inbox.Move(new FolderId(Drafts)),
    'copy a folder': () => inbox.Copy(new FolderId(Drafts)),
    'empty a folder': () => inbox.Empty(DeleteMode.HardDelete, true),
    'delete a folder': () => inbox.Delete(DeleteMode.HardDelete),
    'mark all as read': () => inbox.MarkAllItemsAsRead(true),
    push: () =>
      service.SubscribeToPushNotifications(
        [new FolderId(Inbox)],
        new Uri('http://127.0.0.1:9/push'),
        5,
        NOTHING,
        EventType.NewMail,
      ),
  }
}

function writesOfSettings(service: ExchangeService): Attempts {
  return {
    'out of office': async () => {
      const settings = await service.GetUserOofSettings(ADDRESS)
      settings.InternalReply = settings.ExternalReply = new OofReply('Away')
      await service.SetUserOofSettings(ADDRESS, settings)
    },
    delegate: () =>
      service.AddDelegates(
        new Mailbox(ADDRESS),
        MeetingRequestsDeliveryScope.DelegatesAndMe,
        new DelegateUser('bob@example.com'),
      ),
    'user configuration': () => new UserConfiguration(service).Save('x', new FolderId(Inbox)),
  }
}
