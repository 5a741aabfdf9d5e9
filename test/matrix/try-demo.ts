/**
 * Uses `npm run demo` of this checkout as README says: reads mail, is denied a write, opens the console, and stops it.
 * Fails if something differs.
 *
 *     node test/matrix/try-demo.ts
 *
 * @module
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DemoCredentials } from '../../src/cli/demo-guide.ts'
import { codeOf, createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'

const root = join(import.meta.dirname, '../..')
/** In .gitignore. */
const file = join(root, 'demo.json')
const listen = ['data', 'control', 'ops'].flatMap(name => [`--listen-${name}`, '127.0.0.1:0'])

const demo = spawn('npm', ['run', 'demo', '--', ...listen, '--credentials', file], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
})
const ended = once(demo, 'close')
await printed(/Press Ctrl-C to stop it/)

const { ewsUrl, controlUrl, clients } = JSON.parse(readFileSync(file, 'utf8')) as DemoCredentials
assert.equal(await send(GET_FOLDER), 'NoError')
assert.equal(await send(createItem('Hello')), 'ErrorAccessDenied')
const page = await fetch(`${controlUrl}/console/`)
assert.match(await page.text(), /<title>/)

demo.kill()
assert.deepEqual(await ended, [0, null])
rmSync(file)

/** Resolves when the demo has printed what matches. */
async function printed(pattern: RegExp): Promise<void> {
  let text = ''
  for await (const chunk of demo.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk
    if (pattern.test(text)) return void demo.stdout.resume()
  }
  throw new Error(`The demo ended: ${text}`)
}

/** Sends an operation as alice with the READ_ONLY role. @returns ResponseCode of the response */
async function send(operation: string): Promise<string | undefined> {
  const key = clients.find(({ roleName }) => roleName === 'backup-readonly')
  const credentials = Buffer.from(`${key?.accessKeyId}:${key?.secretAccessKey}`)
  const response = await fetch(ewsUrl, {
    method: 'POST',
    headers: {
      authorization: `Basic ${credentials.toString('base64')}`,
      'content-type': 'text/xml; charset=utf-8',
    },
    body: envelope('alice@example.com', operation),
  })
  return codeOf(await response.text())
}
