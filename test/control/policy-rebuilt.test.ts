/**
 * R47: from a snapshot and the records after it, the policy at any time can be rebuilt, and equals that of the store.
 *
 * The naive model is the rows of the store after each change. TEST_CHANGES is the number of changes of a run, and TEST_SEED
 * chooses them: `TEST_CHANGES=1000 TEST_SEED=1 node test/control/policy-rebuilt.test.ts`.
 */

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { outboxDelivery, ownChange } from '../../src/app/outbox.ts'
import { Journal } from '../../src/audit/journal.ts'
import { PolicyRecords, policyRecordIn } from '../../src/audit/policy-at.ts'
import { differencesOf } from '../../src/audit/policy-fold.ts'
import type { PolicyState } from '../../src/model/policy-state.ts'
import type { StoredRow } from '../../src/store/store.ts'
import {
  type ControlTestServer,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { recordsOf, SIGNER } from '../kit/journal.ts'
import { policyInRows } from '../kit/policy-in-rows.ts'
import { runs } from '../kit/runs.ts'
import { type Choice, callOf, choice } from './policy-changes.ts'

/** Number of random changes of one run. */
const CHANGES = Number(process.env['TEST_CHANGES'] ?? 200)

/** Another seed in each run, unless TEST_SEED is set. */
const SEED = process.env['TEST_SEED']

const SECOND = 1_000

/** More than a busy machine needs. */
const TIMEOUT_MS = 30_000 + CHANGES * 500

/** A gateway whose clock a test moves, and a second one with a journal of its own that writes the snapshots. */
async function startFleet(t: Test) {
  let now = Date.UTC(2026, 11, 3)
  const control = await startControlTestServer(t, { now: () => now })
  const folder = t.testdir()
  const audit = new Journal({
    folder,
    onFailure: 'refuse',
    keepDays: 400,
    signer: SIGNER,
    now: Date.now,
    failed: () => undefined,
    recovered: () => undefined,
    disturbed: () => undefined,
  })
  t.teardown(() => audit.close())
  const { store } = control
  const { deliverLeft } = outboxDelivery(store, audit, error => t.error(error))
  return {
    control,
    /** Lets time pass, and returns the time before. */
    pass: () => {
      const before = now
      now += SECOND
      return before
    },
    /** Delivers what waits in the outbox to the journal of the second gateway. */
    deliver: async () => {
      now += 60 * SECOND
      await deliverLeft()
    },
    records: () => [...recordsOf(folder), ...control.audit()],
  }
}

type Fleet = Awaited<ReturnType<typeof startFleet>>

/** Makes a change. @returns whether it was accepted */
async function change(control: ControlTestServer, chosen: Choice): Promise<string | undefined> {
  const { service, action, input } = await callOf(control.store, chosen)
  const { status } = await control.call(action, input, { service })
  return status === 200 ? action : undefined
}

const allRows = ({ store }: ControlTestServer) =>
  store.backup(async ({ rows }) => {
    const all: StoredRow[] = []
    for await (const row of rows()) all.push(row)
    return all
  })

async function* each(rows: readonly StoredRow[]) {
  yield* rows
}

/** Restores a backup, as the command does. */
const restore = ({ store }: ControlTestServer, rows: readonly StoredRow[]) =>
  store.restore(() => each(rows), {
    replaces: true,
    recordsOf: ({ before, after }) =>
      ownChange({
        action: 'ewsgateway:RestoreBackup',
        before: { epoch: before },
        after: { epoch: after },
      }),
  })

/** Makes changes and restores, and returns the policy of each time. @param made - gets the actions that changed something */
async function changesOf(
  { control, pass, deliver }: Fleet,
  choices: readonly Choice[],
  made: Set<string>,
): Promise<ReadonlyMap<number, PolicyState>> {
  const policies = new Map<number, PolicyState>()
  let backup: readonly StoredRow[] | undefined
  const note = async () => {
    const policy = await policyInRows(control.store, ORGANIZATION)
    const isOther = !isDeepStrictEqual(policy, [...policies.values()].at(-1))
    policies.set(pass(), policy)
    return isOther
  }
  await control.store.recordPolicy(ORGANIZATION, 0)
  await note()
  for (const [n, chosen] of choices.entries()) {
    const action = await change(control, chosen)
    if ((await note()) && action !== undefined) made.add(action)
    if (n % 60 === 59) await control.store.recordPolicy(ORGANIZATION, Number.POSITIVE_INFINITY)
    if (n === 50) backup = await allRows(control)
    if (n === 100 && backup) {
      await restore(control, backup)
      await note()
    }
  }
  await deliver()
  return policies
}

t.setTimeout(TIMEOUT_MS)
t.test('R47 the policy at any time is rebuilt from the journals of two gateways', async t => {
  const made = new Set<string>()
  let compared = 0
  const choices = fc.array(choice, { minLength: CHANGES, maxLength: CHANGES })
  const property = fc.asyncProperty(choices, async chosen => {
    const fleet = await startFleet(t)
    const policies = await changesOf(fleet, chosen, made)
    const records = fleet
      .records()
      .map(policyRecordIn)
      .filter(record => record !== undefined)
    for (const [at, policy] of policies) {
      const all = new PolicyRecords(ORGANIZATION, at)
      for (const record of records) all.add(record)
      const { found, problems } = all.result()
      if (found === undefined) throw new Error(problems.join())
      const differences = differencesOf(found.policy, policy)
      if (problems.length + differences.length > 0)
        throw new Error(`at ${at}: ${[...differences, ...problems].join('; ')}`)
      compared += 1
    }
  })
  await fc.assert(property, {
    numRuns: SEED === undefined ? runs(2) : 1,
    endOnFailure: true,
    ...(SEED !== undefined && { seed: Number(SEED) }),
  })
  t.pass(`${compared} policies were rebuilt`)
  t.ok(made.size > 22, `changes by ${[...made].sort().join(', ')}`)
})
