/**
 * Looks whether an upstream can be used, from its name to its mailboxes, and says what to do at the
 * first step that fails.
 *
 * @module
 */

import { checkName, checkSchemes, checkTcp, checkTls, type Endpoint } from './check-connection.ts'
import { checkMailboxes } from './check-mailbox.ts'
import type { CheckLine, CheckOptions, Upstream } from './upstream.ts'

const STEPS = [checkName, checkTcp, checkTls, checkSchemes]

/** @param upstream - whose own connections and credentials are used, with their rest */
export async function checkUpstream(
  upstream: Pick<Upstream, 'send'>,
  at: Omit<Endpoint, 'deadlineMs'>,
  options: CheckOptions,
): Promise<readonly CheckLine[]> {
  const endpoint: Endpoint = { ...at, deadlineMs: options.deadlineMs }
  const lines: CheckLine[] = []
  for (const step of STEPS) {
    const line = await step(endpoint)
    lines.push(line)
    if (line.result === 'failed') return lines
  }
  return [...lines, ...(await checkMailboxes(upstream, at.kind, options))]
}
