/**
 * Makes the sandbox behave like the server of a conformance report. Without a report, it behaves as its mode says.
 *
 * @module
 */

import type { ConformanceReport, ProbeName, SHOWN, ShowingProbe } from '../src/model/conformance.ts'
import { Fault, ResponseError, type ResponseErrorCode } from './fault.ts'

export class Behavior {
  readonly #report: ConformanceReport | undefined

  constructor(report: ConformanceReport | undefined) {
    this.#report = report
  }

  /**
   * Throws the error with which the server of the report responded to a probe. Returns if that server carried out
   * the request.
   *
   * @param usual - error to throw without a report; undefined to carry out the request
   * @throws Fault or ResponseError
   */
  apply(probe: ProbeName, usual: Fault | ResponseError | undefined): void {
    const result = this.#report?.probes[probe]
    if (result === undefined || result.form === 'skipped' || result.form === 'none') {
      if (usual !== undefined) throw usual
      return
    }
    if (result.code === 'NoError') return
    if (result.form === 'response') throw new ResponseError(result.code as ResponseErrorCode)
    throw new Fault(result.code, TEXT, undefined, result.status)
  }

  /**
   * Whether the content of the server's response to a probe shows something.
   *
   * @param usual - result without a report, or if the report doesn't have the response
   */
  shows<P extends ShowingProbe>(
    probe: P,
    word: (typeof SHOWN)[P][number],
    usual: boolean,
  ): boolean {
    const result = this.#report?.probes[probe]
    return result !== undefined && 'shows' in result && result.shows !== undefined
      ? result.shows.includes(word)
      : usual
  }

  /** Whether the server sets an affinity cookie. @param usual - result without a report */
  sets(lowerCaseName: string, usual: boolean): boolean {
    return this.#report?.affinityCookies.includes(lowerCaseName) ?? usual
  }

  /** Returns the maximum size of a body, if the report shows a limit. @param usual - result without a report */
  maxBytes(usual: number): number {
    if (this.#report === undefined) return usual
    const { probes, largeBodyBytes } = this.#report
    return probes['large-body'].form === 'none' ? largeBodyBytes - 1 : Number.MAX_SAFE_INTEGER
  }
}

/** Text of all errors from a report, because reports contain no text of the server. */
const TEXT = 'The server that the report describes responded with this error.'
