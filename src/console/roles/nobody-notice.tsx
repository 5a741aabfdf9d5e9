/**
 * Notice that a role reaches no user, with the reason.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import type { Role } from '../api/roles.ts'
import { whyNobody } from './role-state.ts'
import { type Reached, useReached } from './use-reached.ts'

/** Shows nothing if the role reaches users, or as long as this is not known. */
export function NobodyNotice({ role, reached }: { role: Role; reached: Reached }) {
  const why = whyNobody(role, reached.users)
  return why === undefined ? null : (
    <Alert type="warning" header="This role reaches no user now">
      {why}
      {role.State === 'ACTIVE' && ' To let the role reach users, edit its rules.'}
    </Alert>
  )
}

/** Notice for the page of a role, which says elsewhere that the role is locked or outside its dates. */
export const RulesNotice = ({ role }: { role: Role }) => (
  <NobodyNotice role={{ ...role, State: 'ACTIVE' }} reached={useReachedWhenActive(role)} />
)

function useReachedWhenActive(role: Role): Reached {
  const reached = useReached(role)
  return role.State === 'ACTIVE' ? reached : { mailbox: undefined, users: undefined }
}
