/**
 * Object of a change: its type, and its name as a link to its page.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import type { Change } from '../api/history.ts'
import { PageLink } from '../parts/page-link.tsx'
import { type ObjectOfChange, pageOfObject } from './record.ts'

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

export function ChangedObject({ of }: { of: ObjectOfChange }) {
  const { ObjectType: type, ObjectId, ObjectName: name = ObjectId } = of
  if (type === undefined) return '–'
  const page = pageOfObject(of)
  // Many users, the directory, and the list of protected mailboxes have no name.
  if (name === undefined)
    return page === undefined ? TYPES[type] : <PageLink path={page}>{TYPES[type]}</PageLink>
  return (
    <>
      {page === undefined ? name : <PageLink path={page}>{name}</PageLink>}
      <Box color="text-body-secondary" fontSize="body-s">
        {TYPES[type]}
      </Box>
    </>
  )
}
