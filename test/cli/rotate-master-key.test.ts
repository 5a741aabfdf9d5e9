import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore, startGateway } from '../../src/app/compose.ts'
import { createKey } from '../../src/cli/admin.ts'
import { callApi } from '../../src/cli/api.ts'
import { rotate, rotateMasterKey } from '../../src/cli/rotate-master-key.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { isOurKeyId, makeAccessKey, unsealSecret } from '../../src/credentials/access-key.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { verifyMasterKey } from '../../src/credentials/master-key-file.ts'
import { SigningKeys } from '../../src/credentials/signing-keys.ts'
import { organizationId } from '../../src/model/identity.ts'
import { type AccessKeyId, principalId } from '../../src/model/principal.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { GatewayInstance, Store } from '../../src/store/store.ts'
import { lendFolder } from '../kit/services/lend.ts'
import { configOf } from '../kit/serving.ts'
import { elsewhere, organization, principal, session } from '../store/samples.ts'

const OLD = new Uint8Array(32).fill(1)
const NEW = new Uint8Array(32).fill(2)
const NEXT = new Uint8Array(32).fill(3)
const NOW = Date.now()
const TOOLS = 101
/** Number of secrets that the first writes of a rotation encrypt again. */
const RESEALED = [0, 0, 200, 202, 204]

/** Opens a store that is closed with the test. */
async function openHere(t: Test, file: string): Promise<Store> {
  const store = await openSqlite(file)
  t.teardown(() => store.close())
  return store
}

/** Makes the file of a store of the old key, with more access keys than one page, in two organizations. */
async function makeStore(file: string): Promise<ReadonlyMap<string, string>> {
  const store = await openSqlite(file)
  const masterKey = new MasterKey(OLD)
  await verifyMasterKey(masterKey, store, 'old.key')
  const secrets = new Map<string, string>()
  for (const organizationId of [organization, elsewhere])
    await store.change(organizationId, async transaction => {
      for (let n = 0; n < (organizationId === organization ? TOOLS : 1); n += 1) {
        const id = principalId(crypto.randomUUID())
        await transaction.putPrincipal({ ...principal, organizationId, id, name: `tool ${n}` })
        for (let i = 0; i < 2; i += 1) {
          const { key, secret } = makeAccessKey(masterKey, id, { now: Date.now })
          await transaction.putKey(key)
          secrets.set(key.id, secret.reveal())
        }
      }
      return { result: undefined, records: [] }
    })
  await signerOf(store, masterKey).signer()
  await store.addConsoleSession(session, { seenAfter: 0, createdAfter: 0, most: 9 })
  await store.close()
  return secrets
}

const signerOf = (store: Store, masterKey: MasterKey) =>
  new SigningKeys({ store, masterKey, maxAgeMs: 0, now: Date.now })

/** Number of access keys that a gateway with a master key can use. */
async function usable(store: Store, masterKey: MasterKey, secrets: ReadonlyMap<string, string>) {
  await verifyMasterKey(masterKey, store, 'a.key')
  let count = 0
  for (const organizationId of [organization, elsewhere]) {
    let after: AccessKeyId | undefined
    do {
      const page = await store.resealSecrets(organizationId, after, (sealedSecret, id) => {
        const isUsable = unsealSecret(masterKey, { sealedSecret }).reveal() === secrets.get(id)
        if (isUsable && isOurKeyId(masterKey, id)) count += 1
        return undefined
      })
      after = page.last
    } while (after !== undefined)
  }
  return count
}

/** Returns a store that fails after a number of writes. */
function crashingAfter(store: Store, writes: number) {
  let made = 0
  const wrap =
    <A extends unknown[], R>(write: (...given: A) => Promise<R>) =>
    async (...given: A) => {
      if (made === writes) throw new Error('crashed')
      const result = await write(...given)
      made += 1
      return result
    }
  const { change, resealSecrets } = store
  const wrapped: Store = {
    ...store,
    change: wrap(change) as typeof change,
    resealSecrets: wrap(resealSecrets),
  }
  return { store: wrapped, made: () => made }
}

t.test('rotate() can crash at any step and run again', async t => {
  const folder = lendFolder(t)
  const made = join(folder, 'made.db')
  const secrets = await makeStore(made)
  t.equal(secrets.size, 2 * TOOLS + 2)
  const opened = async (name: string) => {
    const file = join(folder, `${name}.db`)
    cpSync(made, file)
    return await openHere(t, file)
  }

  const whole = crashingAfter(await opened('whole'), 9)
  t.strictSame(await rotate(whole.store, new MasterKey(NEW, OLD)), {
    resealed: secrets.size,
    wasRotated: false,
  })
  const writes = whole.made()
  t.equal(writes, 5, 'begins, encrypts three pages, and ends')

  for (let made = 0; made < writes; made += 1) {
    const name = `crash after ${made} writes`
    const store = await opened(name)
    const epoch = await store.epoch()
    const crashing = crashingAfter(store, made)
    await t.rejects(rotate(crashing.store, new MasterKey(NEW, OLD)), { message: 'crashed' }, name)

    t.equal(await usable(store, new MasterKey(NEW, OLD), secrets), secrets.size, name)
    if (made === 0) t.equal(await usable(store, new MasterKey(OLD), secrets), secrets.size, name)
    else
      await t.rejects(verifyMasterKey(new MasterKey(NEW), store, 'new.key'), {
        message: /new\.key alone: its rotation has not finished.*masterKey\.formerFile/,
      })

    const { wasRotated, resealed } = await rotate(store, new MasterKey(NEW, OLD))
    t.equal(wasRotated, false, name)
    t.equal(resealed, secrets.size - (RESEALED[made] ?? 0), name)
    t.equal(await usable(store, new MasterKey(NEW), secrets), secrets.size, name)
    t.strictSame(await store.signingKeys(), [], name)
    t.equal(await store.consoleSession(session.idHash), undefined, name)
    t.not(await store.epoch(), epoch, name)
    const types = (await store.claimOutbox(0)).map(({ record }) => JSON.parse(record).type)
    t.equal(types.filter(type => type === 'change').length, 1, 'it is recorded once')
    t.ok(types.includes('snapshot'), 'the epoch begins with a snapshot')
    await t.rejects(verifyMasterKey(new MasterKey(OLD), store, 'old.key'), {
      message: /old\.key: this store belongs to another one/,
    })
  }
})

t.test('R18 rotate() keeps the IDs of access keys over several rotations', async t => {
  const file = join(lendFolder(t), 'gateway.db')
  const secrets = await makeStore(file)
  const store = await openHere(t, file)
  const rotateTo = async (next: Uint8Array, former: Uint8Array) => {
    const masterKey = new MasterKey(next, former)
    await verifyMasterKey(masterKey, store, 'a.key')
    return await rotate(store, masterKey)
  }
  await rotateTo(NEW, OLD)
  const masterKey = new MasterKey(NEW)
  const made = makeAccessKey(masterKey, principal.id, { now: Date.now }).key.id
  await rotateTo(NEXT, NEW)
  const next = new MasterKey(NEXT)
  t.equal(await usable(store, next, secrets), secrets.size)
  t.ok(isOurKeyId(next, made))
  t.notOk(isOurKeyId(new MasterKey(NEXT), made), 'by what the store keeps')
  await rotateTo(NEW, NEXT)
  t.equal(await usable(store, new MasterKey(NEW), secrets), secrets.size, 'and back')
})

t.test('rotate() waits until every gateway has the new key and uses it', async t => {
  const file = join(lendFolder(t), 'gateway.db')
  await makeStore(file)
  const store = await openHere(t, file)
  const masterKey = new MasterKey(NEW, OLD)
  await verifyMasterKey(masterKey, store, 'new.key')
  const [now, before] = [new MasterKey(NEW).check(), new MasterKey(OLD).check()]
  const gateway: GatewayInstance = {
    id: 'a',
    host: 'gw-1',
    version: '0.1.0',
    startedAt: NOW,
    seenAt: NOW,
    masterKeys: [],
  }
  const gone = { ...gateway, id: 'gone', host: 'gw-2', seenAt: NOW - 120_000 }
  for (const one of [gateway, gone]) await store.recordHeartbeat(one)
  for (const masterKeys of [[], [before]]) {
    await store.recordHeartbeat({ ...gateway, masterKeys })
    await t.rejects(rotate(store, masterKey), {
      name: 'AdminError',
      message:
        /^The gateway on gw-1 \(version 0\.1\.0, .*does not have the new master key\..*again$/,
    })
    t.strictSame(await store.masterKeyState(), { check: before }, 'nothing has begun')
  }

  await store.recordHeartbeat({ ...gateway, masterKeys: [before, now] })
  const rotating = rotate(store, masterKey)
  while ((await store.masterKeyState()).check !== now) await new Promise(setImmediate)
  t.equal((await store.signingKeys()).length, 1, 'nothing has ended')
  await store.recordHeartbeat({ ...gateway, masterKeys: [now, before] })
  t.match(await rotating, { wasRotated: false })
})

t.test('ews-gateway admin rotate-master-key beside a running gateway', async t => {
  const cwd = lendFolder(t)
  const ID = organizationId('m-0123456789abcdef0123456789abcdef')
  const written = (name: string, bytes: Uint8Array) =>
    writeFileSync(join(cwd, name), Buffer.from(bytes).toString('base64'), { mode: 0o600 })
  written('old.key', OLD)
  written('new.key', NEW)
  writeFileSync(join(cwd, 'upstream.password'), 'correct-horse-battery')
  const configWith = (masterKey: NonNullable<ConfigInput['masterKey']>) => {
    const content = configOf('https://mail.example.com/EWS/Exchange.asmx', { masterKey })
    writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify(content))
    return loadConfig({ file: 'gateway.yaml', env: {}, cwd })
  }
  let out = ''
  const print = (text: string) => {
    out += text
  }
  const output = { print, warn: () => undefined }
  const old = configWith({ file: 'old.key' })
  await createKey(old, { organization: ID, name: 'admin', mayImpersonate: true }, output)
  const env = Object.fromEntries(
    out
      .trim()
      .split('\n')
      .map(line => line.split('=', 2)),
  )
  await t.rejects(rotateMasterKey(old, output), {
    name: 'AdminError',
    message: /^Set masterKey\.formerFile to the file of the present master key/,
  })

  const both = configWith({ file: 'new.key', formerFile: 'old.key' })
  const start = async (config: typeof both) =>
    await startGateway(config, await openStore(config, () => undefined))
  const rolesAt = async ({ controlPort }: { controlPort: number }) => {
    out = ''
    const endpoint = `http://127.0.0.1:${controlPort}`
    const json = JSON.stringify({ OrganizationId: ID })
    await callApi({ operation: 'ListImpersonationRoles', json, endpoint }, env, output)
    return JSON.parse(out)
  }
  const gateway = await start(both)
  t.teardown(() => gateway.close())
  t.strictSame(await rolesAt(gateway), { Roles: [] }, 'works with the former key')
  out = ''
  await rotateMasterKey(both, output)
  t.match(out, /^Encrypted 1 secret .* again\.\nRotated the master key\./)
  t.strictSame(await rolesAt(gateway), { Roles: [] }, 'continues with the new one')
  out = ''
  await rotateMasterKey(both, output)
  t.match(out, /^Encrypted 0 secrets .* again\.\nThe master key was rotated already\./)

  await t.rejects(
    openStore(old, () => undefined),
    { name: 'MasterKeyError', message: /old\.key/ },
  )
  const after = await start(configWith({ file: 'new.key' }))
  t.teardown(() => after.close())
  t.strictSame(await rolesAt(after), { Roles: [] }, 'and needs no other')
})
