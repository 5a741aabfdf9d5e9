/**
 * Puts together what records: the file, and the history that follows it.
 *
 * @module
 */

import type { Audit } from '../audit/audit.ts'
import { FileAudit } from '../audit/file.ts'
import type { Config } from '../config/schema.ts'
import type { Dropped } from '../history/gathering.ts'
import type { History, HistorySource } from '../history/history.ts'
import { Recorder } from '../history/recorder.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Of trouble with the history, a line is logged so often at most. */
const LOG_MS = 60_000

export type Auditing = Readonly<{
  audit: Audit
  /** Absent where none is kept. */
  history?: HistorySource
  /** Writes what the history lacks, and closes both. */
  close: () => Promise<void>
}>

/** Whom to tell that records are in no list, and what failed. */
type Told = Readonly<{
  dropped: (kind: Dropped, count: number) => void
  failed: (error: Error) => void
}>

/** @throws Error where the file cannot be opened; a history that cannot is tried again */
export function openAuditing(config: Config, metrics: Metrics, log: Log): Auditing {
  let loggedAt = Number.NEGATIVE_INFINITY
  const onError = (error: Error) => log.error({ err: error }, 'The audit cannot be written')
  return open(config, onError, {
    dropped: (kind, count) => metrics.historyDropped(kind, count),
    failed: error => {
      if (performance.now() < loggedAt + LOG_MS) return
      loggedAt = performance.now()
      log.warn({ err: error }, 'The history of the audit cannot be used; it is tried again')
    },
  })
}

function open(config: Config, onError: (error: Error) => void, told: Told): Auditing {
  const { history: settings, ...file } = config.audit
  const recorder = settings.enabled ? recorderOf(config, told) : undefined
  const audit = new FileAudit({ ...file, onError, ...(recorder && { onRecord: recorder.record }) })
  return {
    audit,
    ...(recorder && { history: recorder }),
    close: async () => {
      await recorder?.close()
      audit.close()
    },
  }
}

function recorderOf(config: Config, told: Told): Recorder {
  const [only, ...others] = config.organizations
  return new Recorder({
    open: () => openHistoryOf(config),
    organizationId: others.length === 0 ? only?.id : undefined,
    retention: config.audit.history,
    now: Date.now,
    ...told,
  })
}

async function openHistoryOf({ store }: Config): Promise<History> {
  if (store.kind === 'sqlite') {
    const { openSqliteHistory } = await import('../history/sqlite.ts')
    return await openSqliteHistory(historyBeside(store.file))
  }
  const { openPostgresHistory } = await import('../history/postgres.ts')
  return await openPostgresHistory(store)
}

/** `gateway.db` has `gateway-history.db` beside it. */
const historyBeside = (file: string) => `${file.replace(/[.]db$/, '')}-history.db`
