/**
 * Recognizes clients that send the identical request again and again without end, as DavMail does after some failures.
 *
 * For each principal it compares requests with one earlier one, which is replaced unless it makes up a large part of the
 * requests. So a request costs one comparison, and a loop of a few requests is recognized too.
 *
 * @module
 */

const MINUTE_MS = 60_000
/** Number of identical requests within a minute that no working client sends. */
const MANY = 1_000
/** Number of other requests for each identical one after which the request is replaced. */
const OTHERS = 8
/** Time until the same principal is reported again. */
const QUIET_MS = 10 * MINUTE_MS
/** Size of the requests that are compared. Requests in loops are small. */
const MAX_BYTES = 4_096
/** Number of principals. Then all are forgotten. */
const MAX_PRINCIPALS = 256

type Candidate = {
  body: Buffer
  count: number
  others: number
  /** Beginning of the minute. */
  since: number
  reportedAt: number
}

export class RepeatedRequests {
  readonly #candidates = new Map<string, Candidate>()

  /**
   * Notes a request.
   *
   * @param at - time in milliseconds
   * @returns whether to report that the principal repeats it without end
   */
  note(principalId: string, body: Buffer, at: number): boolean {
    if (body.length > MAX_BYTES) return false
    const known = this.#candidates.get(principalId)
    if (known === undefined) {
      this.#add(principalId, body, at)
      return false
    }
    if (!known.body.equals(body)) {
      known.others += 1
      if (known.others > OTHERS * known.count) begin(known, body, at)
      return false
    }
    if (!(Math.abs(at - known.since) < MINUTE_MS)) begin(known, known.body, at)
    else known.count += 1
    if (known.count < MANY || Math.abs(at - known.reportedAt) < QUIET_MS) return false
    known.reportedAt = at
    return true
  }

  #add(principalId: string, body: Buffer, since: number): void {
    if (this.#candidates.size >= MAX_PRINCIPALS) this.#candidates.clear()
    const reportedAt = Number.NEGATIVE_INFINITY
    this.#candidates.set(principalId, {
      ...{ body: Buffer.from(body), count: 1, others: 0, since, reportedAt },
    })
  }
}

/** Begins to count again. */
function begin(candidate: Candidate, body: Buffer, at: number): void {
  if (body !== candidate.body) candidate.body = Buffer.from(body)
  candidate.count = 1
  candidate.others = 0
  candidate.since = at
}
