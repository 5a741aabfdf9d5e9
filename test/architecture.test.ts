/**
 * The import table, as a test.
 *
 * A folder of src/, and sandbox/, may import itself and what its row lists; a package is imported where it lives.
 * Everything else fails. That broken rules are noticed is tested on a planted tree.
 */

import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { cruise, type IForbiddenRuleType } from 'dependency-cruiser'
import t from 'tap'
import { codeIn, rowsBelow } from './kit/markdown.ts'

/** A port is the file that bears its folder's name: store/store.ts, cache/cache.ts, … */
const port = (folder: string) => `src/${folder}/${folder}[.]ts$`

const PORTS = [
  'store',
  'cache',
  'directory',
  'credentials',
  'upstream',
  'audit',
  'telemetry',
  'history',
  'traces',
].map(port)
const MODEL = 'src/model/'
/** The operation table. */
const OPERATIONS = 'src/ews/operations[.]ts$'

/** Every folder, for those that put the parts together. Nothing imports `main.ts`. */
const EVERYTHING = 'src/[a-z]+/'

/** Folders that a folder may import, in addition to itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  policy: [MODEL],
  xml: [MODEL],
  ews: [MODEL, 'src/xml/'],
  // The schema of policy documents.
  config: [MODEL, 'src/control/contract/policy-document[.]ts$'],
  telemetry: [MODEL, OPERATIONS, 'src/http/'],
  cache: [MODEL, port('store')],
  directory: [MODEL, port('store')],
  ntlm: [MODEL],
  upstream: [
    MODEL,
    'src/ntlm/',
    'src/ews/(?:autodiscover/grouping|item-counter|item-id|response-reader|response-shape|schema-file)[.]ts$',
  ],
  audit: [MODEL],
  history: [
    MODEL,
    OPERATIONS,
    'src/audit/(audit|consumer|reader)[.]ts$',
    'src/store/(postgres-connect(ions)?|migrations/applied)[.]ts$',
  ],
  traces: [MODEL, 'src/telemetry/labels[.]ts$', 'src/sinks/connection[.]ts$'],
  sinks: [
    MODEL,
    'src/audit/(consumer|positions|reader)[.]ts$',
    'src/credentials/sha256[.]ts$',
    'src/upstream/(authentication|connect)[.]ts$',
  ],
  http: [MODEL, 'src/policy/'],
  store: [MODEL, port('cache')],
  credentials: [MODEL, 'src/ntlm/', port('cache'), port('store')],
  decision: [MODEL, OPERATIONS, 'src/policy/'],
  gateway: [
    MODEL,
    'src/decision/',
    'src/policy/',
    'src/ews/',
    // Limits of a request, and the escaping of text in the gateway's own requests.
    'src/xml/(limits|text)[.]ts$',
    'src/http/',
    'src/telemetry/',
    ...PORTS,
  ],
  control: [
    MODEL,
    'src/decision/',
    OPERATIONS,
    'src/policy/',
    'src/http/',
    'src/telemetry/',
    ...PORTS,
  ],
  workmail: [MODEL, 'src/control/shapes[.]ts$', port('store')],
  // The decoder of CSV files, the evaluation of policies, their lists of permissions, and the guard of a new role run
  // in a browser.
  console: [
    'src/control/contract/(actions|session)[.]ts$',
    'src/control/member-names[.]ts$',
    'src/directory/csv-text[.]ts$',
    'src/model/role[.]ts$',
    'src/policy/(administrator|iam)[.]ts$',
  ],
  app: [EVERYTHING],
  cli: [EVERYTHING],
}

/** Folders that the sandbox may import, in addition to itself. It is no part of the gateway, and not in `src/`. */
const SANDBOX_MAY_IMPORT = [MODEL, 'src/xml/', 'src/ews/']

/** Commands that run the sandbox or its probes. They are imported when they run. */
const SANDBOX_COMMANDS = 'src/cli/(demo|sandbox|sandbox-guide|conformance/(client|command))[.]ts$'

/** Files beside the folders. */
const ROOT = ['main.ts']

/** One package, one home: what replacing it costs is that folder. */
const HOME: Readonly<Record<string, string>> = {
  '@cloudscape-design/[a-z-]+': 'src/console/',
  '@opentelemetry/[a-z-]+': 'src/traces/',
  '@smithy/signature-v4': 'src/(credentials|sinks)/',
  '@haraka/email-address': 'src/ews/',
  '@jmespath-community/jmespath': 'src/cli/',
  commander: 'src/(main[.]ts$|cli/)',
  'csv-parse': 'src/directory/',
  'fast-xml-parser': '(src/ews/autodiscover|sandbox)/',
  ioredis: 'src/cache/',
  jose: 'src/credentials/issuer-(check|keys|tokens)[.]ts$',
  kysely: 'src/(store|history)/',
  ldapts: 'src/directory/',
  'lru-cache': 'src/(gateway|cache)/',
  'openid-client': 'src/credentials/',
  pg: 'src/store/',
  pino: 'src/telemetry/',
  'prom-client': 'src/telemetry/',
  react: 'src/console/',
  'react-dom': 'src/console/',
  undici: 'src/(upstream|sinks|traces)/',
  yaml: 'src/config/',
  zod: 'src/(config|control|workmail)/',
}

/** Modules that the configuration chooses from. The others cost a gateway neither memory nor time. */
const CHOSEN =
  'src/(credentials/(ntlm|people/openid-issuer)|store/(sqlite|postgres)|cache/redis|history/(sqlite|postgres)|directory/ldap(-accounts)?|sinks/(ocsf|s3|syslog|webhook)|traces/otlp-traces)'

/** A file that there is nothing to say about. */
const EMPTY = 'export type P = 1\n'

const PACKAGE = 'node_modules/(@types/)?'

const FORBIDDEN: IForbiddenRuleType[] = [
  ...Object.entries(MAY_IMPORT).map(([folder, row]) => ({
    name: `${folder} imports only what its row lists`,
    from: { path: `^src/${folder}/` },
    to: { path: '^src/', pathNot: [`src/${folder}/`, ...row].map(path => `^${path}`) },
  })),
  {
    name: 'sandbox imports only what its row lists',
    from: { path: '^sandbox/' },
    to: {
      path: '^(src|sandbox)/',
      pathNot: ['sandbox/', ...SANDBOX_MAY_IMPORT].map(path => `^${path}`),
    },
  },
  {
    name: 'only commands import the sandbox',
    from: { path: '^src/', pathNot: `^${SANDBOX_COMMANDS}` },
    to: { path: '^sandbox/' },
  },
  {
    name: 'a command that imports the sandbox is loaded when it runs',
    from: { path: '^src/', pathNot: `^${SANDBOX_COMMANDS}` },
    to: { path: `^${SANDBOX_COMMANDS}`, dynamic: false, dependencyTypesNot: ['type-only'] },
  },
  ...Object.entries(HOME).map(([name, home]) => ({
    name: `${name} has one home`,
    from: { path: '^(src|sandbox)/', pathNot: `^${home}` },
    to: { path: `${PACKAGE}${name}/` },
  })),
  {
    name: 'every package has a home',
    from: { path: '^(src|sandbox)/' },
    to: { path: 'node_modules/', pathNot: `${PACKAGE}(${Object.keys(HOME).join('|')})/` },
  },
  {
    name: 'model, policy, decision, xml and ews do no I/O',
    from: { path: '^src/(model|policy|decision|xml|ews)/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'decision alone evaluates rules and guard',
    from: { path: '^src/', pathNot: '^src/(policy|decision)/' },
    to: { path: '^src/policy/(rules|guard)[.]ts$' },
  },
  {
    name: 'an adapter is loaded when it is chosen',
    from: { path: '^src/' },
    to: { path: `^${CHOSEN}[.]ts$`, dynamic: false },
  },
  {
    name: 'the console imports types of the control API only',
    from: { path: '^src/console/' },
    to: { path: '^src/control/contract/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'src and sandbox stand alone',
    from: { path: '^(src|sandbox)/' },
    to: { pathNot: '^src/|^sandbox/|node_modules/', dependencyTypesNot: ['core', 'unknown'] },
  },
  { name: 'every import resolves', from: {}, to: { couldNotResolve: true } },
  { name: 'no cycles', from: {}, to: { circular: true } },
]

/** Reads src/ and sandbox/ of a folder: which files were seen, and every rule that is broken. */
async function cruiseFolder(baseDir: string) {
  const { output } = await cruise(['src', 'sandbox'], {
    baseDir,
    // TypeScript 7 has no compiler API: without swc nothing would be read, and nothing be wrong.
    parser: 'swc',
    tsPreCompilationDeps: true,
    ruleSet: { forbidden: FORBIDDEN },
    validate: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  })
  if (typeof output === 'string') throw new TypeError(`Cannot read the report: ${output}`)

  const { violations } = output.summary
  return {
    read: new Set(output.modules.map(({ source }) => source)),
    violations: violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort(),
  }
}

const sourceFiles = () =>
  ['src', 'sandbox'].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => /[.]tsx?$/.test(name))
      .map(name => join(folder, name)),
  )

t.test('every folder of src/ has a row, and every file in src/ itself is known', async t => {
  const entries = readdirSync('src', { withFileTypes: true })
  const unknown = entries.filter(entry =>
    entry.isDirectory() ? !Object.hasOwn(MAY_IMPORT, entry.name) : !ROOT.includes(entry.name),
  )
  t.strictSame(
    unknown.map(({ name }) => name),
    [],
  )
})

t.test('docs/architecture.md shows the import table', async t => {
  const rows = rowsBelow('docs/architecture.md', '## Folders')
  const table: typeof MAY_IMPORT = { ...MAY_IMPORT, sandbox: SANDBOX_MAY_IMPORT }
  const shown = rows.map(([folder = '', , may = '']) => [codeIn(folder)[0], may] as const)
  t.strictSame(shown.map(([folder]) => folder).sort(), Object.keys(table).sort())
  for (const [folder = '', may] of shown) {
    const row = table[folder] ?? []
    const takesAny = PORTS.every(path => row.includes(path))
    const others = row.filter(path => path !== EVERYTHING && !(takesAny && PORTS.includes(path)))
    const folders = new Set(others.map(path => path.split('/')[1]))
    t.strictSame(codeIn(may).sort(), [...folders].sort(), folder)
    t.equal(may.includes('any port'), takesAny, folder)
    t.equal(may === 'everything', row.includes(EVERYTHING), folder)
  }
})

t.test('src/ and sandbox/ keep to the import table', async t => {
  const { read, violations } = await cruiseFolder(process.cwd())
  const files = sourceFiles()
  t.ok(files.length > 30 && read.size >= files.length, `${read.size} modules were read`)
  t.strictSame(
    files.filter(file => !read.has(file)),
    [],
    'every file was read',
  )
  t.strictSame(violations, [])
})

/** A planted import that breaks a rule, and how that is reported. The file is below `src/`. */
type Planted = Readonly<{ file: string; code: string; rule: string; to: string }>

/** Imports that no row lists. */
const OUT_OF_ROW = [
  ['model/a.ts', '../policy/p.ts'],
  ['model/deep/er.ts', '../../xml/p.ts'],
  ['policy/c.ts', '../ews/operations.ts'],
  ['policy/a.ts', '../xml/p.ts'],
  ['policy/b.ts', '../ews/p.ts'],
  ['xml/a.ts', '../policy/p.ts'],
  ['xml/b.ts', '../ews/p.ts'],
  ['ews/a.ts', '../policy/p.ts'],
  ['ews/autodiscover/a.ts', '../../gateway/p.ts'],
  ['decision/a.ts', '../gateway/p.ts'],
  ['decision/b.ts', '../store/store.ts'],
  ['config/a.ts', '../store/store.ts'],
  ['telemetry/a.ts', '../audit/audit.ts'],
  ['cache/a.ts', '../store/p.ts'],
  ['directory/a.ts', '../store/p.ts'],
  ['ntlm/a.ts', '../xml/p.ts'],
  ['upstream/a.ts', '../xml/p.ts'],
  ['upstream/b.ts', '../ews/p.ts'],
  ['audit/a.ts', '../telemetry/p.ts'],
  ['sinks/a.ts', '../gateway/p.ts'],
  ['traces/a.ts', '../gateway/p.ts'],
  ['history/a.ts', '../store/store.ts'],
  ['store/a.ts', '../cache/p.ts'],
  ['store/b.ts', '../credentials/credentials.ts'],
  ['credentials/a.ts', '../policy/p.ts'],
  ['credentials/b.ts', '../store/p.ts'],
  ['gateway/a.ts', '../control/p.ts'],
  ['gateway/b.ts', '../store/p.ts'],
  ['gateway/c.ts', '../main.ts'],
  ['gateway/d.ts', '../config/p.ts'],
  ['gateway/h.ts', '../xml/p.ts'],
  ['control/a.ts', '../gateway/gateway.ts'],
  ['control/b.ts', '../xml/p.ts'],
  ['control/c.ts', '../ews/p.ts'],
  ['http/a.ts', '../gateway/gateway.ts'],
  ['workmail/a.ts', '../control/p.ts'],
  ['console/a.tsx', '../control/p.ts'],
  ['app/a.ts', '../main.ts'],
  ['cli/a.ts', '../main.ts'],
].map(([file = '', target = '']) => outOfRow(file, target, `import '${target}'`))

/** Every way to import counts. */
const OTHERWISE = [
  ['model/type.ts', "import type { P } from '../xml/p.ts'"],
  ['model/inline.ts', "import { type P } from '../xml/p.ts'"],
  ['model/export.ts', "export * from '../xml/p.ts'"],
  ['model/later.ts', "await import('../xml/p.ts')"],
].map(([file = '', code = '']) => outOfRow(file, '../xml/p.ts', code))

const OTHER_RULES = [
  ['undici has one home', 'gateway/e.ts', 'undici', 'node_modules/undici/index.js'],
  ['undici has one home', 'app/e.ts', 'undici', 'node_modules/undici/index.js'],
  ['every package has a home', 'gateway/f.ts', 'left-pad', 'node_modules/left-pad/index.js'],
  ['model, policy, decision, xml and ews do no I/O', 'model/g.ts', 'node:fs', 'fs'],
  ['model, policy, decision, xml and ews do no I/O', 'policy/g.ts', 'net', 'net'],
  ['model, policy, decision, xml and ews do no I/O', 'decision/g.ts', 'node:fs', 'fs'],
  ['model, policy, decision, xml and ews do no I/O', 'xml/g.ts', 'node:sqlite', 'node:sqlite'],
  ['model, policy, decision, xml and ews do no I/O', 'ews/g.ts', 'node:net', 'net'],
  [
    'decision alone evaluates rules and guard',
    'control/r.ts',
    '../policy/rules.ts',
    'src/policy/rules.ts',
  ],
  [
    'decision alone evaluates rules and guard',
    'app/r.ts',
    '../policy/guard.ts',
    'src/policy/guard.ts',
  ],
  ['an adapter is loaded when it is chosen', 'cli/b.ts', '../cache/redis.ts', 'src/cache/redis.ts'],
  [
    'the console imports types of the control API only',
    'console/h.ts',
    '../control/contract/actions.ts',
    'src/control/contract/actions.ts',
  ],
  ['src and sandbox stand alone', 'audit/h.ts', '../../test/p.ts', 'test/p.ts'],
  ['src and sandbox stand alone', '../sandbox/h.ts', '../test/p.ts', 'test/p.ts'],
  ['every package has a home', '../sandbox/f.ts', 'left-pad', 'node_modules/left-pad/index.js'],
  [
    'sandbox imports only what its row lists',
    '../sandbox/a.ts',
    '../src/policy/p.ts',
    'src/policy/p.ts',
  ],
  [
    'sandbox imports only what its row lists',
    '../sandbox/b.ts',
    '../src/http/p.ts',
    'src/http/p.ts',
  ],
  ['only commands import the sandbox', 'app/s.ts', '../../sandbox/p.ts', 'sandbox/p.ts'],
  ['only commands import the sandbox', 'cli/s.ts', '../../sandbox/p.ts', 'sandbox/p.ts'],
  [
    'a command that imports the sandbox is loaded when it runs',
    'cli/t.ts',
    './demo.ts',
    'src/cli/demo.ts',
  ],
  ['every import resolves', 'audit/i.ts', './nowhere.ts', './nowhere.ts'],
  ['every import resolves', 'audit/j.ts', 'not-installed', 'not-installed'],
  ['no cycles', 'audit/k.ts', './l.ts', 'src/audit/l.ts'],
].map(([rule = '', file = '', target = '', to = '']) => ({
  file,
  code: `import '${target}'`,
  rule,
  to,
}))

const PLANTED: readonly Planted[] = [...OUT_OF_ROW, ...OTHERWISE, ...OTHER_RULES]

/** Imports that break no rule. */
const ALLOWED = [
  ['gateway/ok.ts', '../store/store.ts', '../policy/p.ts', '../ews/p.ts', 'node:net'],
  ['credentials/ok.ts', '../model/p.ts', '../store/store.ts', '../cache/cache.ts', 'node:crypto'],
  ['cache/ok.ts', '../store/store.ts', '../model/p.ts'],
  ['upstream/ok.ts', '../model/p.ts', '../ews/response-reader.ts', './p.ts', 'undici'],
  ['upstream/ids.ts', '../ews/item-id.ts', '../ews/schema-file.ts'],
  ['ews/ok.ts', '../xml/p.ts', '../model/p.ts'],
  ...['decision', 'control', 'telemetry', 'history'].map(folder => [
    `${folder}/table.ts`,
    '../ews/operations.ts',
  ]),
  ['app/ok.ts', '../gateway/p.ts', '../store/p.ts', '../control/p.ts'],
  ['cli/ok.ts', '../app/p.ts', '../control/p.ts', '../store/p.ts'],
  ['main.ts', './cli/p.ts', './app/p.ts'],
  ['cli/demo.ts', '../../sandbox/p.ts'],
  ['../sandbox/ok.ts', './p.ts', '../src/model/p.ts', '../src/xml/p.ts', '../src/ews/p.ts'],
  // Closes the planted cycle, which is reported once.
  ['audit/l.ts', './k.ts'],
]

t.test('the import table detects violations', async t => {
  const { violations } = await cruiseFolder(t.testdir(treeOf(plantedFiles())))
  t.strictSame(
    violations,
    PLANTED.map(({ rule, file, to }) => `${rule}: ${join('src', file)} -> ${to}`).sort(),
  )
  const tried = new Set(PLANTED.map(({ rule }) => rule))
  const untried = FORBIDDEN.map(({ name = '' }) => name).filter(name => !tried.has(name))
  t.ok(
    untried.every(name => name.endsWith(' has one home')),
    `every rule is tried, but for packages of the same rule: ${untried}`,
  )
})

function outOfRow(file: string, target: string, code: string): Planted {
  const [folder] = file.split('/', 1)
  const rule = `${folder} imports only what its row lists`
  return { file, code, rule, to: join('src', dirname(file), target) }
}

function plantedFiles(): Readonly<Record<string, string>> {
  const files: Record<string, string> = {
    'test/p.ts': EMPTY,
    'sandbox/p.ts': EMPTY,
    'src/cache/redis.ts': EMPTY,
    'src/control/contract/actions.ts': EMPTY,
    'src/ews/operations.ts': EMPTY,
    'src/ews/response-reader.ts': EMPTY,
    'src/ews/item-id.ts': EMPTY,
    'src/ews/schema-file.ts': EMPTY,
  }
  for (const name of ['rules', 'guard']) files[`src/policy/${name}.ts`] = EMPTY
  for (const folder of Object.keys(MAY_IMPORT)) {
    files[`src/${folder}/p.ts`] = EMPTY
    files[`src/${folder}/${folder}.ts`] = EMPTY
  }
  for (const name of ['undici', 'left-pad']) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, main: 'index.js' })
    files[`node_modules/${name}/index.js`] = ''
  }
  for (const [file = '', ...targets] of ALLOWED) {
    files[join('src', file)] = targets.map(target => `import '${target}'\n`).join('')
  }
  files['src/app/policy.ts'] = "await import('../cache/redis.ts')\n"
  for (const { file, code } of PLANTED) files[join('src', file)] = `${code}\n${EMPTY}`
  return files
}

type Tree = { [name: string]: Tree | string }

/** `{ 'a/b': text }` as `{ a: { b: text } }`. */
function treeOf(files: Readonly<Record<string, string>>): Tree {
  const root: Tree = {}
  for (const [path, content] of Object.entries(files)) {
    const names = path.split('/')
    const last = names.pop() ?? ''
    let folder = root
    for (const name of names) {
      const known = folder[name]
      const next: Tree = typeof known === 'object' ? known : {}
      folder[name] = next
      folder = next
    }
    folder[last] = content
  }
  return root
}
