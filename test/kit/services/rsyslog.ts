/**
 * A real rsyslog that receives messages over TLS, and writes their parts as lines.
 *
 * @module
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../until.ts'
import { freePort, listens, remove, ServerProcess, temporaryFolder } from './process.ts'

const RSYSLOGD = '/usr/sbin/rsyslogd'
const GTLS = '/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so'

/** Why tests with rsyslog are left out here, else false. */
export const noRsyslog =
  existsSync(RSYSLOGD) && existsSync(GTLS) ? false : 'rsyslog with rsyslog-gnutls is not installed'

/** Parts of a message as rsyslog reads them, separated by tabs. */
const PARTS = [
  'syslogfacility',
  'syslogseverity',
  'timereported:::date-rfc3339',
  'hostname',
  'app-name',
  'procid',
  'msgid',
  'structured-data',
  'msg',
]

export class Rsyslog {
  readonly port: number
  readonly #folder: string
  #server: ServerProcess | undefined

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
  }

  /** Prepares a server that is not running. @param read - returns `ca.crt`, `logs.crt`, and `logs.key` */
  static async prepare(read: (file: string) => string): Promise<Rsyslog> {
    const rsyslog = new Rsyslog(await freePort(), temporaryFolder('rsyslog'))
    for (const file of ['ca.crt', 'logs.crt', 'logs.key'])
      writeFileSync(join(rsyslog.#folder, file), read(file))
    writeFileSync(join(rsyslog.#folder, 'rsyslog.conf'), rsyslog.#config())
    return rsyslog
  }

  async start(): Promise<void> {
    const command = [RSYSLOGD, '-n', '-f', 'rsyslog.conf', '-i', join(this.#folder, 'pid')]
    this.#server = await ServerProcess.start(command, this.#folder, /(?:)/)
    await until('rsyslog listens', () => listens(this.port))
  }

  /** Lets it write everything, and ends it. */
  async stop(): Promise<void> {
    this.#server?.signal('SIGTERM')
    await this.#server?.ended()
    this.#server = undefined
  }

  async remove(): Promise<void> {
    await this.#server?.kill()
    remove(this.#folder)
  }

  /** Returns the parts of each message. */
  messages(): readonly (readonly string[])[] {
    const file = join(this.#folder, 'out')
    if (!existsSync(file)) return []
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    return lines.map(line => line.split('\t'))
  }

  #config(): string {
    const file = (name: string) => join(this.#folder, name)
    return `
      global(
        workDirectory="${this.#folder}"
        maxMessageSize="16k"
        DefaultNetstreamDriver="gtls"
        DefaultNetstreamDriverCAFile="${file('ca.crt')}"
        DefaultNetstreamDriverCertFile="${file('logs.crt')}"
        DefaultNetstreamDriverKeyFile="${file('logs.key')}")
      module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
      input(type="imtcp" address="127.0.0.1" port="${this.port}")
      template(name="parts" type="string" string="${PARTS.map(name => `%${name}%`).join('\\t')}\\n")
      action(type="omfile" file="${file('out')}" template="parts")
    `
  }
}
