/**
 * Items and folders that are outside of the profile of a role: the gateway leaves them out of responses.
 */

import t from 'tap'
import type { ProfileName } from '../../src/model/profile.ts'
import { envelope } from '../kit/corpus.ts'
import {
  type Canary,
  CanaryMailbox,
  findItem,
  folderOf,
  getFolder,
  getItem,
  itemOf,
} from './profile-canaries.ts'

const distinguished = (...names: readonly string[]) =>
  names.map(name => `<t:DistinguishedFolderId Id="${name}"/>`).join('')
const sync = (folder: string, shape = '<t:BaseShape>IdOnly</t:BaseShape>') =>
  `<m:SyncFolderItems><m:ItemShape>${shape}</m:ItemShape><m:SyncFolderId>${folder}</m:SyncFolderId>` +
  '<m:MaxChangesReturned>100</m:MaxChangesReturned></m:SyncFolderItems>'
const findFolder = (folders: string) =>
  '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>' +
  `<m:ParentFolderIds>${folders}</m:ParentFolderIds></m:FindFolder>`
const HIERARCHY =
  '<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape></m:SyncFolderHierarchy>'
const subjects =
  '<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties>'

for (const gromox of [false, true])
  t.test(
    `what is outside of a profile is left out, at ${gromox ? 'grommunio' : 'Exchange'}`,
    async t => {
      const mailbox = await CanaryMailbox.start(t, { gromox })
      const { server, canaries } = mailbox
      const canaryIn = (folder: string) => {
        const canary = canaries.find(one => one.folder === folder)
        if (canary === undefined) throw new TypeError(`No canary in ${folder}`)
        return canary
      }
      const [mail, event, task] = ['mail inbox', 'calendar calendar', 'tasks tasks'].map(
        canaryIn,
      ) as [Canary, Canary, Canary]
      /** Copies a canary into a folder, where it has the same text. */
      const copy = (canary: Canary, to: string) =>
        mailbox.post(
          'open',
          `<m:CopyItem><m:ToFolderId>${distinguished(to)}</m:ToFolderId><m:ItemIds>${itemOf(canary)}</m:ItemIds></m:CopyItem>`,
        )
      await copy(mail, 'calendar')
      await copy(event, 'deleteditems')
      const outcome = () => server.audit().findLast(({ type }) => type === 'outcome')
      const heardBy = async (profile: ProfileName | 'open', operation: string) => {
        const { status, text } = await mailbox.post(profile, operation)
        t.equal(status, 200, operation)
        return mailbox.heard(text).map(({ folder }) => folder)
      }

      t.test('lists', async t => {
        for (const [profile, folder, stray] of [
          ['calendar-read', 'calendar', mail],
          ['mail-read', 'deleteditems', event],
        ] as const)
          for (const [operation, shape] of [
            [findItem(distinguished(folder)), 'default'],
            [sync(distinguished(folder), subjects), 'without classes'],
          ] as const) {
            const open = await heardBy('open', operation)
            t.ok(open.includes(stray.folder), `${folder} has a stray item`)
            t.strictSame(
              await heardBy(profile, operation),
              open.filter(name => name !== stray.folder),
              `${profile} ${shape}`,
            )
            t.match(outcome(), { leftOut: 1, outcome: 'ANSWERED' })
          }
        await heardBy('mail-read', findItem(distinguished('inbox')))
        t.equal(outcome()?.['leftOut'], undefined, 'nothing to leave out')
      })

      t.test('items of a batch', async t => {
        t.strictSame(await heardBy('mail-read', getItem(itemOf(event) + itemOf(mail))), [
          mail.folder,
        ])
        t.match(outcome(), { leftOut: 1, itemCount: 1 })
        const { text } = await mailbox.post('mail-read', getItem(itemOf(mail) + itemOf(task)))
        t.match(text, /NoError.*ErrorItemNotFound/s)
        const all = await mailbox.post('mail-read', getItem(itemOf(event) + itemOf(task)))
        t.match(all, { status: 500, text: 'ErrorAccessDenied' }, 'nothing is left')
        const attachments = [event, mail]
          .map(({ attachmentId }) => `<t:AttachmentId Id="${attachmentId}"/>`)
          .join('')
        t.strictSame(
          await heardBy(
            'mail-read',
            `<m:GetAttachment><m:AttachmentIds>${attachments}</m:AttachmentIds></m:GetAttachment>`,
          ),
          [mail.folder],
        )
        for (const operation of [
          `<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>${itemOf(task)}${itemOf(mail)}</m:ItemIds></m:DeleteItem>`,
          `<m:MoveItem><m:ToFolderId>${distinguished('tasks')}</m:ToFolderId><m:ItemIds>${itemOf(task)}${itemOf(mail)}</m:ItemIds></m:MoveItem>`,
        ])
          t.match(await mailbox.post('tasks', operation), { status: 500 }, 'a change is denied')
      })

      t.test('folders', async t => {
        const named = ['calendar', 'root', 'inbox', 'contacts', 'msgfolderroot']
        const { text } = await mailbox.post('calendar-read', getFolder(distinguished(...named)))
        t.strictSame(
          [...text.matchAll(/<m:ResponseCode>(\w+)</g)].map(([, code]) => code),
          ['NoError', 'NoError', 'ErrorFolderNotFound', 'ErrorFolderNotFound', 'NoError'],
        )
        t.match(
          await mailbox.post('calendar-read', getFolder(distinguished('inbox', 'contacts'))),
          { status: 500, text: 'ErrorAccessDenied' },
        )
        const byId = getFolder(folderOf(mail) + folderOf(canaryIn('Team')))
        const { text: ids } = await mailbox.post('calendar-read', byId)
        t.match(ids, /ErrorFolderNotFound.*NoError.*Team/s)

        for (const list of [findFolder(distinguished('msgfolderroot')), HIERARCHY]) {
          const namesIn = async (profile: ProfileName | 'open') =>
            [...(await mailbox.post(profile, list)).text.matchAll(/<t:DisplayName>([^<]*)</g)].map(
              ([, name]) => name,
            )
          const open = await namesIn('open')
          for (const name of ['Team', 'Projects', 'Mail below the calendar', 'Tasks'])
            t.ok(open.includes(name), name)
          t.strictSame((await namesIn('calendar-read')).toSorted(), ['Calendar', 'Team'])
          t.ok((outcome()?.['leftOut'] as number) > 5)
          const mails = await namesIn('mail-read')
          for (const name of ['Inbox', 'Projects', 'Mail below the calendar', 'Deleted Items'])
            t.ok(mails.includes(name), name)
          for (const name of ['Calendar', 'Team', 'Tasks', 'Contacts'])
            t.notOk(mails.includes(name), `no ${name}`)
        }
        t.match(await mailbox.post('room-panel', HIERARCHY), { status: 500 })
      })
    },
  )

t.test('a draft can be saved in the drafts folder by its ID, at both kinds of server', async t => {
  for (const gromox of [false, true]) {
    const mailbox = await CanaryMailbox.start(t, { gromox })
    const folderNamed = (folder: string) =>
      folderOf(mailbox.canaries.find(one => one.folder === folder) as Canary)
    const save = (profile: ProfileName, folder: string) =>
      mailbox.post(
        profile,
        `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${folder}</m:SavedItemFolderId>` +
          '<m:Items><t:Message><t:Subject>Draft</t:Subject></t:Message></m:Items></m:CreateItem>',
      )
    for (const profile of ['mail-draft', 'agent'] as const) {
      // The second time, the gateway knows the folder.
      for (const _ of [1, 2])
        t.match(await save(profile, folderNamed('mail drafts')), { status: 200, text: 'NoError' })
      for (const folder of ['mail inbox', 'Projects', 'tasks tasks'])
        t.match(await save(profile, folderNamed(folder)), { status: 500 }, folder)
    }
  }
})

t.test('R5 the upstream does not compress a response that the gateway filters', async t => {
  const mailbox = await CanaryMailbox.start(t)
  const { server } = mailbox
  const encodingFor = async (profile: ProfileName, operation: string) => {
    server.sandbox.forget()
    await server.post(envelope('alice@example.com', operation), {
      auth: server.client(profile).key,
      headers: { 'Accept-Encoding': 'gzip' },
    })
    return server.sandbox.seen.at(-1)?.headers['accept-encoding']
  }
  const list = findItem(distinguished('calendar'))
  t.equal(await encodingFor('calendar-read', list), 'identity')
  t.equal(await encodingFor('no-send', list), 'gzip')
  t.equal(await encodingFor('calendar-read', getFolder(distinguished('calendar'))), 'gzip')
})
