/**
 * Runs requests: finds the impersonated user and the operation, and returns the response.
 *
 * @module
 */

import { operationOf } from '../src/ews/operations.ts'
import type { ProbeName } from '../src/model/conformance.ts'
import { foldName } from '../src/model/identity.ts'
import type { Exchange } from './exchange.ts'
import { Fault, ResponseError } from './fault.ts'
import { actorFor, readImpersonation, readLenientImpersonation } from './impersonation.ts'
import type { Journal, SeenRequest } from './journal.ts'
import type { Mailbox } from './mailbox.ts'
import { type Operation, respond, type Stream } from './operations/operation.ts'
import { withShortTags } from './property-tag.ts'
import { readRequest } from './soap.ts'
import { XmlElement } from './xml.ts'

/** Result of a request. */
export type Outcome =
  | Readonly<{ kind: 'answer'; answer: XmlElement }>
  | Readonly<{ kind: 'stream'; stream: Stream }>
  | Readonly<{ kind: 'fault'; fault: Fault }>

/** Values of RequestServerVersion that Exchange accepts. */
const VERSION = /^(Exchange20(07|09|10|12|13|15|16)(_SP[12])?|V\d{1,4}_\d{1,2}(_\d{1,2})?)$/

/** Runs requests. Never throws. */
export class Dispatcher {
  readonly #exchange: Exchange
  readonly #journal: Journal
  readonly #table: ReadonlyMap<string, Operation>
  readonly #lenient: boolean

  constructor(
    exchange: Exchange,
    journal: Journal,
    table: ReadonlyMap<string, Operation>,
    lenient: boolean,
  ) {
    this.#exchange = exchange
    this.#journal = journal
    this.#table = table
    this.#lenient = lenient
  }

  /** Reads and runs a request. Every error becomes a fault. */
  run(bytes: Buffer, seen: SeenRequest): Outcome {
    try {
      const result = this.#run(bytes, seen)
      if (result instanceof XmlElement) return { kind: 'answer', answer: result }
      return { kind: 'stream', stream: result }
    } catch (error) {
      if (error instanceof Fault) return { kind: 'fault', fault: error }
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return { kind: 'fault', fault: new Fault('ErrorInternalServerTransientError', text) }
    }
  }

  /** Records what can be read from an incomplete request. */
  peek(bytes: Buffer, seen: SeenRequest) {
    try {
      const { headers } = readRequest(wholeTags(bytes), true)
      seen.impersonated = readLenientImpersonation(headers)?.value
    } catch {
      // Ignored, because nothing can be recorded about such a request.
    }
  }

  #run(bytes: Buffer, seen: SeenRequest) {
    const read = this.#lenient ? wholeTags(bytes) : bytes
    const { headers, operation: request } = readRequest(read, this.#lenient)
    seen.operation = operationOf(request.name) ?? request.name
    if (!this.#lenient) checkVersion(headers)
    const impersonated = this.#lenient
      ? readLenientImpersonation(headers)
      : readImpersonation(headers)
    seen.impersonated = impersonated?.value
    const actor = actorFor(this.#exchange, impersonated, this.#lenient)
    if (impersonated !== undefined) seen.impersonated = actor.user.primarySmtpAddress
    const operation = this.#table.get(request.name)
    if (operation === undefined || (!this.#lenient && request.namespace !== 'm'))
      throw new Fault('ErrorInvalidRequest', 'The request is invalid.')
    const exchange = this.#exchange
    const { name, subscriptions } = exchange.nodes.route(seen.headers, actor)
    seen.node = name
    const probe = probeOf(seen.operation, seen.headers, actor)
    const failed = probe && unsupported(exchange, seen.operation, probe)
    if (failed !== undefined) return failed
    this.#journal.ran(seen.operation, actor.user.primarySmtpAddress)
    return operation({
      exchange,
      actor,
      subscriptions,
      request: exchange.gromox ? withShortTags(request) : request,
    })
  }
}

/** Returns the error response if the conformance report says that the server doesn't support an operation. */
function unsupported(
  { behavior }: Exchange,
  operation: string,
  probe: ProbeName,
): XmlElement | undefined {
  try {
    behavior.apply(probe, undefined)
    return undefined
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error
    return respond(operation, [error], reason => {
      throw reason
    })
  }
}

/** Returns the name of the probe that shows whether a server supports an operation. */
function probeOf(
  operation: string,
  headers: SeenRequest['headers'],
  { user }: Mailbox,
): ProbeName | undefined {
  if (operation === 'FindItem') return 'find-items'
  if (operation === 'GetServerTimeZones') return 'time-zones'
  if (operation !== 'Subscribe') return undefined
  const anchor = headers['x-anchormailbox'] ?? user.primarySmtpAddress
  return foldName(anchor) === foldName(user.primarySmtpAddress) ? 'subscribe' : 'subscribe-member'
}

/** Returns the bytes up to the last complete tag of an incomplete request. */
const wholeTags = (bytes: Buffer) => bytes.subarray(0, bytes.lastIndexOf('>') + 1)

function checkVersion(headers: readonly XmlElement[]) {
  const version = headers
    .find(({ name, namespace }) => name === 'RequestServerVersion' && namespace === 't')
    ?.attribute('Version')
  if (version !== undefined && !VERSION.test(version))
    throw new Fault('ErrorInvalidRequest', 'The request is invalid.')
}
