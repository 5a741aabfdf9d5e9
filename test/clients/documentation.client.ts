/**
 * Runs the programs of docs/clients.md, and checks that they print the output shown below them.
 */

import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { PYTHON, withoutExchangelib } from './python.ts'

const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')
const sections = page.split(/^## /m).slice(1)
const run = promisify(execFile)

const programs = sections.flatMap(section => {
  const [, language, program] = /^```(python|js)\n(.*?)^```$/ms.exec(section) ?? []
  const [, output] = /^```text\n(.*?)^```$/ms.exec(section) ?? []
  const name = section.slice(0, section.indexOf('\n'))
  return language && program && output ? [{ name, language, program, output }] : []
})

t.equal(programs.length, 3, 'docs/clients.md has a program for each client that is tested')

for (const { name, language, program, output } of programs) {
  const skip = language === 'python' && withoutExchangelib
  t.test(`docs/clients.md shows how ${name} works`, { skip }, async t => {
    const server = await startGatewayTestServer(t)
    const { id, secret } = server.keys.readOnly
    const folder = t.testdir({ program: {} })
    const file = join(folder, 'program', `program.${language}`)
    writeFileSync(file, program)
    const [command, ...args] =
      language === 'python' ? [PYTHON, '-B', file] : [process.execPath, file]
    const env = {
      ...process.env,
      TMPDIR: folder,
      EWS_URL: server.url,
      EWS_ACCESS_KEY_ID: id,
      EWS_SECRET_ACCESS_KEY: secret,
    }
    const { stdout } = await run(command, args, { env })
    t.equal(stdout, output)
  })
}
