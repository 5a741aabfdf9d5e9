/**
 * Asks the upstream's Autodiscover with the gateway's own account. Nothing of a client's request is sent.
 *
 * It has its own connections and its own back-off. If it rejects the account, as a virtual directory with
 * other authentication does, EWS requests continue.
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

/** Maximum number of connections. Other questions wait. */
export const AUTODISCOVER_CONNECTIONS = 4

/** Maximum wait for a response, because clients wait for it, too. */
const DEADLINE_MS = 10_000

export class UpstreamAutodiscover implements Autodiscover {
  readonly #upstream: Pick<Upstream, 'send'>
  readonly #url: string
  readonly #admit: () => void

  /**
   * @param upstream - sends to the URL of Autodiscover
   * @param admit - called before each question. @throws Failure if the account can't be used now
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

/** Checks whether Autodiscover gives the GroupingInformation of a mailbox. */
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
      return { name, result: 'ok', detail: `gives GroupingInformation of ${address}` }
    // An account does not need a mailbox.
    if (address === serviceAddress)
      return {
        name,
        result: 'skipped',
        detail: 'cannot be checked without a mailbox: use --as ADDRESS',
      }
    return failed(name, `gives no GroupingInformation of ${address}`, AUTODISCOVER_ADVICE.none)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const advice =
      error.reason === 'upstream-refused-credentials'
        ? autodiscoverCredentialAdvice(account)
        : AUTODISCOVER_ADVICE.url
    return failed(name, error.message, advice)
  }
}
