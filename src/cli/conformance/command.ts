/**
 * `ews-gateway check-upstream --conformance`: prints a report about the behavior of a server.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { ConformanceError, checkConformance } from '../../../sandbox/conformance/check.ts'
import type { SignalSource } from '../../app/stop-signals.ts'
import { upstreamOf } from '../../app/upstreams.ts'
import type { Config } from '../../config/schema.ts'
import { foldName } from '../../model/identity.ts'
import { type Output, organizationOf } from '../users.ts'
import { UpstreamClient } from './client.ts'
import { differencesOf } from './differences.ts'

/** Options of the command line. Each mailbox is given by its address. */
export type ConformanceSettings = Readonly<{
  organization?: string
  mailbox: string
  other: string
  ungranted?: string
}>

/**
 * Prints the report as JSON on stdout. Ctrl-C stops the check after it has removed what it created. A second Ctrl-C
 * ends the process immediately.
 *
 * @param signals - emits SIGINT at Ctrl-C
 * @returns the exit code: 1 if something is left on the server
 * @throws ConformanceError if the check can't run
 */
export async function runConformance(
  config: Config,
  settings: ConformanceSettings,
  { print, warn }: Output,
  signals: SignalSource,
): Promise<number> {
  const { mailbox, other, ungranted } = settings
  const { upstream: options } = chosenOf(config, settings.organization)
  if (foldName(mailbox) === foldName(other))
    throw new ConformanceError(
      `--mailbox and --other are the same mailbox: ${mailbox}. Name two mailboxes.`,
    )
  const upstream = upstreamOf({ ...options, connections: 1 })
  const stopping = new AbortController()
  const onInterrupt = () => {
    signals.off('SIGINT', onInterrupt)
    stopping.abort(new ConformanceError('The check was interrupted.'))
  }
  signals.on('SIGINT', onInterrupt)
  const token = randomUUID()
  try {
    const { report, error, isClean } = await checkConformance(new UpstreamClient(upstream), {
      kind: options.kind,
      mailbox,
      other,
      token,
      pause: ms => pause(ms),
      signal: stopping.signal,
      ...(ungranted !== undefined && { ungranted }),
    })
    if (!isClean)
      warn(
        `Cannot remove all test messages. Delete those with ${token} in the subject, in the folders Inbox, Drafts, Sent Items, and Deleted Items of ${mailbox} and ${other}.`,
      )
    if (report === undefined) throw error
    print(`${JSON.stringify(report, undefined, 2)}\n`)
    const differences = differencesOf(report)
    if (differences.length > 0)
      warn(
        `The server differs from the known servers of upstream.kind: ${report.kind} in ${differences.join(', ')}. Report this to the project. Until then, set upstream.kind: other.`,
      )
    return isClean ? 0 : 1
  } finally {
    signals.off('SIGINT', onInterrupt)
    // Not awaited, because a server that hangs would delay the exit.
    void upstream.close()
  }
}

function chosenOf(config: Config, name: string | undefined) {
  if (name !== undefined) return organizationOf(config, name)
  const [only, another] = config.organizations
  if (only === undefined || another !== undefined)
    throw new ConformanceError('--conformance checks one organization. Name it by --organization.')
  return only
}
