/**
 * Mistakes that are planted in a copy of the sources, and the scenario that must find each.
 *
 * @module
 */

import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { remove, temporaryFolder } from '../kit/services/process.ts'
import type { Rule } from './checker.ts'
import { lateReader } from './scenarios/late-reader.ts'
import { lostMessages } from './scenarios/lost-messages.ts'
import { replay } from './scenarios/replay.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { slowDecision } from './scenarios/slow-decision.ts'
import { staleCache } from './scenarios/stale-cache.ts'

type Edit = Readonly<{ file: string; from: string; to: string }>

export type Plant = Readonly<{
  what: string
  edits: readonly Edit[]
  scenario: Scenario
  maxAgeSeconds: number
  /** Rule that the planted mistake must violate. */
  breaks: Rule
}>

/** Changes of a later version: a migration, and a version number of its own. */
export const LATER_VERSION: readonly Edit[] = [
  {
    file: 'store/migrations/migrate.ts',
    from: 'export const MIGRATIONS: Readonly<Record<string, Migration>> = {',
    to: `export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '9999-later': {
    up: async ({ schema }) => schema.alterTable('roles').addColumn('later', 'text').execute(),
  },`,
  },
  {
    file: 'app/version.ts',
    from: 'export const VERSION = version',
    to: "export const VERSION = version.replace(/^/, '9')",
  },
]

export const PLANTS: Readonly<Record<string, Plant>> = {
  'own-life': {
    what: 'a process gives cached values a new lifetime when it reads them',
    edits: [
      {
        file: 'cache/shared.ts',
        from: 'return { now: end.now, elapsed: Math.min(end.elapsed, start.elapsed + lifeMs) }',
        to: 'return { now: start.now + maxAgeMs, elapsed: start.elapsed + maxAgeMs }',
      },
      {
        file: 'cache/watch.ts',
        from: 'return this.#versions !== undefined && !hasEnded(this.#ports.clock, this.#freshUntil)',
        to: 'return true',
      },
    ],
    scenario: staleCache,
    maxAgeSeconds: 2,
    breaks: 'late-allow',
  },
  'late-reader': {
    what: 'a process keeps a value that was invalidated while it was read',
    edits: [
      {
        file: 'cache/local.ts',
        from: 'if (this.#invalidatedAt(key, entry.organization) > revision) return undefined',
        to: '',
      },
      {
        file: 'cache/local.ts',
        from: 'return this.#invalidatedAt(key, organization) <= revision && !hasEnded(clock, end)',
        to: 'return !hasEnded(clock, end)',
      },
    ],
    scenario: lateReader,
    maxAgeSeconds: 4,
    breaks: 'allow-after-revoke',
  },
  'nothing-polls': {
    what: 'a lost subscription goes unnoticed, and nothing polls the store',
    edits: [
      {
        file: 'cache/cached.ts',
        from: 'Promise.all([this.#work, this.tick(), this.refresh()])',
        to: 'Promise.all([this.#work])',
      },
      {
        file: 'cache/redis-subscription.ts',
        from: 'this.#heartbeats = setInterval(() => this.#heartbeat(), HEARTBEAT_MS)',
        to: 'this.#heartbeats = setInterval(() => undefined, HEARTBEAT_MS)',
      },
    ],
    scenario: lostMessages,
    maxAgeSeconds: 30,
    breaks: 'slow-revoke',
  },
  'decides-once': {
    what: 'a decision keeps values that change while it loads others',
    edits: [
      {
        file: 'cache/held-policy.ts',
        from: 'if (pin !== undefined && this.#cached.holds(pin)) return pin',
        to: 'if (pin !== undefined) return pin',
      },
      {
        file: 'cache/held-policy.ts',
        from: '    return isStoredKind(kind)\n      ? this',
        to: `    const found = isStoredKind(kind) && this.#cached.find(this.#organization, kind, id as never)
    if (found) this.#pins.set(this.#keyOf(kind, id), found as never)
    return isStoredKind(kind)
      ? this`,
      },
    ],
    scenario: slowDecision,
    maxAgeSeconds: 1,
    breaks: 'late-allow',
  },
  'old-entries': {
    what: 'a process accepts an entry of the shared cache that is older than a change',
    edits: [
      {
        file: 'cache/local.ts',
        from: 'return version >= floor.version && version >= tombstone.version',
        to: 'return version >= floor.version || version >= 0',
      },
    ],
    scenario: replay,
    maxAgeSeconds: 4,
    breaks: 'allow-after-revoke',
  },
}

const PROJECT = join(import.meta.dirname, '../..')

/** Copies the sources with the mistakes. @throws Error if a text does not occur exactly once */
export function plant(edits: readonly Edit[]): Readonly<{ root: string; folder: string }> {
  const folder = temporaryFolder('plant')
  try {
    return { root: copyWith(edits, folder), folder }
  } catch (error) {
    remove(folder)
    throw error
  }
}

function copyWith(edits: readonly Edit[], folder: string): string {
  const root = join(folder, 'src')
  cpSync(join(PROJECT, 'src'), root, { recursive: true })
  for (const name of ['package.json', 'node_modules'])
    symlinkSync(join(PROJECT, name), join(folder, name))
  for (const { file, from, to } of edits) {
    const text = readFileSync(join(root, file), 'utf8')
    const parts = text.split(from)
    if (parts.length !== 2) throw new Error(`${file} must contain the text exactly once: ${from}`)
    writeFileSync(join(root, file), parts.join(to))
  }
  return root
}
