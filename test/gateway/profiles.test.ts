/**
 * Profiles at the running gateway: its own requests about classes, and its records.
 */

import t from 'tap'
import {
  type Canary,
  CanaryMailbox,
  findItem,
  folderOf,
  getFolder,
  getItem,
  itemOf,
} from './profile-canaries.ts'

const mailbox = await CanaryMailbox.start(t)
const { server, canaries } = mailbox

t.test('R34 the gateway asks for classes once, and again after a move', async t => {
  const [inbox, projects] = ['mail inbox', 'Projects'].map(name =>
    canaries.find(({ folder }) => folder === name),
  ) as [Canary, Canary]
  const seenIn = async (operation: string) => {
    server.sandbox.forget()
    await mailbox.post('mail-read', operation)
    return server.sandbox.seen.map(({ operation: name }) => name)
  }
  const transfer = (operation: string, to: string) =>
    mailbox.post(
      'open',
      `<m:${operation}><m:ToFolderId><t:DistinguishedFolderId Id="${to}"/></m:ToFolderId>` +
        `<m:ItemIds>${itemOf(inbox)}</m:ItemIds></m:${operation}>`,
    )
  const both = getItem(itemOf(inbox) + itemOf(projects))
  await transfer('CopyItem', 'inbox')
  t.strictSame(await seenIn(both), ['GetItem', 'GetFolder', 'GetItem'])
  t.strictSame(await seenIn(both), ['GetItem'], 'both are known')
  t.strictSame(await seenIn(getFolder(folderOf(projects))), ['GetFolder'], 'as is their folder')

  await transfer('MoveItem', 'calendar')
  t.strictSame(await seenIn(both), ['GetItem', 'GetFolder'], 'asked again, and denied')
  t.match((await mailbox.post('mail-read', both)).text, 'ErrorAccessDenied')

  const change =
    `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${folderOf(projects)}<t:Updates><t:SetFolderField>` +
    '<t:FieldURI FieldURI="folder:FolderClass"/><t:Folder><t:FolderClass>IPF.Appointment</t:FolderClass></t:Folder>' +
    '</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>'
  const list = findItem(folderOf(projects))
  t.match((await mailbox.post('calendar-write', change)).text, 'ErrorAccessDenied')
  t.equal((await mailbox.post('mail-read', list)).status, 200)
  t.match((await mailbox.post('open', change)).text, 'NoError')
  t.match((await mailbox.post('mail-read', list)).text, 'ErrorAccessDenied')
})

t.test('records have the profile and its version', async t => {
  const decided = () => server.audit().findLast(({ type }) => type === 'decision')
  await mailbox.post('mail-read', findItem('<t:DistinguishedFolderId Id="calendar"/>'))
  t.match(decided(), {
    verdict: 'deny',
    reason: 'outside-profile',
    roleName: 'mail-read',
    profile: 'mail-read',
    profileVersion: 1,
  })
  await mailbox.post('open', findItem('<t:DistinguishedFolderId Id="calendar"/>'))
  t.match(decided(), { verdict: 'allow', roleName: 'open', profile: undefined })
})
