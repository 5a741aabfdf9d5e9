/**
 * Real requests, and fast-check arbitraries that change them the way an attacker would: by their
 * structure, not by their bytes.
 *
 * @module
 */

import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { HARMLESS } from '../../fixtures/hostile/documents.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { ATTRIBUTES, LOCAL_NAMES, MARKUP, PREFIXES, URIS } from './snippets.ts'

/** A captured request: its source and its body. */
export type Capture = Readonly<{ client: string; file: string; body: Uint8Array }>

const FIXTURES = new URL('../../fixtures/', import.meta.url)

/** Every captured HTTP request that has a body. */
export function captures(): Capture[] {
  const folder = new URL('captures/', FIXTURES)
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(({ name: client }) =>
      readdirSync(new URL(`${client}/`, folder)).map(file => {
        const raw = readFileSync(new URL(`${client}/${file}`, folder))
        const end = raw.indexOf('\r\n\r\n')
        return { client, file, body: new Uint8Array(raw.subarray(end + 4)) }
      }),
    )
    .filter(({ body }) => body.length > 0)
}

/**
 * Returns captured and harmless requests that are small enough to be changed thousands of times. Omits a
 * request with an operation name that fast-xml-parser rejects.
 */
export function realRequests(): string[] {
  const harmless = HARMLESS.filter(({ name }) => name !== 'operation-named-like-an-object-key').map(
    ({ bytes }) => bytes,
  )
  return [...captures().map(({ body }) => Buffer.from(body)), ...harmless]
    .filter(({ length }) => length < 3000)
    .map(bytes => bytes.toString('utf8'))
}

type Tokens = readonly string[]
/** Numbers that a mutation uses modulo the number of choices. */
type Dice = Readonly<{ at: number; to: number; pick: number }>
type Mutation = (tokens: Tokens, dice: Dice) => Tokens

const tokensOf = (text: string): Tokens =>
  text.match(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[^>]*>|[^<]+/g) ?? []

const STARTS = /^<[^/!?][^>]*>$/
const nth = <T>(list: readonly T[], number: number): T | undefined => list[number % list.length]

/** Indices of the tokens that a test holds for. */
const where = (tokens: Tokens, test: RegExp) =>
  tokens.flatMap((token, at) => (test.test(token) ? [at] : []))

/** Index of the token that ends the element which begins at `start`. */
function endOf(tokens: Tokens, start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at] ?? ''
    if (STARTS.test(token) && !token.endsWith('/>')) depth++
    if (token.startsWith('</')) depth--
    if (depth === 0) return at
  }
  return tokens.length - 1
}

const splice = (tokens: Tokens, at: number, count: number, ...put: string[]): Tokens => [
  ...tokens.slice(0, at),
  ...put,
  ...tokens.slice(at + count),
]

/** Changes a random element: its tokens before, of it, and after. */
const onElement =
  (change: (element: Tokens, dice: Dice) => Tokens): Mutation =>
  (tokens, dice) => {
    const start = nth(where(tokens, STARTS), dice.at)
    if (start === undefined) return tokens
    const end = endOf(tokens, start) + 1
    return [
      ...tokens.slice(0, start),
      ...change(tokens.slice(start, end), dice),
      ...tokens.slice(end),
    ]
  }

/** Changes the name in an element's tags. */
const renamed =
  (change: (name: string, dice: Dice) => string): Mutation =>
  (tokens, dice) =>
    onElement((element, { pick }) => {
      const name = /^<([^\s/>]+)/.exec(element[0] ?? '')?.[1] ?? ''
      const to = change(name, { ...dice, pick })
      return element.map((token, at) => {
        if (at === 0) return token.replace(`<${name}`, `<${to}`)
        if (at === element.length - 1) return token.replace(`</${name}`, `</${to}`)
        return token
      })
    })(tokens, dice)

const addAttribute: Mutation = (tokens, { at, pick }) => {
  const tag = nth(where(tokens, STARTS), at)
  if (tag === undefined) return tokens
  const token = tokens[tag] ?? ''
  return splice(tokens, tag, 1, token.replace(/(\/?>)$/, ` ${nth(ATTRIBUTES, pick)}$1`))
}

const insertMarkup: Mutation = (tokens, { at, pick }) =>
  splice(tokens, at % (tokens.length + 1), 0, nth(MARKUP, pick) ?? '')

const insertInText: Mutation = (tokens, { at, to, pick }) => {
  const text = nth(where(tokens, /^[^<\s]/), at)
  if (text === undefined) return tokens
  const token = tokens[text] ?? ''
  const cut = to % (token.length + 1)
  return splice(tokens, text, 1, token.slice(0, cut) + nth(MARKUP, pick) + token.slice(cut))
}

const move: Mutation = (tokens, dice) => {
  const start = nth(where(tokens, STARTS), dice.at)
  if (start === undefined) return tokens
  const element = tokens.slice(start, endOf(tokens, start) + 1)
  const rest = splice(tokens, start, element.length)
  return splice(rest, dice.to % (rest.length + 1), 0, ...element)
}

const changeUri: Mutation = (tokens, { at, pick }) => {
  const declaring = nth(where(tokens, /xmlns/), at)
  if (declaring === undefined) return tokens
  const uri = /(xmlns[^=]*=)(["'])[^"']*\2/
  return splice(
    tokens,
    declaring,
    1,
    (tokens[declaring] ?? '').replace(uri, (_, name) => `${name}"${nth(URIS, pick)}"`),
  )
}

/** Renames one prefix in the whole document, which changes no meaning. */
const renamePrefix: Mutation = (tokens, { at, pick }) => {
  const prefixes = [...new Set(tokens.join('').match(/(?<=xmlns:)[\w-]+/g) ?? [])]
  const from = nth(prefixes, at)
  const to = nth(['q', 'SOAP-ENV', 'a.b', 's', 'm', 't', 'soap', 'ns0'], pick)
  if (from === undefined || to === undefined || prefixes.includes(to)) return tokens
  return tokens.map(token =>
    token.startsWith('<')
      ? token
          .replaceAll(`<${from}:`, `<${to}:`)
          .replaceAll(`</${from}:`, `</${to}:`)
          .replaceAll(`xmlns:${from}=`, `xmlns:${to}=`)
      : token,
  )
}

const blanks: Mutation = (tokens, { at, pick }) => {
  const ends = nth(where(tokens, /^<[^!?].*>$/), at)
  if (ends === undefined) return tokens
  const blank = nth([' ', '\n', '\r\n\t', '      '], pick) ?? ' '
  return splice(tokens, ends, 1, (tokens[ends] ?? '').replace(/(\/?>)$/, `${blank}$1`))
}

const escapeLetter: Mutation = (tokens, { at, to }) => {
  const text = nth(where(tokens, /^[^<\s&]/), at)
  if (text === undefined) return tokens
  const letters = [...(tokens[text] ?? '')]
  const letter = to % letters.length
  letters[letter] = `&#x${(letters[letter]?.codePointAt(0) ?? 0x20).toString(16)};`
  return splice(tokens, text, 1, letters.join(''))
}

const MUTATIONS: readonly Mutation[] = [
  onElement(element => [...element, ...element]),
  onElement(() => []),
  onElement((element, { pick }) => [
    `<${nth(PREFIXES, pick)}Wrap>`,
    ...element,
    `</${nth(PREFIXES, pick)}Wrap>`,
  ]),
  onElement((element, { pick }) => (pick % 2 ? element.slice(0, -1) : element.slice(1))),
  move,
  move,
  renamed((name, { pick }) => name.replace(/[^:]+$/, nth(LOCAL_NAMES, pick) ?? '')),
  renamed((name, { pick }) => (nth(PREFIXES, pick) ?? '') + name.replace(/^.*:/, '')),
  insertMarkup,
  insertMarkup,
  insertInText,
  addAttribute,
  addAttribute,
  changeUri,
  renamePrefix,
  renamePrefix,
  blanks,
  blanks,
  escapeLetter,
  tokens => tokens.map(token => token.replaceAll('"', "'")),
  (tokens, { at }) => tokens.slice(0, at % (tokens.length + 1)),
]

const die = fc.nat({ max: 9999 })
const mutation = fc.record({
  mutate: fc.constantFrom(...MUTATIONS),
  dice: fc.record({ at: die, to: die, pick: die }),
})

/** A real request with one to four structural changes. */
export const mutatedRequest = (requests: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...requests), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([text, mutations]) =>
      mutations
        .reduce(
          (tokens, { mutate, dice }) => tokensOf(mutate(tokens, dice).join('')),
          tokensOf(text),
        )
        .join(''),
    )

/** A real request with some bytes replaced, put in or taken out. */
export const damagedRequest = (requests: readonly string[]): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      fc.constantFrom(...requests),
      fc.array(fc.tuple(die, fc.nat({ max: 2 }), fc.uint8Array({ maxLength: 4 })), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([text, damages]) =>
      damages.reduce<Uint8Array>((bytes, [at, taken, put]) => {
        const cut = at % (bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, cut), put, bytes.subarray(cut + taken)])
      }, Buffer.from(text)),
    )

/** Markup in random order. */
export const xmlSoup: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      ...MARKUP,
      `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:t="${TYPES_NS}" xmlns:m="${MESSAGES_NS}">`,
      '<s:Header>',
      '</s:Header>',
      '<s:Body>',
      '<m:GetFolder>',
      '</m:GetFolder>',
      '<',
      '>',
      '"',
      '/>',
      'xmlns',
    ),
    { maxLength: 14 },
  )
  .map(chunks => chunks.join(''))

/** Positions at which to cut a document into chunks, as shares of its length. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.array(
  fc.double({ min: 0, max: 1, noNaN: true }),
  { maxLength: 12 },
)
