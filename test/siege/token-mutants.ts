/**
 * Tokens of an issuer with random changes, each known by its number.
 *
 * A third are changed after the issuer signed them, a third are signed by the issuer although their content is hostile, and
 * a third are signed with keys of the attacker.
 *
 * @module
 */

import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { Random } from './random.ts'

export const ISSUER = 'https://issuer.example.com'
export const AUDIENCE = 'https://ews.example.com'
/** Subject that a principal is bound to. */
export const SUBJECT = 'tool'
/** Maximum difference of clocks that the gateway tolerates. */
const TOLERATED_SECONDS = 30

type Content = Readonly<Record<string, unknown>>
type Parts = Readonly<{ header: Content; claims: Content }>

export type TokenMutant = Readonly<{
  token: string
  kind: 'changed' | 'signed by the issuer' | 'signed by the attacker'
  /** Principal that the token may sign in as, because the issuer vouches for its subject. */
  mayBe: 'tool' | 'other' | undefined
}>

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const OWN = pair()
const ATTACKERS = pair()
const KID = 'issuer-1'

/** Keys that the issuer publishes. */
export const PUBLISHED = {
  keys: [{ ...OWN.publicKey.export({ format: 'jwk' }), kid: KID, alg: 'ES256', use: 'sig' }],
}
const attackersJwk = ATTACKERS.publicKey.export({ format: 'jwk' })
const publicTexts = [
  OWN.publicKey.export({ format: 'pem', type: 'spki' }) as string,
  JSON.stringify(OWN.publicKey.export({ format: 'jwk' })),
  JSON.stringify(PUBLISHED),
  JSON.stringify(PUBLISHED.keys[0]),
]

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')

/** Signs texts, which need not be JSON. */
function signTexts(header: string, claims: string, key: KeyObject): string {
  const signed = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

const signParts = ({ header, claims }: Parts, key: KeyObject) =>
  signTexts(JSON.stringify(header), JSON.stringify(claims), key)

/** Returns the content of a token that is valid at a time. @param now - seconds since the epoch */
const goodParts = (now: number): Parts => ({
  header: { alg: 'ES256', kid: KID, typ: 'JWT' },
  claims: { iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, iat: now - 60, exp: now + 3_600 },
})

/** Values that JSON allows in any place, and that code may compare, convert, or look up carelessly. */
const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  '',
  ' ',
  '*',
  [],
  [SUBJECT],
  [[SUBJECT]],
  {},
  { toString: SUBJECT },
  { $ne: '' },
  { __proto__: null, length: 1, 0: SUBJECT },
  '__proto__',
  'constructor',
  `${SUBJECT}\u0000`,
  `${SUBJECT} `,
  SUBJECT.toUpperCase(),
  'ｔｏｏｌ',
  "' OR 1=1 --",
  Number.MAX_SAFE_INTEGER + 2,
]

const NAMES = ['iss', 'aud', 'sub', 'oid', 'appid', 'exp', 'nbf', 'iat', 'scp', 'azp', 'upn', 'jti']

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

/** Changes of the claims that the issuer, or the attacker, signs. */
const CLAIMS: readonly ((claims: Content, random: Random, now: number) => Content)[] = [
  (claims, random) => ({ ...claims, [random.pick(NAMES)]: random.pick(ODD) }),
  (claims, random) => without(claims, random.pick(['iss', 'aud', 'sub', 'exp', 'iat'])),
  (claims, random, now) => ({ ...claims, exp: now + random.below(240) - 120 }),
  (claims, random, now) => ({ ...claims, nbf: now + random.below(240) - 120 }),
  (claims, random, now) => ({ ...claims, iat: now + random.below(7_200) - 3_600 }),
  claims => ({ ...claims, exp: String(claims['exp']) }),
  (claims, random) => ({ ...claims, iss: spelled(ISSUER, random) }),
  (claims, random) => ({ ...claims, aud: spelled(AUDIENCE, random) }),
  (claims, random) => ({ ...claims, sub: spelled(SUBJECT, random) }),
  (claims, random) => ({
    ...claims,
    aud: random.pick([[AUDIENCE], ['https://other.example.com', AUDIENCE], ['x'], [[AUDIENCE]]]),
  }),
  (claims, random) => ({
    ...claims,
    [random.pick(['oid', 'appid'])]: random.pick(['tool', 'other', 'stranger']),
  }),
  claims => ({
    ...claims,
    sub: 'stranger',
    upn: SUBJECT,
    email: SUBJECT,
    preferred_username: SUBJECT,
  }),
  (claims, random) => ({ ...claims, padding: 'x'.repeat(random.below(4_000)) }),
  (claims, random) => ({
    ...claims,
    sub: 'stranger',
    [random.pick(['oid', 'appid'])]: 'other',
    ...(random.once(2) && { scp: 'EWS.AccessAsUser.All' }),
  }),
  claims => ({ ...claims, act: { sub: SUBJECT }, sub: 'stranger' }),
]

/** Changes of the header. */
const HEADERS: readonly ((header: Content, random: Random) => Content)[] = [
  (header, random) => ({
    ...header,
    alg: random.pick([
      'none',
      'None',
      'NONE',
      'nOnE',
      'HS256',
      'RS256',
      'ES384',
      'ES256K',
      'es256',
      'EdDSA',
      '',
      0,
      null,
      ['ES256'],
    ]),
  }),
  (header, random) => ({
    ...header,
    kid: random.pick([
      'attacker',
      '',
      '../../dev/null',
      '/dev/null',
      "x' UNION SELECT 'k",
      'http://127.0.0.1/k',
      0,
      null,
      [KID],
      `${KID}\0`,
      '__proto__',
      KID.toUpperCase(),
    ]),
  }),
  header => ({ ...header, jwk: attackersJwk }),
  header => ({ ...header, jwk: attackersJwk, kid: undefined }),
  header => ({ ...header, jku: 'http://127.0.0.1:9/jwks', x5u: 'http://127.0.0.1:9/cert' }),
  header => ({ ...header, x5c: [encode('x')], x5t: 'x' }),
  (header, random) => ({
    ...header,
    crit: random.pick([['x'], ['exp'], [], ['b64'], 'b64', ['alg'], ['kid'], [''], null]),
    x: 1,
  }),
  header => ({ ...header, crit: ['b64'], b64: false }),
  header => ({ ...header, b64: false }),
  header => ({ ...header, b64: true, crit: ['b64'] }),
  header => ({ ...header, cty: 'JWT' }),
  header => ({ ...header, typ: 'dpop+jwt' }),
  header => ({ ...header, enc: 'A256GCM', zip: 'DEF' }),
  header => without(header, 'alg'),
  header => without(header, 'kid'),
]

function without(content: Content, name: string): Content {
  const { [name]: _, ...rest } = content
  return rest
}

/** Another spelling of a text that careless readers take for the same. */
const spelled = (text: string, random: Random): string =>
  random.pick([
    text.toUpperCase(),
    `${text}/`,
    `${text} `,
    ` ${text}`,
    `${text}\n`,
    `${text}\0`,
    `${text}?`,
    `${text}#`,
    `${text}.evil.example.com`,
    text.replace('https', 'http'),
    text.slice(0, -1),
    text.replace('o', 'о'),
    `${text},${text}`,
  ])

/** Changes of the claims as JSON text. */
const JSON_TEXTS: readonly ((text: string, random: Random) => string)[] = [
  text => text.replace('{', '{"sub":"stranger",'),
  text => text.replace(/}$/, ',"sub":"stranger"}'),
  text => text.replace(/}$/, ',"exp":1}'),
  text => text.replace(/}$/, ',"__proto__":{"sub":"tool"}}').replace('"sub":"tool",', ''),
  text => `${text} `,
  text => `\uFEFF${text}`,
  text => `${text}{}`,
  text => `[${text}]`,
  text => JSON.stringify(text),
  (_, random) => nested(random.below(3_000)),
  (text, random) => text.replace(/}$/, `,"x":${nested(random.below(3_000))}}`),
  text => text.replace('"sub"', '"\\u0073ub"'),
  text => text.replace('"tool"', '"\\u0074ool"'),
  text => text.replace(/"exp":\d+/, '"exp":1e400'),
  text => text.replace(/"exp":\d+/, '"exp":-1'),
]

/** Changes of a token as text, by someone without a key. */
const TEXTS: readonly ((token: string, random: Random) => string)[] = [
  (token, random) => flipped(token, random),
  (token, random) => flipped(flipped(token, random), random),
  (token, random) => token.slice(0, random.below(token.length)),
  (token, random) => token + random.pick(['.', '=', '==', 'A', '.A', ' x', '\t', `.${token}`]),
  token => token.replace(/[^.]*$/, ''),
  token => token.replace(/^[^.]*/, encode('{"alg":"none"}')).replace(/[^.]*$/, ''),
  token => token.replace(/[^.]*$/, encode(Buffer.alloc(64))),
  token => token.replace(/[^.]*$/, encode(Buffer.alloc(64, 0xff))),
  token => token.replace(/^[^.]*/, match => `${match}=`),
  token => token.split('.').reverse().join('.'),
  (token, random) => {
    const parts = token.split('.')
    parts[random.below(3)] = parts[random.below(3)] ?? ''
    return parts.join('.')
  },
  (token, random) => {
    const at = random.below(2)
    const parts = token.split('.')
    const content = JSON.parse(Buffer.from(parts[at] ?? '', 'base64url').toString())
    const change = at === 0 ? random.pick(HEADERS) : random.pick(CLAIMS)
    parts[at] = encode(JSON.stringify(change(content, random, 0)))
    return parts.join('.')
  },
  token => `${token}.${token.split('.')[2]}.${token.split('.')[2]}`,
]

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/=%'

const flipped = (token: string, random: Random): string => {
  const at = random.below(token.length)
  return token.slice(0, at) + LETTERS[random.below(LETTERS.length)] + token.slice(at + 1)
}

export class TokenMutants {
  readonly #seed: number
  readonly #now: number
  readonly #late: number
  /** Tokens as the issuer gives them to the tool, and to others. */
  readonly good: readonly string[]

  /**
   * @param at - milliseconds since the epoch, when the mutants are verified
   * @param late - how much later they can be verified, in seconds
   */
  constructor(seed: number, at: number, late = 0) {
    this.#late = late
    this.#seed = seed
    this.#now = Math.floor(at / 1_000)
    const { header, claims } = goodParts(this.#now)
    this.good = [0, 1, 2].map(jti =>
      signParts({ header, claims: { ...claims, jti: String(jti) } }, OWN.privateKey),
    )
  }

  mutant(number: number): TokenMutant {
    const random = new Random(this.#seed, number)
    const kind = random.pick(['changed', 'signed by the issuer', 'signed by the attacker'] as const)
    if (kind === 'changed') return this.#changed(random)
    const { header, claims } = this.#parts(random)
    if (kind === 'signed by the attacker')
      return { token: forged({ header, claims }, random), kind, mayBe: undefined }
    const text = JSON.stringify(claims)
    const json = random.once(4) ? random.pick(JSON_TEXTS)(text, random) : text
    const token = signTexts(JSON.stringify(header), json, OWN.privateKey)
    return { token, kind, mayBe: this.#principalOf(header, json) }
  }

  #changed(random: Random): TokenMutant {
    const from = random.pick(this.good)
    const token = random.pick(TEXTS)(from, random)
    const signed = (text: string) => text.slice(0, text.lastIndexOf('.'))
    // The last character of a signature has bits without a meaning, so several texts are the same signature.
    return { token, kind: 'changed', mayBe: signed(token) === signed(from) ? 'tool' : undefined }
  }

  #parts(random: Random): Parts {
    let { header, claims } = goodParts(this.#now)
    for (let left = random.below(3); left > 0; left -= 1)
      claims = random.pick(CLAIMS)(claims, random, this.#now)
    if (random.once(2)) header = random.pick(HEADERS)(header, random)
    return { header, claims }
  }

  /** Evaluates a token that the issuer signed, independently of the gateway. */
  #principalOf(header: Content, json: string): TokenMutant['mayBe'] {
    const claims = parsed(json)
    if (claims === undefined || header['alg'] !== 'ES256') return undefined
    const { iss, aud, sub, exp, nbf, oid, appid, scp } = claims
    const isAudience = aud === AUDIENCE || (Array.isArray(aud) && aud.includes(AUDIENCE))
    const isCurrent =
      typeof exp === 'number' &&
      exp > this.#now - TOLERATED_SECONDS &&
      (nbf === undefined ||
        (typeof nbf === 'number' && nbf <= this.#now + TOLERATED_SECONDS + this.#late))
    if (iss !== ISSUER || !isAudience || !isCurrent) return undefined
    const isOther = oid === 'other' || (appid === 'other' && scp === undefined)
    if (sub === SUBJECT) return isOther ? undefined : 'tool'
    return isOther ? 'other' : undefined
  }
}

function parsed(json: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(json.replace(/^\uFEFF/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Signs with whatever an attacker has: a key of their own, the public key as a secret, or nothing. */
function forged(parts: Parts, random: Random): string {
  const signed = (alg: string) =>
    `${encode(JSON.stringify({ ...parts.header, alg }))}.${encode(JSON.stringify(parts.claims))}`
  switch (random.below(4)) {
    case 0:
      return signParts(parts, ATTACKERS.privateKey)
    case 1: {
      const text = signed(random.pick(['HS256', 'HS384', 'HS512', 'ES256']))
      const hmac = createHmac('sha256', random.pick(publicTexts)).update(text)
      return `${text}.${hmac.digest('base64url')}`
    }
    case 2:
      return `${signed(random.pick(['none', 'ES256']))}.${random.pick(['', 'AA', encode(Buffer.alloc(64))])}`
    default: {
      // A token of the issuer inside of one of the attacker.
      const inner = signParts(goodParts(Math.floor(Date.now() / 1_000)), OWN.privateKey)
      const header = JSON.stringify({ ...parts.header, cty: 'JWT' })
      return signTexts(header, random.once(2) ? inner : JSON.stringify(inner), ATTACKERS.privateKey)
    }
  }
}
