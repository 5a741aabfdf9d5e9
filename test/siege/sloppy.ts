/**
 * A server that reads with regular expressions: it accepts any markup, ignores namespaces, and uses the
 * first or the last element with a name.
 *
 * @module
 */

import { namedIn, type Seen, type Understanding } from './understanding.ts'

type Open = {
  name: string
  text: string
  attributes: (readonly [string, string])[]
  children: Open[]
}

const TOKEN =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<(?:"[^"]*"|'[^']*'|[^>"'])*>|[^<]+/g
const ATTRIBUTE = /([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const local = (name: string) => name.slice(name.indexOf(':') + 1)

const element = (name: string): Open => ({ name, text: '', attributes: [], children: [] })

/** The document as a tree under a root without a name. */
export function sloppyTree(document: string): Seen {
  const root = element('')
  const open = [root]
  for (const [token] of document.matchAll(TOKEN)) {
    const top = open.at(-1) ?? root
    if (token.startsWith('<![CDATA[')) top.text += token.slice(9, -3)
    else if (!token.startsWith('<')) top.text += decoded(token.replace(/\r\n?/g, '\n'))
    else if (token.startsWith('</')) open.pop()
    else if (token[1] !== '!' && token[1] !== '?') {
      const child = element(local(/^<([^\s/>]+)/.exec(token)?.[1] ?? ''))
      if (token.includes('='))
        for (const [, name = '', double, single] of token.matchAll(ATTRIBUTE))
          if (!name.startsWith('xmlns'))
            child.attributes.push([local(name), decoded(blanked(double ?? single ?? ''))])
      top.children.push(child)
      if (!token.endsWith('/>')) open.push(child)
    }
  }
  return root
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}
const decoded = (text: string) =>
  text.includes('&')
    ? text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (_, hex, decimal, name) =>
        name
          ? (ENTITIES[name] ?? '')
          : String.fromCodePoint(Number.parseInt(hex ?? decimal, hex ? 16 : 10)),
      )
    : text
const blanked = (value: string) =>
  /[\t\r\n]/.test(value) ? value.replace(/\r\n|[\t\r\n]/g, ' ') : value

/** Returns the first element with a name, anywhere in the document. */
export function firstMatch(root: Seen): Understanding | string {
  const operation = first(root, 'Body')?.children[0]
  if (operation === undefined) return 'no operation'
  const sid = first(first(root, 'ExchangeImpersonation') ?? root, 'ConnectingSID')
  return {
    impersonated: sid?.children[0]?.text ?? '',
    operation: operation.name,
    named: namedIn(operation),
  }
}

function first(from: Seen, name: string): Seen | undefined {
  for (const child of from.children) {
    const found = child.name === name ? child : first(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** Walks down from the root. Later elements overwrite earlier ones. */
export function lastMatch(root: Seen): Understanding | string {
  const last = (from: Seen | undefined, name: string) =>
    from?.children.findLast(child => child.name === name)
  const envelope = root.children.at(-1)
  const operation = last(envelope, 'Body')?.children.at(-1)
  if (operation === undefined) return 'no operation'
  const sid = last(last(last(envelope, 'Header'), 'ExchangeImpersonation'), 'ConnectingSID')
  return {
    impersonated: sid?.children.at(-1)?.text ?? '',
    operation: operation.name,
    named: namedIn(operation),
  }
}
