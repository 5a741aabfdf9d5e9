import { type Accepted, ONLY_WORK } from '../accepted.ts'

export const ACCEPTED_IN_CACHE: readonly Accepted[] = [
  [
    'src/cache/announcer.ts',
    'const changes = await store.changesSince(organization, told.get(organization) ?? 0)',
    ['0 → (0 - 1)'],
    'No change has version 0.',
  ],
  [
    'src/cache/cached.ts',
    "kind === 'credential' || kind === 'identity'",
    ["kind === 'credential' || kind === 'identity' → true"],
    ONLY_WORK,
  ],
  [
    'src/cache/clock.ts',
    'if (now >= continued) latest = { now, elapsed }',
    ['>= → >'],
    'The two times differ by less than a millisecond.',
  ],
  [
    'src/cache/held-policy.ts',
    'if (subjects.length === 0) return',
    ['subjects.length === 0 → false', '0 → (0 - 1)', 'return → ;'],
    ONLY_WORK,
  ],
  [
    'src/cache/local.ts',
    '#revision = 1',
    ['1 → (1 + 1)', '1 → (1 - 1)'],
    'Only their order is compared.',
  ],
  [
    'src/cache/local.ts',
    '#reads = 0',
    ['0 → (0 - 1)', '0 → (0 + 1)'],
    'Only their order is compared.',
  ],
  ['src/cache/local.ts', 'this.#reads += 1', ['1 → (1 + 1)'], 'Only their order is compared.'],
  ['src/cache/local.ts', 'this.#revision += 1', ['1 → (1 + 1)'], 'Only their order is compared.'],
  [
    'src/cache/redis.ts',
    'names.slice(batch * BATCH_KEYS, (batch + 1) * BATCH_KEYS),',
    ['1 → (1 + 1)'],
    ONLY_WORK,
  ],
  [
    'src/cache/refresher.ts',
    'if (entry.value === undefined || this.#used.get(entry.key)?.entry === entry) return',
    ['entry.value === undefined || this.#used.get(entry.key)?.e… → false', '|| → &&', 'return → ;'],
    ONLY_WORK,
  ],
  [
    'src/cache/refresher.ts',
    'for (let at = 0; at < due.length; at += BATCH)',
    ['< → <='],
    ONLY_WORK,
  ],
  [
    'src/cache/refresher.ts',
    'if (this.#isRefreshing) return',
    ['this.#isRefreshing → false', 'return → ;'],
    'Concurrent refreshes share the loads of their values.',
  ],
  [
    'src/cache/refresher.ts',
    'this.#isRefreshing = true',
    ['this.#isRefreshing = true → ;'],
    'Concurrent refreshes share the loads of their values.',
  ],
  [
    'src/cache/refresher.ts',
    'else if (!isHeld || entry !== used.entry) this.#used.delete(key)',
    ['this.#used.delete(key) → ;', '!isHeld || entry !== used.entry → false', '|| → &&'],
    ONLY_WORK,
  ],
]
