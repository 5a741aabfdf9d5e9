import t from 'tap'
import type { FolderClass } from '../../src/model/profile.ts'
import {
  classOfContainer,
  classOfElement,
  classOfFolder,
  classOfItem,
  containsDeleted,
} from '../../src/policy/folder-classes.ts'

/** Names as Exchange writes them, by their class. */
type Names = Readonly<Partial<Record<FolderClass | 'none', readonly string[]>>>

const CONTAINERS: Names = {
  mail: ['IPF.Note', 'ipf.note', 'IPF.Note.Microsoft.Conversation', 'IPF.Imap'],
  calendar: ['IPF.Appointment', 'IPF.Appointment.Birthday'],
  contacts: ['IPF.Contact'],
  tasks: ['IPF.Task'],
  notes: ['IPF.StickyNote'],
  other: ['IPF.Journal', 'IPF.Note.OutlookHomepage'],
  hidden: [
    'IPF.Configuration',
    'IPF.Contact.Company',
    'IPF.Contact.GalContacts',
    'IPF.Contact.MOC.QuickContacts',
    'IPF.Contact.OrganizationalContacts',
    'IPF.Contact.PeopleCentricConversationBuddies',
    'IPF.Contact.RecipientCache',
  ],
  none: ['', '.', 'I', 'IPF', 'IPF.', 'IPF.Appointments', 'IPF.Notes', 'X.IPF.Note'],
}

const ITEMS: Names = {
  mail: [
    'IPM.Note',
    'ipm.note.SMIME',
    'IPM.Post',
    'IPM.Schedule.Meeting.Request',
    'IPM.Sharing',
    'IPM.Recall.Report',
    'IPM.Outlook.Recall',
    'IPM.Document.pdf',
    'IPM.TaskRequest.Accept',
    'REPORT.IPM.Note.NDR',
  ],
  calendar: ['IPM.Appointment', 'IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}'],
  contacts: ['IPM.Contact', 'IPM.DistList', 'IPM.AbchPerson'],
  tasks: ['IPM.Task', 'IPM.Task.Private'],
  notes: ['IPM.StickyNote'],
  other: ['IPM.Activity'],
  hidden: [
    'IPM.Configuration.MRM',
    'IPM.Rule.Version2.Message',
    'IPM.ExtendedRule.Message',
    'IPM.Microsoft.FolderDesign.NamedView',
    'IPM.Note.Rules.OofTemplate.Microsoft',
    'IPC.Microsoft Exchange 4.0.Deferred Action',
    'IPM.Note.Exchange.ActiveSync.MailboxLog',
    'IPM.ExternalEvent',
  ],
  none: [
    '',
    'IPM',
    'IPM.Notes',
    'IPM.Note\u0000',
    'IPM.OLE.CLASS.{00061055}',
    'Note',
    'IPCX',
    'Reports',
  ],
}

const ELEMENTS: Names = {
  mail: [
    ...['Item', 'Message', 'PostItem', 'PostReplyItem', 'Folder'],
    ...['MeetingMessage', 'MeetingRequest', 'MeetingResponse', 'MeetingCancellation'],
    ...['ReplyToItem', 'ReplyAllToItem', 'ForwardItem'],
  ],
  calendar: [
    ...['CalendarItem', 'AcceptItem', 'DeclineItem', 'TentativelyAcceptItem'],
    ...['CancelCalendarItem', 'RemoveItem', 'CalendarFolder', 'ProposeNewTime'],
  ],
  contacts: ['Contact', 'DistributionList', 'ContactsFolder'],
  tasks: ['Task', 'TasksFolder'],
  // Element names have no other case, and search folders show items of others.
  none: ['', 'message', 'SearchFolder', 'SuppressReadReceipt', 'SharingMessage', 'constructor'],
}

const FOLDERS: Names = {
  mail: ['inbox', 'Inbox', 'deleteditems', 'archivedeleteditems', 'sentitems', 'outbox', 'archive'],
  calendar: ['calendar'],
  contacts: ['contacts'],
  tasks: ['tasks'],
  notes: ['notes'],
  other: ['journal'],
  hidden: ['recoverableitemspurges', 'archiverecoverableitemsroot', 'quickcontacts'],
  root: ['msgfolderroot', 'root', 'archiveroot', 'archivemsgfolderroot'],
  none: ['', 'todosearch', 'searchfolders', 'publicfoldersroot', 'constructor'],
}

for (const [what, classOf, table] of [
  ['classOfContainer()', classOfContainer, CONTAINERS],
  ['classOfItem()', classOfItem, ITEMS],
  ['classOfElement()', classOfElement, ELEMENTS],
  ['classOfFolder()', classOfFolder, FOLDERS],
] as const)
  t.test(`${what} follows from the name, and everything else has no class`, async t => {
    for (const [expected, names] of Object.entries(table))
      for (const name of names) t.equal(classOf(name) ?? 'none', expected, name)
  })

t.test('containsDeleted() is for deleted and recoverable items of mailbox and archive', async t => {
  const deleted = [
    ...['deleteditems', 'DeletedItems', 'archivedeleteditems'],
    ...['recoverableitemsroot', 'archiverecoverableitemspurges', 'RecoverableItemsVersions'],
  ]
  for (const name of deleted) t.ok(containsDeleted(name), name)
  for (const name of ['inbox', 'deleted', 'deleteditemsfolder', 'archive', ''])
    t.notOk(containsDeleted(name), name)
})
