/**
 * Reads the checkpoints in the store for `ews-gateway audit verify`.
 *
 * @module
 */

import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { checkpointIn } from '../audit/checkpoint.ts'
import type { StoredCheckpoint } from '../audit/verify.ts'
import type { Config } from '../config/schema.ts'
import { reasonOf } from '../model/file-problem.ts'
import { openToRead, placeOf } from './stores.ts'

const DAY_MS = 86_400_000

/**
 * @param folders - what is verified. Requires the checkpoints of the configured journal if it is one of these folders
 * @param problem - receives a message if the store can't be read
 */
export async function checkpointsInStore(
  config: Config,
  folders: readonly string[],
  problem: (message: string) => void,
): Promise<readonly StoredCheckpoint[]> {
  const { journal, keepDays } = config.audit
  const isJournal = folders.some(folder => resolve(folder) === resolve(journal))
  const keptSince = Date.now() - keepDays * DAY_MS
  const stored: StoredCheckpoint[] = []
  for (const { writer, host, journal: folder, checkpoint: line } of await read(config, problem)) {
    const checkpoint = checkpointIn(line)
    // A file of SQLite belongs to one machine, also if a container has another host name after each start.
    const isOwn = folder === journal && (config.store.kind === 'sqlite' || host === hostname())
    if (checkpoint)
      stored.push({
        checkpoint,
        isRequired: isJournal && isOwn && Date.parse(checkpoint.at) > keptSince,
      })
    else
      problem(`The checkpoint of ${writer} in the store ${placeOf(config)} was changed or damaged`)
  }
  return stored
}

async function read(config: Config, problem: (message: string) => void) {
  try {
    const store = await openToRead(config)
    try {
      return await store.checkpoints()
    } finally {
      await store.close()
    }
  } catch (error) {
    problem(
      `The journal was not compared with the checkpoints in the store. Run the command where the store can be read, or verify without the store: use --public-key without --config, and name the folder of the journal. ${reasonOf(error)}`,
    )
    return []
  }
}
