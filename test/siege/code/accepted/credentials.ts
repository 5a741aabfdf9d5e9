import { type Accepted, ONLY_WORK } from '../accepted.ts'

export const ACCEPTED_IN_CREDENTIALS: readonly Accepted[] = [
  [
    'src/credentials/account-turns.ts',
    'if (waiting.results.size === 0) this.#waiting.delete(account)',
    ['waiting.results.size === 0 → false', '0 → (0 - 1)', 'this.#waiting.delete(account) → ;'],
    'It only frees memory. An account without waiting passwords is as one that is unknown.',
  ],
  [
    'src/credentials/authentication-rate-limiter.ts',
    'if (!this.#pairs.isEmpty) this.#pairs.forget(nameOf(address, key, NARROW))',
    ['!this.#pairs.isEmpty → true'],
    'An empty table has nothing to forget. Without the condition, each success makes a name.',
  ],
  [
    'src/credentials/authentication-rate-limiter.ts',
    'this.#pairs.sweep(at)',
    ['this.#pairs.sweep(at) → ;'],
    'It only frees memory: a minute that is over counts for nothing, and a full table sweeps itself.',
  ],
  [
    'src/credentials/authentication-rate-limiter.ts',
    'this.#wide.sweep(at)',
    ['this.#wide.sweep(at) → ;'],
    'It only frees memory: a minute that is over counts for nothing, and a full table sweeps itself.',
  ],
  [
    'src/credentials/authentication-rate-limiter.ts',
    'return table.isEmpty ? undefined : table.limitedSince(nameOf(address, key, networks), at)',
    ['table.isEmpty → false'],
    'An empty table limits no name. Without the condition, each request makes two names.',
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
    'src/credentials/master-key-file.ts',
    `await writeFile(draft, \`\${text}\\n\`, { mode: 0o600, flush: true })`,
    ['true → false'],
    'Only a machine that loses its power shows whether the file was flushed.',
  ],
  [
    'src/credentials/people/person-checks.ts',
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
