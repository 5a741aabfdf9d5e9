/**
 * Profiles at the running gateway: its own requests about classes, and its records.
 */

import t from 'tap'
import { DEFAULT_GUARD } from '../../src/model/role.ts'
import { ORGANIZATION } from '../kit/gateway-test-server.ts'
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
  t.strictSame(await seenIn(getItem(itemOf(inbox))), ['GetItem'], 'asked again, and not found')
  t.match((await mailbox.post('mail-read', getItem(itemOf(inbox)))).text, 'ErrorAccessDenied')

  const change =
    `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${folderOf(projects)}<t:Updates><t:SetFolderField>` +
    '<t:FieldURI FieldURI="folder:FolderClass"/><t:Folder><t:FolderClass>IPF.Appointment</t:FolderClass></t:Folder>' +
    '</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>'
  const list = findItem(folderOf(projects))
  t.match((await mailbox.post('calendar-write', change)).text, 'ErrorAccessDenied')
  t.equal((await mailbox.post('mail-read', list)).status, 200)
  t.match((await mailbox.post('open', change)).text, 'NoError')
  t.match((await mailbox.post('mail-read', list)).text, 'ErrorAccessDenied')

  const [team] = canaries.filter(({ folder }) => folder === 'Team') as [Canary]
  const seenOfTeam = async () => {
    server.sandbox.forget()
    await mailbox.post('calendar-read', getFolder(folderOf(team)))
    return server.sandbox.seen.length
  }
  t.equal(await seenOfTeam(), 2)
  t.equal(await seenOfTeam(), 1, 'it is known')
  const remove = `<m:DeleteFolder DeleteType="MoveToDeletedItems"><m:FolderIds>${folderOf(team)}</m:FolderIds></m:DeleteFolder>`
  t.match((await mailbox.post('open', remove)).text, 'NoError')
  t.equal(await seenOfTeam(), 3, 'it is in the deleted items, which are no root')
  t.equal(await seenOfTeam(), 1, 'it is known')
  const empty = `<m:EmptyFolder DeleteType="SoftDelete" DeleteSubFolders="true"><m:FolderIds>${folderOf(projects)}</m:FolderIds></m:EmptyFolder>`
  await mailbox.post('open', empty)
  t.equal(await seenOfTeam(), 3, 'it is asked for again')
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

t.test(
  'a draft that is attached to a role is decided beside it, from the next request',
  async t => {
    const { role } = server.client('open')
    const everyone = { id: 'everyone', effect: 'ALLOW' } as const
    const attached = await server.store.putShadow(ORGANIZATION, role.id, {
      type: 'FULL_ACCESS',
      rules: [everyone],
      guard: DEFAULT_GUARD,
      profile: { name: 'mail-read' },
      base: '',
      attachedAt: 0,
      attachedBy: { id: 'p', name: 'Ann' },
    })
    const version = attached?.shadow?.version
    const recorded = () => server.audit().filter(({ type }) => type === 'decision')
    const shadowAfter = async (operation: string) => {
      t.equal((await mailbox.post('open', operation)).status, 200)
      return recorded().at(-1)?.['shadow']
    }
    t.strictSame(await shadowAfter(findItem('<t:DistinguishedFolderId Id="calendar"/>')), {
      version,
      outcome: 'would-deny',
      reason: 'outside-profile',
    })
    const inbox = findItem('<t:DistinguishedFolderId Id="inbox"/>')
    t.strictSame(await shadowAfter(inbox), { version, outcome: 'same' })

    const known = canaries.find(({ folder }) => folder === 'mail drafts') as Canary
    const read = getItem(itemOf(known))
    t.strictSame(await shadowAfter(read), { version, outcome: 'unknown', cause: 'data-missing' })
    const asked = () => server.sandbox.seen.filter(({ operation }) => operation !== 'CreateItem')
    server.sandbox.forget()
    t.strictSame(await shadowAfter(read), { version, outcome: 'unknown', cause: 'data-missing' })
    t.strictSame(
      asked().map(({ operation }) => operation),
      ['GetItem'],
      'R42 nothing is asked for a draft',
    )
    await mailbox.post('mail-read', read)
    t.strictSame(await shadowAfter(read), { version, outcome: 'same' }, 'asked for another role')

    const large = `<t:Body BodyType="Text">${'x'.repeat(300_000)}</t:Body>`
    const create =
      '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message>' +
      `<t:Subject>Large</t:Subject>${large}</t:Message></m:Items></m:CreateItem>`
    const before = recorded().length
    t.match(await shadowAfter(create), { outcome: 'would-deny', reason: 'outside-profile' })
    t.match(
      recorded().slice(before),
      [{ verdict: 'pending', shadow: undefined }, { verdict: 'allow' }],
      'only the final record of a streamed body has it',
    )
    t.match(await server.metrics(), /shadow_decisions_total\{outcome="would-deny"\} 2/)
    await server.store.putShadow(ORGANIZATION, role.id, undefined)
    t.equal(await shadowAfter(inbox), undefined)
  },
)
