/**
 * Changes to a request's structure, as an attacker makes them.
 *
 * @module
 */

import { ATTRIBUTES, LOCAL_NAMES, MARKUP, PREFIXES, URIS } from '../ews/snippets.ts'
import type { Random } from './random.ts'
import { CEO_ID, USER_ID } from './table.ts'
import {
  addAttribute,
  chooseAttribute,
  chooseStart,
  chooseText,
  endOf,
  nameOf,
  rename,
  type Tokens,
} from './tokens.ts'

/** Changes the tokens in place. */
export type Mutation = (tokens: Tokens, random: Random) => void

const VALUES = [
  'ceo@example.com',
  'boss@example.com',
  'CEO@EXAMPLE.COM',
  'alice@example.com',
  'alias@example.com',
  'user@example.com',
  'user@example.com ',
  'svc-gateway@example.com',
  'neutral@example.com',
  'S-1-5-21-1111111111-2222222222-3333333333-1105',
  'ceo@corp.example.com',
  'inbox',
  CEO_ID,
  USER_ID,
  '',
]
const TEXT_NAMES = [...LOCAL_NAMES, 'SubscriptionId', 'MailboxGuid', 'Url', 'ItemId', 'Mailbox']

const onElement =
  (change: (element: Tokens, random: Random) => Tokens): Mutation =>
  (tokens, random) => {
    const start = chooseStart(tokens, random)
    if (start === -1) return
    const length = endOf(tokens, start) + 1 - start
    tokens.splice(start, length, ...change(tokens.slice(start, start + length), random))
  }

const move: Mutation = (tokens, random) => {
  const start = chooseStart(tokens, random)
  if (start === -1) return
  const element = tokens.splice(start, endOf(tokens, start) + 1 - start)
  tokens.splice(random.below(tokens.length + 1), 0, ...element)
}

const copy: Mutation = (tokens, random) => {
  const start = chooseStart(tokens, random)
  if (start === -1) return
  const element = tokens.slice(start, endOf(tokens, start) + 1)
  tokens.splice(random.below(tokens.length + 1), 0, ...element)
}

const unwrap: Mutation = (tokens, random) => {
  const start = chooseStart(tokens, random)
  if (start === -1) return
  const end = endOf(tokens, start)
  if (end > start) tokens.splice(end, 1)
  tokens.splice(start, 1)
}

const renameLocal: Mutation = (tokens, random) => {
  const at = chooseStart(tokens, random)
  if (at === -1) return
  const name = nameOf(tokens[at] as string)
  rename(tokens, at, name.replace(/[^:]+$/, random.pick(TEXT_NAMES)))
}

const changeCase: Mutation = (tokens, random) => {
  const at = chooseStart(tokens, random)
  if (at === -1) return
  const name = nameOf(tokens[at] as string)
  rename(tokens, at, random.once(2) ? name.toLowerCase() : name.toUpperCase())
}

const changePrefix: Mutation = (tokens, random) => {
  const at = chooseStart(tokens, random)
  if (at === -1) return
  rename(tokens, at, random.pick(PREFIXES) + nameOf(tokens[at] as string).replace(/^.*:/, ''))
}

const addAnAttribute: Mutation = (tokens, random) => {
  const at = chooseStart(tokens, random)
  if (at !== -1) addAttribute(tokens, at, random.pick(ATTRIBUTES))
}

const copyAttribute: Mutation = (tokens, random) => {
  const from = chooseAttribute(tokens, random)
  const to = random.once(2) ? from : chooseStart(tokens, random)
  const attribute = /\s([\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))/.exec(tokens[from] ?? '')?.[1]
  if (attribute !== undefined && to !== -1) addAttribute(tokens, to, attribute)
}

const changeUri: Mutation = (tokens, random) => {
  const at = tokens.findIndex(token => token.includes('xmlns'))
  if (at === -1) return
  const declarations = [...(tokens[at] as string).matchAll(/(xmlns[^=\s]*\s*=\s*)(["'])[^"']*\2/g)]
  if (declarations.length === 0) return
  const [whole, start] = random.pick(declarations)
  tokens[at] = (tokens[at] as string).replace(whole, () => `${start}"${random.pick(URIS)}"`)
}

/** Inserts markup or text between two tokens, or inside of a text. */
const insert: Mutation = (tokens, random) => {
  tokens.splice(random.below(tokens.length + 1), 0, random.pick(MARKUP))
}
const insertInText: Mutation = (tokens, random) => {
  const at = chooseText(tokens, random)
  if (at === -1) return
  const text = tokens[at] as string
  const cut = random.below(text.length + 1)
  tokens[at] = text.slice(0, cut) + random.pick(MARKUP) + text.slice(cut)
}

const replaceValue: Mutation = (tokens, random) => {
  if (random.once(2)) {
    const at = chooseText(tokens, random)
    if (at !== -1) tokens[at] = random.pick(VALUES)
    return
  }
  const at = chooseAttribute(tokens, random)
  const value = random.pick(VALUES)
  if (at !== -1)
    tokens[at] = (tokens[at] as string).replace(/=\s*(["'])[^"']*\1(?=[^=]*$)/, () => `="${value}"`)
}

const swapTexts: Mutation = (tokens, random) => {
  const [one, other] = [chooseText(tokens, random), chooseText(tokens, random)]
  if (one === -1 || other === -1) return
  const kept = tokens[one] as string
  tokens[one] = tokens[other] as string
  tokens[other] = kept
}

const truncate: Mutation = (tokens, random) => {
  tokens.length = random.below(tokens.length + 1)
}

const repeatTail: Mutation = (tokens, random) => {
  tokens.push(...tokens.slice(tokens.length - 1 - random.below(6)))
}

/** Changes that may make of it another request, or none. */
export const HARMFUL: readonly Mutation[] = [
  onElement(element => [...element, ...element]),
  onElement(() => []),
  onElement((element, random) => [
    `<${random.pick(PREFIXES)}Wrap>`,
    ...element,
    `</${random.pick(PREFIXES)}Wrap>`,
  ]),
  onElement((element, random) => (random.once(2) ? element.slice(0, -1) : element.slice(1))),
  move,
  copy,
  unwrap,
  renameLocal,
  changeCase,
  changePrefix,
  addAnAttribute,
  copyAttribute,
  changeUri,
  insert,
  insertInText,
  replaceValue,
  replaceValue,
  swapTexts,
  truncate,
  repeatTail,
]
