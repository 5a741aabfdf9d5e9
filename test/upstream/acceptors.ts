/**
 * Starts independent servers that accept NTLM: Apache with mod_auth_gssapi, and gss-ntlmssp itself, both
 * from Debian. A few lines of Python make gss-ntlmssp require channel bindings.
 *
 * @module
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { freePort } from '../kit/services/process.ts'
import { until } from '../kit/until.ts'

const MODULES = '/usr/lib/apache2/modules'
const SCRIPT = fileURLToPath(new URL('./python/acceptor.py', import.meta.url))

/** The account, which the servers read from files. */
export const DOMAIN = 'CORP'
export const USER = 'svc-gateway'
export const PASSWORD = 'pässwörd €'

const hasMechanism = existsSync('/etc/gss/mech.d/mech.ntlmssp.conf')

export const withoutApache =
  hasMechanism && existsSync('/usr/sbin/apache2') && existsSync(join(MODULES, 'mod_auth_gssapi.so'))
    ? false
    : 'apache2, libapache2-mod-auth-gssapi or gss-ntlmssp is not installed'

export const withoutGssapi =
  hasMechanism && hasPythonGssapi() ? false : 'python3-gssapi is not installed'

function hasPythonGssapi(): boolean {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import gssapi'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

type Behind = Readonly<{
  certificate: string
  key: string
  /** Port that accepted requests are forwarded to, with Basic authentication. */
  port: number
  credentials: string
}>

/** A folder that Apache's own user can read, gone after the test. */
function folderOf(t: Test, { certificate, key }: Behind): string {
  const folder = mkdtempSync(join(tmpdir(), 'ntlm-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const users = join(folder, 'users')
  writeFileSync(users, `${DOMAIN}:${USER}:${PASSWORD}\n`)
  // Explicitly, because the umask can take away what a mode gives.
  chmodSync(folder, 0o755)
  chmodSync(users, 0o644)
  writeFileSync(join(folder, 'tls.crt'), certificate)
  writeFileSync(join(folder, 'tls.key'), key, { mode: 0o600 })
  return folder
}

export type Apache = Readonly<{
  url: string
  /** `401 GET 1`: status, method and which request of its connection, in their order. */
  log: () => readonly string[]
}>

/** Starts Apache before a server; it wants NTLM on every connection. */
export async function startApache(t: Test, behind: Behind): Promise<Apache> {
  const folder = folderOf(t, behind)
  const port = await freePort()
  writeFileSync(join(folder, 'apache.conf'), configuration(folder, port, behind))
  const child = spawn(
    '/usr/sbin/apache2',
    ['-f', join(folder, 'apache.conf'), '-D', 'FOREGROUND'],
    { stdio: 'ignore', env: { NTLM_USER_FILE: join(folder, 'users') }, detached: true },
  )
  const ended = once(child, 'exit')
  t.teardown(async () => {
    // It and its workers, which wait for open connections otherwise.
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    await ended
  })
  const log = () => readFileSync(join(folder, 'access.log'), 'utf8').trimEnd().split('\n')
  await until('Apache listens', async () => child.exitCode !== null || (await listens(port)))
  if (child.exitCode !== null) throw new Error(readFileSync(join(folder, 'error.log'), 'utf8'))
  return { url: `https://127.0.0.1:${port}/EWS/Exchange.asmx`, log }
}

const configuration = (folder: string, port: number, { port: to, credentials }: Behind) => `
ServerRoot ${folder}
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
Mutex file:${folder}
ErrorLog ${folder}/error.log
LogFormat "%>s %m %k"
CustomLog ${folder}/access.log "%>s %m %k"
Listen 127.0.0.1:${port}
ServerName localhost
User www-data
Group www-data
${[
  ['mpm_event', 'mpm_event'],
  ...['authn_core', 'authz_core', 'authz_user', 'auth_gssapi', 'ssl', 'proxy', 'proxy_http'].map(
    name => [name, name],
  ),
  ['headers', 'headers'],
]
  .map(([name, file]) => `LoadModule ${name}_module ${MODULES}/mod_${file}.so`)
  .join('\n')}
StartServers 1
MaxKeepAliveRequests 0
KeepAliveTimeout 3600
SSLEngine on
SSLCertificateFile ${folder}/tls.crt
SSLCertificateKeyFile ${folder}/tls.key
<Location "/">
  AuthType GSSAPI
  AuthName EWS
  GssapiAllowedMech ntlmssp
  GssapiConnectionBound On
  Require valid-user
  RequestHeader set Authorization "Basic ${credentials}"
</Location>
ProxyPass / http://127.0.0.1:${to}/ flushpackets=on
`

export type Acceptor = Readonly<{
  url: string
  /** Resolves with the log when it has this many lines: `handshake`, `request`, `unbound`, `refused …`. */
  logged: (count: number) => Promise<readonly string[]>
}>

/** Starts a server that demands channel bindings. @param hash - that signed its certificate */
export async function startAcceptor(t: Test, behind: Behind, hash: string): Promise<Acceptor> {
  const folder = folderOf(t, behind)
  const files = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  const child = spawn(
    '/usr/bin/python3',
    [SCRIPT, ...files, hash, String(behind.port), behind.credentials],
    { stdio: ['ignore', 'pipe', 'ignore'], env: { NTLM_USER_FILE: join(folder, 'users') } },
  )
  t.teardown(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  const [first] = (await once(lines, 'line')) as [string]
  const log: string[] = []
  lines.on('line', line => log.push(line))
  return {
    url: `https://127.0.0.1:${first.replace('port ', '')}/EWS/Exchange.asmx`,
    // Its answer may be here before what it printed about it.
    logged: async count => {
      await until(`${count} lines of the log`, () => log.length >= count)
      return log
    },
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
