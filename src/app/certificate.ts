/**
 * Monitors the expiry of the gateway's own certificate: log, metric, and health check.
 *
 * @module
 */

import { certificatesIn } from '../config/certificates.ts'
import type { ListenerTls } from '../http/listener.ts'
import type { Health } from '../telemetry/health.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Time before its expiry at which the gateway starts to report a certificate. */
const NOTICE_MS = 14 * 86_400_000
const CHECK_MS = 60_000

type Watching = Readonly<{ metrics: Metrics; log: Log; health: Health; now: () => number }>

type State = 'valid' | 'ending' | 'expired'

/** Reports when a certificate has expired or will within 14 days, once at each change. */
export class CertificateWatch {
  readonly #watching: Watching
  readonly #timer: NodeJS.Timeout
  #endsAt: number
  #state: State = 'valid'

  constructor(tls: ListenerTls, watching: Watching) {
    this.#watching = watching
    this.#endsAt = endOf(tls)
    watching.health.add('certificate', {
      kinds: ['ready'],
      degrades: true,
      check: () => {
        if (this.check() !== 'valid')
          throw new Error(`tls.certificate ends at ${this.#end()}. ${RENEW}`)
      },
    })
    this.replace(tls)
    this.#timer = setInterval(() => this.check(), CHECK_MS).unref()
  }

  /** Monitors a new certificate instead of the current one. */
  replace(tls: ListenerTls): void {
    this.#endsAt = endOf(tls)
    this.#watching.metrics.certificateEnds(this.#endsAt)
    this.check()
  }

  /** When the certificate expires, in milliseconds since the epoch. */
  get endsAt(): number {
    return this.#endsAt
  }

  /** Compares the expiry with the current time, and logs each change of state. */
  check(): State {
    const { log, now } = this.#watching
    const leftMs = this.#endsAt - now()
    const state = leftMs <= 0 ? 'expired' : leftMs <= NOTICE_MS ? 'ending' : 'valid'
    if (state === this.#state) return state
    this.#state = state
    const fields = { endsAt: this.#end() }
    if (state === 'expired') log.error(fields, `The certificate has expired. ${RENEW}`)
    if (state === 'ending') log.warn(fields, `The certificate expires within 14 days. ${RENEW}`)
    if (state === 'valid') log.info(fields, 'The certificate is valid for more than 14 days again')
    return state
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #end(): string {
    return new Date(this.#endsAt).toISOString()
  }
}

const RENEW = 'Replace the files of tls and send SIGHUP'

/** Returns when the first certificate of a chain expires, in milliseconds. */
const endOf = ({ certificate }: ListenerTls): number =>
  Math.min(...certificatesIn(certificate).map(({ validToDate }) => validToDate.getTime()))
