/**
 * DavMail as a process of its own, and the protocols that programs speak with it.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { testFolder } from '../kit/folder.ts'
import { freePort } from '../kit/services/process.ts'
import { without } from './desktop.ts'

const JAR = '/usr/share/davmail/davmail.jar'
const JAVA = '/usr/bin/java'
const EXPORTED = 'java.base/sun.net.www.protocol.https=ALL-UNNAMED'

export const skip = without('DavMail', JAR, JAVA)

const PROTOCOLS = ['imap', 'smtp', 'pop', 'ldap', 'caldav'] as const

/** Port of each protocol. CardDAV has that of CalDAV. */
export type Ports = Readonly<Record<(typeof PROTOCOLS)[number], number>>

/** Files that DavMail needs: its properties, with any ports, and options of Java. */
export type DavMailSetup = Readonly<{ properties: string; javaOptions?: readonly string[] }>

/** Starts it in front of an EWS endpoint; it ends with the test. */
export const startDavMail = (t: Test, url: string): Promise<Ports> =>
  startDavMailWith(t, {
    properties: Object.entries({
      server: 'true',
      mode: 'EWS',
      url,
      bindAddress: '127.0.0.1',
      disableUpdateCheck: 'true',
    })
      .map(([name, value]) => `davmail.${name}=${value}`)
      .join('\n'),
  })

/** Starts it with properties, on free ports; it ends with the test. */
export async function startDavMailWith(
  t: Test,
  { properties, javaOptions = [] }: DavMailSetup,
): Promise<Ports> {
  const folder = testFolder(t)
  const ports = Object.fromEntries(
    await Promise.all(PROTOCOLS.map(async name => [name, await freePort()] as const)),
  ) as Ports
  const settings = join(folder, 'davmail.properties')
  // The last of two lines with one name counts.
  const own = {
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [`${name}Port`, port])),
    logFilePath: join(folder, 'davmail.log'),
  }
  writeFileSync(
    settings,
    [properties, ...Object.entries(own).map(([name, value]) => `davmail.${name}=${value}`)].join(
      '\n',
    ),
  )
  const home = `-Duser.home=${folder}`
  const child = spawn(
    JAVA,
    ['-Xmx128M', home, ...javaOptions, '--add-exports', EXPORTED, '-jar', JAR, '-server', settings],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const ended = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let log = ''
  for await (const chunk of child.stdout) {
    log += chunk
    if (Object.values(ports).every(port => log.includes(String(port)))) break
  }
  return ports
}

/** A connection of a protocol in lines. */
export class Lines {
  readonly #socket: Socket

  constructor(t: Test, port: number) {
    this.#socket = connect(port, '127.0.0.1').setEncoding('utf8')
    t.teardown(() => this.#socket.destroy())
  }

  /** Sends a line, if any, and returns everything that arrives, up to what ends the answer. */
  async ask(line: string | undefined, end: RegExp): Promise<string> {
    if (line !== undefined) this.#socket.write(`${line}\r\n`)
    let answer = ''
    for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
      answer += chunk
      if (end.test(answer)) return answer
    }
    throw new Error(`DavMail hung up after ${JSON.stringify(answer)}`)
  }
}

/** One IMAP connection, one command after the other. */
export class Imap {
  readonly #lines: Lines
  #last = 0

  constructor(t: Test, port: number) {
    this.#lines = new Lines(t, port)
  }

  /** @returns all that came, up to and with the tagged answer */
  ask(command: string): Promise<string> {
    this.#last += 1
    const tag = `a${this.#last}`
    return this.#lines.ask(`${tag} ${command}`, new RegExp(`^${tag} .*\\r\\n`, 'm'))
  }

  login(userName: string, secret: string): Promise<string> {
    const quoted = userName.replaceAll('\\', '\\\\')
    return this.ask(`LOGIN "${quoted}" ${secret}`)
  }

  /** Saves a message in a folder. @param flags - such as `(\\Draft)` */
  async append(folder: string, message: string, flags = '()'): Promise<string> {
    this.#last += 1
    const tag = `a${this.#last}`
    await this.#lines.ask(`${tag} APPEND ${folder} ${flags} {${message.length}}`, /^\+.*\r\n/m)
    return this.#lines.ask(message, new RegExp(`^${tag} .*\\r\\n`, 'm'))
  }
}
