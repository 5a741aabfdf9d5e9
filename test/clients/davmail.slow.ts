/**
 * DavMail 6.3 knows no impersonation: it is refused, learns so at once, and gives up.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { without } from './desktop.ts'
import { reasonsIn, startFurnished } from './house.ts'
import { arrivals } from './waiting.ts'

const JAR = '/usr/share/davmail/davmail.jar'
const JAVA = '/usr/bin/java'
const skip = without('DavMail', JAR, JAVA)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

t.test('P10 DavMail is refused for want of a header, and gives up', { skip }, async t => {
  const house = await startFurnished(t)
  const folder = t.testdir({})
  const port = await freePort()
  const settings = join(folder, 'davmail.properties')
  writeFileSync(
    settings,
    Object.entries({
      server: 'true',
      mode: 'EWS',
      url: house.url,
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
  const exported = 'java.base/sun.net.www.protocol.https=ALL-UNNAMED'
  const child = spawn(
    JAVA,
    [
      '-Xmx128M',
      `-Duser.home=${folder}`,
      '--add-exports',
      exported,
      '-jar',
      JAR,
      '-server',
      settings,
    ],
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

  const arrived = arrivals(t, house.gateway.dataPort)
  const { id, secret } = house.keys.full
  const socket = connect(port, '127.0.0.1')
  socket.write(`a LOGIN ${id} ${secret}\r\n`)
  let answer = ''
  for await (const piece of socket) {
    answer += piece
    if (/^a \w+/m.test(answer)) break
  }
  t.match(answer, /^a NO LOGIN failed/m)
  t.strictSame(reasonsIn(house), ['impersonation-missing'])
  t.ok(arrived.length > 0 && arrived.length <= 6, `${arrived.length} requests and no more`)
  t.strictSame(house.sandbox.seen, [], 'P1 nothing reaches the server')
})
