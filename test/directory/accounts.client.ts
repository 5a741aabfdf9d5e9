/**
 * Passwords of accounts in a real Active Directory that locks an account after five wrong ones: `npm run clients`.
 */

import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Attribute, Change, type Client } from 'ldapts'
import t from 'tap'
import { AccountPasswords } from '../../src/credentials/account-passwords.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { LdapAccounts } from '../../src/directory/ldap-accounts.ts'
import { sidText } from '../../src/directory/ldap-entry.ts'
import { Secret } from '../../src/model/secret.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { startFurnished } from '../clients/client-test-server.ts'
import { runPython, withoutExchangelib } from '../clients/python.ts'
import { arrivals } from '../clients/waiting.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { FULL, ORGANIZATION, XML } from '../kit/gateway-test-server.ts'
import { lend } from '../kit/services/lend.ts'
import { ACCOUNT, DOMAIN_DN, noSamba, Samba } from '../kit/services/samba.ts'

const run = promisify(execFile)
const withoutCurl = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed'

const THRESHOLD = 5
const TOOL = { dn: `CN=tool,CN=Users,${DOMAIN_DN}`, password: 'Tool-Passw0rd!' } as const

const passwordOf = (password: string) =>
  new Attribute({ type: 'unicodePwd', values: [Buffer.from(`"${password}"`, 'utf16le')] as never })

const replacing = (type: string, value: string) =>
  new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) })

/** Creates the account of a tool, and the lockout policy. */
async function prepare(client: Client): Promise<void> {
  await client.add(TOOL.dn, [
    new Attribute({ type: 'objectClass', values: ['user'] }),
    new Attribute({ type: 'sAMAccountName', values: ['tool'] }),
    passwordOf(TOOL.password),
    new Attribute({ type: 'userAccountControl', values: ['512'] }),
  ])
  await client.modify(DOMAIN_DN, replacing('lockoutThreshold', String(THRESHOLD)))
}

async function readTool(client: Client) {
  const { searchEntries } = await client.search(TOOL.dn, {
    scope: 'base',
    attributes: ['objectSid', 'badPwdCount'],
    explicitBufferAttributes: ['objectSid'],
  })
  const [entry] = searchEntries
  return {
    sid: sidText(entry?.['objectSid'] as Buffer),
    badPasswords: Number(entry?.['badPwdCount'] ?? 0),
  }
}

t.test('accounts of an Active Directory', { skip: noSamba, timeout: 300_000 }, async t => {
  const samba = await lend(t, Samba.start(''))
  await samba.administer(prepare)
  const read = async () => {
    const found: Awaited<ReturnType<typeof readTool>>[] = []
    await samba.administer(async client => void found.push(await readTool(client)))
    return found[0] ?? { sid: '', badPasswords: -1 }
  }
  const { sid } = await read()
  const directory = new LdapAccounts({
    url: samba.url,
    ca: samba.ca,
    bindDn: `${ACCOUNT.name}@corp.example.com`,
    password: new Secret(ACCOUNT.password),
    baseDn: DOMAIN_DN,
    timeoutMs: 30_000,
    now: Date.now,
  })

  /** Returns what makes gateways with a store. */
  const gatewayOf = (store: Store) => () => {
    const key = `account:${ORGANIZATION}:${sid}` as const
    return new AccountPasswords({
      directory,
      states: {
        read: () => store.fleetState(key),
        replace: (_, text, before) => store.putFleetState(key, text, before),
      },
      masterKey: new MasterKey(Buffer.alloc(32, 7)),
      failuresBeforePause: 2,
      pauseMs: 1_860_000,
      maxAgeMs: 300_000,
      checkMs: 60_000,
      now: Date.now,
      latest: Date.now,
    })
  }

  await t.test('find() and bind() work with the SID', async t => {
    const account = await directory.find(sid)
    t.match(account, { dn: TOOL.dn, enabled: true, passwordSetAt: /^[1-9]\d+$/ })
    if (account === undefined) throw new Error('There is no account')
    t.strictSame(await directory.bind(sid, account, TOOL.password), { kind: 'accepted' })
    t.strictSame(
      await directory.bind(sid.replace(/\d+$/, '500'), account, TOOL.password),
      { kind: 'rejected' },
      'R41 the account that signed in has another SID',
    )
    t.equal(await directory.find(sid.replace(/\d+$/, '99999')), undefined)
    t.strictSame(await directory.bind(sid, account, 'wrong'), { kind: 'rejected', code: '52e' })
    t.strictSame(await directory.bind(sid, account, TOOL.password), { kind: 'accepted' })
  })

  await t.test('clients sign in with the account by Basic', async t => {
    const folder = t.testdir({ password: ACCOUNT.password, 'ca.pem': samba.ca })
    const server = await startFurnished(t, {
      directory: {
        kind: 'ldap',
        url: samba.url,
        ca: { file: join(folder, 'ca.pem') },
        bindDn: `${ACCOUNT.name}@corp.example.com`,
        password: { file: join(folder, 'password') },
        baseDn: DOMAIN_DN,
        intervalSeconds: 86_400,
      },
      config: { signIn: { directoryAccounts: { enabled: true } } },
    })
    const { id } = server.client(FULL.name).principal
    const names = ['tool@corp.example.com', 'CORP\\tool', 'tool@example.com'] as const
    await server.store.putIdentities(ORGANIZATION, id, [{ kind: 'directory-account', sid, names }])
    const body = envelope('alice@example.com', GET_FOLDER)
    writeFileSync(join(folder, 'envelope.xml'), body)

    /** Sends two requests, and returns their statuses with their schemes and connections. */
    const curl = async (user: string, ...args: readonly string[]) => {
      const arrived = arrivals(t, server.gateway.dataPort)
      const sent = [
        ...['--user', user, ...args, '--header', `Content-Type: ${XML}`],
        ...['--data-binary', `@${join(folder, 'envelope.xml')}`],
        ...['--output', '/dev/null', '--write-out', '%{http_code}\n', server.url],
      ]
      const { stdout } = await run('curl', ['--silent', ...sent, '--next', ...sent])
      return [
        stdout.trim().split('\n').map(Number),
        arrived.map(({ scheme, connection }) => `${scheme ?? '-'} ${connection}`),
      ]
    }

    await t.test('curl', { skip: withoutCurl }, async t => {
      for (const name of names)
        t.strictSame(
          await curl(`${name}:${TOOL.password}`, '--basic'),
          [
            [200, 200],
            ['Basic 0', 'Basic 0'],
          ],
          name,
        )
      t.strictSame(await curl(`${names[0]}:${TOOL.password}`, '--anyauth'), [
        [200, 200],
        ['- 0', 'Basic 0', '- 0', 'Basic 0'],
      ])
      t.strictSame(await curl(`tool:${TOOL.password}`, '--basic'), [
        [401, 401],
        ['Basic 0', 'Basic 0'],
      ])
      t.match(
        server.audit().findLast(({ verdict }) => verdict === 'allow'),
        { scheme: 'Basic', identity: { kind: 'directory-account', sid } },
      )
    })

    await t.test('exchangelib', { skip: withoutExchangelib }, async t => {
      const arrived = arrivals(t, server.gateway.dataPort)
      const { answers } = await runPython(server, {
        script: 'ntlm',
        key: { id: names[1], secret: TOOL.password },
        settings: { client: 'exchangelib', auth: 'basic' },
      })
      t.strictSame(answers, [true, true])
      t.strictSame(
        new Set(arrived.map(({ scheme, connection }) => `${scheme} ${connection}`)),
        new Set(['Basic 0']),
        'each request proves itself, on one connection',
      )
    })

    await t.test('R41 the account has another name in the domain', async t => {
      const renamed = `CN=renamed,CN=Users,${DOMAIN_DN}`
      await samba.administer(client => client.modifyDN(TOOL.dn, 'CN=renamed'))
      const { status } = await server.post(body, { auth: { id: names[0], secret: TOOL.password } })
      t.equal(status, 200, 'its SID finds it')
      await samba.administer(client => client.modifyDN(renamed, 'CN=tool'))
    })
  })

  await t.test('R41 the previous password, which Samba accepts, does not sign in', async t => {
    const store = await openSqlite(':memory:')
    t.teardown(() => store.close())
    const gateway = gatewayOf(store)
    t.match(await gateway().verify(sid, TOOL.password), { kind: 'right' })
    const setPassword = (password: string) =>
      samba.administer(client =>
        client.modify(
          TOOL.dn,
          new Change({ operation: 'replace', modification: passwordOf(password) }),
        ),
      )
    await setPassword('Other-Passw0rd!')
    const account = await directory.find(sid)
    if (account === undefined) throw new Error('There is no account')
    t.strictSame(
      await directory.bind(sid, account, TOOL.password),
      { kind: 'accepted' },
      'Samba accepts it',
    )
    t.strictSame(await gateway().verify(sid, TOOL.password), { kind: 'wrong' })
    t.match(await gateway().verify(sid, 'Other-Passw0rd!'), { kind: 'right' })
    t.strictSame(await gateway().verify(sid, TOOL.password), { kind: 'wrong' })
    await setPassword('Third-Passw0rd!')
    await setPassword(TOOL.password)
  })

  await t.test('find() tells that an account has expired', async t => {
    const expireAt = (time: string) =>
      samba.administer(client => client.modify(TOOL.dn, replacing('accountExpires', time)))
    await expireAt('130000000000000000')
    t.match(await directory.find(sid), { enabled: false })
    for (const never of ['0', '9223372036854775807']) {
      await expireAt(never)
      t.match(await directory.find(sid), { enabled: true })
    }
  })

  await t.test('lockout() reads the policy of the domain', async t => {
    const { threshold, resetMinutes } = await directory.lockout()
    t.equal(threshold, THRESHOLD)
    t.equal(resetMinutes, 30, 'as Samba sets it up')
  })

  await t.test('R41 100 wrong passwords do not lock the account', async t => {
    const store = await openSqlite(':memory:')
    t.teardown(() => store.close())
    const gateway = gatewayOf(store)
    const [one, other] = [gateway(), gateway()]
    t.match(await one.verify(sid, TOOL.password), { kind: 'right' })
    const { badPasswords: before } = await read()
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 2 ? one : other).verify(sid, `wrong ${n}`)),
    )
    t.strictSame(new Set(results.map(({ kind }) => kind)), new Set(['wrong']))
    t.equal((await read()).badPasswords - before, 2)
    t.match(await one.verify(sid, TOOL.password), { kind: 'right' })
    t.match(await other.verify(sid, TOOL.password), { kind: 'right' }, 'during the pause')
    const changed = passwordOf('Next-Passw0rd!')
    await samba.administer(client =>
      client.modify(TOOL.dn, new Change({ operation: 'replace', modification: changed })),
    )
    t.strictSame(await gateway().verify(sid, TOOL.password), { kind: 'wrong' }, 'it was changed')
  })

  await t.test('bind() tells that an account is locked or disabled', async t => {
    const account = await directory.find(sid)
    if (account === undefined) throw new Error('There is no account')
    for (let n = 0; n < THRESHOLD; n += 1) await directory.bind(sid, account, `guess ${n}`)
    const locked = { kind: 'rejected', code: '775' }
    t.strictSame(await directory.bind(sid, account, 'Next-Passw0rd!'), locked)
    await samba.administer(async client => {
      await client.modify(TOOL.dn, replacing('lockoutTime', '0'))
      await client.modify(TOOL.dn, replacing('userAccountControl', '514'))
    })
    t.match(await directory.find(sid), { enabled: false })
    t.strictSame(await directory.bind(sid, account, 'Next-Passw0rd!'), {
      kind: 'rejected',
      code: '533',
    })
  })
})
