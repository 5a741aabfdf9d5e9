import { readdirSync } from 'node:fs'
import { chmod, chown, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { format, inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { type KeyPurpose, MasterKey } from '../../src/credentials/master-key.ts'
import {
  loadOrMakeMasterKey,
  MasterKeyError,
  verifyMasterKey,
} from '../../src/credentials/master-key-file.ts'
import { SessionCookies } from '../../src/credentials/session-cookie.ts'
import type { MasterKeyCheck } from '../../src/store/store.ts'

const bytes = Uint8Array.from({ length: 32 }, (_, i) => i)
const masterKey = new MasterKey(bytes)
const other = new MasterKey(new Uint8Array(32))
const PURPOSES: readonly KeyPurpose[] = [
  'tokens',
  'secrets',
  'sessions',
  'cookies',
  'cache-entries',
  'key-ids',
  'check',
]
const bytesText = (key: Uint8Array) => Buffer.from(key).toString('base64')
const hex = (key: Uint8Array) => Buffer.from(key).toString('hex')

t.test('R21 subkey() differs by purpose and by master key', async t => {
  const keys = [masterKey, other].flatMap(key =>
    PURPOSES.map(purpose => hex(key.subkey(purpose).export())),
  )
  t.equal(new Set([...keys, hex(bytes)]).size, 2 * PURPOSES.length + 1)
  t.ok(keys.every(key => key.length === 64))
})

t.test('R21 subkey() and check() stay the same from release to release', async t => {
  t.equal(
    hex(masterKey.subkey('secrets').export()),
    '92c0ea1ffcdfac5cb30a34a5c294669901b3599599fad0292682f1163a85f338',
  )
  t.equal(masterKey.check(), 'pCJjcc_MvCbYRya1IekMijrl5YQUoNJsVp_uuLhOTLw')
  t.not(masterKey.check(), other.check())
  t.equal(masterKey.subkey('tokens'), masterKey.subkey('tokens'), 'and is made once')
})

t.test('MasterKey accepts 32 bytes and keeps its own copy', async t => {
  for (const length of [0, 16, 31, 33]) {
    t.throws(() => new MasterKey(new Uint8Array(length)), RangeError)
  }
  const mine = Uint8Array.from(bytes)
  const key = new MasterKey(mine)
  mine.fill(0)
  t.equal(key.check(), masterKey.check())
})

t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(
        fc.uint8Array(),
        plain => hex(masterKey.unseal('secrets', masterKey.seal('secrets', plain))) === hex(plain),
      ),
    ),
  'unseal() gives what seal() was given',
)

t.test('unseal() reads what an earlier release sealed', async t => {
  const sealed = 'pjnzD0xnrlFqhvf1XdEKidmubUSKCTgDQvYGk7LPSN1WxtSBu9b71zopUdQdeVpG9g4+F0X9TmXZOU2r'
  t.equal(hex(masterKey.unseal('secrets', Buffer.from(sealed, 'base64'))), hex(bytes))
})

t.test('seal() never returns the same bytes twice', async t => {
  t.not(hex(masterKey.seal('secrets', bytes)), hex(masterKey.seal('secrets', bytes)))
})

t.test('unseal() rejects another key, another purpose, and altered bytes', async t => {
  const sealed = masterKey.seal('secrets', bytes)
  t.throws(() => other.unseal('secrets', sealed), {
    message: 'Cannot unseal secrets: sealed with another key, or changed',
    cause: { message: /unable to authenticate data/ },
  })
  t.throws(() => masterKey.unseal('tokens', sealed), /Cannot unseal tokens/)
  for (const at of sealed.keys()) {
    const altered = Uint8Array.from(sealed, (byte, i) => (i === at ? byte ^ 1 : byte))
    t.throws(() => masterKey.unseal('secrets', altered), `byte ${at} altered`)
  }
  for (const length of sealed.keys()) {
    t.throws(() => masterKey.unseal('secrets', sealed.subarray(0, length)), `cut at ${length}`)
  }
})

t.test('P8 MasterKey never prints its bytes', async t => {
  masterKey.subkey('tokens')
  const prints = [
    String(masterKey),
    JSON.stringify({ masterKey }),
    inspect(masterKey, { showHidden: true, depth: null }),
    format('%s %j %o %O', masterKey, masterKey, masterKey, masterKey),
  ].join('\n')
  for (const key of [bytes, masterKey.subkey('tokens').export()]) {
    t.notMatch(prints, hex(key))
    t.notMatch(prints, Buffer.from(key).toString('base64'))
    t.notMatch(prints, Array.from(key.subarray(0, 4)).join(', '))
  }
})

const RESTORE = 'Restore the file that belongs to this store'
const silent = (message: string) => {
  throw new Error(`Warned: ${message}`)
}

t.test('R21 loadOrMakeMasterKey() creates a key for an empty store, then loads it', async t => {
  const file = join(t.testdir(), 'data', 'master.key')
  const made = await loadOrMakeMasterKey({ file }, true, silent)
  t.match(await readFile(file, 'utf8'), /^[A-Za-z0-9+/]{43}=\n$/)
  t.equal((await stat(file)).mode & 0o777, 0o600)

  const found = await loadOrMakeMasterKey({ file }, false, silent)
  t.equal(found.check(), made.check())
  const again = await loadOrMakeMasterKey({ file }, true, silent)
  t.equal(again.check(), made.check(), 'does not replace a key while the store is empty')
})

t.test('R21 loadOrMakeMasterKey() creates a different key every time', async t => {
  const dir = t.testdir()
  const one = await loadOrMakeMasterKey({ file: join(dir, 'one') }, true, silent)
  const two = await loadOrMakeMasterKey({ file: join(dir, 'two') }, true, silent)
  t.not(one.check(), two.check())
})

t.test('R21 loadOrMakeMasterKey() creates no key if the store has content', async t => {
  const file = join(t.testdir(), 'master.key')
  await t.rejects(loadOrMakeMasterKey({ file }, false, silent), {
    name: 'MasterKeyError',
    message: `${file} does not exist, but the store is not empty. ${RESTORE}, or set masterKey.file to its path`,
  })
  await t.rejects(stat(file), { code: 'ENOENT' })
})

for (const [name, content] of [
  ['nothing', ''],
  ['a short key', Buffer.alloc(16).toString('base64')],
  ['a long key', Buffer.alloc(48).toString('base64')],
  ['hexadecimal', Buffer.alloc(32).toString('hex')],
  ['two keys', `${Buffer.alloc(32).toString('base64')}\n`.repeat(2)],
] as const) {
  t.test(`loadOrMakeMasterKey() rejects a file of ${name}, and does not change it`, async t => {
    const file = join(t.testdir({ 'master.key': content }), 'master.key')
    await chmod(file, 0o600)
    const refused = loadOrMakeMasterKey({ file }, true, silent)
    await t.rejects(
      refused,
      new MasterKeyError(`${file} does not contain 32 bytes in base64. ${RESTORE}`),
    )
    t.equal(await readFile(file, 'utf8'), content)
  })
}

t.test('loadOrMakeMasterKey() names a file that cannot be read or created', async t => {
  const dir = t.testdir({ file: '' })
  await t.rejects(loadOrMakeMasterKey({ file: dir }, true, silent), {
    name: 'MasterKeyError',
    message: `Cannot read the master key in ${dir}: it is a folder. Make it readable for`,
  })
  const below = join(dir, 'file', 'master.key')
  await t.rejects(loadOrMakeMasterKey({ file: below }, true, silent), {
    name: 'MasterKeyError',
    message: 'a part of the path is not a folder',
  })
  const dangling = join(dir, 'dangling.key')
  await symlink(join(dir, 'missing.key'), dangling)
  await t.rejects(loadOrMakeMasterKey({ file: dangling }, true, silent), {
    name: 'MasterKeyError',
    message: `Cannot open the master key ${dangling}: something else is in its place. Correct this, or set masterKey.file to another path`,
  })
  t.strictSame(readdirSync(dir), ['dangling.key', 'file'])
})

t.test('loadOrMakeMasterKey() warns about a file that others can read', async t => {
  const file = join(t.testdir(), 'master.key')
  await writeFile(file, Buffer.alloc(32, 7).toString('base64'))
  for (const [mode, warned] of [
    [0o600, false],
    [0o400, false],
    [0o640, true],
    [0o604, true],
    [0o601, true],
    [0o620, true],
  ] as const) {
    await chmod(file, mode)
    const warnings: string[] = []
    await loadOrMakeMasterKey({ file }, false, message => warnings.push(message))
    t.equal(
      warnings.some(message => message.includes(file)),
      warned,
      mode.toString(8),
    )
  }
})

const notRoot = process.getuid?.() !== 0 && 'only root can give a file away'

t.test(
  'loadOrMakeMasterKey() accepts a mounted file that the group can read',
  {
    skip: notRoot,
  },
  async t => {
    const file = join(t.testdir(), 'master.key')
    await writeFile(file, Buffer.alloc(32, 7).toString('base64'))
    await chown(file, 12_345, 0)
    for (const [mode, warned] of [
      [0o440, 0],
      [0o640, 0],
      [0o460, 1],
      [0o444, 1],
      [0o441, 1],
    ] as const) {
      await chmod(file, mode)
      const warnings: string[] = []
      await loadOrMakeMasterKey({ file }, false, message => warnings.push(message))
      t.equal(warnings.length, warned, mode.toString(8))
    }
  },
)

/** Keeps the check value of verifyMasterKey() in memory, as a store does. */
class CheckInMemory implements MasterKeyCheck {
  #value: string | undefined
  readonly #content: boolean

  constructor(content: boolean, value?: string) {
    this.#content = content
    this.#value = value
  }

  async isEmpty() {
    return !this.#content && this.#value === undefined
  }

  async masterKeyState() {
    return { check: this.#value }
  }

  async setMasterKeyCheck(value: string) {
    this.#value = value
  }
}

t.test('R21 verifyMasterKey() binds an empty store to its first key', async t => {
  const store = new CheckInMemory(false)
  await verifyMasterKey(masterKey, store, 'a.key')
  t.strictSame(await store.masterKeyState(), { check: masterKey.check() })
  await verifyMasterKey(masterKey, store, 'a.key')
  await t.rejects(verifyMasterKey(other, store, 'b.key'), {
    name: 'MasterKeyError',
    message: `in b.key: this store belongs to another one. ${RESTORE}, or set masterKey.file to its path`,
  })
  t.strictSame(await store.masterKeyState(), { check: masterKey.check() })
})

t.test('R21 verifyMasterKey() rejects content without a known key', async t => {
  const store = new CheckInMemory(true)
  await t.rejects(verifyMasterKey(masterKey, store, 'a.key'), {
    name: 'MasterKeyError',
    message:
      'in a.key: the store is not empty, but has no check value of its master key. Restore the store from a',
  })
  t.strictSame(await store.masterKeyState(), { check: undefined })
})

t.test('verifyMasterKey() says how to finish a rotation without the former key', async t => {
  const state = { check: masterKey.check(), former: other.check() }
  const store: MasterKeyCheck = {
    isEmpty: async () => false,
    masterKeyState: async () => state,
    setMasterKeyCheck: async () => undefined,
  }
  await t.rejects(
    verifyMasterKey(masterKey, store, 'a.key'),
    new MasterKeyError(
      'Cannot use the master key in a.key alone: its rotation has not finished, so the store still needs the former one. ' +
        'Set masterKey.formerFile to that file, and run ews-gateway admin rotate-master-key --config FILE',
    ),
  )
  t.equal(await verifyMasterKey(rotating(), store, 'a.key'), undefined)
})

t.test('R21 verifyMasterKey() rejects one of two gateways that start at the same time', async t => {
  class Raced extends CheckInMemory {
    override async setMasterKeyCheck() {
      await super.setMasterKeyCheck(other.check())
    }
  }
  await t.rejects(verifyMasterKey(masterKey, new Raced(false), 'a.key'), { name: 'MasterKeyError' })
})

t.test('R21 loadOrMakeMasterKey() at once on one file: all have the same key', async t => {
  const folder = t.testdir()
  const file = join(folder, 'data', 'master.key')
  const keys = await Promise.all(
    Array.from({ length: 8 }, () => loadOrMakeMasterKey({ file }, true, () => undefined)),
  )
  t.equal(new Set(keys.map(key => key.check())).size, 1)
  t.strictSame(readdirSync(dirname(file)), ['master.key'], 'and leave nothing beside it')
})

const rotating = () => new MasterKey(bytes, new Uint8Array(32))
const former = other
const cookieOf = (key: MasterKey) => new SessionCookies(key).make(true).cookie

for (const [when, state, inUse, acceptsConfigured, acceptsFormer] of [
  ['before a rotation', { check: former.check() }, former, true, true],
  ['during it', { check: masterKey.check(), former: former.check() }, masterKey, true, true],
  ['after it', { check: masterKey.check() }, masterKey, true, false],
] as const)
  t.test(`R21 follow() ${when}: which keys are in use and accepted`, async t => {
    const key = rotating()
    t.equal(key.follow(state), true)
    t.equal(key.check(), inUse.check())
    t.equal(key.checks()[0], inUse.check())
    t.equal(key.checks().length, 2)
    t.equal(hex(inUse.unseal('cache-entries', key.seal('cache-entries', bytes))), hex(bytes))
    for (const [sealer, accepts] of [
      [masterKey, acceptsConfigured],
      [former, acceptsFormer],
    ] as const) {
      const sealed = sealer.seal('cache-entries', bytes)
      if (accepts) t.equal(hex(key.unseal('cache-entries', sealed)), hex(bytes))
      else t.throws(() => key.unseal('cache-entries', sealed), /Cannot unseal cache-entries/)
      const presented = { cookie: cookieOf(sealer), secure: true }
      t.equal(new SessionCookies(key).idHash(presented) !== undefined, accepts)
      const secret = sealer.seal('secrets', bytes)
      t.equal(hex(key.unseal('secrets', secret)), hex(bytes), 'secrets can always be read')
    }
    t.equal(key.subkeys('cookies').length, acceptsFormer ? 2 : 1)
    const { generation } = key
    t.equal(key.follow(state), true)
    t.equal(key.generation, generation, 'nothing has changed')
  })

t.test('generation is the number of times that other keys were accepted', async t => {
  const key = rotating()
  const during = { check: masterKey.check(), former: former.check() }
  const generations = [{ check: former.check() }, during, during, { check: masterKey.check() }].map(
    state => {
      key.follow(state)
      return key.generation
    },
  )
  t.strictSame(generations, [1, 2, 2, 3])
  t.equal(rotating().generation, 0)
})

t.test('resealSecret() seals a secret with the key for new data, unless it is', async t => {
  const key = rotating()
  key.follow({ check: masterKey.check(), former: former.check() })
  const resealed = key.resealSecret(former.seal('secrets', bytes))
  t.equal(resealed && hex(masterKey.unseal('secrets', resealed)), hex(bytes))
  t.equal(key.resealSecret(masterKey.seal('secrets', bytes)), undefined)
  for (const sealed of [
    new MasterKey(new Uint8Array(32).fill(9)).seal('secrets', bytes),
    former.seal('tokens', bytes),
  ])
    t.throws(() => key.resealSecret(sealed), /Cannot unseal secrets/)
})

t.test('rotated() needs the former key', async t => {
  t.throws(() => masterKey.rotated(), new TypeError('A rotation needs two keys'))
})

t.test('R21 rotated() keeps the MAC keys of access key IDs of all former keys', async t => {
  const [first, second, third] = [1, 2, 3].map(byte => new Uint8Array(32).fill(byte)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const macsOf = (key: MasterKey) => key.subkeys('key-ids').map(mac => hex(mac.export()))
  const own = (bytes: Uint8Array) => macsOf(new MasterKey(bytes))[0]
  const followed = (key: MasterKey, state: object) => {
    t.equal(key.follow({ check: undefined, ...state }), true)
    return key
  }
  const once = followed(new MasterKey(second, first), { check: new MasterKey(first).check() })
  const { check, formerKeyIds } = once.rotated()
  const after = followed(new MasterKey(second), { check, formerKeyIds })
  t.strictSame(macsOf(after), [own(second), own(first)])
  t.equal(after.subkeys('cookies').length, 1, 'of no other purpose')

  const twice = followed(new MasterKey(third, second), { check, formerKeyIds }).rotated()
  const state = { check: twice.check, formerKeyIds: twice.formerKeyIds }
  t.strictSame(macsOf(followed(new MasterKey(third), state)), [own(third), own(first), own(second)])
})

t.test('R21 follow() rejects keys that it does not have', async t => {
  const key = rotating()
  const { generation } = key
  const unknown = new MasterKey(new Uint8Array(32).fill(9)).check()
  t.equal(key.follow({ check: unknown }), false)
  t.equal(key.follow({ check: undefined }), false)
  t.equal(key.follow({ check: key.check(), former: unknown }), false)
  t.equal(key.generation, generation)
})

t.test('loadOrMakeMasterKey() reads a former key too', async t => {
  const folder = t.testdir({
    new: bytesText(bytes),
    old: bytesText(new Uint8Array(32)),
    bad: 'short',
  })
  for (const name of ['new', 'old', 'bad']) await chmod(join(folder, name), 0o600)
  const load = (file: string, formerFile: string) =>
    loadOrMakeMasterKey(
      { file: join(folder, file), formerFile: join(folder, formerFile) },
      false,
      silent,
    )
  t.strictSame((await load('new', 'old')).checks(), [masterKey.check(), former.check()])
  for (const [file, formerFile, message] of [
    ['none', 'old', /none does not exist\. Create the new key with: openssl rand -base64 32$/],
    [
      'new',
      'none',
      /former master key: .*\/none does not exist\. .*remove masterKey\.formerFile if/,
    ],
    ['new', 'bad', /bad does not contain 32 bytes in base64/],
    ['new', 'new', /contain the same key\. Set masterKey\.file to a new key/],
  ] as const)
    await t.rejects(load(file, formerFile), { name: 'MasterKeyError', message })
})
