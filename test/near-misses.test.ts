/**
 * Anchors of regular expressions: each has a text that the expression would match without it, and
 * that the function in question rejects.
 */

import { globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parseSync, Visitor } from 'vite'
import { startGatewayTestServer } from './kit/gateway-test-server.ts'
import { AUDIT_ROWS } from './near-misses/audit.ts'
import { CONFIG_ROWS, CONTROL_ROWS } from './near-misses/control.ts'
import { CREDENTIAL_ROWS, GATEWAY_ROWS, gatewayRows } from './near-misses/credentials.ts'
import { EWS_ROWS } from './near-misses/ews.ts'
import { IMPORT_ROWS } from './near-misses/import.ts'
import { POLICY_ROWS } from './near-misses/policy.ts'
import type { Row } from './near-misses/row.ts'
import { SINK_ROWS } from './near-misses/sinks.ts'
import { TRACE_ROWS } from './near-misses/traces.ts'
import { UPSTREAM_ROWS } from './near-misses/upstream.ts'

/** Files whose expressions have no row, with the reason. */
const EXEMPT: readonly (readonly [file: RegExp, reason: string])[] = [
  [/^console\//, 'runs in the browser, and the control API checks what it sends'],
  [/^app\/auditing[.]ts$/, 'names a file after a configured one'],
  [/^cli\/(import-workmail|init|init\/[\w-]+)[.]ts$/, 'is a command of an administrator'],
  [/^directory\/ldap[.]ts$/, 'needs an LDAP server'],
  [/^upstream\/(check|ntlm)-connection[.]ts$/, 'needs a server with TLS or NTLM'],
]

type Expression = Readonly<{ file: string; source: string; flags: string }>

/** Finds the literals with an anchor in one file. */
function anchoredIn(file: string): readonly Expression[] {
  const found: Expression[] = []
  const visitor = new Visitor({
    Literal: node => {
      if (!('regex' in node)) return
      const { pattern: source, flags } = node.regex
      if (anchorsOf(source).length > 0)
        found.push({ file, source, flags: flags.replaceAll(/[gy]/g, '') })
    },
  })
  visitor.visit(parseSync(file, readFileSync(`src/${file}`, 'utf8')).program)
  return found
}

/** Positions of `^` and `$` outside of classes. */
function anchorsOf(source: string): readonly number[] {
  const tokens = source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|[\^$]/gs)
  return Array.from(tokens).flatMap(({ 0: token, index }) =>
    token === '^' || token === '$' ? [index] : [],
  )
}

/** Returns what an expression finds in a text, and where. */
function findsIn(text: string, source: string, flags: string): string {
  const found = new RegExp(source, flags).exec(text)
  return JSON.stringify([found?.index, found])
}

/** Whether a text tells an expression from the same one without the anchor at a position. */
function tells(text: string, { source, flags }: Expression, at: number): boolean {
  const bare = source.slice(0, at) + source.slice(at + 1)
  return findsIn(text, source, flags) !== findsIn(text, bare, flags)
}

t.test('every function rejects near misses of its regular expressions', async t => {
  const rows: readonly Row[] = [
    ...[
      ...AUDIT_ROWS,
      ...POLICY_ROWS,
      ...EWS_ROWS,
      ...CREDENTIAL_ROWS,
      ...GATEWAY_ROWS,
      ...UPSTREAM_ROWS,
    ],
    ...[
      ...CONTROL_ROWS,
      ...CONFIG_ROWS,
      ...SINK_ROWS,
      ...TRACE_ROWS,
      ...TRACE_ROWS,
      ...IMPORT_ROWS,
      ...gatewayRows(await startGatewayTestServer(t)),
    ],
  ]
  for (const { file, good, misses, accepts } of rows) {
    t.ok(await accepts(good), `${file} accepts ${JSON.stringify(good)}`)
    for (const miss of misses)
      t.notOk(await accepts(miss), `${file} rejects ${JSON.stringify(miss)}`)
  }

  const textsOf = (file: string) =>
    rows.filter(row => row.file === file).flatMap(({ good, misses }) => [good, ...misses])
  const expressions = globSync('**/*.{ts,tsx}', { cwd: 'src' }).flatMap(anchoredIn)
  const missing = expressions
    .filter(({ file }) => !EXEMPT.some(([pattern]) => pattern.test(file)))
    .flatMap(one =>
      anchorsOf(one.source)
        .filter(at => !textsOf(one.file).some(text => tells(text, one, at)))
        .map(at => `${one.file}: /${one.source}/ without its anchor at ${at}`),
    )
  t.strictSame(missing, [], 'every anchor has a near miss')
  const idle = EXEMPT.filter(([pattern]) => !expressions.some(({ file }) => pattern.test(file)))
  t.strictSame(idle, [], 'every exempt file has an anchor')
})
