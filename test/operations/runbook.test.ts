/**
 * Alerts, dashboards, and the runbook belong together, and name what exists.
 */

import t from 'tap'
import { parse } from 'yaml'
import { metricsPage } from '../../scripts/docs/metrics.ts'
import { CHECKS } from '../../src/telemetry/labels.ts'
import { CASES } from '../gateway/failure-cases.ts'
import { projectFiles, textOf } from '../kit/checkout.ts'
import { anchorsOf } from '../kit/markdown.ts'
import { alertRules, DASHBOARDS, panelQueries } from './rules.ts'

const RUNBOOK = 'docs/runbook.md'
const RULES = alertRules()
const SECTIONS = new Map(
  textOf(RUNBOOK)
    .split(/^### /m)
    .slice(1)
    .map(text => [text.slice(0, text.indexOf('\n')), text.split(/^## /m)[0] ?? ''] as const),
)
/** Durations of rules, as the runbook says them. */
const DURATIONS = new Map([
  ['15s', '15 seconds'],
  ['1m', 'a minute'],
  ['5m', '5 minutes'],
  ['10m', '10 minutes'],
  ['15m', '15 minutes'],
  ['1h', 'an hour'],
])

t.test('the runbook has a section for each alert, and no other', async t => {
  t.strictSame([...SECTIONS.keys()].sort(), RULES.map(({ alert }) => alert).sort())
  const anchors = anchorsOf(RUNBOOK)
  for (const { alert, labels, annotations, for: lasts } of RULES) {
    const [page, anchor = ''] = annotations.runbook_url.split('#')
    t.equal(page, RUNBOOK)
    t.ok(anchors.includes(anchor) && anchor === alert.toLowerCase(), `${alert} links to #${anchor}`)
    const severity = labels.severity === 'critical' ? 'Critical' : 'Warning'
    t.match(labels.severity, /^(critical|warning)$/)
    const after = lasts === undefined ? '' : `, after ${DURATIONS.get(lasts)}`
    const [, first, ...rest] = (SECTIONS.get(alert) ?? '').split('\n\n')
    t.ok(first?.startsWith(`**${severity}${after}.** `), `${alert}: ${severity}${after}`)
    t.match(rest.join('\n'), /^- \*\*Look at:\*\* [\s\S]+^- \*\*Do:\*\* /m, alert)
  }
})

t.test('the log lines that the runbook quotes are those of the gateway', async t => {
  const sources = projectFiles()
    .filter(file => file.startsWith('src/') && file.endsWith('.ts'))
    .map(textOf)
    .join('\n')
    .replaceAll("\\'", "'")
  const quoted = [...textOf(RUNBOOK).matchAll(/"([A-Z][^"]+[^."])"/g)].map(([, text = '']) =>
    text.replace(/\s+/g, ' '),
  )
  t.ok(quoted.length > 15, `${quoted.length} are quoted`)
  // These are put together from parts.
  const made = (text: string) => text.replace(/; requests fail until.*| failed; retrying$/, '')
  for (const text of quoted) t.ok(sources.includes(made(text)), text)
})

t.test('each scripted fault leads to an alert, and its log to a section', async t => {
  const text = textOf(RUNBOOK).replace(/\s+/g, ' ')
  const expressions = RULES.map(({ expr }) => expr).join('\n')
  for (const { fault, log, readyz } of CASES) {
    for (const line of log) t.ok(text.includes(`"${line}"`), `${fault}: ${line}`)
    const [status = '', names = ''] = readyz.split(': ')
    for (const name of names === '' ? [] : names.split(', ')) {
      const isNamed = expressions.includes(`check="${name}"`)
      const isWatched = name === 'upstream' && expressions.includes('ews_gateway_upstream_state')
      t.ok(status === 'fail' || isNamed || isWatched, `${fault}: an alert watches ${name}`)
    }
  }
  t.match(expressions, /check!="draining", status="fail"/, 'every failed check raises an alert')
})

t.test('rules and dashboards name only metrics and checks that exist', async t => {
  const known = new Set(metricsPage().match(/(?<=^\| `)ews_gateway_\w+/gm))
  t.ok(known.size > 25)
  const expressions = [...RULES, ...panelQueries()].map(({ expr }) => expr)
  for (const expr of expressions) {
    for (const [name] of expr.matchAll(/\bews_gateway_\w+/g))
      t.ok(known.has(name.replace(/_bucket$/, '')), name)
    for (const [, checks = ''] of expr.matchAll(/check!?=~?"(.*?)"/g))
      for (const check of checks.split('|'))
        t.ok((CHECKS as readonly string[]).includes(check), `${check}: ${expr}`)
  }
})

t.test('the metric of checks names every check of the gateway', async t => {
  const sources = projectFiles().filter(file => file.startsWith('src/') && file.endsWith('.ts'))
  const added = sources.flatMap(file => textOf(file).match(/(?<=health\.add\(')[\w-]+/g) ?? [])
  t.strictSame([...added, 'draining'].sort(), [...CHECKS].sort())
})

t.test('the unit tests of the rules cover each alert', async t => {
  const { tests } = parse(textOf('test/operations/rules.test.yaml')) as {
    tests: readonly Readonly<{ name: string }>[]
  }
  const names = new Set(tests.map(({ name }) => name.replace(/, \d+$/, '')))
  for (const { alert } of RULES) t.ok(names.has(alert), alert)
})

t.test('each dashboard fits together', async t => {
  t.strictSame([...DASHBOARDS.keys()].sort(), [
    'overview.json',
    'propagation.json',
    'roles.json',
    'upstream.json',
  ])
  t.equal(new Set([...DASHBOARDS.values()].map(({ uid }) => uid)).size, DASHBOARDS.size)
  for (const [file, { panels, templating }] of DASHBOARDS) {
    t.equal(new Set(panels.map(({ id }) => id)).size, panels.length, `${file}: IDs`)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    )
    t.equal(new Set(cells).size, cells.length, `${file}: no panel covers another`)
    t.ok(
      panels.every(({ gridPos: { x, w } }) => x + w <= 24),
      `${file}: every panel is in the grid`,
    )
    const text = JSON.stringify(panels)
    for (const { name } of templating.list)
      t.match(text, new RegExp(`\\$\\{?${name}\\b`), `${file} uses ${name}`)
  }
})
