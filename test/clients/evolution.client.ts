/**
 * Evolution's mail, calendar, and contacts through the gateway: the libraries, without the window.
 */

import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import {
  type GatewayTestServer,
  ORGANIZATION,
  startGatewayTestServer,
  USERS,
} from '../kit/gateway-test-server.ts'
import { as, envelope } from '../sandbox/client.ts'
import {
  everyoneWasImpersonated,
  nothingWasWritten,
  reasonsIn,
  startFurnished,
} from './client-test-server.ts'
import { evolutionSession, skip } from './evolution.ts'
import { type Outcomes, runPython } from './python.ts'
import { comparePage, described } from './seen.ts'
import { accessOf, snippetOf } from './snippets.ts'

type Account = Readonly<{
  role: 'full' | 'readOnly'
  address: string
  password?: string
  /** Only finds the gateway, beginning at this URL. */
  server?: string
  /** Folder that it deletes. */
  doomed?: string
  /** Locks the role as soon as Evolution is connected. */
  locked?: boolean
  /** IDs of the folders whose content it shows. */
  calendar?: string
  contacts?: string
  /** Content of the file that configures the account. */
  source?: string
}>

const runEvolution = async (
  t: Test,
  { role, ...account }: Account,
  testServer?: GatewayTestServer,
  script: 'evolution' | 'evolution_calendar' | 'evolution_source' = 'evolution',
): Promise<Readonly<{ testServer: GatewayTestServer; outcomes: Outcomes }>> => {
  const opened = testServer ?? (await startFurnished(t))
  const { folder, under, env } = evolutionSession(t)
  const outcomes = await runPython(opened, {
    script,
    key: opened.keys[role],
    onPause: { connected: () => lock(opened) },
    settings: { ...account, folder },
    under,
    env,
  })
  return { testServer: opened, outcomes }
}

const lock = async (testServer: GatewayTestServer) => {
  const { id } = testServer.client('migration-full').role
  await testServer.store.lockRole(ORGANIZATION, id, { message: 'Closed for the audit.' })
}

const WRITES = ['save_draft', 'create_folder', 'rename_folder', 'delete_folder', 'copy', 'move']
const MAIL = [...WRITES, 'remove', 'flag', 'send']
const DENIED =
  /^(Cannot [a-z ]+: )?Access is denied\. .* The role is read-only\. \(decision ID [0-9a-f-]{36}\)$/
const UNSAID = 'Internal Server Error'

const errorIn = (outcomes: Outcomes, step: string) =>
  (outcomes[step] as Readonly<{ error?: string }>).error ?? 'nothing'

t.test('Evolution reads the mailbox in the file of the console', { skip }, async t => {
  const address = "o'brien@example.com"
  const users = [...USERS, { primarySmtpAddress: address, aliases: [] }]
  const testServer = await startFurnished(t, { users })
  const key = testServer.keys.full
  const source = snippetOf(
    accessOf(testServer.url, key, address),
    'evolution',
    'ews-gateway.source',
  )
  const account = { role: 'full', address, source } as const
  const { outcomes } = await runEvolution(t, account, testServer, 'evolution_source')
  t.strictSame(outcomes, {
    user: key.id,
    connected: true,
    subjects: testServer.sandbox.mailbox(address).subjects('inbox').toSorted(),
  })
  everyoneWasImpersonated(t, testServer, ["o'brien"], 'Evolution by the file of the console')
})

t.test('Evolution reads a mailbox, and writes if the role can', { skip }, async t => {
  const address = 'alice@example.com'
  const testServer = await startFurnished(t)
  const subjects = testServer.sandbox.mailbox(address).subjects('inbox').toSorted()
  const doomed = 'Made by Evolution'
  const full = await runEvolution(t, { role: 'full', address, doomed }, testServer)
  t.strictSame(full.outcomes, {
    connected: true,
    read: subjects,
    ...Object.fromEntries(MAIL.map(step => [step, true])),
  })
  everyoneWasImpersonated(t, full.testServer, ['alice'], 'Evolution under migration-full')

  const readOnly = await runEvolution(t, { role: 'readOnly', address, doomed: 'Junk Email' })
  t.strictSame(readOnly.outcomes['read'], subjects)
  for (const step of MAIL.filter(step => step !== 'flag'))
    t.match(errorIn(readOnly.outcomes, step), DENIED, `P10 ${step}`)
  t.equal(errorIn(readOnly.outcomes, 'flag'), UNSAID)
  t.strictSame(reasonsIn(readOnly.testServer), ['operation-refused', 'role-is-read-only'])
  nothingWasWritten(t, readOnly.testServer, 'Evolution under backup-readonly')
  everyoneWasImpersonated(t, readOnly.testServer, ['alice'], 'Evolution under backup-readonly')

  const locked = await runEvolution(t, { role: 'full', address, locked: true })
  const ceo = await runEvolution(t, { role: 'full', address: 'ceo@example.com' })
  t.strictSame(reasonsIn(ceo.testServer), ['rule-denies'])
  t.strictSame(ceo.testServer.sandbox.seen, [], 'P1 nothing reaches the server')
  comparePage(t, 'Evolution 3.56, mail', {
    connect: described(errorIn(ceo.outcomes, 'connected')),
    read: described(errorIn(locked.outcomes, 'open_message')),
    save: described(errorIn(readOnly.outcomes, 'save_draft')),
    mark: described(errorIn(readOnly.outcomes, 'flag')),
    send: described(errorIn(readOnly.outcomes, 'send')),
    remove: described(errorIn(readOnly.outcomes, 'remove')),
  })
})

t.test('Evolution gives up after a wrong password', { skip }, async t => {
  const account = { role: 'full', address: 'alice@example.com', password: 'wrong' } as const
  const { testServer, outcomes } = await runEvolution(t, account)
  t.strictSame(outcomes, { connected: { error: 'the password is refused' } })
  t.strictSame(testServer.sandbox.seen, [])
})

/** ID of one of alice's folders. */
async function folderId(testServer: GatewayTestServer, name: string): Promise<string> {
  const getFolder =
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
    `<t:DistinguishedFolderId Id="${name}"/></m:FolderIds></m:GetFolder>`
  const { text } = await testServer.post(envelope(getFolder, as('alice@example.com')))
  const [, id = ''] = /FolderId Id="([^"]+)"/.exec(text) ?? []
  return id
}

/** Steps that write. */
const DESK = ['event', 'meeting', 'card'].flatMap(one => [
  `create_${one}`,
  `change_${one}`,
  `remove_${one}`,
])
/** Words of the errors of changes, which end without the reason of a denial. */
const CHANGES = { event: 'calendar object', meeting: 'calendar object', card: 'contacts' }

t.test('Evolution has calendar and contacts, and writes if the role can', { skip }, async t => {
  const run = async (role: 'full' | 'readOnly', address: string) => {
    const testServer = await startFurnished(t)
    const [calendar, contacts] = [
      await folderId(testServer, 'calendar'),
      await folderId(testServer, 'contacts'),
    ]
    testServer.sandbox.forget()
    return runEvolution(t, { role, address, calendar, contacts }, testServer, 'evolution_calendar')
  }
  const content = {
    calendar: ['Dentist', 'Holiday', 'Planning', 'Review'],
    contacts: ['Erika Mustermann', 'bob', 'carol', 'ceo'],
  }
  const full = await run('full', 'alice@example.com')
  t.strictSame(full.outcomes, {
    ...content,
    ...Object.fromEntries(DESK.map(step => [step, true])),
  })

  const { testServer, outcomes } = await run('readOnly', 'alice@example.com')
  t.hasStrict(outcomes, content)
  for (const step of DESK.filter(step => !step.startsWith('change')))
    t.match(errorIn(outcomes, step), DENIED, `P10 ${step}`)
  for (const [one, words] of Object.entries(CHANGES))
    t.equal(errorIn(outcomes, `change_${one}`), `Cannot modify ${words}: ${UNSAID}`)
  t.strictSame(reasonsIn(testServer), ['role-is-read-only'])
  nothingWasWritten(t, testServer, "Evolution's calendar under backup-readonly")

  const ceo = await run('full', 'ceo@example.com')
  t.strictSame(ceo.outcomes, { calendar: { error: UNSAID }, contacts: { error: UNSAID } })
  t.strictSame(ceo.testServer.sandbox.seen, [], 'P1 nothing reaches the server')
})

/** Evolution asks at port 443 or 80 and nowhere else, so each process that runs these tests needs an address of its own. */
const SERVER = `127.5.${(process.pid >> 8) & 0xff}.${process.pid & 0xff}`
const withoutPort = await new Promise<string | false>(resolve => {
  const server = createServer()
  server.once('error', () => resolve(`nobody may listen at ${SERVER}:80 here`))
  server.listen(80, SERVER, () => server.close(() => resolve(false)))
})

t.test('Evolution finds the gateway by Autodiscover', { skip: skip || withoutPort }, async t => {
  const [data, any] = [`${SERVER}:80`, '127.0.0.1:0']
  const publicUrl = 'https://ews.example.com'
  const testServer = await startGatewayTestServer(t, {
    config: { listen: { data, control: any, ops: any }, publicUrl },
    // It asks the domain of the address too, which must not be there.
    users: ['alice', 'bob', 'ceo', 'user'].map(name => ({
      primarySmtpAddress: `${name}@example.invalid`,
      aliases: [`${name}@example.com`],
    })),
  })
  const found = async (name: string) =>
    (
      await runEvolution(
        t,
        { role: 'full', address: `${name}@example.invalid`, server: `http://${SERVER}/` },
        testServer,
      )
    ).outcomes
  t.strictSame(await found('alice'), { discovered: `${publicUrl}/EWS/Exchange.asmx` })
  t.strictSame(await found('ceo'), { discovered: null })
  t.strictSame(testServer.sandbox.seen, [])
})
