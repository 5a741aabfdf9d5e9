/**
 * 5,000 people and nested groups in a real Active Directory: `npm run clients`.
 *
 * It prints how long a synchronisation takes.
 */

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Attribute, Change } from 'ldapts'
import t, { type Test } from 'tap'
import { LdapSource } from '../../src/directory/ldap.ts'
import { Synchronizer } from '../../src/directory/synchronizer.ts'
import { Secret } from '../../src/model/secret.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import {
  type GatewayTestServer,
  ORGANIZATION,
  startGatewayTestServer,
  USERS,
} from '../kit/gateway-test-server.ts'
import { lend } from '../kit/services/lend.ts'
import { ACCOUNT, DOMAIN_DN, noSamba, Samba, withTree } from '../kit/services/samba.ts'

const COUNT = 5_000
const IN_A_TEAM = 100
/** More than a tenth of all, in a folder of their own. */
const IN_THE_BRANCH = 600
const INTERVAL_SECONDS = 10

const STAFF = `OU=Staff,${DOMAIN_DN}`
const BRANCH = `OU=Branch,${STAFF}`
const nameOf = (number: number) => `user${number}`
const addressOf = (number: number) => `${nameOf(number)}@example.com`
const dnOf = (number: number) => `CN=${nameOf(number)},${number < IN_THE_BRANCH ? BRANCH : STAFF}`
const teamOf = (number: number) => `CN=team${Math.floor(number / IN_A_TEAM)},${STAFF}`

const userLdif = (dn: string, name: string, address: string, aliases: readonly string[]) =>
  [
    `dn: ${dn}\nobjectClass: user\nsAMAccountName: ${name}\nmail: ${address}`,
    `userPrincipalName: ${name}@corp.example.com\nproxyAddresses: SMTP:${address}`,
    ...aliases.map(alias => `proxyAddresses: smtp:${alias}`),
    '',
  ].join('\n')

const groupLdif = (dn: string, name: string, members: readonly string[]) =>
  [
    `dn: ${dn}\nobjectClass: group\nsAMAccountName: ${name}`,
    ...members.map(it => `member: ${it}`),
    '',
  ].join('\n')

/** Accounts without a password, which are disabled: their mailboxes are not. */
function ldif(): string {
  const numbers = Array.from({ length: COUNT }, (_, number) => number)
  const teams = [...Map.groupBy(numbers, teamOf)]
  const folder = (dn: string) => `dn: ${dn}\nobjectClass: organizationalUnit\n`
  return [
    folder(STAFF),
    folder(BRANCH),
    ...USERS.map(({ primarySmtpAddress, aliases }) => {
      const [name = ''] = primarySmtpAddress.split('@')
      return userLdif(`CN=${name},${STAFF}`, name, primarySmtpAddress, aliases)
    }),
    ...numbers.map(number =>
      userLdif(dnOf(number), nameOf(number), addressOf(number), [`u${number}@example.com`]),
    ),
    ...teams.map(([dn, some], index) => groupLdif(dn, `team${index}`, some.map(dnOf))),
    groupLdif(
      `CN=everybody,${STAFF}`,
      'everybody',
      teams.map(([dn]) => dn),
    ),
  ].join('\n')
}

const sourceOf = ({ url, ca }: Samba) =>
  new LdapSource({
    url,
    ca,
    bindDn: `${ACCOUNT.name}@corp.example.com`,
    password: new Secret(ACCOUNT.password),
    baseDn: DOMAIN_DN,
    userFilter: '(&(objectCategory=person)(objectClass=user)(mail=*))',
    groupFilter: '(objectClass=group)',
    timeoutMs: 30_000,
  })

t.test('5,000 people of an Active Directory', { skip: noSamba, timeout: 300_000 }, async t => {
  const samba = await lend(t, Samba.start(ldif()))
  await timing(t, samba)
  await gateway(t, samba)
})

/** How long it takes, on a store in a file. */
async function timing(t: Test, samba: Samba) {
  const store = await openSqlite(join(t.testdir(), 'gateway.db'))
  const sync = new Synchronizer({
    organization: ORGANIZATION,
    source: sourceOf(samba),
    store,
    holder: 'test',
    intervalMs: 300_000,
    disabled: [],
    now: Date.now,
    announce: async () => undefined,
    recordsOf: () => [{ id: randomUUID(), record: '{}' }],
    deliver: async () => undefined,
  })
  const timed = async () => {
    const startedAt = performance.now()
    const result = await sync.synchronize({ acceptRemovals: false })
    return { result, seconds: (performance.now() - startedAt) / 1_000 }
  }
  const first = await timed()
  t.comment(`first synchronisation of ${COUNT} people: ${first.seconds.toFixed(1)} s`)
  t.equal(first.result.created.length, COUNT + USERS.length)
  t.strictSame(first.result.unfit, [])
  t.ok(first.seconds <= 30, 'within 30 s')
  const [alice] = first.result.created.filter(user => user.primarySmtpAddress === addressOf(700))
  t.match(alice, {
    id: /^[\da-f-]{36}$/,
    aliases: ['u700@example.com'],
    principalName: 'user700@corp.example.com',
    sid: /^S-1-5-21-/,
    enabled: true,
  })
  const next = await timed()
  t.comment(`the next one, without changes: ${next.seconds.toFixed(1)} s`)
  t.match(next.result, { created: [], updated: [], removed: [], unchanged: COUNT + USERS.length })
  await store.close()
}

async function gateway(t: Test, samba: Samba) {
  const server = await startGatewayWith(t, samba)
  await until(async () => (await server.store.users(ORGANIZATION)).length > COUNT)
  const groups = await server.store.groups(ORGANIZATION)
  const everybody = groups.find(({ name }) => name === 'everybody')
  t.ok(everybody)
  await server.addRole({ name: 'teams', type: 'READ_ONLY', allow: ['alice@example.com'] })
  await server.changeRole('teams', {
    rules: [{ id: 'teams', effect: 'ALLOW', targetGroups: everybody ? [everybody.id] : [] }],
  })
  const verdict = async (address: string) => {
    await server.post(request(address), { auth: server.client('teams').key })
    const { verdict, reason } = server.audit().findLast(({ type }) => type === 'decision') ?? {}
    return reason ?? verdict
  }
  t.equal(await verdict(addressOf(700)), 'allow', 'by a group in a group')
  t.equal(await verdict(addressOf(800)), 'allow')
  t.equal(await verdict('alice@example.com'), 'no-rule-allows')
  t.equal(await verdict('new@example.com'), 'unknown-user')

  await samba.administer(async client => {
    const person = `CN=new,${STAFF}`
    await client.add(person, {
      objectClass: 'user',
      sAMAccountName: 'new',
      mail: 'new@example.com',
      proxyAddresses: 'SMTP:new@example.com',
    })
    const member = (operation: 'add' | 'delete', dn: string) =>
      new Change({ operation, modification: new Attribute({ type: 'member', values: [dn] }) })
    await client.modify(teamOf(900), [member('add', person)])
    await client.modify(teamOf(800), [member('delete', dnOf(800))])
    await client.del(dnOf(700))
  })
  const changedAt = performance.now()
  await until(async () => (await verdict('new@example.com')) === 'allow')
  const seconds = (performance.now() - changedAt) / 1_000
  t.comment(
    `a change was felt after ${seconds.toFixed(1)} s, the interval being ${INTERVAL_SECONDS} s`,
  )
  t.equal(await verdict(addressOf(700)), 'unknown-user', 'who was removed')
  t.equal(await verdict(addressOf(800)), 'no-rule-allows', 'who left the group')
  t.equal(await verdict(addressOf(850)), 'allow')

  await samba.administer(client => client.del(BRANCH, withTree()))
  const ready = async () => {
    const response = await fetch(`http://127.0.0.1:${server.gateway.opsPort}/readyz`)
    return (await response.json()) as {
      status: string
      checks: { directory: { message?: string } }
    }
  }
  await until(async () => (await ready()).status === 'warn')
  t.match(await ready(), {
    checks: { directory: { message: /The synchronization would remove 600 of 5006 users/ } },
  })
  t.equal(await verdict(addressOf(1)), 'allow', 'nobody of an emptied folder is refused unasked')
}

function startGatewayWith(t: Test, { url, ca }: Samba): Promise<GatewayTestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-directory-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'password'), ACCOUNT.password)
  writeFileSync(join(folder, 'ca.crt'), ca)
  return startGatewayTestServer(t, {
    directory: {
      kind: 'ldap',
      url,
      ca: { file: join(folder, 'ca.crt') },
      bindDn: `${ACCOUNT.name}@corp.example.com`,
      password: { file: join(folder, 'password') },
      baseDn: DOMAIN_DN,
      intervalSeconds: INTERVAL_SECONDS,
    },
  })
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(500)
}

const request = (address: string) => `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Header><t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body><m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>`
