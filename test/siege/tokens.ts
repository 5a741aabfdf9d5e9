/**
 * A document as a row of tokens, and what an attacker can find in it.
 *
 * @module
 */

import type { Random } from './random.ts'

export type Tokens = string[]

/** Returns text, tags, comments, and everything else, unchanged. */
export const tokensOf = (text: string): Tokens =>
  text.match(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[^>]*>|[^<]+|</g) ?? []

const isStart = (token: string) => /^<[A-Za-z_]/.test(token)
const isEnd = (token: string) => token.startsWith('</')
const isText = (token: string) => !token.startsWith('<') && /\S/.test(token)

/** One of the tokens that a test holds for: its index, or -1. */
export function chooseWhere(
  tokens: Tokens,
  random: Random,
  holds: (token: string) => boolean,
): number {
  const from = random.below(tokens.length)
  for (let i = 0; i < tokens.length; i++) {
    const at = (from + i) % tokens.length
    if (holds(tokens[at] as string)) return at
  }
  return -1
}

export const chooseStart = (tokens: Tokens, random: Random) => chooseWhere(tokens, random, isStart)
export const chooseText = (tokens: Tokens, random: Random) => chooseWhere(tokens, random, isText)
export const chooseTag = (tokens: Tokens, random: Random) =>
  chooseWhere(tokens, random, token => isStart(token) || isEnd(token))
export const chooseAttribute = (tokens: Tokens, random: Random) =>
  chooseWhere(tokens, random, token => isStart(token) && /\s[\w:.-]+\s*=/.test(token))

/** Index of the token that ends the element which begins at `start`. */
export function endOf(tokens: Tokens, start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at] as string
    if (isStart(token) && !token.endsWith('/>')) depth++
    if (isEnd(token)) depth--
    if (depth <= 0) return at
  }
  return tokens.length - 1
}

export const nameOf = (token: string): string => /^<\/?([^\s/>]+)/.exec(token)?.[1] ?? ''

/** Gives the element that begins at `start` another name, in both of its tags. */
export function rename(tokens: Tokens, start: number, name: string): void {
  const end = endOf(tokens, start)
  tokens[start] = (tokens[start] as string).replace(/^<[^\s/>]+/, () => `<${name}`)
  if (end > start) tokens[end] = (tokens[end] as string).replace(/^<\/[^\s/>]+/, () => `</${name}`)
}

/** Puts an attribute at the end of a start tag. */
export function addAttribute(tokens: Tokens, at: number, attribute: string): void {
  tokens[at] = (tokens[at] as string).replace(/\s*(\/?>)$/, (_, close) => ` ${attribute}${close}`)
}
