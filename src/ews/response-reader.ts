/**
 * Reads responses of the upstream. The gateway uses nothing else to read them.
 *
 * It is as strict as the reader of requests (UTF-8 only, no DTD, no processing instruction, one envelope), but
 * allows CDATA sections and comments. It reads a response in chunks that can end anywhere, and keeps none of its
 * bytes. It rejects a response that exceeds its limits, or has more than 10,000 values. It ignores
 * values of more than 1,024 bytes.
 *
 * @module
 */

import { AUTODISCOVER_NS, ERRORS_NS, MESSAGES_NS, SOAP_NS, TYPES_NS } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import type { ServerVersion } from '../model/server-version.ts'
import { DEFAULT_LIMITS, type Limits } from '../xml/limits.ts'
import { malformed } from '../xml/malformed.ts'
import { Scanner } from '../xml/scanner.ts'
import { Vocabulary } from '../xml/vocabulary.ts'
import { type FirstCode, type ResponseFault, ResponseListener } from './response-listener.ts'
import type { ResponseMessage, ShownContent } from './response-message.ts'
import { ANY_ENVELOPE, ENVELOPES, type ReadOperation } from './response-shape.ts'

/** Contains no meanings, because the meaning of a name in a response depends on its place. */
const VOCABULARY = new Vocabulary(undefined, [
  SOAP_NS,
  TYPES_NS,
  MESSAGES_NS,
  ERRORS_NS,
  AUTODISCOVER_NS,
])

/** Limits of a response that is read completely, and of its parts. */
export const RESPONSE_LIMITS: Limits = { ...DEFAULT_LIMITS, bodyBytes: 1_048_576 }

/**
 * Limits of a response to a client. Exchange writes control characters, such as those in a subject, as references that
 * XML 1.0 forbids.
 */
export const CLIENT_LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  bodyBytes: 16_777_216,
  anyReference: true,
}

/** Content of a response: a fault, or messages in the order of the request. */
export type EwsResponse = Readonly<{
  fault: ResponseFault | undefined
  messages: readonly ResponseMessage[]
}>

export class ResponseReader {
  readonly #listener: ResponseListener
  readonly #scanner: Scanner
  readonly #about: string
  readonly #limits: Limits
  #bytes = 0

  /**
   * @param operation - operation whose response is read completely. If absent, only the beginning of a response to
   * any operation is read
   * @param shown - receives the folders and items of a response to a client, which can be longer
   */
  constructor(operation?: ReadOperation, shown?: ShownContent) {
    this.#about = operation ?? 'a request'
    this.#limits = shown === undefined ? RESPONSE_LIMITS : CLIENT_LIMITS
    const envelope = operation === undefined ? ANY_ENVELOPE : ENVELOPES[operation]
    this.#listener = new ResponseListener(envelope, shown)
    this.#scanner = new Scanner(this.#listener, VOCABULARY, this.#limits)
  }

  /** Version in the SOAP header, once it has been read. */
  get serverVersion(): ServerVersion | undefined {
    return this.#listener.serverVersion
  }

  /** The first response code, and the offset of the byte after it. */
  get first(): FirstCode | undefined {
    return this.#listener.first
  }

  /** @throws Failure `upstream-unreachable` if the response can't be read */
  write(chunk: Uint8Array): void {
    this.#read(() => {
      this.#bytes += chunk.length
      if (this.#bytes > this.#limits.bodyBytes) throw malformed('the response is too long')
      this.#scanner.write(chunk)
    })
  }

  /**
   * Ends the response.
   *
   * @throws Failure `upstream-unreachable` if it is incomplete, or doesn't belong to the operation
   */
  end(): EwsResponse {
    const { fault, messages } = this.#listener
    this.#read(() => {
      this.#scanner.end()
      if (this.#listener.fault === undefined && !this.#listener.hasResponse)
        throw malformed('the body contains no response to the operation')
    })
    return { fault, messages }
  }

  #read(read: () => void): void {
    try {
      read()
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause
      throw new Failure('upstream-unreachable', `Cannot read the response to ${this.#about}`, {
        cause,
        kind: 'not-ews',
        reach: 'answered',
      })
    }
  }
}

/**
 * Reads a whole response.
 *
 * @throws Failure `upstream-unreachable` if it can't be read
 */
export function readResponse(response: Uint8Array, operation: ReadOperation): EwsResponse {
  const reader = new ResponseReader(operation)
  reader.write(response)
  return reader.end()
}

/** Receives a response as it arrives. */
export type ResponseSink = Readonly<{
  head: () => void
  chunk: (chunk: Uint8Array) => true
  end: () => void
  fail: (failure: Failure) => void
}>

/**
 * Receives the response to an operation.
 *
 * @returns a sink for the bytes, and a promise of the response. The promise rejects if the sink receives a failure,
 * or when the response turns out to be invalid
 */
export function receiveResponse(
  operation: ReadOperation,
): Readonly<{ response: Promise<EwsResponse>; sink: ResponseSink }> {
  const { promise, resolve, reject } = Promise.withResolvers<EwsResponse>()
  const reader = new ResponseReader(operation)
  const read = (step: () => void) => {
    try {
      step()
    } catch (error) {
      reject(error)
    }
  }
  const sink: ResponseSink = {
    head: () => undefined,
    chunk: chunk => {
      read(() => reader.write(chunk))
      return true
    },
    end: () => read(() => resolve(reader.end())),
    fail: reject,
  }
  return { response: promise, sink }
}

/**
 * Beginnings of codes of servers that currently can't respond, so that they say nothing about the request: because of
 * their load or their limits, the mailbox's database, Active Directory, or another server that they need.
 */
const UNAVAILABLE_CODES = [
  ...['ServerBusy', 'Timeout', 'InternalServer', 'InsufficientResources', 'NotEnoughMemory'],
  ...['ExceededConnection', 'TooManyObjects', 'MailboxStore', 'MailboxMove', 'MailboxFailover'],
  ...['ADOperation', 'ADUnavailable', 'ConnectionFailed', 'NoRespondingCAS'],
  ...['NoApplicableProxyCAS', 'ProxyCallFailed', 'ProxyRequestProcessing', 'ProxyServiceDiscovery'],
]
const UNAVAILABLE = new RegExp(`^Error(${UNAVAILABLE_CODES.join('|')})`)

/** Whether the fault or a response message says that the server currently can't respond. */
export function isUnavailable({ fault, messages }: EwsResponse): boolean {
  const codes = [fault?.code, ...messages.map(({ code }) => code)]
  return codes.some(code => code !== undefined && UNAVAILABLE.test(code))
}

/** Codes of servers on which the account can't impersonate the user. */
export const NOT_IMPERSONATED = ['ErrorImpersonateUserDenied', 'ErrorImpersonationDenied']
/** Codes of servers that have no mailbox of the user. */
export const NO_MAILBOX = [
  'ErrorNonExistentMailbox',
  'ErrorCannotFindUser',
  'ErrorMissingInformationEmailAddress',
  'ErrorMailboxNotFound',
]

const ABOUT_MAILBOXES = new Set<string | undefined>(['NoError', ...NOT_IMPERSONATED, ...NO_MAILBOX])

/**
 * Whether the response tells which mailboxes of the user the account can open, or that it can open none. The first
 * message must be about a folder that every user with a mailbox has. With any other code, only the server failed.
 */
export function isAboutMailboxes(response: EwsResponse): boolean {
  const { fault, messages } = response
  const { code } = fault ?? messages[0] ?? {}
  return ABOUT_MAILBOXES.has(code) && !isUnavailable(response)
}

/**
 * Returns the IDs of all subscriptions in the response.
 *
 * @throws Failure `upstream-unreachable` if a subscription has no ID
 */
export function subscriptionIds({ messages }: EwsResponse): readonly string[] {
  return messages
    .filter(({ code, subscriptionId }) => code === 'NoError' || subscriptionId !== undefined)
    .map(({ subscriptionId }) => {
      if (subscriptionId !== undefined) return subscriptionId
      throw new Failure('upstream-unreachable', 'The upstream made a subscription without an ID', {
        kind: 'not-ews',
        reach: 'answered',
      })
    })
}
