import { type Accepted, ONLY_WORK } from '../accepted.ts'

export const ACCEPTED_IN_DECISION: readonly Accepted[] = [
  [
    'src/decision/authorize.ts',
    'isExcepted: exceptions.length > 0 && isExcepted(basics, role),',
    ['0 → (0 - 1)', '> → >='],
    'Without an exception, the checks give the same result again.',
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
    'src/decision/profile.ts',
    'if (operation === undefined) return NOT_MADE',
    ['operation === undefined → false', 'return NOT_MADE → ;'],
    'An unknown operation has no content to check, so the check is not made either way.',
  ],
  [
    'src/decision/replay.ts',
    "if (verdict === 'deny') return { kind: 'unknown' }",
    ["'unknown' → ''"],
    'No check compares this kind: it is none of the others.',
  ],
  [
    'src/decision/replay.ts',
    "caller: { kind: 'explained', principal: undefined, roleId: draft.id },",
    ["'explained' → ''"],
    'Only checks of other things than the content of a role compare it, and a replay makes none.',
  ],
  [
    'src/decision/replay.ts',
    'secureTransport: true,',
    ['true → false'],
    'Only policies of principals compare it, and a replay evaluates none.',
  ],
  [
    'src/decision/replay.ts',
    "target: target ?? { kind: 'none' },",
    ["'none' → ''"],
    'The check that compares it is left out if there is no target.',
  ],
  [
    'src/decision/shadow.ts',
    "const checks = decision.verdict === 'allow' ? CHECKS_OF_CONTENT : CHECKS_OF",
    ["'allow' → ''", "decision.verdict === 'allow' → false"],
    'An allowed request has passed the other checks, which it then passes again.',
  ],
  [
    'src/decision/shadow.ts',
    'if (known !== undefined) return known',
    ['return known → ;', 'known !== undefined → false'],
    ONLY_WORK,
  ],
  ['src/decision/shadow.ts', 'DRAFTS.set(role, draft)', ['DRAFTS.set(role, draft) → ;'], ONLY_WORK],
  [
    'src/decision/stored-items.ts',
    "'senders' in about ? { ...about, senders: senders.map(find) } : about,",
    ["'senders' in about → true"],
    'An item that was not found has no senders.',
  ],
  [
    'src/decision/target.ts',
    "target.kind === 'user' ? target.user : undefined",
    ["target.kind === 'user' → true"],
    'No other target has a user.',
  ],
]
