/**
 * The runbook of causes in docs/operations.md, made from the table of failures.
 *
 * @module
 */

import type { Reason } from '../../src/model/decision.ts'
import { CAUSE_ROWS, faultAnswer, type Reach } from '../../src/model/failure-table.ts'
import { CAUSES, type Cause } from '../../src/model/outcome.ts'

/** Reason that a cause mostly appears with. */
const REASON_OF = {
  dns: 'upstream-unreachable',
  refused: 'upstream-unreachable',
  tls: 'upstream-unreachable',
  closed: 'upstream-unreachable',
  timeout: 'upstream-timeout',
  'not-ews': 'upstream-unreachable',
  unauthorized: 'upstream-refused-credentials',
  throttled: 'upstream-unreachable',
  'too-large': 'body-too-large',
  // The client gets the upstream's own fault.
  'upstream-fault': 'upstream-unreachable',
  audit: 'audit-unavailable',
  store: 'policy-unavailable',
  policy: 'policy-unavailable',
  memory: 'over-budget',
  'client-gone': 'client-gone',
  internal: 'internal-error',
} as const satisfies Record<Cause, Reason>

/** Responses that clients see instead of a fault of the gateway. */
const SEEN: ReadonlyMap<Cause, string> = new Map([
  ['client-gone', 'nothing'],
  ['upstream-fault', 'the fault of the upstream'],
])

/** Causes that a request can meet after it was sent. */
const AFTER_SENDING: ReadonlySet<Cause> = new Set(['closed', 'timeout', 'not-ews', 'throttled'])

const BEGIN =
  '<!-- Causes: written by `npm run docs` from src/model/failure-table.ts: change it there. -->\n'
const END = '\n<!-- End of causes. -->'

/** Returns a page with the table of causes replaced by the present one. */
export function withCauses(page: string): string {
  const [before, rest = ''] = page.split(BEGIN)
  const [, after] = rest.split(END)
  if (before === undefined || after === undefined)
    throw new Error('The page has no table of causes')
  return `${before}${BEGIN}${HEAD}${CAUSES.map(rowOf).join('\n')}${END}${after}`
}

const HEAD = `
| cause | means | the client sees | a write that may have run | log | \`/readyz\` | counter | what to do |
| --- | --- | --- | --- | --- | --- | --- | --- |
`

/** Returns what a client sees; undefined if the upstream can't have run a write. */
export function answersTo(cause: Cause): Readonly<{ seen: string; write?: string }> {
  const code = (reach: Reach, isRepeatable: boolean) =>
    faultAnswer({ reason: REASON_OF[cause], kind: cause, reach }, isRepeatable).code
  const seen = SEEN.get(cause) ?? code('not-sent', true)
  return AFTER_SENDING.has(cause) ? { seen, write: code('sent-unknown', false) } : { seen }
}

function rowOf(cause: Cause): string {
  const { means, remedy, log, readyz, metric } = CAUSE_ROWS[cause]
  const { seen, write = '–' } = answersTo(cause)
  const cells = [
    `\`${cause}\``,
    means,
    seen,
    write,
    log.length === 0 ? '–' : log.map(message => `"${message}"`).join(', '),
    readyz === undefined ? '`pass`' : `\`${readyz.status}\`: \`${readyz.check}\``,
    metric === undefined ? '–' : `\`${metric}\``,
    remedy,
  ]
  return `| ${cells.join(' | ')} |`
}
