/**
 * An LDAP server with accounts, behind a proxy that counts the binds of each account, and can stop one.
 *
 * @module
 */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Slapd } from '../kit/services/slapd.ts'

/** Number of the operation BindRequest. */
const BIND = 0x60

export class CountedDirectory {
  readonly #slapd: Slapd
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Number of connections, and of binds of accounts. */
  connections = 0
  readonly binds = new Map<string, number>()
  /** Called before a bind of an account reaches the server. The bind never does if this returns false. */
  onBind: (account: string) => boolean = () => true

  private constructor(slapd: Slapd) {
    this.#slapd = slapd
    this.#server = createServer(client => this.#pass(client))
  }

  /** @param ldif - the accounts, whose names begin with `svc` */
  static async start(ldif: string): Promise<CountedDirectory> {
    const directory = new CountedDirectory(await Slapd.start({ ldif }))
    await once(directory.#server.listen(0, '127.0.0.1'), 'listening')
    return directory
  }

  get url(): string {
    return `ldap://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  bindsOf(account: string): number {
    return this.binds.get(account) ?? 0
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await this.#slapd.stop()
  }

  #pass(client: Socket): void {
    this.connections += 1
    const { hostname, port } = new URL(this.#slapd.url)
    const server = connect(Number(port), hostname)
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
    }
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
    server.pipe(client)
    client.on('data', chunk => {
      const account = accountIn(chunk)
      if (account !== undefined && !this.onBind(account)) return
      if (account !== undefined) this.binds.set(account, this.bindsOf(account) + 1)
      server.write(chunk)
    })
  }
}

/** Returns the account that a message binds as. */
function accountIn(message: Buffer): string | undefined {
  // A message is a sequence of an ID, which is an integer, and the operation.
  const header = 2 + ((message[1] ?? 0) > 0x80 ? (message[1] ?? 0) - 0x80 : 0)
  const operation = header + 2 + (message[header + 1] ?? 0)
  if (message[operation] !== BIND) return undefined
  return /cn=(svc\w*),/.exec(message.toString('latin1'))?.[1]
}
