/**
 * The commands of the documentation run, one after the other, and its configuration is accepted.
 */

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import t, { type Test } from 'tap'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { loadConfig } from '../../src/config/load.ts'
import { isIgnored, NODE, ROOT, run, temporaryFolder } from '../kit/checkout.ts'
import { MAIN } from '../kit/command.ts'
import { type Block, blocksOf, PAGES } from '../kit/markdown.ts'

const LINKED = ['package.json', 'node_modules', 'src', 'sandbox']
const CHECKOUT = [...LINKED, 'bin']

/** Pages whose commands make the files that those of other pages use, in this order. */
const FIRST_PAGES = ['docs/get-started.md', 'docs/users.md']

const isFile = ({ language, mark }: Block) => /^(csv|yaml)$/.test(language) && mark !== ''

t.test('every block marked `sh test` runs, and every YAML block is accepted', async t => {
  const folder = temporaryFolder(t)
  makeCheckout(folder)
  const pages = [...FIRST_PAGES, ...PAGES.filter(page => !FIRST_PAGES.includes(page))]
  const blocks = pages.flatMap(blocksOf)
  const files = new Map(blocks.filter(isFile).map(({ mark, text }) => [mark, text]))
  for (const [name, text] of files) writeFileSync(join(folder, name), text)

  const scripts = blocks.filter(({ language, mark }) => language === 'sh' && mark === 'test')
  t.ok(scripts.length > 4, `${scripts.length} blocks are run`)
  const sandbox = await startServer(t)
  const path = [join(folder, 'bin'), process.env['PATH']].join(delimiter)
  for (const { file, text: written } of scripts) {
    const text = written.replaceAll('mail.example.com', new URL(sandbox.url).origin)
    const { code, out, err } = await run('sh', ['-ec', text], {
      cwd: folder,
      env: { PATH: path },
    })
    t.equal(code, 0, `${file}: ${text}`, { out, err })
  }
  t.ok(existsSync(join(folder, 'gateway-backup.jsonl')), 'the backup was made')
  for (const [name, text] of files)
    t.equal(readFileSync(join(folder, name), 'utf8'), text, `no command changes ${name}`)
  const { mode } = statSync(join(folder, 'upstream.password'))
  t.equal(mode & 0o077, 0, 'only the owner can read the password')
  for (const name of readdirSync(folder).filter(name => !CHECKOUT.includes(name)))
    t.ok(isIgnored(name), `.gitignore has ${name}, which a page makes`)
  checkYaml(t, folder, blocks)
})

/** Creates a folder in which commands find the files of a checkout, and `ews-gateway`. */
function makeCheckout(folder: string) {
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(folder, name))
  mkdirSync(join(folder, 'bin'))
  const command = join(folder, 'bin/ews-gateway')
  writeFileSync(command, `#!/bin/sh\nexec '${NODE}' '${MAIN}' "$@"\n`)
  chmodSync(command, 0o755)
}

/** Starts the server that docs/get-started.md describes. Its address replaces the one there. */
async function startServer(t: Test): Promise<Sandbox> {
  const sandbox = await Sandbox.start({
    username: 'svc-gateway',
    password: 'the password of svc-gateway',
    serviceAddress: 'svc-gateway@example.com',
    users: [
      { primarySmtpAddress: 'alice@example.com', aliases: [] },
      { primarySmtpAddress: 'neutral@example.com', aliases: [], empty: true },
    ],
    seed: false,
  })
  t.teardown(() => sandbox.close())
  return sandbox
}

/** A secret of webhooks, which is one of other servers, too. */
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
const CERTIFICATE = 'fixtures/certificates/alternative-names.pem'

/** A block that has no organizations is one to be added to a file that has. */
function checkYaml(t: Test, folder: string, blocks: readonly Block[]) {
  const yaml = blocks.filter(({ language }) => language === 'yaml')
  const whole = readFileSync(join(folder, 'gateway.yaml'), 'utf8')
  const rest = whole.slice(whole.indexOf('organizations:'))
  for (const { file, text } of yaml) {
    const path = join(folder, 'block.yaml')
    for (const [, name = ''] of text.matchAll(/(?:secret|secretAccessKey): \{ file: (\S+) \}/g))
      writeFileSync(join(folder, name), SECRET)
    for (const [, name = ''] of text.matchAll(/\bca: \{ file: (\S+) \}/g))
      copyFileSync(join(ROOT, CERTIFICATE), join(folder, name))
    writeFileSync(path, text.includes('organizations:') ? text : `${text}${rest}`)
    t.doesNotThrow(() => loadConfig({ file: path, env: {}, cwd: folder }), `${file}: ${text}`)
  }
}
