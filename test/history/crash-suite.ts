/**
 * Every division of a journal into batches, with crashes and repetitions between them, leads to the same history.
 */

import fc from 'fast-check'
import type { Test } from 'tap'
import type { AuditRecord } from '../../src/audit/audit.ts'
import { type Lines, linesIn } from '../../src/audit/reader.ts'
import type { History } from '../../src/history/history.ts'
import { runs } from '../kit/runs.ts'
import {
  all,
  allowed,
  assumed,
  changed,
  HOUR,
  linesOf,
  NOW,
  outcomeOf,
  refused,
} from './samples.ts'
import type { Open } from './suite.ts'

/** Records of one request or change, in their order. */
const STORIES: Readonly<Record<string, (at: number) => readonly AuditRecord[]>> = {
  answered: at => {
    const decision = allowed(at)
    return [decision, outcomeOf(decision, { responseCode: 'NoError' })]
  },
  failed: at => {
    const decision = allowed(at, { userId: 'bob', userAddress: 'bob@example.com' })
    return [decision, outcomeOf(decision, { outcome: 'FAILED', cause: 'dns' })]
  },
  streamed: at => {
    const decision = allowed(at, { operation: 'UploadItems' })
    return [{ ...decision, verdict: 'pending' }, decision, outcomeOf(decision)]
  },
  denied: at => {
    const decision = refused(at)
    return [decision, outcomeOf(decision, { outcome: 'DENIED', status: 500 })]
  },
  reevaluated: at => {
    const decision = allowed(at)
    const { decisionId } = decision
    const denied = refused(at + 5, { decisionId })
    return [decision, denied, outcomeOf(decision, { outcome: 'ABORTED', cause: 'policy' })]
  },
  'in progress': at => [allowed(at)],
  'ended twice': at => {
    const decision = allowed(at)
    const other = outcomeOf(decision, { outcome: 'ABORTED', cause: 'internal', writer: 'ended' })
    return [decision, other, outcomeOf(decision), other]
  },
  'without a decision': at => [outcomeOf(allowed(at))],
  counted: at => [refused(at, { count: 7 })],
  changed: at => [changed(at)],
  'delivered twice': at => {
    const change = changed(at)
    return [change, change]
  },
  'committed after all': at => {
    const change = changed(at)
    return [{ ...change, verdict: 'error', reason: 'ServiceUnavailableException' }, change]
  },
  assumed: at => [assumed(at)],
}

const stories = fc.array(fc.constantFrom(...Object.keys(STORIES)), { minLength: 1, maxLength: 12 })

/** Returns the records of several stories, mixed. @param order - stories whose next record comes */
function mix(stories: readonly string[], order: Iterable<number>): readonly AuditRecord[] {
  const left = stories.map((story, n) => [...(STORIES[story]?.(NOW + n * (HOUR / 4)) ?? [])])
  const records: AuditRecord[] = []
  for (const n of order) {
    const record = left[n]?.shift()
    if (record) records.push(record)
    if (left.every(({ length }) => length === 0)) break
  }
  return records
}

/**
 * `lost`: the same records come again, in other batches. `restart`: a process continues at the stored position.
 * `both`: two processes have the records at the same time.
 */
const steps = fc.infiniteStream(
  fc.record({
    size: fc.integer({ min: 1, max: 7 }),
    event: fc.constantFrom('none', 'none', 'lost', 'restart', 'both'),
  }),
)

export async function crashSuite(t: Test, open: Open, numRuns: number): Promise<void> {
  t.test('any batches, crashes, and repetitions lead to the same history', async t => {
    const [whole, broken] = [await open(t), await open(t)]
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        stories,
        fc.infiniteStream(fc.nat(11)),
        steps,
        async (...[some, order, steps]) => {
          run += 1
          const organizationId = `m-${run}`
          const records = mix(some, order).map(record =>
            'organizationId' in record ? { ...record, organizationId } : record,
          )
          const lines = linesOf(`20261125T120000Z-${run.toString(16)}`, records)
          await whole.consume(lines, undefined)
          await consumeInSteps(broken, lines, steps)
          t.strictSame(
            await contentOf(broken, organizationId, records),
            await contentOf(whole, organizationId, records),
          )
          if (!t.passing()) throw new Error('They differ')
        },
      ),
      { numRuns: runs(numRuns) },
    )
  })
}

async function consumeInSteps(
  history: History,
  all: Lines,
  steps: Iterable<Readonly<{ size: number; event: string }>>,
): Promise<void> {
  const { writer } = all.end
  const places = [...linesIn(all).map(({ at }) => at), all.end]
  const last = places.length - 1
  let at = 0
  for (const { size, event } of steps) {
    const batch = (length: number): Lines => {
      const start = places[at] ?? all.end
      const end = places[Math.min(at + length, last)] ?? all.end
      return { bytes: all.bytes.subarray(start.offset, end.offset), start, end }
    }
    const ways = event === 'both' ? [batch(size), batch(size + 2), batch(1)] : [batch(size)]
    await Promise.all(ways.map(lines => history.consume(lines, undefined)))
    if (event === 'lost') continue
    at = event === 'none' ? at + size : ((await history.position(writer))?.sequence ?? 0)
    if (at >= last) return
  }
}

/** Returns everything that a history returns for some records, except the last sight of those in progress. */
async function contentOf(
  history: History,
  organizationId: string,
  records: readonly AuditRecord[],
) {
  const summary = await history.summary({
    ...all(organizationId),
    groupBy: ['hour', 'mailbox', 'verdict', 'reason', 'outcome', 'cause', 'operation'],
  })
  const total = await history.summary({ ...all(organizationId), groupBy: ['outcome', 'cause'] })
  const ids = [...new Set(records.map(({ decisionId }) => decisionId))]
  return {
    decisions: await history.decisions(all(organizationId)),
    changes: await history.changes(all(organizationId)),
    records: await Promise.all(ids.map(id => history.decision(organizationId, id))),
    sums: [...summary, ...total]
      .map(row => JSON.stringify(row.outcome === '' ? { ...row, lastAt: 0 } : row))
      .toSorted(),
  }
}
