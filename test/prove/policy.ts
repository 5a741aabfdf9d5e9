/**
 * Rebuilds the policy from the journals of all gateways, and compares it with the rows of the store.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { type PolicyRecord, PolicyRecords, policyRecordIn } from '../../src/audit/policy-at.ts'
import { differencesOf } from '../../src/audit/policy-fold.ts'
import type { PolicyState } from '../../src/model/policy-state.ts'
import { policyInRows } from '../kit/policy-in-rows.ts'
import { waitFor } from '../kit/waits.ts'
import { type Deployment, ORGANIZATION } from './deployment.ts'
import { linesIn } from './records.ts'

/** Longer than any clock of a gateway is ahead. */
const AHEAD_MS = 3_600_000

const WAIT_MS = 500

export type RebuiltPolicy = Readonly<{
  /** Number of changes after the last snapshot. */
  changes: number
  /** Number of objects in the store. */
  objects: number
  /** Paths at which the rebuilt policy differs from the store's, and what its journals lack. */
  differences: readonly string[]
}>

/** Rebuilds the policy of the present, so no change may be in progress. */
export async function rebuildPolicy(deployment: Deployment): Promise<RebuiltPolicy> {
  const store = await deployment.openStore()
  try {
    const policy = await policyInRows(store, ORGANIZATION)
    const version = await deployment.version()
    const records = new PolicyRecords(ORGANIZATION, Date.now() + AHEAD_MS)
    for (const record of await allRecords(deployment)) records.add(record)
    const { found, problems } = records.result()
    const isBehind = found !== undefined && found.policyVersion !== version
    const behind = `policyVersion ${found?.policyVersion} instead of ${version}`
    return {
      changes: found?.changes ?? 0,
      objects: countIn(policy),
      differences: [
        ...(found ? differencesOf(found.policy, policy) : []),
        ...(isBehind ? [behind] : []),
        ...problems,
      ],
    }
  } finally {
    await store.close()
  }
}

/** Returns the records that the policy depends on when the journals have all changes that were made. */
function allRecords(deployment: Deployment): Promise<readonly PolicyRecord[]> {
  return waitFor('the journals have what the outbox has', async () => {
    for (;;) {
      const left = await deployment.postgres.query<{ id: string }>(
        deployment.database,
        'select id from outbox',
      )
      const { records, ids } = await readAll(deployment.auditFolders)
      if (left.every(({ id }) => ids.has(id))) return records
      await setTimeout(WAIT_MS)
    }
  })
}

async function readAll(folders: readonly string[]) {
  const records: PolicyRecord[] = []
  const ids = new Set<string>()
  for (const folder of folders)
    for await (const line of linesIn(folder)) {
      const record = policyRecordIn(line)
      if (record) records.push(record)
      ids.add(line.decisionId)
    }
  return { records, ids }
}

const countIn = ({ protection: _, ...objects }: PolicyState) =>
  Object.values(objects).reduce((sum, all) => sum + Object.keys(all).length, 1)
