/**
 * Metrics of the authentication of requests, and of sign-ins to the console.
 *
 * @module
 */

import { Counter, type Registry } from 'prom-client'
import type { Scheme } from '../model/sign-in.ts'
import { counterOfKinds } from './counter-of-kinds.ts'
import {
  CONSOLE_SIGN_IN_KINDS,
  type ConsoleSignInKind,
  consoleSignInLabel,
  type SignInResult,
  schemeLabel,
  signInLabel,
  UNAUTHENTICATED_KINDS,
  type UnauthenticatedKind,
  unauthenticatedLabel,
  VERDICTS,
  type Verdict,
  verdictLabel,
} from './labels.ts'

export class SignInMetrics {
  readonly #unauthenticated: Counter<string>
  readonly #requests: Counter<string>
  readonly #console: Counter<string>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#unauthenticated = counterOfKinds(
      {
        name: 'ews_gateway_unauthenticated_total',
        help: 'Responses with status 401: `missing` credentials, `wrong` ones, those that the rate limiter rejected before they were compared (`braked`), and requests in the middle of the handshake of their connection (`interleaved`).',
        registers,
      },
      UNAUTHENTICATED_KINDS,
    )
    this.#requests = new Counter({
      name: 'ews_gateway_sign_ins_total',
      help: 'Results of the authentication of requests, by the scheme of the credential or of its connection: `authenticated`, `continue` for the first message of a handshake, and the kinds of `ews_gateway_unauthenticated_total`.',
      labelNames: ['scheme', 'result'],
      registers,
    })
    this.#console = new Counter({
      name: 'ews_gateway_console_sign_ins_total',
      help: 'Sign-ins to the console: of a person at the issuer (`person`), with an access key (`access-key`), or with an access key although an issuer is configured (`break-glass`). `deny` means wrong credentials or no access, and `error` that the issuer or the gateway failed.',
      labelNames: ['kind', 'verdict'],
      registers,
    })
    for (const kind of CONSOLE_SIGN_IN_KINDS)
      for (const verdict of VERDICTS) this.#console.inc({ kind, verdict }, 0)
  }

  /** Counts a response with status 401. */
  unauthenticated(kind: UnauthenticatedKind): void {
    this.#unauthenticated.inc({ kind: unauthenticatedLabel(kind) })
  }

  /** Counts an authentication. @param scheme - undefined if the request has no credential of a known scheme */
  ofRequest(scheme: Scheme | undefined, result: SignInResult): void {
    this.#requests.inc({ scheme: schemeLabel(scheme), result: signInLabel(result) })
  }

  toConsole(kind: ConsoleSignInKind, verdict: Verdict): void {
    this.#console.inc({ kind: consoleSignInLabel(kind), verdict: verdictLabel(verdict) })
  }
}
