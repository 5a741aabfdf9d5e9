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
    'src/policy/rules.ts',
    'if (known === undefined) COMPILED.set(role, compiled)',
    ['known === undefined → true'],
    ONLY_WORK,
  ],
  [
    'src/decision/authorize.ts',
    'isExcepted: exceptions.length > 0 && isExcepted(basics, role),',
    ['0 → (0 - 1)', '> → >='],
    'Without an exception, the checks give the same result again.',
  ],
  [
    'src/decision/caller.ts',
    "const isNarrow = role.type === 'READ_ONLY' && (shadow?.type ?? 'READ_ONLY') === 'READ_ONLY'",
    ["'READ_ONLY' → ''"],
    'Copies a role that has this type already: it costs time, and changes nothing else.',
  ],
  [
    'src/decision/shadow.ts',
    "const checks = decision.verdict === 'allow' ? CHECKS_OF_CONTENT : CHECKS_OF",
    ["'allow' → ''", "decision.verdict === 'allow' → false"],
    'An allowed request has passed the other checks, which it then passes again.',
  ],
  [
    'src/policy/content-order.ts',
    "return guard.senders === 'server' && enforcesSendAs === true ? 2 : 0",
    ['0 → (0 - 1)', '2 → (2 + 1)'],
    'Numbers of this order are only compared with each other.',
  ],
  [
    'src/decision/profile.ts',
    'if (operation === undefined) return NOT_MADE',
    ['operation === undefined → false', 'return NOT_MADE → ;'],
    'An unknown operation has no content to check, so the check is not made either way.',
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
    'src/policy/profile-content.ts',
    "if (facts.hiddenRules && lacks('inbox-rules')) return true",
    ["'inbox-rules' → ''"],
    'No profile has this ability.',
  ],
  ...[
    "if (content.hidden) needed.push('hidden')",
    "isHidden ? 'hidden' : classOfContainer(container)",
    "isAssociated ? 'hidden' : classOfItem(itemClass)",
  ].map(
    code =>
      [
        'src/policy/profile-content.ts',
        code,
        ["'hidden' → ''"],
        'No profile has this class, so another name is denied, too.',
      ] as const,
  ),
  [
    'src/policy/profile-content.ts',
    "const access = profile?.name === undefined ? 'any' : accessOf(profile.name, 'Subscribe')",
    ["'any' → ''"],
    'Any text means that classes are not limited.',
  ],
  [
    'src/policy/profiles.ts',
    "return classes.includes('calendar') ? 'any' : 'none'",
    ["classes.includes('calendar') → true", "'none' → ''"],
    'Each profile with such an ability limits it to calendars, or not at all.',
  ],
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
    'src/decision/replay.ts',
    "if (verdict === 'deny') return { kind: 'unknown' }",
    ["'unknown' → ''"],
    'No check compares this kind: it is none of the others.',
  ],
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
  [
    'src/xml/attribute-value.ts',
    'export const INCOMPLETE = -1',
    ['1 → (1 + 1)'],
    'No offset is negative.',
  ],
  [
    'src/xml/attribute-value.ts',
    'else if (byte >= 0x80) i = skipCharacter(bytes, i, to)',
    ['0x80 → (0x80 - 1)'],
    'The scanner does not stop at 0x7F.',
  ],
  [
    'src/xml/names.ts',
    'meaning: 0,',
    ['0 → (0 - 1)'],
    'The scanner sets the name before it tells of a tag.',
  ],
  ['src/xml/attributes.ts', 'for (let i = 1; i < this.count; i++) {', ['1 → (1 - 1)'], ONLY_WORK],
  [
    'src/xml/characters.ts',
    'const isControl = (byte: number) => byte < SPACE && !isSpace(byte)',
    ['< → <='],
    'A blank is white space.',
  ],
  [
    'src/xml/characters.ts',
    'for (let pair = 0; pair < pairs.length; pair++)',
    ['< → <='],
    'The table has no such pair.',
  ],
  ['src/xml/character-data.ts', 'if (next > at) return next', ['next > at → false'], ONLY_WORK],
  [
    'src/xml/namespaces.ts',
    'if (size === this.#prefixes.length) return',
    ['return → ;'],
    ONLY_WORK,
  ],
  ['src/xml/scan-buffer.ts', 'const last = pairs.length - 4', ['4 → (4 + 1)'], ONLY_WORK],
  ['src/xml/scan-buffer.ts', 'i <= last &&', ['<= → <'], ONLY_WORK],
  [
    'src/xml/scan-buffer.ts',
    'if (((i ^ first) & 1) === 1) {',
    ['((i ^ first) & 1) === 1 → true'],
    ONLY_WORK,
  ],
  ['src/xml/scanner.ts', 'while (this.#depth > 0) {', ['this.#depth > 0 → false'], ONLY_WORK],
  [
    'src/xml/scanner.ts',
    'if (bytes[i + 1] === SLASH) {',
    ['1 → (1 - 1)', 'bytes[i + 1] === SLASH → true', 'bytes[i + 1] === SLASH → false'],
    ONLY_WORK,
  ],
  [
    'src/xml/scanner.ts',
    'if (i < bytes.length) i = this.#characters.scan(buffer, i, this.#depth > 0)',
    ['< → <='],
    ONLY_WORK,
  ],
  ['src/xml/scanner.ts', 'const end = at + 2 + name.bytes.length', ['2 → (2 - 1)'], ONLY_WORK],
  [
    'src/xml/tag.ts',
    'depth = 0',
    ['0 → (0 - 1)', '0 → (0 + 1)'],
    'The scanner sets it before it tells of a tag.',
  ],
  ['src/xml/tag.ts', 'start = 0', ['0 → (0 - 1)'], 'The scanner sets it before it tells of a tag.'],
  [
    'src/xml/text.ts',
    'if (copy.length > FEW) copy.set(bytes.subarray(from, to))',
    ['copy.length > FEW → false'],
    ONLY_WORK,
  ],
  ['src/xml/tag.ts', 'end = 0', ['0 → (0 - 1)'], 'The scanner sets it before it tells of a tag.'],
  ['src/xml/text.ts', 'let all = 0', ['0 → (0 + 1)'], 'Only the highest bit is compared.'],
  ['src/xml/scanner.ts', 'if (i >= length) return i', ['i >= length → true'], ONLY_WORK],
  [
    'src/ews/headers.ts',
    'const MAX_TEXT_BYTES = 65_536',
    ['65_536 → (65_536 + 1)', '65_536 → (65_536 - 1)'],
    'A prologue with so much text is rejected anyway.',
  ],
  [
    'src/ews/headers.ts',
    'if (value === undefined) throw malformed(TOO_LONG)',
    ['value === undefined → false', 'throw malformed(TOO_LONG) → ;'],
    'A prologue with so much text is rejected anyway.',
  ],
  [
    'src/ews/headers.ts',
    'if (part === undefined) return',
    ['part === undefined → false', 'return → ;'],
    'A header is open until its end tag.',
  ],
  [
    'src/ews/impersonation.ts',
    'this.#depth -= 1',
    ['-= → +=', '1 → (1 + 1)'],
    'Behind the end tag of a name, every element and text is rejected at any depth.',
  ],
  ['src/ews/rebuild.ts', 'const MAX_RECENT = 8', ['8 → (8 + 1)', '8 → (8 - 1)'], ONLY_WORK],
  [
    'src/ews/rebuild.ts',
    'for (const known of RECENT) if (known.frame === frame) return known.tag',
    ['known.frame === frame → false', 'return known.tag → ;'],
    ONLY_WORK,
  ],
  [
    'src/ews/rebuild.ts',
    'if (RECENT.length >= MAX_RECENT) RECENT.shift()',
    [
      '>= → <',
      '>= → >',
      'RECENT.length >= MAX_RECENT → false',
      'RECENT.length >= MAX_RECENT → true',
      'RECENT.shift() → ;',
    ],
    ONLY_WORK,
  ],
  [
    'src/ews/rebuild.ts',
    'RECENT.push({ frame, tag })',
    ['RECENT.push({ frame, tag }) → ;'],
    ONLY_WORK,
  ],
  [
    'src/ews/operations.ts',
    "CreateMeetingInstance: listed('admin', 'JoinUrl', {",
    ["'JoinUrl' → ''"],
    'No role permits the operation.',
  ],
  [
    'src/ews/response-message.ts',
    'if (this.#item === undefined) return',
    ['this.#item === undefined → false'],
    'An item that ends has begun.',
  ],
  [
    'src/ews/targets.ts',
    'this.#deepest = depth - 1',
    ['1 → (1 - 1)', 'this.#deepest = depth - 1 → ;'],
    ONLY_WORK,
  ],
  [
    'src/ews/targets.ts',
    'if (depth <= this.#deepest) this.#end(depth)',
    ['depth <= this.#deepest → true'],
    ONLY_WORK,
  ],
  [
    'src/ews/targets.ts',
    'if (tag.hasAttributes) this.#readAttributes(tag)',
    ['tag.hasAttributes → true'],
    ONLY_WORK,
  ],
  [
    'src/ews/targets.ts',
    'if (tag.name.meaning !== 0) this.#hidden.readAttributes(tag)',
    ['0 → (0 - 1)', 'tag.name.meaning !== 0 → true'],
    ONLY_WORK,
  ],
  [
    'src/ews/targets.ts',
    'if (itemClass.open) itemClass.add(bytes, from, to)',
    ['itemClass.open → true'],
    ONLY_WORK,
  ],
  [
    'src/ews/targets.ts',
    'if (itemClass.open) itemClass.addCharacter(character)',
    ['itemClass.open → true'],
    ONLY_WORK,
  ],
  [
    'src/ews/targets.ts',
    'if ((meaning & SELECTS) === 0 || this.#isAddress(name)) return undefined',
    ['0 → (0 + 1)', '0 → (0 - 1)'],
    ONLY_WORK,
  ],
  [
    'src/ews/targets.ts',
    'return (meaning & ADDRESS) !== 0 && this.#open.at(-1)?.selector.child === local',
    ['0 → (0 + 1)'],
    ONLY_WORK,
  ],
  [
    'src/credentials/signing-keys.ts',
    'await store.addSigningKey(key, newest?.createdAt ?? 0)',
    ['0 → (0 - 1)'],
    'No key was created in 1970.',
  ],
  [
    'src/credentials/issuer-tokens.ts',
    'const expiryOf = ({ exp = 0 }: JWTPayload): number => (exp + CLOCK_TOLERANCE_SECONDS) * 1_000',
    ['0 → (0 + 1)'],
    'A token without an end is wrong.',
  ],
  [
    'src/credentials/people/person-sessions.ts',
    'const LOOK_MS = 100',
    ['100 → (100 + 1)', '100 → (100 - 1)'],
    'How often a gateway looks changes no result.',
  ],
  [
    'src/cache/clock.ts',
    'if (now >= continued) latest = { now, elapsed }',
    ['>= → >'],
    'The two times differ by less than a millisecond.',
  ],
  [
    'src/cache/redis.ts',
    'names.slice(batch * BATCH_KEYS, (batch + 1) * BATCH_KEYS),',
    ['1 → (1 + 1)'],
    ONLY_WORK,
  ],
  ['src/cache/held-policy.ts', 'if (subjects.length === 0) return', ['0 → (0 - 1)'], ONLY_WORK],
  [
    'src/gateway/exchange.ts',
    'held?.follow(underway)',
    ['held?.follow(underway) → ;'],
    'The end of the response with the fault aborts the exchange, too.',
  ],
  [
    'src/gateway/mailbox-owners.ts',
    'const KEPT = 100_000',
    ['100_000 → (100_000 + 1)', '100_000 → (100_000 - 1)'],
    ONLY_WORK,
  ],
  [
    'src/gateway/read.ts',
    'const STREAMED_BYTES = 262_144',
    ['262_144 → (262_144 + 1)', '262_144 → (262_144 - 1)'],
    'It is an estimate.',
  ],
  [
    'src/gateway/request-recorder.ts',
    "if (decision.verdict === 'deny') this.#reason = decision.reason",
    ["decision.verdict === 'deny' → true"],
    'Only a denial has a reason, and no other one comes before it.',
  ],
  [
    'src/gateway/subscribing.ts',
    "if (user === undefined) throw new Error('An allowed Subscribe has no impersonated user')",
    ['user === undefined → false'],
    'An allowed Subscribe has an impersonated user.',
  ],
  [
    'src/gateway/subscriptions.ts',
    'if (left === 0) this.#inFlight.delete(principal)',
    ['0 → (0 - 1)'],
    'A principal without a count has no request in flight either.',
  ],
  [
    'src/gateway/withhold.ts',
    'const WITHHELD_BYTES = 4_096',
    ['4_096 → (4_096 + 1)', '4_096 → (4_096 - 1)'],
    'The end of a request is shorter.',
  ],
  [
    'src/gateway/authenticate.ts',
    "const [name = ''] = (request.headers.authorization ?? '').split(' ', 1)",
    ['1 → (1 + 1)'],
    ONLY_WORK,
  ],
  [
    'src/gateway/authenticate.ts',
    "authentication.kind === 'wrong' ? authentication.signIn : undefined",
    ["authentication.kind === 'wrong' → true"],
    'No other rejected request has a sign-in.',
  ],
  [
    'src/gateway/content-classes.ts',
    '#changes = 0',
    ['0 → (0 + 1)'],
    'Numbers of changes are only compared.',
  ],
  [
    'src/gateway/read.ts',
    'const chunk = body.complete ? undefined : await gathered.next()',
    ['body.complete → false'],
    ONLY_WORK,
  ],
  [
    'src/gateway/withhold.ts',
    'if (chunk === undefined || length <= 0) return',
    ['|| → &&'],
    'No offset is in front of the window, and passing no bytes changes nothing.',
  ],
  [
    'src/decision/shadow.ts',
    'if (known !== undefined) return known',
    ['return known → ;', 'known !== undefined → false'],
    ONLY_WORK,
  ],
  ['src/decision/shadow.ts', 'DRAFTS.set(role, draft)', ['DRAFTS.set(role, draft) → ;'], ONLY_WORK],
  [
    'src/policy/protection.ts',
    "const RULE_ID = 'protected-mailboxes'",
    ["'protected-mailboxes' → ''"],
    'The ID of this rule leaves the file nowhere.',
  ],
  [
    'src/policy/protection.ts',
    'if (known !== undefined) return known',
    ['return known → ;', 'known !== undefined → false'],
    ONLY_WORK,
  ],
  [
    'src/policy/protection.ts',
    'COMPILED.set(protection, compiled)',
    ['COMPILED.set(protection, compiled) → ;'],
    ONLY_WORK,
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
