/**
 * A real Active Directory domain controller, played by Samba, in a temporary folder. Its ports are
 * fixed, and it must run as root.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Client, Control } from 'ldapts'
import { makeCertificates } from '../certificates.ts'
import { environment, isInstalled, remove, ServerProcess, temporaryFolder } from './process.ts'

export const DOMAIN_DN = 'DC=corp,DC=example,DC=com'
const REALM = 'CORP.EXAMPLE.COM'
const ADMINISTRATOR = { name: `Administrator@${REALM}`, password: 'Adm1n-Passw0rd!' } as const
/** An account that is only in Domain Users. */
export const ACCOUNT = { name: 'svc-directory', password: 'Read-Passw0rd!' } as const

const SECURE_PORT = 636
const TREE_DELETE = '1.2.840.113556.1.4.805'

/** Why tests with Samba are left out here, else false. */
export const noSamba = await (async () => {
  if (!isInstalled('samba') || !isInstalled('samba-tool')) return 'samba-ad-dc is not installed'
  if (process.getuid?.() !== 0) return 'Samba wants to be root'
  return (await isFree(SECURE_PORT)) ? false : `port ${SECURE_PORT} is taken`
})()

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    await once(server.close(), 'close')
    return true
  } catch {
    return false
  }
}

export class Samba {
  readonly url = `ldaps://127.0.0.1:${SECURE_PORT}`
  /** CA certificate of the server, in PEM. */
  readonly ca: string
  readonly #folder: string
  readonly #server: ServerProcess

  private constructor(folder: string, ca: string, server: ServerProcess) {
    this.#folder = folder
    this.ca = ca
    this.#server = server
  }

  /** @param ldif - entries to add to those of every new domain */
  static async start(ldif: string): Promise<Samba> {
    const folder = temporaryFolder('samba')
    try {
      const ca = prepare(folder, ldif)
      const server = await run(folder)
      return new Samba(folder, ca, server)
    } catch (error) {
      remove(folder)
      throw error
    }
  }

  /** Does something as an administrator of the domain. */
  async administer(work: (client: Client) => Promise<void>): Promise<void> {
    const client = new Client({ url: this.url, tlsOptions: { ca: this.ca } })
    try {
      await client.bind(ADMINISTRATOR.name, ADMINISTRATOR.password)
      await work(client)
    } finally {
      await client.unbind()
    }
  }

  async stop(): Promise<void> {
    await this.#server.kill()
    remove(this.#folder)
  }
}

/** Removes an entry with everything below it. */
export const withTree = () => new Control(TREE_DELETE, { critical: true })

function prepare(folder: string, ldif: string): string {
  const quiet = (command: string, ...args: string[]) =>
    execFileSync(command, args, { env: environment(), cwd: folder, stdio: 'pipe' })
  quiet(
    'samba-tool',
    ...['domain', 'provision', `--targetdir=${folder}/dc`, `--realm=${REALM}`, '--domain=CORP'],
    ...[`--adminpass=${ADMINISTRATOR.password}`, '--server-role=dc', '--dns-backend=NONE'],
    ...['--host-name=dc1', '--host-ip=127.0.0.1'],
  )
  const database = `${folder}/dc/private/sam.ldb`
  quiet('samba-tool', 'user', 'create', ACCOUNT.name, ACCOUNT.password, '-H', database)
  writeFileSync(join(folder, 'data.ldif'), ldif)
  quiet('ldbadd', '-H', database, join(folder, 'data.ldif'))
  makeCertificates(folder, [{ name: 'dc1', alternative: 'IP:127.0.0.1' }])
  return readFileSync(join(folder, 'ca.crt'), 'utf8')
}

async function run(folder: string): Promise<ServerProcess> {
  const options = {
    'server services': 'ldap',
    interfaces: 'lo',
    'bind interfaces only': 'yes',
    'pid directory': folder,
    'tls keyfile': `${folder}/dc1.key`,
    'tls certfile': `${folder}/dc1.crt`,
    'tls cafile': `${folder}/ca.crt`,
  }
  const server = await ServerProcess.start(
    [
      ...['samba', '-i', '-M', 'single', `--configfile=${folder}/dc/etc/smb.conf`],
      ...Object.entries(options).map(([name, value]) => `--option=${name}=${value}`),
      ...['--debug-stdout', '-d', '2'],
    ],
    folder,
    /samba version .* started/,
  )
  while (!(await accepts(SECURE_PORT))) await setTimeout(50)
  return server
}

async function accepts(port: number): Promise<boolean> {
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
