/**
 * Compares one mutated request: the gateway's output, as four servers understand it, with the gateway's
 * decision.
 *
 * @module
 */

import { overlooked, reachesOthers } from './facts.ts'
import { parsed } from './parsed.ts'
import type { SimulatedOutcome } from './simulated-gateway.ts'
import { firstMatch, lastMatch, sloppyTree } from './sloppy.ts'
import { NO_URI, strict } from './strict.ts'
import type { Understanding } from './understanding.ts'
import { FORBIDDEN } from './world.ts'

type Read = Extract<SimulatedOutcome, { kind: 'read' }>

/**
 * Returns the flaw of a forwarded request. Undefined if there is none.
 *
 * A server that rejects a document does nothing with it, which is harmless. The strict server must accept
 * it nevertheless, because everything that the gateway forwards is well-formed.
 */
export function flawOf(outcome: Read): string | undefined {
  const document = outcome.rebuilt.toString()
  const tree = sloppyTree(document)
  const by = {
    'strict reader': strict(outcome.rebuilt),
    'reader of the first match': firstMatch(tree),
    'reader of the last match': lastMatch(tree),
    'fast-xml-parser': parsed(document),
  }
  const rejection = by['strict reader']
  const meant = typeof rejection === 'string' ? by['reader of the first match'] : rejection
  if (typeof rejection === 'string' && rejection !== NO_URI) return rejection
  if (typeof meant === 'string') return meant
  const different = Object.entries(by).find(
    ([, understood]) => typeof understood !== 'string' && differs(understood, meant),
  )
  if (different && outcome.denied === undefined)
    return `${different[0]} understands ${shown(different[1])}, not ${shown(meant)}`
  return (
    differenceOf(outcome, meant) ??
    overlookedIn(tree, outcome) ??
    (outcome.denied ? undefined : reached(tree, outcome))
  )
}

function differenceOf({ actAs, prologue }: Read, meant: Understanding): string | undefined {
  if (meant.impersonated !== actAs) return `acts as ${meant.impersonated} instead of ${actAs}`
  if (FORBIDDEN.some(address => address === actAs)) return `acts as ${actAs}`
  const decided = prologue.requestElement
  return meant.operation === decided
    ? undefined
    : `runs ${meant.operation}, but the decision was about ${decided}`
}

const operationIn = (tree: ReturnType<typeof sloppyTree>) =>
  tree.children.at(-1)?.children.at(-1)?.children[0]

function overlookedIn(tree: ReturnType<typeof sloppyTree>, { facts }: Read): string | undefined {
  const operation = operationIn(tree)
  return operation === undefined ? 'no operation' : overlooked(operation, facts)
}

function reached(tree: ReturnType<typeof sloppyTree>, { actAs }: Read): string | undefined {
  const operation = operationIn(tree)
  return operation && reachesOthers(operation, actAs)
}

const differs = (one: Understanding, other: Understanding) =>
  one.impersonated !== other.impersonated ||
  one.operation !== other.operation ||
  one.named.length !== other.named.length ||
  one.named.some((name, at) => name !== other.named[at])

const shown = (understood: Understanding | string) => JSON.stringify(understood)
