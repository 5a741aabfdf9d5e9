/**
 * Object of a change: its type, and its name as a link to its page.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import type { Change } from '../api/history.ts'
import { PageLink } from '../parts/page-link.tsx'

type ObjectType = NonNullable<Change['ObjectType']>

const TYPES: Readonly<Record<ObjectType, string>> = {
  ROLE: 'Role',
  ACCESS_CONTROL_RULE: 'Access control rule',
  PRINCIPAL: 'Principal',
  ACCESS_KEY: 'Access key',
  USER: 'User',
  USERS: 'Users',
  GROUP: 'Group',
  DIRECTORY: 'Directory',
  NAME: 'Former name',
  PROTECTED_MAILBOXES: 'Protected mailboxes',
}

/** Path of the pages of objects, which their ID follows. */
const PAGES: Readonly<Partial<Record<ObjectType, string>>> = {
  ROLE: '/roles',
  ACCESS_CONTROL_RULE: '/access-control/rules',
  PRINCIPAL: '/principals',
  USER: '/users',
  GROUP: '/groups',
}

export function ChangedObject({ of }: { of: Change }) {
  const { ObjectType: type, ObjectId, ObjectName: name = ObjectId, Action } = of
  if (type === undefined) return '–'
  const page = PAGES[type]
  // The ID of an access control rule is its name.
  const id = ObjectId ?? (type === 'ACCESS_CONTROL_RULE' ? name : undefined)
  const hasPage = page !== undefined && id !== undefined && !/:Delete/.test(Action)
  return (
    <>
      {hasPage ? <PageLink path={`${page}/${encodeURIComponent(id)}`}>{name}</PageLink> : name}
      <Box color="text-body-secondary" fontSize="body-s">
        {TYPES[type]}
      </Box>
    </>
  )
}
