/**
 * Use of a user's mailbox over time.
 *
 * @module
 */

import type { User } from '../api/users.ts'
import { PageLink } from '../parts/page-link.tsx'
import { UseOverTime } from '../use/use-over-time.tsx'

export const MailboxUse = ({ user: { UserId } }: { user: User }) => (
  <UseOverTime
    filter={{ Property: 'MAILBOX', Operator: 'EQUALS', Value: UserId }}
    groups={['PRINCIPAL', 'ROLE']}
    description="Requests to this mailbox."
    actions={<PageLink path={`/audit/mailboxes/${UserId}`}>View mailbox audit</PageLink>}
  />
)
