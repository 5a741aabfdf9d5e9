/**
 * Returns the changes since a SyncState, page by page. All pages show the state at the time of the first page. So
 * an object that changes while a client reads the pages is neither missed nor reported as new twice.
 *
 * @module
 */

import { ResponseError } from './fault.ts'
import type { Tombstone } from './store.ts'

/** An object that can be synchronized: an item in its folder, or a folder in its store. */
export type Tracked = Readonly<{
  counter: number
  created: number
  changed: number
  /** Counter of the last change that affected only the read flag. Present for items only. */
  readChanged?: number
}>

/** One change. For a deleted entry, only its counter is known. */
export type Change<Entry> =
  | Readonly<{ kind: 'Create' | 'Update' | 'ReadFlagChange'; entry: Entry }>
  | Readonly<{ kind: 'Delete'; counter: number }>

/** One page, and the SyncState for the next one. */
export type Changes<Entry> = Readonly<{
  changes: readonly Change<Entry>[]
  syncState: string
  includesLast: boolean
}>

/**
 * Content of a SyncState. The client has all changes up to `base`. The current series of pages ends with the change
 * `until` and has reached `at`.
 */
type State = Readonly<{ scope: string; base: number; until: number; at: number }>

const MAGIC = 'ewsync1'

/** Returns the changes since a SyncState, at most `max`. */
export function changesSince<Entry extends Tracked>(
  scope: string,
  syncState: string | undefined,
  now: number,
  live: Iterable<Entry>,
  gone: readonly Tombstone[],
  max: number,
): Changes<Entry> {
  const state = readState(scope, syncState)
  const run: State = state.at === state.until ? { ...state, until: now, at: state.base } : state
  const pending = [...changesOf(run, live, gone)]
    .filter(({ at }) => at > run.at)
    .sort((a, b) => a.at - b.at)
  const page = pending.slice(0, max)
  const includesLast = page.length === pending.length
  const next: State = includesLast
    ? { scope, base: run.until, until: run.until, at: run.until }
    : { ...run, at: page.at(-1)?.at ?? run.at }
  return { changes: page.map(({ change }) => change), syncState: writeState(next), includesLast }
}

function* changesOf<Entry extends Tracked>(
  { base, until }: State,
  live: Iterable<Entry>,
  gone: readonly Tombstone[],
): Generator<Readonly<{ at: number; change: Change<Entry> }>> {
  for (const entry of live) {
    const { created, changed, readChanged = changed } = entry
    if (created > base && created <= until) yield { at: created, change: { kind: 'Create', entry } }
    if (created > base) continue
    if (changed > base && changed <= until) yield { at: changed, change: { kind: 'Update', entry } }
    else if (readChanged > base && readChanged <= until)
      yield { at: readChanged, change: { kind: 'ReadFlagChange', entry } }
  }
  for (const { counter, created, deleted } of gone)
    if (created <= base && deleted > base && deleted <= until)
      yield { at: deleted, change: { kind: 'Delete', counter } }
}

const writeState = ({ scope, base, until, at }: State): string =>
  Buffer.from(JSON.stringify([MAGIC, scope, base, until, at])).toString('base64')

function readState(scope: string, syncState: string | undefined): State {
  if (syncState === undefined || syncState === '') return { scope, base: 0, until: 0, at: 0 }
  const [magic, of, base, until, at] = parse(syncState)
  if (magic !== MAGIC || of !== scope) throw new ResponseError('ErrorInvalidSyncStateData')
  return { scope, base: Number(base), until: Number(until), at: Number(at) }
}

function parse(syncState: string): readonly unknown[] {
  try {
    const state: unknown = JSON.parse(Buffer.from(syncState, 'base64').toString('utf8'))
    return Array.isArray(state) ? state : []
  } catch {
    return []
  }
}
