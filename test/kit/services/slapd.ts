/**
 * A real LDAP server on free ports, with a schema that looks like Active Directory's.
 *
 * @module
 */

import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort, remove, runKept, ServerProcess, temporaryFolder } from './process.ts'

export const BASE = 'dc=example,dc=com'
export const READER = { bindDn: `cn=reader,${BASE}`, password: 'reading' } as const
export const WRITER = { bindDn: `cn=writer,${BASE}`, password: 'writing' } as const

/** Why tests with an LDAP server are left out here, else false. */
export const noSlapd = existsSync('/usr/sbin/slapd') ? false : 'slapd is not installed'

/** Results with more entries than this arrive in pages. */
const AT_ONCE = 1_000

const OCTETS = 'EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE'
const TEXT = 'EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15'
const NUMBER =
  'EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE'
const NAME = 'EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12'

/** The attributes that the gateway reads, under numbers of a documentation's own. */
const ATTRIBUTES = {
  objectGUID: OCTETS,
  objectSid: OCTETS,
  invocationId: OCTETS,
  proxyAddresses: TEXT,
  userPrincipalName: TEXT,
  objectCategory: TEXT,
  uSNChanged: NUMBER,
  userAccountControl: NUMBER,
  pwdLastSet: NUMBER,
  accountExpires: NUMBER,
  highestCommittedUSN: NUMBER,
  dsServiceName: NAME,
}

const ARC = '1.3.6.1.4.1.32473.1'
const SCHEMA = [
  ...Object.entries(ATTRIBUTES).map(
    ([name, syntax], index) => `attributetype ( ${ARC}.${index + 1} NAME '${name}' ${syntax} )`,
  ),
  `objectclass ( ${ARC}.101 NAME 'user' SUP top STRUCTURAL MUST ( cn $ objectGUID ) MAY ( objectSid $ objectCategory $ mail $ proxyAddresses $ userPrincipalName $ displayName $ uSNChanged $ userAccountControl $ pwdLastSet $ accountExpires $ userPassword ) )`,
  `objectclass ( ${ARC}.102 NAME 'group' SUP top STRUCTURAL MUST ( cn $ objectGUID ) MAY ( objectSid $ mail $ member $ uSNChanged ) )`,
  `objectclass ( ${ARC}.103 NAME 'nTDSDSA' SUP top STRUCTURAL MUST cn MAY invocationId )`,
].join('\n')

export type SlapdOptions = Readonly<{
  /** Entries to add to the base and the accounts that sign in. */
  ldif?: string
  /** Paths of PEM files. */
  tls?: Readonly<{ certificate: string; privateKey: string }>
  /** Attributes of the root entry, as LDIF. Active Directory reports the number of changes there. */
  root?: string
}>

export class Slapd {
  readonly url: string
  /** By TLS. */
  readonly secureUrl: string
  readonly #folder: string
  #server: ServerProcess

  private constructor(
    folder: string,
    urls: Readonly<{ url: string; secureUrl: string }>,
    server: ServerProcess,
  ) {
    this.url = urls.url
    this.secureUrl = urls.secureUrl
    this.#folder = folder
    this.#server = server
  }

  static async start({ ldif = '', tls, root = '' }: SlapdOptions = {}): Promise<Slapd> {
    const folder = temporaryFolder('slapd')
    try {
      writeFileSync(join(folder, 'slapd.conf'), configurationOf(folder, tls))
      writeFileSync(join(folder, 'ad.schema'), SCHEMA)
      writeFileSync(join(folder, 'root.ldif'), rootOf(root))
      writeFileSync(join(folder, 'data.ldif'), `${OWN}\n${ldif}`)
      mkdirSync(join(folder, 'data'))
      const filling = ['-q', '-f', join(folder, 'slapd.conf'), '-l', join(folder, 'data.ldif')]
      await runKept(['/usr/sbin/slapadd', ...filling], folder)
      const urls = {
        url: `ldap://127.0.0.1:${await freePort()}`,
        secureUrl: `ldaps://127.0.0.1:${await freePort()}`,
      }
      return new Slapd(folder, urls, await run(folder, urls, tls !== undefined))
    } catch (error) {
      remove(folder)
      throw error
    }
  }

  /** Restarts the server with other attributes of the root entry. */
  async restart(root: string): Promise<void> {
    await this.#server.kill()
    writeFileSync(join(this.#folder, 'root.ldif'), rootOf(root))
    this.#server = await run(this.#folder, this, false)
  }

  /** Freezes the server. The kernel still accepts connections, but the server does not answer. */
  freeze(): void {
    this.#server.freeze()
  }

  thaw(): void {
    this.#server.thaw()
  }

  async stop(): Promise<void> {
    await this.#server.kill()
    remove(this.#folder)
  }
}

async function run(
  folder: string,
  { url, secureUrl }: Readonly<{ url: string; secureUrl: string }>,
  tls: boolean,
): Promise<ServerProcess> {
  const urls = tls ? `${url}/ ${secureUrl}/` : `${url}/`
  const command = ['/usr/sbin/slapd', '-d', 'none', '-f', join(folder, 'slapd.conf'), '-h', urls]
  const server = await ServerProcess.start(command, folder, /slapd starting/)
  // The server prints this a moment before it listens.
  while (!(await accepts(Number(new URL(url).port)))) await setTimeout(10)
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

const rootOf = (root: string) => `dn:\n${root}\n`

const OWN = [
  `dn: ${BASE}\nobjectClass: domain\ndc: example\n`,
  ...[READER, WRITER].map(
    ({ bindDn, password }) =>
      `dn: ${bindDn}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\nuserPassword: ${password}\n`,
  ),
].join('\n')

const configurationOf = (folder: string, tls: SlapdOptions['tls']) => `
${['core', 'cosine', 'inetorgperson'].map(name => `include /etc/ldap/schema/${name}.schema`).join('\n')}
include "${folder}/ad.schema"
pidfile "${folder}/slapd.pid"
modulepath /usr/lib/ldap
moduleload back_mdb
rootDSE "${folder}/root.ldif"
${tls ? `TLSCertificateFile "${tls.certificate}"\nTLSCertificateKeyFile "${tls.privateKey}"` : ''}
database mdb
suffix ${BASE}
directory "${folder}/data"
maxsize 67108864
dbnosync
index objectClass,objectGUID eq
sizelimit size.soft=${AT_ONCE} size.hard=${AT_ONCE} size.pr=${AT_ONCE} size.prtotal=unlimited
access to * by dn.exact="${WRITER.bindDn}" write by dn.exact="${READER.bindDn}" read by anonymous auth
`
