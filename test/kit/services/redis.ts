/**
 * A real Redis on a free port, which can be killed, frozen and started again.
 *
 * @module
 */

import { freePort, isInstalled, remove, ServerProcess, temporaryFolder } from './process.ts'

/** Why tests with Redis are left out here, else false. */
export const noRedis = isInstalled('redis-server') ? false : 'redis-server is not installed'

/** Keeps no data, and logs everything to its output. */
const PLAIN = ['--save', '', '--appendonly', 'no', '--bind', '127.0.0.1', '--logfile', '']

export class RedisServer {
  readonly port: number
  readonly #folder: string
  readonly #arguments: readonly string[]
  #server: ServerProcess

  private constructor(
    port: number,
    folder: string,
    args: readonly string[],
    server: ServerProcess,
  ) {
    this.port = port
    this.#folder = folder
    this.#arguments = args
    this.#server = server
  }

  /**
   * @param settings - more of its configuration, as arguments: `--replicaof`, `127.0.0.1 6379`
   * @param tls - paths of PEM files, in place of the plain port
   */
  static async start(
    settings: readonly string[] = [],
    tls?: Readonly<{ certificate: string; privateKey: string }>,
  ): Promise<RedisServer> {
    const port = await freePort()
    const folder = temporaryFolder('redis')
    const listening = tls === undefined ? ['--port', `${port}`] : tlsArguments(port, tls)
    const args = [...PLAIN, '--dir', folder, ...listening, ...settings]
    try {
      return new RedisServer(port, folder, args, await run(args, folder))
    } catch (error) {
      remove(folder)
      throw error
    }
  }

  /** Resolves once it has printed what matches, since its last start. */
  printed(pattern: RegExp): Promise<void> {
    return this.#server.printed(pattern)
  }

  kill(): Promise<void> {
    return this.#server.kill()
  }

  /** Freezes the server. The kernel still accepts connections, but the server does not answer. */
  freeze(): void {
    this.#server.freeze()
  }

  thaw(): void {
    this.#server.thaw()
  }

  /** Empty, on the same port. */
  async restart(): Promise<void> {
    await this.kill()
    this.#server = await run(this.#arguments, this.#folder)
  }

  async stop(): Promise<void> {
    await this.kill()
    remove(this.#folder)
  }
}

const run = (args: readonly string[], folder: string) =>
  ServerProcess.start(['redis-server', ...args], folder, /Ready to accept connections/)

const tlsArguments = (port: number, tls: Readonly<{ certificate: string; privateKey: string }>) => [
  ...['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no'],
  ...['--tls-cert-file', tls.certificate, '--tls-key-file', tls.privateKey],
  ...['--tls-ca-cert-file', tls.certificate],
]
