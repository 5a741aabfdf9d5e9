/**
 * Monotonicity: the facts of two elements are at least those of each, and content that is denied stays
 * denied, whatever precedes or follows it. The elements are those of all fixtures, in every place in which
 * an element has children.
 */

import type { Test } from 'tap'
import type { BodyFacts } from '../../src/model/envelope.ts'
import { MAILBOXES } from '../../src/model/role.ts'
import { type Case, denialOf, requestWith } from '../policy/guard-cases.ts'
import { type Place, placesOf, readingOf } from './fragments.ts'

const GUARDS: readonly Case[] = [
  ...MAILBOXES.map(mailboxes => ({ guard: { mailboxes } })),
  { guard: { mailboxes: 'any', delegation: true, inboxRules: true } },
  { guard: { mailboxes: 'any', sending: false } },
]

/** Facts that one of two elements has and the other one has not: flags, and values of lists. */
const DIFFERENT = [
  'foreignHeaders',
  'grants',
  'hasIds',
  'hiddenRules',
  'installsApps',
  'mailboxGuids',
  'mailboxes',
  'opaqueIds',
  'pushSubscription',
  'senders',
  'sends',
  'sentItems',
  'subscriptions',
  'unknownIds',
  'unknownMailbox',
  'unknownSender',
  'unknownSentItem',
] as const

const LISTS = ['mailboxGuids', 'mailboxes', 'senders', 'sentItems', 'subscriptions'] as const

/** Content of a place. */
type Content = Readonly<{
  text: string
  /** Whether it has no facts that the place hasn't without it. */
  isHarmless?: boolean
  /** Its facts that can deny a request, a text for each. */
  said: ReadonlySet<string>
  /** The guards that deny it. */
  denying: ReadonlySet<Case>
}>

/** Returns undefined if the reader rejects the request. */
function contentIn(place: Place, text: string): Content | undefined {
  const facts = readingOf(requestWith(place.open + text + place.close))?.facts
  if (facts === undefined) return undefined
  const said = saidBy(facts)
  return { text, said, denying: denying(place, facts, [...said].join()) }
}

function saidBy(facts: BodyFacts): ReadonlySet<string> {
  const { content, folders, items, itemCount, ifQuiet, ...others } = facts
  const { connectionTimeout, subscriptionTimeout, ...rest } = others
  return new Set(
    Object.entries(rest).flatMap(([name, value]) => {
      if (typeof value === 'boolean') return value ? [name] : []
      return value.map(one => `${name} ${JSON.stringify(one)}`)
    }),
  )
}

const decided = new Map<string, ReadonlySet<Case>>()

function denying({ operation }: Place, facts: BodyFacts, said: string): ReadonlySet<Case> {
  const key = `${operation} ${said}`
  const known = decided.get(key)
  if (known !== undefined) return known
  const found = new Set(GUARDS.filter(given => denialOf(operation, facts, given)))
  decided.set(key, found)
  return found
}

/**
 * Returns one element for each set of facts that elements have in a place, another one if an element of the
 * place's own name has them, and one of each name for elements without facts.
 */
function elementsOf(place: Place, texts: readonly string[]): readonly Content[] {
  const elements = new Map<string, Content>()
  // A mailbox is unknown until it has an address, so that an address does take a fact away.
  const isWithout = ({ said }: Content) => said.has('unknownMailbox') || said.has('unknownSender')
  const empty = contentIn(place, '')
  for (const text of texts) {
    const content = contentIn(place, text)
    if (content === undefined || (empty && isWithout(empty) && isWithout(content))) continue
    const isHarmless = content.said.size === (empty?.said.size ?? 0)
    const [name = ''] = /[^\s>:]+(?=[\s>])/.exec(text) ?? []
    const facts = isHarmless ? '' : [...content.said].join()
    const key = `${isHarmless || name === place.name ? name : ''} ${facts}`
    if (!elements.has(key)) elements.set(key, { ...content, isHarmless })
  }
  return [...elements.values()]
}

/** Returns the names of facts that the first content has and the second one has not. */
const onlyIn = (a: Content, b: Content): ReadonlySet<string> =>
  new Set([...a.said].filter(it => !b.said.has(it)).map(it => it.replace(/ .*/, '')))

const plain = (text: string) => text.replace(/\sxmlns(:\w+)?="[^"]*"/g, '')

/**
 * Compares the elements of places.
 *
 * @param share - 4: every fourth place
 */
export function compareElements(t: Test, share: number): void {
  const different = new Set<string>()
  const both = new Set<string>()
  const count = { denied: 0, allowed: 0 }
  const places = placesOf(place => [...(contentIn(place, '')?.said ?? [])].join())
  for (const [place, texts] of places.filter((_, n) => n % share === share - 1)) {
    const elements = elementsOf(place, texts)
    for (const a of elements)
      for (const b of elements) {
        if (a.isHarmless && b.isHarmless) continue
        const joined = contentIn(place, a.text + b.text)
        if (joined === undefined) continue
        const lost = [
          ...[...a.said, ...b.said].filter(it => !joined.said.has(it)),
          ...[...a.denying, ...b.denying].filter(it => !joined.denying.has(it)),
        ]
        if (lost.length > 0)
          t.strictSame(lost, [], `${plain(place.open)} ${plain(a.text)} ${plain(b.text)}`)
        count[joined.denying.size > 0 ? 'denied' : 'allowed'] += 1
        for (const fact of onlyIn(a, b)) different.add(fact)
        for (const fact of onlyIn(a, b)) if (onlyIn(b, a).has(fact)) both.add(fact)
      }
  }
  t.ok(count.denied > 1_000 && count.allowed > 100, JSON.stringify(count))
  t.strictSame([...different].sort(), DIFFERENT, 'facts that one of two elements has')
  t.strictSame([...both].sort(), LISTS, 'lists in which both have values of their own')
}
