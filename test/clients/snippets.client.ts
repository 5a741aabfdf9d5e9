/**
 * Test commands and programs that the console shows open an inbox, over TLS with a certificate of a private CA. The
 * tests of Evolution and Thunderbird use the console's settings too.
 */

import { execFile } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { makeCertificates, tlsConfigOf } from '../kit/certificates.ts'
import { testFolder } from '../kit/folder.ts'
import { USERS } from '../kit/gateway-test-server.ts'
import { isInstalled } from '../kit/services/process.ts'
import { everyoneWasImpersonated, startFurnished } from './client-test-server.ts'
import { startDavMailWith, skip as withoutDavMail } from './davmail.ts'
import { PYTHON, withoutExchangelib } from './python.ts'
import { accessOf, settingOf, snippetOf } from './snippets.ts'

const run = promisify(execFile)

const withoutCurl = isInstalled('curl') ? false : 'curl is not installed'

/** Its name must be quoted in most languages. */
const MAILBOX = "o'brien@example.com"

/** Starts a gateway with a certificate of a private CA, whose own certificate is in the folder. */
async function open(t: Test) {
  const folder = testFolder(t)
  makeCertificates(folder, [{ name: 'gateway', alternative: 'IP:127.0.0.1' }])
  copyFileSync(join(folder, 'ca.crt'), join(folder, 'gateway-ca.pem'))
  const server = await startFurnished(t, {
    config: { tls: tlsConfigOf(folder, 'gateway') },
    users: [...USERS, { primarySmtpAddress: MAILBOX, aliases: [] }],
  })
  const url = server.url.replace('http:', 'https:')
  const access = accessOf(url, server.keys.full, MAILBOX, true)
  const count = server.sandbox.mailbox(MAILBOX).count('inbox')
  return { folder, server, access, count }
}

t.test('the command for curl opens the inbox', { skip: withoutCurl }, async t => {
  const { folder, server, access, count } = await open(t)
  const { stdout } = await run('bash', ['-c', snippetOf(access, 'curl')], { cwd: folder })
  t.match(stdout, 'NoError')
  t.match(stdout, `<t:TotalCount>${count}<`)
  everyoneWasImpersonated(t, server, ["o'brien"], 'curl by the command of the console')
  const other = snippetOf({ ...access, isPrivateCa: false }, 'curl')
  await t.rejects(run('bash', ['-c', other], { cwd: folder }), /certificate/, 'the CA is needed')
})

t.test('the program for exchangelib opens the inbox', { skip: withoutExchangelib }, async t => {
  const { folder, server, access, count } = await open(t)
  const program = snippetOf(access, 'exchangelib')
  const { stdout } = await run(PYTHON, ['-B', '-c', program], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
  })
  t.equal(stdout, `${count} messages in the inbox\n`)
  everyoneWasImpersonated(t, server, ["o'brien"], 'exchangelib by the program of the console')
})

t.test(
  'the properties for DavMail open the folders',
  { skip: withoutDavMail || withoutCurl },
  async t => {
    const { folder, server, access } = await open(t)
    const trust = snippetOf(access, 'davmail', 'Create a trust store with the private CA, once')
    await run('bash', ['-c', trust], { cwd: folder })
    const start = snippetOf(access, 'davmail', 'Start command (Debian)')
    const javaOptions = [...start.matchAll(/-D\S+/g)].map(([option]) =>
      option.replace('=gateway-ca', `=${folder}/gateway-ca`),
    )
    t.equal(javaOptions.length, 2, 'the start command names the trust store')
    const properties = snippetOf(access, 'davmail', 'davmail.properties')
    const { imap } = await startDavMailWith(t, { properties, javaOptions })
    const command = snippetOf(access, 'davmail', 'Test command').replace('1143', String(imap))
    const { stdout } = await run('bash', ['-c', command])
    t.match(stdout, /^\* LIST .*"INBOX"/m)
    const user = settingOf(access, 'davmail', 'User name in the mail program')
    t.equal(user, `${MAILBOX};${access.userName}`)
    everyoneWasImpersonated(t, server, ["o'brien"], 'DavMail by the properties of the console')
  },
)
