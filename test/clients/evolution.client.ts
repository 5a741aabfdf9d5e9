/**
 * Evolution reads mail through the gateway: the libraries that do so, without the window.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type House, startHouse } from '../kit/harness.ts'
import { without } from './desktop.ts'
import { everyoneWasImpersonated, nothingWasWritten, reasonsIn, startFurnished } from './house.ts'
import { type Outcomes, runPython } from './python.ts'

const REGISTRY = '/usr/libexec/evolution-source-registry'
const skip = without(
  'evolution-ews',
  REGISTRY,
  '/usr/lib/evolution-data-server/camel-providers/libcamelews.so',
  '/usr/lib/x86_64-linux-gnu/girepository-1.0/Camel-1.2.typelib',
  '/usr/bin/dbus-run-session',
)

/** A bus on which there is nothing but Evolution's register of accounts: no keyring, no prompter. */
function busOf(folder: string): readonly string[] {
  mkdirSync(join(folder, 'services'))
  writeFileSync(
    join(folder, 'services/sources.service'),
    `[D-BUS Service]\nName=org.gnome.evolution.dataserver.Sources5\nExec=${REGISTRY}\n`,
  )
  writeFileSync(
    join(folder, 'bus.conf'),
    `<busconfig><type>session</type><listen>unix:tmpdir=${folder}</listen>` +
      `<servicedir>${join(folder, 'services')}</servicedir><policy context="default">` +
      '<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>' +
      '</policy></busconfig>',
  )
  return ['dbus-run-session', `--config-file=${join(folder, 'bus.conf')}`, '--']
}

type Account = Readonly<{
  role: 'full' | 'readOnly'
  address: string
  password?: string
  /** Only finds the gateway, beginning at this URL. */
  server?: string
}>

const runEvolution = async (
  t: Test,
  { role, ...account }: Account,
  house?: House,
): Promise<Readonly<{ house: House; outcomes: Outcomes }>> => {
  house ??= await startFurnished(t)
  // The path of a socket is short.
  const folder = mkdtempSync(join(tmpdir(), 'ews-evolution-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'run'), { mode: 0o700 })
  const home = (name: string) => join(folder, name)
  const outcomes = await runPython(house, {
    script: 'evolution',
    key: house.keys[role],
    settings: { ...account, folder },
    under: busOf(folder),
    env: {
      XDG_CONFIG_HOME: home('config'),
      XDG_DATA_HOME: home('data'),
      XDG_CACHE_HOME: home('cache'),
      XDG_RUNTIME_DIR: home('run'),
      GSETTINGS_BACKEND: 'memory',
      GIO_USE_VFS: 'local',
      // It speaks our language, and folders have their names.
      LC_ALL: 'C.UTF-8',
    },
  })
  return { house, outcomes }
}

t.test('Evolution reads a mailbox, and writes where the role may', { skip }, async t => {
  for (const role of ['readOnly', 'full'] as const) {
    const address = 'alice@example.com'
    const { house, outcomes } = await runEvolution(t, { role, address })
    const subjects = house.sandbox.mailbox(address).subjects('inbox')
    const refused = { error: 'Internal Server Error' }
    t.strictSame(outcomes, {
      connected: true,
      read: [...subjects].sort(),
      flag: role === 'full' ? true : refused,
    })
    everyoneWasImpersonated(t, house, ['alice'], `Evolution under ${role}`)
    if (role === 'full') continue
    nothingWasWritten(t, house, 'Evolution under backup-readonly')
    t.strictSame(reasonsIn(house), ['role-is-read-only'])
  }
})

t.test('P10 Evolution is refused, and gives up', { skip }, async t => {
  const ceo = await runEvolution(t, { role: 'full', address: 'ceo@example.com' })
  t.strictSame(ceo.outcomes, { connected: { error: 'Internal Server Error' } })
  t.strictSame(reasonsIn(ceo.house), ['rule-denies'])
  t.strictSame(ceo.house.sandbox.seen, [])
  const wrong = await runEvolution(t, {
    role: 'full',
    address: 'alice@example.com',
    password: 'wrong',
  })
  t.strictSame(wrong.outcomes, { connected: { error: 'the password is refused' } })
  t.strictSame(wrong.house.sandbox.seen, [])
})

/** Evolution asks at port 443 or 80 and nowhere else. */
const SERVER = '127.0.0.5'
const withoutPort = await new Promise<string | false>(resolve => {
  const server = createServer()
  server.once('error', () => resolve(`nobody may listen at ${SERVER}:80 here`))
  server.listen(80, SERVER, () => server.close(() => resolve(false)))
})

t.test('Evolution finds the gateway by Autodiscover', { skip: skip || withoutPort }, async t => {
  const [data, any] = [`${SERVER}:80`, '127.0.0.1:0']
  const publicUrl = 'https://ews.example.com'
  const house = await startHouse(t, {
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
        house,
      )
    ).outcomes
  t.strictSame(await found('alice'), { discovered: `${publicUrl}/EWS/Exchange.asmx` })
  t.strictSame(await found('ceo'), { discovered: null })
  t.strictSame(house.sandbox.seen, [])
})
