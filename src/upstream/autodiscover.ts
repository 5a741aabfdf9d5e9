/**
 * Sends requests to the upstream's Autodiscover with the gateway's own account. They contain no data from a
 * client's request. Autodiscover has its own connections and its own back-off, so that EWS requests continue if
 * Autodiscover rejects the account.
 *
 * @module
 */

import { groupingOf, groupingRequest } from '../ews/autodiscover/grouping.ts'
import { Failure } from '../model/failure.ts'
import type { Account } from './advice.ts'
import { AUTODISCOVER_ADVICE, autodiscoverCredentialAdvice } from './advice.ts'
import { ask } from './ask.ts'
import { failed } from './check-connection.ts'
import type { Autodiscover, CheckLine, CheckOptions, Upstream } from './upstream.ts'

/** Maximum number of connections. Further requests wait. */
export const AUTODISCOVER_CONNECTIONS = 4

/** Maximum wait for a response, because clients wait for it, too. */
const DEADLINE_MS = 10_000

export class UpstreamAutodiscover implements Autodiscover {
  readonly #upstream: Pick<Upstream, 'send'>
  readonly #url: string
  readonly #admit: () => void

  /**
   * @param upstream - connections to the URL of Autodiscover
   * @param admit - called before each request. Throws a Failure if the account can't be used now
   */
  constructor(upstream: Pick<Upstream, 'send'>, url: string, admit: () => void) {
    this.#upstream = upstream
    this.#url = url
    this.#admit = admit
  }

  async groupingInformation(
    address: string,
    deadlineMs = DEADLINE_MS,
  ): Promise<string | undefined> {
    this.#admit()
    const body = groupingRequest(address, this.#url)
    const question = { operation: 'GetUserSettings', body, address, deadlineMs } as const
    return groupingOf((await ask(this.#upstream, question)).response)
  }
}

/** Checks whether Autodiscover returns the GroupingInformation of a mailbox. */
export async function checkAutodiscover(
  autodiscover: UpstreamAutodiscover,
  account: Account,
  { impersonate, neutralMailbox, serviceAddress, deadlineMs }: CheckOptions,
): Promise<CheckLine> {
  const name = 'autodiscover'
  const address = impersonate ?? neutralMailbox ?? serviceAddress
  try {
    const grouping = await autodiscover.groupingInformation(address, deadlineMs)
    if (grouping !== undefined)
      return { name, result: 'ok', detail: `returns GroupingInformation of ${address}` }
    // Not an error for the service account, which does not need a mailbox.
    if (address === serviceAddress)
      return {
        name,
        result: 'skipped',
        detail: 'cannot be checked without a mailbox: use --as ADDRESS',
      }
    return failed(name, `returns no GroupingInformation of ${address}`, AUTODISCOVER_ADVICE.none)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const advice =
      error.reason === 'upstream-refused-credentials'
        ? autodiscoverCredentialAdvice(account)
        : AUTODISCOVER_ADVICE.url
    return failed(name, error.message, advice)
  }
}
