/**
 * Mutants that no test near their file notices, and why that is acceptable.
 *
 * @module
 */

import type { Mutant } from './mutants.ts'

/** One accepted survivor. It covers every mutant with the same file, code, and mistake. */
export type Survivor = Pick<Mutant, 'file' | 'code' | 'mistake'> & Readonly<{ reason: string }>

/** Highest share of accepted survivors among all mutants that are tried. */
export const ACCEPTED_SHARE = 0.03

/** Reason of mistakes that switch off a cache whose key and value never change, or a shortcut. */
const ONLY_WORK = 'Finds the same result again: it costs time, and changes nothing else.'

/** By file and line: mistakes that change nothing that a test could notice, and the reason. */
const ACCEPTED: readonly (readonly [
  file: string,
  code: string,
  mistakes: readonly string[],
  reason: string,
])[] = [
  [
    'src/policy/reserved.ts',
    'if (ofUsers === undefined) {',
    ['ofUsers === undefined → true'],
    ONLY_WORK,
  ],
  [
    'src/policy/reserved.ts',
    'FOUND.set(organization, ofUsers)',
    ['FOUND.set(organization, ofUsers) → ;'],
    ONLY_WORK,
  ],
  [
    'src/policy/reserved.ts',
    'if (known !== undefined) return known',
    ['return known → ;', 'known !== undefined → false'],
    ONLY_WORK,
  ],
  [
    'src/policy/reserved.ts',
    'ofUsers.set(user, found)',
    ['ofUsers.set(user, found) → ;'],
    ONLY_WORK,
  ],
  [
    'src/policy/access-control.ts',
    'if (RANGES.has(texts)) return RANGES.get(texts)',
    ['RANGES.has(texts) → false', 'return RANGES.get(texts) → ;'],
    ONLY_WORK,
  ],
  [
    'src/policy/access-control.ts',
    'RANGES.set(texts, ranges)',
    ['RANGES.set(texts, ranges) → ;'],
    ONLY_WORK,
  ],
  [
    'src/policy/condition.ts',
    'if (known !== undefined) return known',
    ['known !== undefined → false', 'return known → ;'],
    ONLY_WORK,
  ],
  [
    'src/policy/condition.ts',
    'TESTS.set(condition, tests)',
    ['TESTS.set(condition, tests) → ;'],
    ONLY_WORK,
  ],
  [
    'src/policy/iam.ts',
    'if (!ONLY_ROLES.has(document)) ONLY_ROLES.set(document, findOnlyRole(document))',
    ['!ONLY_ROLES.has(document) → true'],
    ONLY_WORK,
  ],
  [
    'src/policy/iam.ts',
    'if (at === lastAt) return lastText',
    ['at === lastAt → false', 'return lastText → ;'],
    ONLY_WORK,
  ],
  ['src/policy/iam.ts', 'lastAt = at', ['lastAt = at → ;'], ONLY_WORK],
  [
    'src/policy/rules.ts',
    'return formerGroups.length === 0 ? groups : [...groups, ...formerGroups]',
    ['formerGroups.length === 0 → false', '0 → (0 - 1)'],
    ONLY_WORK,
  ],
  [
    'src/decision/body.ts',
    'if (namesNothing(facts)) return outcomeOf(body, denialOf({}), NO_OTHERS)',
    ['namesNothing(facts) → false', 'return outcomeOf(body, denialOf({}), NO_OTHERS) → ;'],
    ONLY_WORK,
  ],
  [
    'src/decision/body.ts',
    'mailboxes.length + senders.length + mailboxGuids.length + subscriptions.length === 0',
    ['0 → (0 - 1)'],
    ONLY_WORK,
  ],
  [
    'src/decision/stored-items.ts',
    "kind: NO_MEETINGS.has(item.kind) ? 'other' : 'meeting',",
    ["'meeting' → ''"],
    'Nothing is compared with it: each item that is not another kind may be a meeting.',
  ],
  [
    'src/decision/target.ts',
    "target.kind === 'user' ? target.user : undefined",
    ["target.kind === 'user' → true"],
    'No other target has a user.',
  ],
  [
    'src/policy/assumers.ts',
    "const nowhere = { sourceIp: '', at: 0, secureTransport: true }",
    ['0 → (0 + 1)', '0 → (0 - 1)', 'true → false'],
    'The conditions that compare these values are left out.',
  ],
]

export const SURVIVORS: readonly Survivor[] = ACCEPTED.flatMap(([file, code, mistakes, reason]) =>
  mistakes.map(mistake => ({ file, code, mistake, reason })),
)
