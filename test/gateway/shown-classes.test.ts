/**
 * Drafts of profiles with classes of folders beside a backup: what the responses show serves the draft, and nothing else.
 */

import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGzip, gunzipSync } from 'node:zlib'
import t from 'tap'
import { DEFAULT_GUARD, type RoleShadow } from '../../src/model/role.ts'
import type { ShadowResult } from '../../src/model/shadow.ts'
import { envelope } from '../kit/corpus.ts'
import { ORGANIZATION, startGatewayTestServer, XML } from '../kit/gateway-test-server.ts'
import type { JournalRecord } from '../kit/journal.ts'
import { until } from '../kit/until.ts'
import { type Canary, CanaryMailbox, folderOf, getFolder, itemOf } from './profile-canaries.ts'

const everyone = { id: 'everyone', effect: 'ALLOW' } as const
const DRAFT: Omit<RoleShadow, 'version'> = {
  type: 'FULL_ACCESS',
  rules: [everyone],
  guard: { ...DEFAULT_GUARD, delegation: true, inboxRules: true },
  profile: { name: 'mail-read' },
  base: '',
  attachedAt: 0,
  attachedBy: { id: 'p', name: 'Ann' },
}

type Shape = 'AllProperties' | 'Default' | 'IdOnly'
const shape = (kind: 'Folder' | 'Item', base: Shape, properties = '') =>
  `<m:${kind}Shape><t:BaseShape>${base}</t:BaseShape>${properties}</m:${kind}Shape>`
const MIME =
  '<t:AdditionalProperties><t:FieldURI FieldURI="item:MimeContent"/></t:AdditionalProperties>'
const named = (name: string) => `<t:DistinguishedFolderId Id="${name}"/>`
const idsIn = (text: string, element: string) =>
  [...text.matchAll(new RegExp(`<t:${element} Id="([^"]*)"`, 'g'))].map(([, id = '']) => id)

/** Properties of folders and items that a backup asks for, and the operation by which it finds items. */
type Backup = Readonly<{ folders: Shape; items: Shape; finds: 'FindItem' | 'SyncFolderItems' }>

/** Lists all folders, lists the items of each, and gets each item. Returns the requests. */
async function backUp(mailbox: CanaryMailbox, { folders, items, finds }: Backup) {
  const sent: string[] = []
  const post = async (operation: string) => {
    sent.push(operation)
    return (await mailbox.post('open', operation)).text
  }
  const hierarchy = await post(
    `<m:FindFolder Traversal="Deep">${shape('Folder', folders)}` +
      `<m:ParentFolderIds>${named('msgfolderroot')}</m:ParentFolderIds></m:FindFolder>`,
  )
  for (const id of idsIn(hierarchy, 'FolderId')) {
    const folder = `<t:FolderId Id="${id}"/>`
    const list = await post(
      finds === 'FindItem'
        ? `<m:FindItem Traversal="Shallow">${shape('Item', items)}<m:ParentFolderIds>${folder}</m:ParentFolderIds></m:FindItem>`
        : `<m:SyncFolderItems>${shape('Item', items)}<m:SyncFolderId>${folder}</m:SyncFolderId><m:MaxChangesReturned>100</m:MaxChangesReturned></m:SyncFolderItems>`,
    )
    for (const item of idsIn(list, 'ItemId'))
      await post(
        `<m:GetItem>${shape('Item', 'IdOnly', MIME)}<m:ItemIds><t:ItemId Id="${item}"/></m:ItemIds></m:GetItem>`,
      )
  }
  return sent
}

const attach = ({ server }: CanaryMailbox) =>
  server.store.putShadow(ORGANIZATION, server.client('open').role.id, DRAFT)

/** Returns the last comparison of each request, in the order of the requests. */
function comparisons(records: readonly JournalRecord[]): readonly ShadowResult[] {
  const last = new Map<string, ShadowResult>()
  for (const { decisionId, shadow } of records)
    if (shadow !== undefined) last.set(decisionId, shadow as ShadowResult)
  return [...last.values()]
}

const countsOf = (results: readonly ShadowResult[]) =>
  Object.fromEntries(
    [...Map.groupBy(results, ({ outcome }) => outcome)].map(([outcome, { length }]) => [
      outcome,
      length,
    ]),
  )

const WITH_CLASSES = {
  folders: 'AllProperties',
  items: 'IdOnly',
  finds: 'SyncFolderItems',
} as const

for (const gromox of [false, true]) {
  const at = gromox ? 'grommunio' : 'Exchange'
  for (const [what, kind, expected] of [
    ['with classes', WITH_CLASSES, { same: 27, 'would-deny': 24 }],
    [
      'with classes, by FindItem',
      { folders: 'AllProperties', items: 'Default', finds: 'FindItem' },
      { same: 27, 'would-deny': 24 },
    ],
    // Without their responses, a comparison is known for the list of all folders only.
    [
      'by IDs only',
      { folders: 'IdOnly', items: 'IdOnly', finds: 'SyncFolderItems' },
      { same: 1, 'would-deny': 10, unknown: 40 },
    ],
  ] as const satisfies readonly (readonly [string, Backup, object])[])
    t.test(`a backup ${what}, at ${at}`, async t => {
      const mailbox = await CanaryMailbox.start(t, { gromox })
      await attach(mailbox)
      const sent = await backUp(mailbox, kind)
      const results = comparisons(mailbox.server.audit())
      t.equal(results.length, sent.length)
      t.strictSame(countsOf(results), expected)
    })

  t.test(`the comparisons of a backup are what the draft does when enforced, at ${at}`, async t => {
    const mailbox = await CanaryMailbox.start(t, { gromox })
    const { server } = mailbox
    const seenIn = async <T>(act: () => Promise<T>) => {
      server.sandbox.forget()
      const result = await act()
      return { result, seen: server.sandbox.seen.map(({ operation }) => operation) }
    }
    const alone = await seenIn(() => backUp(mailbox, WITH_CLASSES))
    await attach(mailbox)
    const beside = await seenIn(() => backUp(mailbox, WITH_CLASSES))
    t.strictSame(beside, alone, 'R42 nothing is asked for a draft')
    const results = comparisons(server.audit())

    await server.store.putShadow(ORGANIZATION, server.client('open').role.id, undefined)
    await server.changeRole('open', { profile: { name: 'mail-read' } })
    const enforced: string[] = []
    let asked = 0
    for (const operation of beside.result) {
      const { result, seen } = await seenIn(() => mailbox.post('open', operation))
      const isDenied = result.status === 500 && result.text.includes('ErrorAccessDenied')
      enforced.push(isDenied ? 'would-deny' : 'same')
      const isOwn = (one: string | undefined) => one === 'GetFolder' || one === 'GetItem'
      if (isOwn(isDenied ? seen[0] : seen.slice(0, -1)[0])) asked += 1
    }
    t.strictSame(
      enforced,
      results.map(({ outcome }) => outcome),
    )
    t.equal(asked, beside.result.length - 1, 'what responses showed is no evidence for a decision')
  })
}

const getItems = (base: Shape, ...ids: readonly string[]) =>
  `<m:GetItem>${shape('Item', base)}<m:ItemIds>${ids.map(id => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`

t.test('a comparison is made again after the response', async t => {
  const mailbox = await CanaryMailbox.start(t)
  const { server, canaries } = mailbox
  const { version } = (await attach(mailbox))?.shadow ?? {}
  const canaryIn = (folder: string) => canaries.find(one => one.folder === folder) as Canary
  const [inbox, calendar] = [canaryIn('mail inbox'), canaryIn('calendar calendar')]
  const recordsOf = async (operation: string) => {
    const before = server.audit().length
    t.equal((await mailbox.post('open', operation)).status, 200)
    const records = server.audit().slice(before)
    return records.map(({ type, shadow }) => [type, shadow])
  }
  const lacking = { version, outcome: 'unknown', cause: 'data-missing' }
  const item = getItems('Default', inbox.itemId)
  const unknown = [
    ['decision', lacking],
    ['outcome', undefined],
  ]
  t.strictSame(await recordsOf(item), unknown, 'the folder of the item is not known')
  await mailbox.post('open', getFolder(named('inbox') + named('calendar')))
  t.strictSame(await recordsOf(item), [
    ['decision', { version, outcome: 'same' }],
    ['outcome', undefined],
  ])
  t.strictSame(await recordsOf(getItems('Default', calendar.itemId)), [
    ['decision', lacking],
    ['outcome', { version, outcome: 'would-deny', reason: 'outside-profile' }],
  ])
  const move = `<m:MoveItem><m:ToFolderId>${named('calendar')}</m:ToFolderId><m:ItemIds>${itemOf(inbox)}</m:ItemIds></m:MoveItem>`
  await mailbox.post('open', move)
  t.strictSame(await recordsOf(getItems('IdOnly', calendar.itemId)), unknown, 'forgotten')
  t.match(await server.metrics(), /shadow_decisions_total\{outcome="would-deny"\} 2/)

  const profile = { name: 'no-send' } as const
  await server.store.putShadow(ORGANIZATION, server.client('open').role.id, { ...DRAFT, profile })
  await mailbox.post('open', getFolder(named('inbox')))
  await attach(mailbox)
  t.match(
    await recordsOf(getFolder(folderOf(inbox))),
    [['decision', { outcome: 'unknown' }], ['outcome']],
    'the response of before was not read, because no draft depended on classes',
  )
})

t.test('a compressed response is read too, and reaches the client as it is', async t => {
  const sandbox = { url: '' }
  const proxy = createServer((incoming, outgoing) => {
    const { host: _, ...headers } = incoming.headers
    const takesGzip = headers['accept-encoding'] === 'gzip'
    const sent = request(sandbox.url, { method: 'POST', headers }, response => {
      const { 'content-length': _, ...others } = response.headers
      const encoding = takesGzip ? { 'content-encoding': 'gzip' } : {}
      outgoing.writeHead(response.statusCode ?? 0, { ...others, ...encoding })
      const body = takesGzip ? response.pipe(createGzip()) : response
      body.pipe(outgoing)
    })
    incoming.pipe(sent)
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => proxy.close())
  const server = await startGatewayTestServer(t, {
    roles: [{ name: 'open', type: 'FULL_ACCESS', allow: 'all' }],
    upstreamUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/EWS/Exchange.asmx`,
  })
  sandbox.url = server.sandbox.url
  const { role, key } = server.client('open')
  await server.store.putShadow(ORGANIZATION, role.id, DRAFT)
  const post = async (operation: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const headers = {
      'Content-Type': XML,
      'Accept-Encoding': 'gzip',
      Authorization: server.authorization(key),
    }
    request(server.url, { method: 'POST', headers }, resolve)
      .on('error', reject)
      .end(envelope('alice@example.com', operation))
    const response = await promise
    t.equal(response.headers['content-encoding'], 'gzip')
    return gunzipSync(Buffer.concat(await response.toArray())).toString()
  }
  const list =
    `<m:FindFolder Traversal="Deep">${shape('Folder', 'AllProperties')}` +
    `<m:ParentFolderIds>${named('msgfolderroot')}</m:ParentFolderIds></m:FindFolder>`
  const ids = idsIn(await post(list), 'FolderId')
  t.ok(ids.length > 10)
  for (const id of ids) await post(getFolder(`<t:FolderId Id="${id}"/>`))
  // The record of the last outcome can follow its response.
  const outcomes = () => server.audit().filter(({ type }) => type === 'outcome')
  await until('all outcomes', () => outcomes().length > ids.length)
  const counts = countsOf(comparisons(server.audit()))
  t.strictSame([counts['unknown'], (counts['same'] ?? 0) > 1], [undefined, true])
})
