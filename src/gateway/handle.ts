/**
 * Handles an EWS request in the order of its steps: authenticate, read, decide, forward, answer.
 *
 * @module
 */

import { admit } from './admit.ts'
import { authenticate } from './authenticate.ts'
import { enterChange } from './content-changes.ts'
import type { Authenticated, Reached, RequestContext } from './context.ts'
import { decide, decidePrologue } from './decide.ts'
import { endRequest } from './ending.ts'
import { exchange, requireVerdict } from './exchange.ts'
import { isSubscribe } from './forward.ts'
import { checkHeaders, isToBeGathered, readPrologue, readWhole } from './read.ts'
import { refuse, refuseError } from './refuse.ts'
import { noteRepeated } from './report-repeated.ts'
import { RequestRecorder } from './request-recorder.ts'
import { enterSubscribe, noteUnsubscribed, noteUsed } from './subscribing.ts'

/** Answers one EWS request, and gives back its bytes. Never throws. */
export async function handle(context: RequestContext): Promise<void> {
  const { request, response, server, reservation } = context
  const recorder = new RequestRecorder(context)
  const leave: (() => void)[] = []
  let reached: Reached = { context }
  try {
    // Node.js passes on the bytes that arrived with the headers before it runs this further. So nothing waits for a
    // small body.
    await undefined
    const authentication = authenticate(context)
    const authenticated = authentication instanceof Promise ? await authentication : authentication
    if (authenticated === undefined) return
    reached = authenticated
    leave.push(admit(authenticated))
    checkHeaders(request, mostBytes(authenticated))
    if (context.expectsContinue) response.writeContinue()

    const begun = readPrologue(authenticated)
    const read = begun instanceof Promise ? await begun : begun
    reached = read
    if (isToBeGathered(read)) {
      const decided = await decidePrologue(read)
      if (decided.verdict !== 'continue') {
        reached = decided
        return await refuse(recorder, decided)
      }
      server.rateInRole.check(decided.role.id)
    }
    const rest = readWhole(read)
    if (rest instanceof Promise) await rest
    noteRepeated(read)

    const { changes } = server.reevaluations
    const decision = decide(read, true)
    const decided = decision instanceof Promise ? await decision : decision
    reached = decided
    if (decided.verdict !== 'allow') return await refuse(recorder, decided)
    const { lease } = decided
    if (lease !== undefined) leave.push(() => lease.release())
    server.rateInRole.take(decided.role.id)
    leave.push(server.inFlightInRole.enter(decided.role.id))
    if (isSubscribe(read.prologue)) leave.push(await enterSubscribe(decided))
    noteUsed(decided)
    leave.push(enterChange(decided))

    const answered = await exchange(recorder, decided, changes)
    reached = answered
    if (!recorder.hasVerdict) await requireVerdict(recorder, answered)
    noteUnsubscribed(answered)
  } catch (error) {
    await refuseError(context, recorder, reached, error)
  } finally {
    for (const counted of leave) counted()
    endRequest(context, recorder, reached)
    reservation.close()
  }
}

/** Returns the maximum size of a body: that of the organization's server, or else the configured one. */
function mostBytes({ context, caller }: Authenticated): number {
  const { organizations, settings } = context.server.ports
  const served = organizations.get(caller.principal.organizationId)
  return served?.organization.bodyBytes ?? settings.limits.bodyBytes
}
