/**
 * DavMail as a process of its own, and IMAP with it.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { without } from './desktop.ts'

const JAR = '/usr/share/davmail/davmail.jar'
const JAVA = '/usr/bin/java'
const EXPORTED = 'java.base/sun.net.www.protocol.https=ALL-UNNAMED'

export const skip = without('DavMail', JAR, JAVA)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts it before an EWS endpoint; it ends with the test. @returns the port of its IMAP */
export async function startDavMail(t: Test, url: string): Promise<number> {
  const folder = t.testdir({})
  const port = await freePort()
  const settings = join(folder, 'davmail.properties')
  writeFileSync(
    settings,
    Object.entries({
      server: 'true',
      mode: 'EWS',
      url,
      bindAddress: '127.0.0.1',
      imapPort: port,
      smtpPort: '',
      popPort: '',
      caldavPort: '',
      ldapPort: '',
      disableUpdateCheck: 'true',
      logFilePath: join(folder, 'davmail.log'),
    })
      .map(([name, value]) => `davmail.${name}=${value}\n`)
      .join(''),
  )
  const home = `-Duser.home=${folder}`
  const child = spawn(
    JAVA,
    ['-Xmx128M', home, '--add-exports', EXPORTED, '-jar', JAR, '-server', settings],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const ended = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let log = ''
  for await (const piece of child.stdout) {
    log += piece
    if (log.includes('listening on')) break
  }
  return port
}

/** One IMAP connection, one command after the other. */
export class Imap {
  readonly #socket: Socket
  #last = 0

  constructor(t: Test, port: number) {
    this.#socket = connect(port, '127.0.0.1').setEncoding('utf8')
    t.teardown(() => this.#socket.destroy())
  }

  /** @returns all that came, up to and with the tagged answer */
  async ask(command: string): Promise<string> {
    this.#last += 1
    const tag = `a${this.#last}`
    this.#socket.write(`${tag} ${command}\r\n`)
    let answer = ''
    for await (const piece of this.#socket.iterator({ destroyOnReturn: false })) {
      answer += piece
      if (new RegExp(`^${tag} .*\\r\\n`, 'm').test(answer)) return answer
    }
    throw new Error(`DavMail hung up after ${JSON.stringify(answer)}`)
  }

  login(userName: string, secret: string): Promise<string> {
    const quoted = userName.replaceAll('\\', '\\\\')
    return this.ask(`LOGIN "${quoted}" ${secret}`)
  }
}
