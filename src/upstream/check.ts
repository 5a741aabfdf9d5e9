/**
 * Checks whether an upstream can be used, from its host name to its mailboxes. Stops at the first step that fails,
 * and says what to do.
 *
 * @module
 */

import {
  checkName,
  checkPath,
  checkSchemes,
  checkTcp,
  checkTls,
  type Endpoint,
} from './check-connection.ts'
import { checkMailboxes } from './check-mailbox.ts'
import type { CheckLine, CheckOptions, Upstream } from './upstream.ts'

const CONNECTING = [checkName, checkTcp, checkTls]

/** Checks everything that needs no credentials: name, TCP, TLS, and path. */
export const checkConnection = (endpoint: Endpoint) => run([...CONNECTING, checkPath], endpoint)

async function run(
  steps: readonly ((endpoint: Endpoint) => Promise<CheckLine>)[],
  endpoint: Endpoint,
): Promise<CheckLine[]> {
  const lines: CheckLine[] = []
  for (const step of steps) {
    const line = await step(endpoint)
    lines.push(line)
    if (line.result === 'failed') break
  }
  return lines
}

/** Runs all steps of a check. @param upstream - provides the connections, credentials, and back-off */
export async function checkUpstream(
  upstream: Pick<Upstream, 'send'>,
  at: Omit<Endpoint, 'deadlineMs'>,
  options: CheckOptions,
): Promise<readonly CheckLine[]> {
  const endpoint = { ...at, deadlineMs: options.deadlineMs }
  const lines = await run([...CONNECTING, checkSchemes], endpoint)
  if (lines.at(-1)?.result === 'failed') return lines
  return [...lines, ...(await checkMailboxes(upstream, at, options))]
}
