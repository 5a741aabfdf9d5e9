/**
 * Compares what a trial did with store, journal, copy, history, and upstream.
 *
 * @module
 */

import type { Test } from 'tap'
import { all } from '../history/samples.ts'
import { ORGANIZATION } from '../kit/gateway-test-server.ts'
import type { JournalRecord } from '../kit/journal.ts'
import type { Trial } from './trial.ts'

/** Everything that a trial did, and that is left of it. */
export type Evidence = Pick<Trial, 'journal' | 'server' | 'sent' | 'copied' | 'openHistory'>

/** Nothing is lost, and nothing is there twice. */
export async function checkTrial(t: Test, trial: Evidence): Promise<void> {
  const { journal } = trial
  const { roles } = trial.server.store
  const made = new Set((await roles(ORGANIZATION)).map(({ name }) => name))
  const changes = journal.filter(({ type, verdict }) => type === 'change' && verdict === 'allow')
  t.strictSame(
    countsOf(changes.map(nameIn)),
    Object.fromEntries(
      trial.sent.changes.filter(({ name }) => made.has(name)).map(({ name }) => [name, 1]),
    ),
    'each change of the store has one record, and each record a change',
  )
  const answered = trial.sent.changes.filter(({ status }) => status === 200)
  t.strictSame(
    answered.filter(({ name }) => !made.has(name)),
    [],
    'each change that was answered is in the store',
  )
  checkRequests(t, trial)
  checkCopy(t, trial)
  await checkHistory(t, trial)
}

function checkRequests(t: Test, { journal, server, sent }: Evidence): void {
  const decisions = journal.filter(({ type }) => type === 'decision')
  const recorded = countsOf(decisions.map(record => String(record['userAgent'])))
  const executed = server.sandbox.seen.filter(({ complete }) => complete)
  for (const { name, status } of sent.requests) {
    const executions = executed.filter(({ body }) => body.includes(`<t:Subject>${name}<`)).length
    const records = recorded[name] ?? 0
    if (executions > 1 || records > 1 || executions > records)
      t.fail(`${name}: ${executions} executions, ${records} records`)
    if (status === 200 && executions === 0) t.fail(`${name} was answered without an execution`)
  }
  const outcomes = journal.filter(({ type }) => type === 'outcome').map(record => record.decisionId)
  t.equal(new Set(outcomes).size, outcomes.length, 'no request has two outcomes')
  const ended = new Set(outcomes)
  t.strictSame(
    decisions.filter(one => one.verdict === 'allow' && !ended.has(one.decisionId)),
    [],
    'each allowed request has an outcome',
  )
}

/** A crash can repeat lines of the copy. They have the same IDs. */
function checkCopy(t: Test, trial: Evidence): void {
  const records = trial.copied().filter(({ type }) => type !== 'checkpoint')
  const copied = new Map(records.map(({ id, ...record }) => [id, textOf(record)]))
  t.strictSame(
    [...copied.values()].sort(),
    trial.journal.map(textOf).sort(),
    'the copy has each record',
  )
}

async function checkHistory(t: Test, trial: Evidence): Promise<void> {
  const { journal } = trial
  const history = await trial.openHistory()
  const query = { ...all(ORGANIZATION), limit: 100_000 }
  const changes = await history.changes(query)
  t.strictSame(
    changes.map(({ decisionId }) => decisionId).sort(),
    [...new Set(journal.filter(({ type }) => type === 'change').map(one => one.decisionId))].sort(),
    'the history has each change once',
  )
  const decisions = await history.decisions(query)
  const expected = requestsIn(journal)
  t.strictSame(
    Object.fromEntries(decisions.map(one => [one.decisionId, `${one.verdict} ${one.outcome}`])),
    expected,
    'the history has each request',
  )
  const sums = await history.summary({ ...query, groupBy: ['verdict', 'outcome'] })
  t.strictSame(
    Object.fromEntries(sums.map(sum => [`${sum.verdict} ${sum.outcome}`, sum.requests])),
    countsOf(Object.values(expected)),
    'and counts it once',
  )
}

const nameIn = ({ after }: JournalRecord) => String((after as Readonly<{ name?: string }>).name)

const textOf = ({ previous: _, ...record }: Readonly<Record<string, unknown>>) =>
  JSON.stringify(record)

/** Returns verdict and outcome of each request that has a decision, by decision ID. */
function requestsIn(records: readonly JournalRecord[]): Readonly<Record<string, string>> {
  const outcomes = new Map(
    records
      .filter(({ type }) => type === 'outcome')
      .map(({ decisionId, outcome }) => [decisionId, String(outcome)]),
  )
  return Object.fromEntries(
    records
      .filter(({ type }) => type === 'decision')
      .map(({ decisionId, verdict }) => [
        decisionId,
        `${verdict} ${outcomes.get(decisionId) ?? ''}`,
      ]),
  )
}

function countsOf(values: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
