/**
 * Starts a demo with enough users, roles, and requests for the screenshots.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import type { DemoCredentials, Key } from '../../src/cli/demo-guide.ts'

const ROOT = join(import.meta.dirname, '../..')
const LISTEN = ['data', 'control', 'ops'].flatMap(name => [`--listen-${name}`, '127.0.0.1:0'])

export type Demo = DemoCredentials &
  Readonly<{
    /** Values of the `:name` parts of a path. */
    ids: Readonly<Record<string, string>>
    stop: () => Promise<void>
  }>

/** @param isNew - whether it has neither roles nor tools, and has seen no request */
export async function startDemo(isNew: boolean): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-screenshots-'))
  const file = join(folder, 'credentials.json')
  const child = spawn(process.execPath, ['src/main.ts', 'demo', ...LISTEN, '--credentials', file], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await ready(child)
  const credentials = JSON.parse(readFileSync(file, 'utf8')) as DemoCredentials
  const ids = isNew ? await strip(credentials) : await furnish(credentials)
  if (!isNew) await addPast(folder)
  return {
    ...credentials,
    ids,
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ready(child: ChildProcess): Promise<void> {
  for await (const chunk of child.stdout ?? []) if (String(chunk).includes('is ready')) break
  child.stdout?.resume()
}

const FIRST = ['Anna', 'Bernd', 'Carla', 'Dmitri', 'Elif', 'Farid', 'Grete', 'Hanna', 'Ivo', 'Jun']
const LAST = ['Berg', 'Costa', 'Dahl', 'Engel', 'Fischer', 'Gruber']

async function furnish(demo: DemoCredentials): Promise<Record<string, string>> {
  const { api, read } = clientsOf(demo)
  const Users = FIRST.flatMap(first =>
    LAST.map(last => ({
      PrimarySmtpAddress: `${first}.${last}@example.com`.toLowerCase(),
      DisplayName: `${first} ${last}`,
    })),
  )
  await api('EwsGateway.ImportUsers', { Users })
  const group = await addGroups(api)
  let connector = ''
  for (const [Name, Type, Description] of ROLES) {
    const role = { Name, Type, Description, Rules: [EVERYONE] }
    const created = await api('WorkMailService.CreateImpersonationRole', role)
    if (Name !== 'crm-connector') continue
    connector = String((created as Record<string, unknown>)['ImpersonationRoleId'])
    const Rules = [EVERYONE, { ...NOT_THE_LAWYERS, TargetGroups: [group] }]
    await api('EwsGateway.PutImpersonationRole', { ...role, ...(created as object), Rules })
  }
  const [migration, backup] = demo.clients
  if (migration === undefined || backup === undefined) throw new Error('The demo has no clients')
  for (let i = 0; i < 24; i += 1) await read(migration, ['alice', 'bob', 'carol'][i % 3] ?? 'bob')
  let record = ''
  for (let i = 0; i < 5; i += 1) record = await read(migration, 'ceo')
  const drafted = demo.roles.find(({ name }) => name === 'backup-readonly')?.id ?? ''
  await api('EwsGateway.PutRoleShadow', {
    ImpersonationRoleId: drafted,
    Draft: {
      Rules: [
        { ImpersonationRuleId: 'alice', Effect: 'ALLOW', TargetUsers: ['alice@example.com'] },
      ],
      Profile: { Profile: 'export-only' },
    },
  })
  for (let i = 0; i < 9; i += 1) await read(backup, ['alice', 'bob', 'carol'][i % 3] ?? 'bob')
  await api('WorkMailService.PutAccessControlRule', {
    Name: 'no-guests',
    Effect: 'DENY',
    Description: 'The guest network reaches no mailbox',
    IpRanges: ['203.0.113.0/24', '2001:db8:7::/48'],
  })
  await api('EwsGateway.PutProtectedMailboxes', {
    Users: ['ceo@example.com', 'anna.berg@example.com'],
    Groups: ['Contracts'],
    Exceptions: [
      {
        ImpersonationRoleId: connector,
        NotAfter: inDays(3),
        Reason: 'Investigation 7, approved by the works council',
      },
    ],
  })
  const { Principals } = (await api('EwsGateway.ListPrincipals', {})) as {
    Principals: { PrincipalId: string; Name: string }[]
  }
  return {
    role: demo.roles.find(({ name }) => name === 'migration-full')?.id ?? '',
    connector,
    drafted,
    user: demo.users[0]?.id ?? '',
    principal: Principals.find(({ Name }) => Name === 'backup-readonly')?.PrincipalId ?? '',
    group,
    record,
  }
}

const inDays = (days: number) => Math.floor(Date.now() / 1_000) + days * 86_400

/** Creates two groups, one within the other. @returns the ID of the outer one */
async function addGroups(api: ReturnType<typeof clientsOf>['api']): Promise<string> {
  const usersOf = (last: string) => FIRST.map(first => `${first}.${last}@example.com`.toLowerCase())
  await api('EwsGateway.PutGroup', { Name: 'Contracts', Users: usersOf('Costa') })
  const { GroupId } = (await api('EwsGateway.PutGroup', {
    Name: 'Legal department',
    PrimarySmtpAddress: 'legal@example.com',
    Users: usersOf('Berg'),
    Groups: ['Contracts'],
  })) as { GroupId: string }
  return GroupId
}

/** Requests that {@link furnish} sends. */
const REQUESTS = 38
const DAYS = 90
/** Requests of a day, as a multiple of those that were sent, by hour of the day and day of the week. */
const loadOf = (hour: number): number => {
  const weekday = Math.floor(hour / 24) % 7
  const isNight = hour % 24 < 6 || hour % 24 > 18
  return weekday > 4 ? Number(isNight) : (isNight ? 1 : 4) + (hour % 5)
}

/** Adds totals of earlier hours to the history, so that charts have something to show. */
async function addPast(folder: string): Promise<void> {
  const name = readdirSync(folder).find(entry => entry.startsWith('ews-gateway-demo-')) ?? ''
  const database = new DatabaseSync(join(folder, name, 'gateway-history.db'), { timeout: 5_000 })
  const count = database.prepare(
    "select coalesce(sum(requests), 0) as requests from history_sums join history_series on id = series_id where outcome <> ''",
  )
  while (Number(count.get()?.['requests']) < REQUESTS) await setTimeout(100)
  const loads = JSON.stringify(Array.from({ length: DAYS * 24 }, (_, hour) => loadOf(hour)))
  for (const table of ['history_totals', 'history_sums'])
    database
      .prepare(
        `insert into ${table} select series_id, hour - key, requests * value, items, bytes * value, 0, last_at - key * 3600000
          from ${table}, json_each(?)
          where hour = (select max(hour) from ${table}) and value > 0 and key > 0 on conflict do nothing`,
      )
      .run(loads)
  database.close()
}

async function strip(demo: DemoCredentials): Promise<Record<string, string>> {
  const { api } = clientsOf(demo)
  const { Principals } = (await api('EwsGateway.ListPrincipals', {})) as {
    Principals: { PrincipalId: string; Name: string }[]
  }
  for (const { PrincipalId, Name } of Principals)
    if (Name !== 'admin') await api('EwsGateway.DeletePrincipal', { PrincipalId })
  for (const { id } of demo.roles)
    await api('WorkMailService.DeleteImpersonationRole', { ImpersonationRoleId: id })
  return {}
}

const ROLES = [
  ['archive-legal', 'READ_ONLY', 'Journal and retention, asked for by the legal department'],
  ['calendar-sync', 'FULL_ACCESS', 'Rooms and shared calendars'],
  ['crm-connector', 'READ_ONLY', 'Reads mail that belongs to deals'],
] as const

const EVERYONE = { ImpersonationRuleId: 'everyone', Name: 'Everyone', Effect: 'ALLOW' }
const NOT_THE_LAWYERS = {
  ImpersonationRuleId: 'not-legal',
  Name: 'Not the lawyers',
  Effect: 'DENY',
}

function clientsOf({ controlUrl, ewsUrl, organizationId, admin }: DemoCredentials) {
  const basic = ({ accessKeyId, secretAccessKey }: Key) =>
    `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString('base64')}`
  return {
    api: async (target: string, input: object): Promise<unknown> => {
      const answer = await fetch(controlUrl, {
        method: 'POST',
        headers: {
          authorization: basic(admin),
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': target,
        },
        body: JSON.stringify({ OrganizationId: organizationId, ...input }),
      })
      if (!answer.ok) throw new Error(`${target}: ${await answer.text()}`)
      return await answer.json()
    },
    /** Reads the inbox of a user with a key. The request can be denied. @returns the ID of the decision */
    read: async (key: Key, name: string): Promise<string> => {
      const answer = await fetch(ewsUrl, {
        method: 'POST',
        headers: { authorization: basic(key), 'content-type': 'text/xml; charset=utf-8' },
        body: findItem(`${name}@example.com`),
      })
      await answer.text()
      return answer.headers.get('x-decision-id') ?? ''
    },
  }
}

const findItem = (address: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header>
  <t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>${address}</t:SmtpAddress></t:ConnectingSID>
  </t:ExchangeImpersonation></s:Header><s:Body><m:FindItem Traversal="Shallow"><m:ItemShape>
  <t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ParentFolderIds>
  <t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem></s:Body></s:Envelope>`
