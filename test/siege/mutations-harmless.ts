/**
 * Changes the spelling of a request without changing its meaning, or hardly.
 *
 * @module
 */

import { MESSAGES_NS, TYPES_NS } from '../../src/model/envelope.ts'
import type { Mutation } from './mutations.ts'
import type { Random } from './random.ts'
import {
  addAttribute,
  chooseAttribute,
  chooseStart,
  chooseTag,
  chooseText,
  endOf,
  nameOf,
  rename,
} from './tokens.ts'

const BLANKS = [' ', '\n', '\r\n', '\t', '  \n\t', '\r']
const NEW_PREFIXES = [
  'q',
  'SOAP-ENV',
  'a.b',
  'ns0',
  'T',
  'xml-x',
  '_',
  'm2',
  's',
  't',
  'm',
  'xmlns',
  'xml',
]

/** Gives a prefix another name in the whole document. */
const renamePrefix: Mutation = (tokens, random) => {
  const declared = [...new Set(tokens.join('').match(/(?<=xmlns:)[\w.-]+/g) ?? [])]
  if (declared.length === 0) return
  const [from, to] = [random.pick(declared), random.pick(NEW_PREFIXES)]
  if (declared.includes(to)) return
  for (const [at, token] of tokens.entries())
    if (token.startsWith('<'))
      tokens[at] = token
        .replace(`<${from}:`, `<${to}:`)
        .replace(`</${from}:`, `</${to}:`)
        .replace(`xmlns:${from}=`, `xmlns:${to}=`)
}

/** Writes one element under the default namespace, or under a prefix of its own. */
const declareHere: Mutation = (tokens, random) => {
  const at = chooseStart(tokens, random)
  if (at === -1) return
  const [, prefix, local] = /^(?:([^:]*):)?(.*)$/.exec(nameOf(tokens[at] as string)) ?? []
  const uri = { m: MESSAGES_NS, t: TYPES_NS }[prefix ?? '']
  if (uri === undefined) return
  const own = random.once(2) ? '' : random.pick(['q', 't', 'm', 's'])
  rename(tokens, at, own === '' ? `${local}` : `${own}:${local}`)
  addAttribute(tokens, at, own === '' ? `xmlns="${uri}"` : `xmlns:${own}="${uri}"`)
}

const blankInTag: Mutation = (tokens, random) => {
  const at = chooseTag(tokens, random)
  if (at === -1) return
  const blank = random.pick(BLANKS)
  const token = tokens[at] as string
  tokens[at] = random.once(2)
    ? token.replace(/(\/?>)$/, close => blank + close)
    : token.replace(/\s*=\s*/, () => `${blank}=${random.pick(BLANKS)}`)
}

const blankBetween: Mutation = (tokens, random) => {
  tokens.splice(random.below(tokens.length + 1), 0, random.pick(BLANKS))
}

const blankInText: Mutation = (tokens, random) => {
  const at = chooseText(tokens, random)
  if (at === -1) return
  const blank = random.pick([...BLANKS, '&#9;', '&#xD;', '&#10;', '\u{a0}', '\u{2028}', '\u{85}'])
  tokens[at] = random.once(2) ? blank + tokens[at] : tokens[at] + blank
}

const swapQuotes: Mutation = (tokens, random) => {
  const at = chooseAttribute(tokens, random)
  if (at === -1) return
  const swapped = (_: string, double?: string, single?: string) =>
    double === undefined
      ? `="${(single ?? '').replaceAll('"', '&quot;')}"`
      : `='${double.replaceAll("'", '&apos;')}'`
  tokens[at] = (tokens[at] as string).replace(/=\s*(?:"([^"]*)"|'([^']*)')/g, swapped)
}

const turnAttributes: Mutation = (tokens, random) => {
  const at = chooseAttribute(tokens, random)
  const [, name, attributes = '', close] =
    /^(<[^\s/>]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))+)\s*(\/?>)$/.exec(tokens[at] ?? '') ??
    []
  if (name === undefined) return
  const each = attributes.match(/\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*')/g) ?? []
  tokens[at] = `${name}${each.reverse().join('')}${close}`
}

const reference = (letter: string, random: Random): string => {
  const code = letter.codePointAt(0) ?? 0x20
  const zeros = '0'.repeat(random.below(4))
  const hexadecimal = code.toString(16)
  return random.pick([
    `&#${zeros}${code};`,
    `&#x${zeros}${hexadecimal};`,
    `&#x${hexadecimal.toUpperCase()};`,
  ])
}

const referText: Mutation = (tokens, random) => {
  const at = chooseText(tokens, random)
  if (at === -1) return
  const letters = [...(tokens[at] as string)]
  const letter = random.below(letters.length)
  if (letters.includes('&')) return
  letters[letter] = reference(letters[letter] as string, random)
  tokens[at] = letters.join('')
}

const referValue: Mutation = (tokens, random) => {
  const at = chooseAttribute(tokens, random)
  if (at === -1) return
  tokens[at] = (tokens[at] as string).replace(
    /(=\s*["'][^"'&]*?)([\w@.=-])(?=[^"'&]*["'](?:\s|\/|>))/,
    (_, before, letter) => before + reference(letter, random),
  )
}

/** `<a/>` as `<a></a>`, and the other way round. */
const emptyOrNot: Mutation = (tokens, random) => {
  const at = chooseStart(tokens, random)
  if (at === -1) return
  const token = tokens[at] as string
  if (token.endsWith('/>')) {
    tokens.splice(at, 1, token.replace(/\/>$/, '>'), `</${nameOf(token)}>`)
    return
  }
  if (endOf(tokens, at) === at + 1) tokens.splice(at, 2, token.replace(/>$/, '/>'))
}

const begin: Mutation = (tokens, random) => {
  const starts = [
    '\u{feff}',
    '<?xml version="1.0"?>',
    "<?xml version='1.0' encoding='UTF-8'?>",
    '<?xml version="1.0" encoding="utf-8" standalone="no" ?>\n',
    '<?xml version="1.0" encoding="utf-16"?>',
    '<?xml version="1.1"?>',
    '<!-- x -->',
    '\n',
  ]
  tokens.unshift(random.pick(starts))
}

const commentInHead: Mutation = (tokens, random) => {
  const body = tokens.findIndex(token => /^<[^>]*Body\b/.test(token))
  tokens.splice(
    random.below(body + 1),
    0,
    random.pick(['<!-- x -->', '<!---->', '<!-- <s:Body> -->']),
  )
}

/** Changes after which it is the same request, or one that hardly differs. */
export const HARMLESS: readonly Mutation[] = [
  renamePrefix,
  renamePrefix,
  declareHere,
  declareHere,
  blankInTag,
  blankInTag,
  blankBetween,
  blankInText,
  swapQuotes,
  swapQuotes,
  turnAttributes,
  referText,
  referText,
  referValue,
  referValue,
  emptyOrNot,
  begin,
  commentInHead,
]
