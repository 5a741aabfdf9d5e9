/**
 * The configuration of docs/deploy-grommunio.md, before a sandbox that behaves like grommunio.
 */

import t from 'tap'
import { runCheckUpstream } from '../../src/cli/check-upstream.ts'
import { loadConfig } from '../../src/config/load.ts'
import { codeOf, envelope } from '../kit/corpus.ts'
import { type Auth, ORGANIZATION, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { GUIDE_ORGANIZATION } from '../kit/grommunio.ts'
import { until } from '../kit/until.ts'

const PASSWORD = 'correct-horse-battery'
const SHAPE = '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
const INBOX = '<t:DistinguishedFolderId Id="inbox"/>'
const FIND = `<m:FindItem Traversal="Shallow">${SHAPE}<m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindItem>`
const getItem = (...ids: readonly string[]) =>
  `<m:GetItem>${SHAPE}<m:ItemIds>${ids.map(id => `<t:ItemId Id="${id}"/>`).join('')}</m:ItemIds></m:GetItem>`
const sync = (state = '') =>
  `<m:SyncFolderItems>${SHAPE}<m:SyncFolderId>${INBOX}</m:SyncFolderId>${state}<m:MaxChangesReturned>2</m:MaxChangesReturned></m:SyncFolderItems>`

/** Returns the ID of an item that doesn't exist, in the same folder. */
function gone(id: string): string {
  const bytes = Buffer.from(id, 'base64')
  bytes.writeUInt32BE(0xffff_ffff, 64)
  return bytes.toString('base64')
}

const organization = GUIDE_ORGANIZATION

t.test('docs/deploy-grommunio.md has a working configuration', async t => {
  const folder = t.testdir({ 'upstream.password': PASSWORD })
  const server = await startGatewayTestServer(t, {
    gromox: true,
    upstreamPassword: PASSWORD,
    organization,
  })
  const ask = async (operation: string, auth: Auth = 'full', as = 'alice@example.com') => {
    const { status, text } = await server.post(envelope(as, operation), { auth })
    const codes = [...text.matchAll(/ResponseCode>(\w+)</g)].map(([, code]) => code)
    return { status, text, codes }
  }

  const [, id = ''] = /ItemId Id="([^"]+)"/.exec((await ask(FIND)).text) ?? []
  for (const auth of ['full', 'readOnly'] as const)
    t.strictSame((await ask(getItem(id), auth)).codes, ['NoError'], `${auth} gets an item`)
  t.strictSame(
    (await ask(getItem(gone(id), id))).codes,
    ['ErrorItemNotFound', 'NoError'],
    'an error is about its item',
  )
  for (const [what, operation, as] of [
    ['an ID of another user', getItem(id), 'bob@example.com'],
    ['an ID of another form', getItem('AAAA', id), 'alice@example.com'],
  ] as const)
    t.equal(codeOf((await ask(operation, 'full', as)).text), 'ErrorAccessDenied', what)
  const [state] = /<m:SyncState>.*?<.m:SyncState>/.exec((await ask(sync())).text) ?? []
  t.ok(state, 'a first sync')
  t.strictSame((await ask(sync(state))).codes, ['NoError'], 'a second sync')

  const wsdl = await server.post('', { method: 'GET', path: '/ews/services.wsdl' })
  t.equal(wsdl.status, 200)
  t.match(wsdl.text, `location="${server.url}"`, 'node-ews reads the WSDL first')

  const overrides = {
    organizations: [
      { ...organization, upstream: { ...organization.upstream, url: server.sandbox.url } },
    ],
  }
  let out = ''
  const print = (text: string) => {
    out += text
  }
  const config = loadConfig({ env: {}, cwd: folder, overrides })
  t.equal(await runCheckUpstream(config, {}, { print, warn: print }), 0)
  t.match(out, /kind +ok +grommunio/)
})

t.test('R36 a SOAP fault of the server is a failure with any status', async t => {
  const server = await startGatewayTestServer(t, { gromox: true })
  await server.store.importUsers(
    ORGANIZATION,
    [{ primarySmtpAddress: 'gone@example.com', aliases: [] }],
    { dryRun: false, deleteMissing: false },
  )
  const failed = { ended: 'complete', outcome: 'FAILED', cause: 'upstream-fault' }
  for (const [as, operation, status, expected] of [
    ['gone@example.com', FIND, 200, { responseCode: 'ErrorCannotFindUser', ...failed }],
    [
      'alice@example.com',
      '<m:FindConversation/>',
      500,
      { responseCode: 'ErrorInvalidRequest', ...failed },
    ],
    [
      'alice@example.com',
      getItem('AAAA'),
      200,
      { responseCode: 'ErrorInvalidIdMalformed', outcome: 'ANSWERED', itemCount: 0 },
    ],
    ['alice@example.com', FIND, 200, { outcome: 'ANSWERED', itemCount: 5 }],
    ['alice@example.com', sync(), 200, { outcome: 'ANSWERED', itemCount: 2 }],
    ['alice@example.com', '<m:FindFolder/>', 200, { outcome: 'ANSWERED', itemCount: undefined }],
  ] as const) {
    const response = await server.post(envelope(as, operation))
    t.equal(response.status, status, 'the client gets it as it is')
    const id = response.headers['x-decision-id']
    const find = () => server.audit().find(it => it.type === 'outcome' && it.decisionId === id)
    await until('it is recorded', () => find() !== undefined)
    t.match(find(), expected)
  }
  const metrics = await server.metrics()
  t.match(
    metrics,
    /operation="FindItem",verdict="allow",reason="none",outcome="FAILED",cause="upstream-fault"} 1/,
  )
})

t.test('the default of limits.bodyBytes is the limit of the server', async t => {
  const server = await startGatewayTestServer(t, { gromox: true, organization })
  const announce = async (length: number) => {
    const { text } = await server.post('', { headers: { 'content-length': String(length) } })
    return /ResponseCode[^>]*>(\w+)</.exec(text)?.[1]
  }
  t.equal(await announce(50 * 1024 * 1024 + 1), 'ErrorMessageSizeExceeded')
})
