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
import type { Seen, Understanding } from './understanding.ts'
import { FORBIDDEN } from './world.ts'

type Read = Extract<SimulatedOutcome, { kind: 'read' }>

/** A document as four servers understand it. */
export type Readings = Readonly<{
  tree: Seen
  /** The strict server's understanding, or why no server can use the document although it must be well-formed. */
  meant: Understanding | string
  /** First reader that understands something else. */
  disagreement: string | undefined
}>

/**
 * Reads a document as four servers do. A server that rejects it does nothing with it, which is harmless. The strict
 * server must accept it nevertheless, because everything that the gateway forwards is well-formed.
 */
export function readByAll(bytes: Buffer): Readings {
  const document = bytes.toString()
  const tree = sloppyTree(document)
  const by = {
    'strict reader': strict(bytes),
    'reader of the first match': firstMatch(tree),
    'reader of the last match': lastMatch(tree),
    'fast-xml-parser': parsed(document),
  }
  const rejection = by['strict reader']
  const meant = rejection === NO_URI ? by['reader of the first match'] : rejection
  if (typeof meant === 'string') return { tree, meant, disagreement: undefined }
  const different = Object.entries(by).find(
    ([, understood]) => typeof understood !== 'string' && differs(understood, meant),
  )
  const disagreement =
    different && `${different[0]} understands ${shown(different[1])}, not ${shown(meant)}`
  return { tree, meant, disagreement }
}

/** Returns the flaw of a forwarded request. Undefined if there is none. */
export function flawOf(outcome: Read): string | undefined {
  const { tree, meant, disagreement } = readByAll(outcome.rebuilt)
  if (typeof meant === 'string') return meant
  if (disagreement !== undefined && outcome.denied === undefined) return disagreement
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

const operationIn = (tree: Seen) => tree.children.at(-1)?.children.at(-1)?.children[0]

function overlookedIn(tree: Seen, { facts }: Read): string | undefined {
  const operation = operationIn(tree)
  return operation === undefined ? 'no operation' : overlooked(operation, facts)
}

function reached(tree: Seen, { actAs }: Read): string | undefined {
  const operation = operationIn(tree)
  return operation && reachesOthers(operation, actAs)
}

const differs = (one: Understanding, other: Understanding) =>
  one.impersonated !== other.impersonated ||
  one.operation !== other.operation ||
  one.named.length !== other.named.length ||
  one.named.some((name, at) => name !== other.named[at])

const shown = (understood: Understanding | string) => JSON.stringify(understood)
