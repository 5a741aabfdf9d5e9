/**
 * The documentation says what is: its commands exist, its links lead somewhere, and its lists are complete.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { adrIndex } from '../scripts/docs/adrs.ts'
import { auditPage } from '../scripts/docs/audit.ts'
import { withCauses } from '../scripts/docs/causes.ts'
import { configJsonSchema } from '../scripts/docs/configuration.ts'
import { ConfigError, loadConfig } from '../src/config/load.ts'
import { REASONS } from '../src/model/decision.ts'
import { REASON_ROWS } from '../src/model/failure-table.ts'
import { PACKAGE, projectFiles, ROOT, textOf } from './kit/checkout.ts'
import { runCommand } from './kit/command.ts'
import {
  anchorsOf,
  codeIn,
  commandsOf,
  linksOf,
  namesBelow,
  PAGES,
  rowsBelow,
} from './kit/markdown.ts'

const OPERATIONS_PAGE = 'docs/operations.md'

t.test('every link leads to a file and a heading', async t => {
  for (const page of PAGES)
    for (const { path, anchor } of linksOf(page)) {
      t.ok(existsSync(join(ROOT, path)), `${page} links to ${path}`)
      if (anchor !== '')
        t.ok(anchorsOf(path).includes(anchor), `${page} links to ${path}#${anchor}`)
    }
})

t.test('every other command exists, with its options', async t => {
  const helps = new Map<string, string>()
  for (const page of PAGES)
    for (const command of commandsOf(page)) t.equal(await flawOf(command, helps), '', command)
  t.match(await flawOf('npm run nothing', helps), 'nothing', 'an unknown script is noticed')
  t.match(await flawOf('ews-gateway serve --nothing', helps), '--nothing')
  t.match(await flawOf('nothing', helps), 'nothing', 'an unknown program is noticed')
})

t.test('every EWS_GATEWAY_ variable that is named is a key of the configuration', async t => {
  const files = [...PAGES, 'Dockerfile']
  const names = new Set(files.flatMap(file => textOf(file).match(/EWS_GATEWAY_[A-Z0-9]\w*/g) ?? []))
  t.ok(names.size > 30, `${names.size} variables are named`)
  for (const name of names) t.ok(isKey(name), name)
  t.notOk(isKey('EWS_GATEWAY_LISTEN__NOTHING'), 'an unknown one is noticed')
})

t.test('the table of files in CONTRIBUTING.md is complete', async t => {
  const linked = new Set(linksOf('CONTRIBUTING.md').map(({ path }) => path))
  const parts = readdirSync(join(ROOT, 'src')).map(name => `src/${name}`)
  for (const path of [...parts, 'sandbox', 'test', 'scripts', 'docs', 'docs/adr'])
    t.ok(linked.has(path), `CONTRIBUTING.md links to ${path}`)
})

t.test('README links to every page of docs/, and to the license', async t => {
  const linked = new Set(linksOf('README.md').map(({ path }) => path))
  const pages = PAGES.filter(page => /^docs\/[^/]+$/.test(page))
  t.ok(pages.length > 15)
  for (const path of [...pages, 'LICENSE']) t.ok(linked.has(path), `README links to ${path}`)
})

t.test('docs/operations.md lists every reason, and no other', async t => {
  const same = (found: readonly string[], wanted: readonly string[], what: string) =>
    t.strictSame([...new Set(found)].sort(), [...new Set(wanted)].sort(), what)

  const reasons = rowsBelow(OPERATIONS_PAGE, '### Reasons')
  same(
    reasons.flatMap(([name = '']) => codeIn(name)),
    REASONS,
    'reasons',
  )
  for (const [name = '', code] of reasons) {
    const reason = REASONS.find(it => name.includes(`\`${it}\``))
    if (reason !== undefined && /^Error/.test(code ?? ''))
      t.equal(code, REASON_ROWS[reason].code, name)
  }
})

t.test('docs/operations.md says what to do if audit records cannot be delivered', async t => {
  const app = join(ROOT, 'src/app')
  const sources = readdirSync(app).map(name => readFileSync(join(app, name), 'utf8'))
  const messages = sources.flatMap(text => text.match(/(?<=')Cannot deliver [^']+/g) ?? [])
  t.ok(messages.length > 3)
  const rows = rowsBelow(OPERATIONS_PAGE, "### When records can't be written")
  const listed = rows.flatMap(([name = '']) => codeIn(name))
  for (const message of messages) t.ok(listed.includes(message), message)
})

t.test('docs/operations.md lists every cause as `npm run docs` writes it', async t => {
  t.equal(withCauses(textOf(OPERATIONS_PAGE)), textOf(OPERATIONS_PAGE))
})

t.test('docs/audit-fields.md is what `npm run docs` writes', async t => {
  t.equal(auditPage(), textOf('docs/audit-fields.md'))
  const listed = textOf('docs/audit-fields.md').match(/(?<=^\| `)\w+/gm) ?? []
  const members = textOf('src/audit/audit.ts').match(/(?<=^ {2,4})\w+(?=\??: )/gm) ?? []
  t.strictSame([...new Set(listed), 'type'].sort(), [...new Set(members)].sort())
})

t.test('every metric that a page names exists', async t => {
  const known = namesBelow('docs/metrics.md', "## The gateway's own")
  t.ok(known.length > 15)
  for (const page of PAGES.filter(it => it !== 'CHANGELOG.md'))
    for (const [name] of textOf(page).matchAll(/\bews_gateway_\w+/g))
      t.ok(known.includes(name), `${page} names ${name}`)
})

t.test('docs/configuration.md says what happens beyond each limit', async t => {
  const { limits, timeouts } = configJsonSchema().properties ?? {}
  const { policy, ...keys } = { ...propertiesOf(limits), ...propertiesOf(timeouts) }
  t.ok(policy, 'but the one that counts roles')
  t.ok(Object.keys(keys).length > 12)
  for (const [key, { description }] of Object.entries(keys))
    t.match(description, /Beyond it: /, key)
})

t.test('docs/threat-model.md names tests that exist', async t => {
  const sources = projectFiles().filter(file => file.startsWith('test/') && file.endsWith('.ts'))
  const text = sources.map(textOf).join('\n')
  const rows = textOf('docs/threat-model.md').split('\n')
  const named = rows.flatMap(row => codeIn(row.split('|')[3] ?? ''))
  t.ok(named.length > 40, `${named.length} are named`)
  const isThere = (name: string) =>
    existsSync(join(ROOT, name)) ? statSync(join(ROOT, name)).size > 0 : text.includes(name)
  t.strictSame(
    named.filter(name => !isThere(name)),
    [],
  )
})

t.test(
  'every recipe of CONTRIBUTING.md names files that exist, and at most as many as it says',
  async t => {
    const recipes = textOf('CONTRIBUTING.md').split(/^##+ /m)
    const counted = recipes.flatMap(recipe => {
      const [, title = '', most = ''] = /^(Add .*) \(at most (\d) files\)$/m.exec(recipe) ?? []
      if (title === '') return []
      const files = new Set(codeIn(recipe).filter(isFilePath))
      for (const file of files) t.ok(existsSync(join(ROOT, file)), `${title}: ${file}`)
      t.ok(files.size > 1 && files.size <= Number(most), `${title}: ${files.size} files`)
      return [[title, Number(most)] as const]
    })
    t.strictSame(Object.fromEntries(counted), {
      'Add an EWS operation': 4,
      'Add a control action': 7,
      'Add the report of a server': 2,
      'Add a deny check on a switch of the guard': 8,
      'Add a console page': 7,
      'Add a column to a list': 3,
      'Add a kind of sink': 5,
      'Add a configuration key': 4,
      'Add a migration': 4,
      'Add a metric': 3,
      'Add an audit field': 5,
    })
  },
)

t.test('docs/architecture.md has every folder, and the ADRs their parts', async t => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
  t.strictSame(
    namesBelow('docs/architecture.md', '## Folders').sort(),
    [...folders, 'sandbox'].sort(),
  )
  t.equal(textOf('docs/adr/README.md'), adrIndex(), 'the index is current: npm run docs')
  for (const [i, page] of PAGES.filter(it => it.startsWith('docs/adr/0')).entries()) {
    t.ok(page.startsWith(`docs/adr/${String(i + 1).padStart(4, '0')}-`), `${page} has its number`)
    t.strictSame(anchorsOf(page).slice(1), ['context', 'decision', 'consequences'], page)
    t.ok(textOf(page).split('\n').length <= 60, `${page} is one page`)
  }
  t.match(textOf('CHANGELOG.md'), /^## \[Unreleased\]$/m)
  const [picture = ''] = textOf('docs/architecture.md').match(/^a request {2}[\s\S]*?^```/m) ?? []
  const opened = picture.match(/[a-z]+\/[a-z-]+\.ts/g) ?? []
  t.equal(opened.length, 20)
  for (const file of opened) t.ok(existsSync(join(ROOT, 'src', file)), `src/${file} is there`)
})

t.test('no file names a path of a machine or the host of a registry', async t => {
  const words = ['/wo' + 'rk/', '/tm' + 'p/', '/ro' + 'ot/', '/ho' + 'me/', '../sha' + 'red']
  const hosts = ['registry.np' + 'mjs', 'npm.pk' + 'g', 'registry.ya' + 'rnpkg']
  const files = projectFiles()
  t.ok(files.length > 300, `${files.length} files are read`)
  const found = files.flatMap(file => {
    const text = textOf(file)
    return [...words, ...hosts].filter(word => text.includes(word)).map(word => `${file}: ${word}`)
  })
  t.strictSame(found, [])
})

/** Whether code names a file by its path. */
const isFilePath = (code: string) => /^[a-z]+\/\S+\.\w+$/.test(code)

/** Returns the flaw of a command. Empty if the command runs unchanged. */
async function flawOf(command: string, helps: Map<string, string>): Promise<string> {
  const [program = '', ...words] = command.split(' ')
  if (program === 'docker') return ''
  if (program === 'npm') return flawOfNpm(words, helps)
  if (program === 'ews-gateway') return flawOfOptions(words, helps)
  const [, file] = /^npx (?:node|tap run) (\S+)/.exec(command) ?? []
  if (file !== undefined) return existsSync(join(ROOT, file)) ? '' : command
  return `${command}: mark its block as \`sh test\``
}

async function flawOfNpm([verb = '', ...rest]: string[], helps: Map<string, string>) {
  if (verb === 'ci' || verb === 'install' || verb === 'pack') return ''
  const name = verb === 'run' ? rest.shift() : verb
  const script = name === undefined ? undefined : PACKAGE.scripts[name]
  if (script === undefined) return `package.json has no script ${name}`
  const [, command] = /\b(?:src\/main|scripts\/run)\.ts ?(.*)$/.exec(script) ?? []
  if (command === undefined) return ''
  return flawOfOptions([...command.split(' '), ...rest.filter(word => word !== '--')], helps)
}

/** Whether `--help` knows all that begins with `--`. */
async function flawOfOptions(words: readonly string[], helps: Map<string, string>) {
  const options = words.findIndex(word => word.startsWith('--'))
  const command = words.slice(0, options === -1 ? undefined : options).filter(isWord)
  const key = command
    .slice(0, ['users', 'directory', 'admin', 'audit'].includes(command[0] ?? '') ? 2 : 1)
    .join(' ')
  // `audit` alone reports.
  const help = helps.get(key) ?? (await helpOf(key === 'audit' ? 'audit report' : key))
  helps.set(key, help)
  const unknown = words.filter(word => word.startsWith('--') && !help.includes(word))
  return unknown.length > 0 ? `ews-gateway ${key} has no ${unknown}` : ''
}

const isWord = (word: string) => /^[a-z-]+$/.test(word)

async function helpOf(command: string): Promise<string> {
  const args = [...command.split(' ').filter(Boolean), '--help']
  const { code, out } = await runCommand(t, args, { cwd: ROOT })
  return code === 0 ? out : ''
}

function isKey(name: string): boolean {
  try {
    loadConfig({ env: { [name]: '1' }, cwd: ROOT })
    return true
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return !error.mistakes.some(
      it => it.includes(name) && /is an unknown key|sets (a key|an entry) of/.test(it),
    )
  }
}

type Key = Readonly<{ description?: string }>

const propertiesOf = (section: unknown) =>
  (section as { properties: Readonly<Record<string, Key>> }).properties
