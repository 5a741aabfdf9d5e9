/**
 * Reports mailboxes that the upstream assigns to several users: log, metric, and health check.
 *
 * @module
 */

import { MailboxOwners } from '../gateway/mailbox-owners.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { Health } from '../telemetry/health.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

type Watched = Readonly<{ metrics: Metrics; log: Log; health: Health; now: () => number }>

/** Creates the cache of mailbox owners. Reports each change of the shared mailboxes once. */
export function watchMailboxes({ metrics, log, health, now }: Watched): MailboxOwners {
  const counts = new Map<OrganizationId, number>()
  health.add('mailboxes', {
    kinds: ['ready'],
    degrades: true,
    check: () => {
      for (const [organization, count] of counts)
        if (count > 0)
          throw new Error(
            `${organization}: The upstream assigns ${count} mailboxes to several users, so requests for these users are denied. The log lists them.`,
          )
    },
  })
  return new MailboxOwners(now, ({ organization, kind, users, count }) => {
    counts.set(organization, count)
    metrics.sharedMailboxes(organization, count)
    if (kind === 'shared')
      log.error({ organization, users }, 'Several users have the same mailbox; denying all of them')
    else log.info({ organization, users }, 'These users no longer have the same mailbox')
  })
}
