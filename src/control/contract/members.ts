/**
 * Members that inputs and outputs of several actions share.
 *
 * @module
 */

import { z } from 'zod'
import { ROLE_STATES } from '../../decision/role-state.ts'
import {
  expectedVersionShape,
  manyResultsShape,
  maxResultsShape,
  nextTokenShape,
  oneOf,
  organizationIdShape,
  periodShape,
  roleIdShape,
  searchTextShape,
  structure,
  timeShape,
} from '../shapes.ts'

export const organization = { OrganizationId: organizationIdShape }
export const oneRole = { ...organization, ImpersonationRoleId: roleIdShape }
export const paging = {
  NextToken: nextTokenShape.exactOptional(),
  MaxResults: maxResultsShape.exactOptional(),
}
/** Member of an object that this version does not understand. */
export const unreadable = (what: string, effect: string) =>
  z
    .literal(true)
    .exactOptional()
    .describe(
      `Present if this version of the gateway does not understand the stored ${what}: ${effect}.`,
    )

/** Selects a page of a list that is computed from all users. */
export const userPaging = {
  Text: searchTextShape.exactOptional().meta({
    description:
      'Lists only users with each word of it in an address, the principal name, or the display name. Ignores case and accents.',
  }),
  NextToken: nextTokenShape.exactOptional(),
  MaxResults: manyResultsShape.exactOptional().meta({
    description: 'Default: 100. Each page takes the same time, so choose many for a whole list.',
  }),
}
export const expecting = { ExpectedVersion: expectedVersionShape.exactOptional() }

/** The output of an action that returns no members. */
export const nothing = structure({})

export const more = {
  NextToken: z
    .string()
    .exactOptional()
    .describe('Token of the next page. Left out at the end of the list.'),
}
export const matches = {
  Matches: z.int().describe('Number of entries on all pages.'),
}
export const versioned = {
  Version: z.string().describe('Current version, for ExpectedVersion.'),
}
/** State of a role, and the period on which it depends. */
export const roleState = {
  State: oneOf(ROLE_STATES).describe(
    'A role that is not ACTIVE denies all requests. LOCKED: a lock is in force. NOT_YET, ENDED: its Period has not begun, or has ended.',
  ),
  Period: periodShape.exactOptional(),
}
export const allowRules = {
  AllowRules: z
    .int()
    .describe(
      'Number of rules with the effect ALLOW that are in force now. With none, the role reaches no user.',
    ),
}
/** Lock of a role, with the time, and with the principal or person that locked it. */
export const lock = structure({
  Message: z.string().exactOptional(),
  ExpiresTime: timeShape.exactOptional(),
  DateLocked: timeShape.exactOptional().describe('Time at which the role was locked.'),
  LockedBy: structure({ PrincipalId: z.string(), Name: z.string() })
    .exactOptional()
    .describe(
      'Principal or person that locked the role. Left out, as DateLocked is, if the lock took the place of one that was not understood.',
    ),
})
export const lastUsed = {
  LastUsed: timeShape.exactOptional().describe('Time of the last allowed request.'),
}
export const ewsUrl = {
  EwsUrl: z
    .string()
    .exactOptional()
    .describe(
      'EWS URL for tools. Left out if the gateway does not know a URL that tools can use: then set `publicUrl`.',
    ),
}
export const dated = { DateCreated: timeShape, DateModified: timeShape }

export const ids = (what: string) => z.array(z.string()).describe(`IDs of ${what}.`)
export const addresses = (what: string) => z.array(z.string()).describe(`Addresses of ${what}.`)

/** A group by ID, with its name. */
const namedGroup = structure({
  GroupId: z.string(),
  Name: z.string().exactOptional().describe('Left out if the group was deleted.'),
})
export const groups = (what: string) => z.array(namedGroup).describe(what)
