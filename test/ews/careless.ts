/**
 * Careless readers of requests, all different from the gateway. They must understand a rebuilt request as
 * the gateway did.
 *
 * @module
 */

import { XMLParser } from 'fast-xml-parser'
import { type BodyFacts, MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'

/** An element as a careless reader sees it. */
type Element = {
  name: string
  namespace: string | undefined
  children: Element[]
  text: string
  scope: Readonly<Record<string, string>>
}

const local = (name: string) => name.replace(/^.*:/, '')
const newElement = (name: string, scope: Element['scope']): Element => ({
  name: local(name),
  namespace: scope[name.includes(':') ? name.replace(/:.*/, '') : ''],
  children: [],
  text: '',
  scope,
})

/** A tree as a careless reader builds it: by regular expression, any markup is fine. */
export function carelessTree(document: string): Element {
  const root = newElement('', {})
  const open = [root]
  for (const [token] of document.matchAll(
    /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<(?:"[^"]*"|'[^']*'|[^>"'])*>|[^<]+/g,
  )) {
    const top = open.at(-1) ?? root
    if (token.startsWith('<![CDATA[')) top.text += token.slice(9, -3)
    else if (!token.startsWith('<')) top.text += token
    else if (token.startsWith('</')) open.pop()
    else if (!/^<[!?]/.test(token)) {
      const scope = { ...top.scope }
      for (const [, prefix = '', double, single] of token.matchAll(
        /\sxmlns(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
      ))
        scope[prefix] = double ?? single ?? ''
      const element = newElement(/^<([^\s/>]+)/.exec(token)?.[1] ?? '', scope)
      top.children.push(element)
      if (!token.endsWith('/>')) open.push(element)
    }
  }
  return root
}

type Understanding = Readonly<{ impersonated: string | undefined; operation: string | undefined }>

const descendants = (element: Element): Element[] =>
  element.children.flatMap(child => [child, ...descendants(child)])

/** Returns the first element with a name, anywhere. */
function firstMatch(root: Element): Understanding {
  const first = (name: string, from: Element) => descendants(from).find(one => one.name === name)
  const sid = first('ConnectingSID', first('ExchangeImpersonation', root) ?? root)
  return {
    impersonated: sid?.children[0]?.text,
    operation: first('Body', root)?.children[0]?.name,
  }
}

/** Walks from the root and lets what comes later overwrite what came before. */
function lastMatch(root: Element): Understanding {
  const last = (from: Element | undefined, name: string) =>
    from?.children.findLast(one => one.name === name)
  const envelope = root.children.at(-1)
  const sid = last(last(last(envelope, 'Header'), 'ExchangeImpersonation'), 'ConnectingSID')
  return {
    impersonated: sid?.children.at(-1)?.text,
    operation: last(envelope, 'Body')?.children.at(-1)?.name,
  }
}

const parser = new XMLParser({ removeNSPrefix: true, parseTagValue: false, ignoreAttributes: true })

/** Reads as JavaScript programs do. */
function parsed(document: string): Understanding {
  const { Envelope } = parser.parse(document)
  const sids = Object.values(Envelope.Header.ExchangeImpersonation.ConnectingSID)
  const operations = Object.keys(Envelope.Body).filter(name => name !== '#text')
  return { impersonated: sids.join(), operation: operations.join() }
}

/** Returns how a careless reader misunderstands a document. Undefined if none does. */
export function disagreement(
  document: string,
  root: Element,
  impersonated: string,
  operation: string,
): string | undefined {
  const meant = JSON.stringify({ impersonated, operation })
  const understood = {
    first: firstMatch(root),
    last: lastMatch(root),
    parsed: parsed(document),
  }
  for (const [reader, understanding] of Object.entries(understood))
    if (JSON.stringify(understanding) !== meant)
      return `${reader} understands ${JSON.stringify(understanding)}`
  return undefined
}

/** Returns an element in the wrong namespace. Undefined if there is none. */
export function misplaced(root: Element): string | undefined {
  const [envelope] = root.children
  const [header, body, ...more] = envelope?.children ?? []
  const impersonations = header?.children.filter(one => one.name === 'ExchangeImpersonation') ?? []
  const [impersonation] = impersonations
  const [sid] = impersonation?.children ?? []
  if (more.length > 0 || impersonations.length !== 1) return 'more than one of what is one'
  for (const [element, name, namespace] of [
    [envelope, 'Envelope', SOAP_NS],
    [header, 'Header', SOAP_NS],
    [body, 'Body', SOAP_NS],
    [impersonation, 'ExchangeImpersonation', TYPES_NS],
    [sid, 'ConnectingSID', TYPES_NS],
    [sid?.children[0], 'PrimarySmtpAddress', TYPES_NS],
  ] as const)
    if (element?.name !== name || element.namespace !== namespace)
      return `${name} is ${element?.name} in ${element?.namespace}`
  const uri = body?.children[0]?.namespace?.replaceAll('&#109;', 'm')
  return uri === MESSAGES_NS ? undefined : `the operation is in ${uri}`
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}
const decoded = (text: string) =>
  text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (_, hex, decimal, name) =>
    name ? (ENTITIES[name] ?? '') : String.fromCodePoint(parseInt(hex ?? decimal, hex ? 16 : 10)),
  )

/** Returns a target that a careless server would act upon and the facts lack. Undefined if there is none. */
export function overlooked(root: Element, facts: BodyFacts): string | undefined {
  const operation = root.children[0]?.children[1]?.children[0]
  if (operation === undefined) return 'no operation'
  const all = descendants(operation)
  const own = facts.mailboxes.filter(one => one.allowed === 'own').map(one => one.address)
  for (const folder of all.filter(one => one.name === 'DistinguishedFolderId'))
    for (const mailbox of folder.children.filter(one => one.name === 'Mailbox')) {
      const addresses = mailbox.children.filter(one => one.name === 'EmailAddress')
      if (addresses.every(one => one.text === '') && !facts.unknownMailbox)
        return 'a mailbox without address is overlooked'
      const address = addresses.find(one => one.text !== '' && !own.includes(decoded(one.text)))
      if (address) return `${address.text} is overlooked`
    }
  if (all.some(one => /^(Calendar)?PermissionSet$/.test(one.name)) && !facts.grants)
    return 'a grant is overlooked'
  const push = all.some(one => one.name === 'PushSubscriptionRequest')
  if (operation.name === 'Subscribe' && push && !facts.pushSubscription)
    return 'a push subscription is overlooked'
  return undefined
}
