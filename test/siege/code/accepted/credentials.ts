import { type Accepted, ONLY_WORK } from '../accepted.ts'

export const ACCEPTED_IN_CREDENTIALS: readonly Accepted[] = [
  [
    'src/credentials/account-turns.ts',
    'if (waiting.results.size === 0) this.#waiting.delete(account)',
    ['waiting.results.size === 0 → false', '0 → (0 - 1)', 'this.#waiting.delete(account) → ;'],
    'It only frees memory. An account without waiting passwords is as one that is unknown.',
  ],
  [
    'src/credentials/basic.ts',
    'this.#verified.delete(authorization)',
    ['this.#verified.delete(authorization) → ;'],
    'The header is verified again with any other credential; a stale one only takes memory.',
  ],
  [
    'src/credentials/connection-authenticator.ts',
    'else if (authentication.caller !== state.caller || !state.isConfirmed)',
    ['authentication.caller !== state.caller || !state.isConfirmed → true'],
    ONLY_WORK,
  ],
  [
    'src/credentials/issuer-tokens.ts',
    'const expiryOf = ({ exp = 0 }: JWTPayload): number => (exp + CLOCK_TOLERANCE_SECONDS) * 1_000',
    ['0 → (0 + 1)', '0 → (0 - 1)'],
    'A token without an end is wrong.',
  ],
  [
    'src/credentials/issuer-tokens.ts',
    'this.#verified.delete(token)',
    ['this.#verified.delete(token) → ;'],
    'A token whose time is over is verified again; a stale one only takes memory.',
  ],
  [
    'src/credentials/people/person-sessions.ts',
    'const LOOK_MS = 100',
    ['100 → (100 - 1)'],
    'How often a gateway looks changes no result.',
  ],
  [
    'src/credentials/signing-keys.ts',
    'await store.addSigningKey(key, newest?.createdAt ?? 0)',
    ['0 → (0 + 1)', '0 → (0 - 1)'],
    'No key was created in 1970.',
  ],
]
