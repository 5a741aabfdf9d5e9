/**
 * Opens the audit: the journal, the history, and the sinks.
 *
 * @module
 */

import { type KeyObject, randomUUIDv7 } from 'node:crypto'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import type { Audit } from '../audit/audit.ts'
import { CheckpointSigner, lineOfCheckpoint } from '../audit/checkpoint.ts'
import { Delivery } from '../audit/delivery.ts'
import { Journal, type JournalOptions } from '../audit/journal.ts'
import { isNearlyFull, type Room, RoomWatch } from '../audit/room.ts'
import { JournalShares } from '../audit/shares.ts'
import { StoredCheckpoints } from '../audit/stored-checkpoints.ts'
import type { Config } from '../config/schema.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import type { History, HistorySource } from '../history/history.ts'
import { Recorder, type RecorderOptions } from '../history/recorder.ts'
import type { OnMigrated } from '../model/migrated.ts'
import { SinkPositions } from '../sinks/positions.ts'
import type { CheckpointStore } from '../store/store.ts'
import type { Health } from '../telemetry/health.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { makeFolder } from './folders.ts'
import { type Opened, opening } from './opening.ts'
import { openSinks } from './sinks.ts'

/** Minimum time between two log lines about failures of the history. */
const LOG_INTERVAL_MS = 60_000

const DAY_MS = 86_400_000

/** Log message for the migrations of an existing database. */
export const MIGRATED = 'Database migrated'

/** The audit, with the history if there is one. */
export type Auditing = Readonly<{
  audit: Audit
  /** Bytes of records that each principal can cause. */
  journalShares: JournalShares
  /** Returns the room on the disk of the journal. */
  room: () => Room
  /** Absent if the gateway keeps no history. */
  history?: HistorySource
  /** Names of the consumers of the journal that can't take records now. */
  failing: () => readonly string[]
}>

type Stored = Readonly<{ store: CheckpointStore; masterKey: MasterKey }>

/** Callbacks through which the history reports dropped records and failures. */
type HistoryEvents = Pick<RecorderOptions, 'dropped' | 'failed'>

type JournalEvents = Pick<JournalOptions, 'charged' | 'failed' | 'recovered' | 'disturbed' | 'room'>

/**
 * Opens the journal and starts the delivery of its records. Closing delivers the remaining records.
 *
 * @throws FileError if one of its files cannot be written. Later failures, such as a damaged history, are retried
 */
export const openAuditing = (
  config: Config,
  stored: Stored,
  metrics: Metrics,
  log: Log,
): Promise<Opened<Auditing>> =>
  opening(async opened => {
    const { journal: folder, keepDays } = config.audit
    await makeFolder({ what: 'the audit journal', path: folder, key: 'audit.journal' }, folder)
    await checkHistory(config)
    const recorder = recorderOf(config, historyEvents(metrics, log), migrated =>
      log.info(migrated, MIGRATED),
    )
    // The delivery, which closes its consumers, ends after the journal, so that it delivers the last records.
    let consuming: Readonly<{ close: () => Promise<void> }> | undefined = recorder
    opened.defer(() => consuming?.close())
    const journalShares = new JournalShares({
      bytesPerHour: config.limits.journalBytesPerHour,
      now: () => performance.now(),
      onExhausted: () => metrics.throttled('journal'),
    })
    const journal: Journal = openJournal(
      config,
      checkpointSignerOf(stored.masterKey.subkey('audit-checkpoints')),
      {
        charged: (record, bytes) => journalShares.charge(record, bytes),
        ...journalEvents(config, log, (alert, message) =>
          journal.record({
            type: 'alert',
            at: Date.now(),
            decisionId: randomUUIDv7(),
            alert,
            message,
          }),
        ),
      },
    )
    opened.defer(() => journal.close())
    const sinks = await openSinks(config, journal.writer)
    const names = new Set(sinks.map(({ name }) => name))
    const delivery = new Delivery({
      folder,
      journal,
      consumers: [
        ...(recorder ? [recorder] : []),
        storedCheckpoints(config, journal.writer, stored),
        ...sinks,
      ],
      keepMs: keepDays * DAY_MS,
      now: Date.now,
      failed: (consumer, error) =>
        log.error({ err: error, consumer }, undelivered(consumer, names)),
      recovered: consumer => log.info({ consumer }, 'Audit records are delivered again'),
    })
    consuming = delivery
    opened.defer(() => delivery.stop())
    metrics.audit.watch({
      lags: () => delivery.lags(),
      room: () => journal.room(),
      get overdueBytes() {
        return delivery.overdueBytes
      },
    })
    return {
      audit: journal,
      journalShares,
      room: () => journal.room(),
      ...(recorder && { history: recorder }),
      // The check of the store reports its failures.
      failing: () => delivery.failing().filter(name => name !== 'store'),
    }
  })

/**
 * Returns the consumer that keeps checkpoints in the store.
 *
 * @param own - the writer of this process in the journal
 */
function storedCheckpoints(
  { audit: { journal, keepDays } }: Config,
  own: string,
  { store, masterKey }: Stored,
): StoredCheckpoints {
  const host = hostname()
  return new StoredCheckpoints({
    positions: new SinkPositions(join(journal, 'positions', 'store'), own),
    publicKeys: checkpointKeysOf(masterKey),
    keep: checkpoint => {
      const { writer, segment, sequence, at } = checkpoint
      const text = lineOfCheckpoint(checkpoint).trimEnd()
      const expiresAt = Date.parse(at) + keepDays * DAY_MS
      return store.keepCheckpoint({
        ...{ writer, segment, sequence, checkpoint: text },
        ...{ host, journal, expiresAt },
      })
    },
  })
}

/** Adds the readiness check of the audit. A gateway that can't write required records is not ready. */
export function checkAudit(health: Health, config: Pick<Config, 'audit'>, audit: Audit): void {
  health.add('audit', {
    kinds: ['ready'],
    degrades: config.audit.onFailure === 'continue',
    check: () => audit.checkWritable(),
  })
}

/**
 * Adds the readiness check of the consumers of the journal. Their failure is a warning, because no request waits for
 * them.
 */
export function checkDelivery(health: Health, failing: Auditing['failing']): void {
  health.add('delivery', {
    kinds: ['ready'],
    degrades: true,
    check: () => {
      const names = failing()
      if (names.length > 0)
        throw new Error(
          `Cannot deliver audit records: ${names.join(', ')}. The log says why. The journal keeps the records`,
        )
    },
  })
}

/** Adds the readiness check of the disk of the journal. Little room is a warning, because records can still be written. */
export function checkDisk(health: Health, room: Auditing['room']): void {
  health.add('disk', {
    kinds: ['ready'],
    degrades: true,
    check: () => {
      if (isNearlyFull(room()))
        throw new Error(
          'The disk of the audit journal is nearly full. Make room, or lower audit.keepDays',
        )
    },
  })
}

function openJournal(
  { audit: { journal: folder, onFailure, keepDays } }: Config,
  signer: CheckpointSigner,
  events: JournalEvents,
): Journal {
  return new Journal({
    folder,
    onFailure,
    keepDays,
    signer,
    now: Date.now,
    ...events,
  })
}

/** Returns the message for a consumer that doesn't take records. */
function undelivered(consumer: string, sinks: ReadonlySet<string>): string {
  if (sinks.has(consumer)) return 'Cannot deliver audit records to a sink; trying again'
  return consumer === 'store'
    ? 'Cannot deliver audit records to the store; trying again'
    : 'Cannot deliver audit records to the history; trying again'
}

/** @param alert - called with a sentence if another program has changed the journal, or if little room is left */
function journalEvents(
  { audit: { journal: folder, onFailure } }: Config,
  log: Log,
  alert: (alert: 'tamper' | 'disk-nearly-full', message: string) => void,
): JournalEvents {
  const watch = new RoomWatch((isFull, room) => {
    if (!isFull) {
      log.info({ folder, ...room }, 'The disk of the audit journal has enough room again')
      return
    }
    log.warn({ folder, ...room }, 'The disk of the audit journal is nearly full')
    alert('disk-nearly-full', `The disk of the audit journal is nearly full: ${folder}`)
  })
  const isRefusing = onFailure === 'refuse'
  const effect = isRefusing ? 'requests fail' : 'records are lost'
  const lostRecords = isRefusing ? 'records whose requests failed' : 'records that are missing'
  return {
    failed: error =>
      log.error(
        { err: error, folder },
        `Cannot write the audit; ${effect} until it can be written`,
      ),
    recovered: lost =>
      log.info(
        { folder, lost },
        `The audit can be written again; the field lost is the number of ${lostRecords}`,
      ),
    disturbed: (problem, file) => {
      log.error(
        { file, problem },
        'Another program changed or deleted an audit segment; starting a new one. Leave segments to the gateway, which deletes them after audit.keepDays',
      )
      const message = `Another program changed or deleted an audit segment: ${basename(file)} (${problem})`
      alert('tamper', message)
    },
    room: room => watch.look(room),
  }
}

function historyEvents(metrics: Metrics, log: Log): HistoryEvents {
  let loggedAt = Number.NEGATIVE_INFINITY
  return {
    dropped: (kind, count) => metrics.audit.historyDropped(kind, count),
    failed: error => {
      if (performance.now() < loggedAt + LOG_INTERVAL_MS) return
      loggedAt = performance.now()
      log.warn({ err: error }, 'Cannot use the audit history; trying again')
    },
  }
}

/**
 * Bytes of the journal in one batch of a history with a thread of its own. A large batch updates the sums of each series
 * less often. Without a thread, it would stop the event loop.
 */
const THREAD_BATCH_BYTES = 1024 * 1024

function recorderOf(
  config: Config,
  events: HistoryEvents,
  onMigrated: OnMigrated,
): Recorder | undefined {
  if (!config.audit.history.enabled) return undefined
  const [only, ...others] = config.organizations
  return new Recorder({
    open: () => openHistoryOf(config, onMigrated),
    organizationId: others.length === 0 ? only?.id : undefined,
    retention: config.audit.history,
    batchBytes: config.store.kind === 'sqlite' ? THREAD_BATCH_BYTES : undefined,
    now: Date.now,
    ...events,
  })
}

/** @throws FileError if the file of the history cannot be written */
async function checkHistory({ store, audit }: Config): Promise<void> {
  if (store.kind !== 'sqlite' || !audit.history.enabled) return
  const { makeHistoryFile } = await import('../history/sqlite.ts')
  await makeHistoryFile(historyBeside(store.file))
}

async function openHistoryOf({ store }: Config, onMigrated: OnMigrated): Promise<History> {
  if (store.kind === 'sqlite') {
    const { openSqliteHistory } = await import('../history/sqlite.ts')
    return await openSqliteHistory(historyBeside(store.file), onMigrated)
  }
  const { openPostgresHistory } = await import('../history/postgres.ts')
  return await openPostgresHistory(store, onMigrated)
}

/** Returns the path of the history, such as `gateway-history.db` for `gateway.db`. */
const historyBeside = (file: string) => `${file.replace(/[.]db$/, '')}-history.db`

/** @param key - derived from the master key, so that the checkpoints of all gateways have the same signer */
const checkpointSignerOf = (key: KeyObject): CheckpointSigner => new CheckpointSigner(key.export())

/** Returns the public keys of the master key and of the former one. */
export const checkpointKeysOf = (masterKey: MasterKey): readonly KeyObject[] =>
  masterKey.subkeys('audit-checkpoints').map(key => checkpointSignerOf(key).publicKey)
