/**
 * Contracts of the actions on users.
 *
 * @module
 */

import { z } from 'zod'
import { isAddress, isPrincipalName, isSid, isUserId } from '../../model/identity.ts'
import { mustBe } from '../problems.ts'
import {
  anyIdentifierShape,
  entityIdentifierShape,
  flag,
  list,
  oneOf,
  searchTextShape,
  structure,
  textThat,
  userFiltersShape,
  workMailIdentifierShape,
} from '../shapes.ts'
import { contract } from './contract.ts'
import {
  addresses,
  expecting,
  ids,
  more,
  nothing,
  organization,
  paging,
  versioned,
} from './members.ts'

const oneUser = { ...organization, UserId: entityIdentifierShape }

const addressShape = textThat('an address, like alice@example.com', isAddress)
const userIdShape = textThat(
  'the ID of a user, a UUID in lower case or of the form S-1-1-…',
  isUserId,
)

/** Members of a user that a request can write. */
const written = {
  UserId: userIdShape.exactOptional(),
  PrimarySmtpAddress: addressShape,
  Aliases: list(addressShape, 'addresses').exactOptional(),
  PrincipalName: textThat('a principal name, without blanks', isPrincipalName).exactOptional(),
  Sid: textThat('a SID of the form S-1-5-21-…', isSid).exactOptional(),
  DisplayName: textThat(
    '1 to 256 characters, without control characters',
    value => /^[^\p{Cc}]{1,256}$/u.test(value) && value.isWellFormed(),
  ).exactOptional(),
}

const given = {
  Email: z.string().describe('Primary address.'),
  Name: z.string().describe('Principal name, or the primary address if there is none.'),
  DisplayName: z.string().exactOptional(),
  State: oneOf(['ENABLED', 'DISABLED']),
  UserRole: oneOf(['USER', 'SYSTEM_USER']).describe(
    'SYSTEM_USER: the service account or the neutral mailbox, which cannot be impersonated.',
  ),
}

const found = {
  UserId: z.string(),
  Email: z.string().describe('Primary address.'),
  DisplayName: z.string().exactOptional(),
  PrincipalName: z.string().exactOptional(),
  Enabled: z.boolean(),
}

/** Maximum number of identifiers in one request. */
const MAX_IDENTIFIERS = 1_000

export const listUsers = contract('WorkMailService', 'ListUsers', {
  summary:
    'Lists users, 100 at a time without MaxResults: ordered by the field whose beginning is filtered, otherwise by ID. With a filter, a page can have fewer.',
  audited: undefined,
  input: structure({ ...organization, ...paging, Filters: userFiltersShape.exactOptional() }),
  output: structure({ Users: z.array(structure({ Id: z.string(), ...given })), ...more }),
})

export const describeUser = contract('WorkMailService', 'DescribeUser', {
  summary: 'Returns a user by ID, address, principal name, or SID.',
  audited: undefined,
  input: structure(oneUser),
  output: structure({ UserId: z.string(), ...given }),
})

export const listAliases = contract('WorkMailService', 'ListAliases', {
  summary: "Lists a user's other addresses.",
  audited: undefined,
  input: structure({ ...organization, EntityId: workMailIdentifierShape, ...paging }),
  output: structure({ Aliases: z.array(z.string()), ...more }),
})

export const searchUsers = contract('EwsGateway', 'SearchUsers', {
  summary:
    'Finds users. Every word of Text must begin an address, the principal name, or a word of the display name; case and accents are ignored. Without Text, it lists all users, ordered by address. A page can have fewer than MaxResults entries and a NextToken.',
  audited: undefined,
  input: structure({
    ...organization,
    Text: searchTextShape.exactOptional(),
    State: oneOf(['ENABLED', 'DISABLED']).exactOptional(),
    ...paging,
  }),
  output: structure({
    Users: z.array(structure(found)),
    Total: z.int().describe('Number of all users in the organization.'),
    ...more,
  }),
})

export const getUser = contract('EwsGateway', 'GetUser', {
  summary: 'Returns all members of a user, by ID, address, principal name, or SID.',
  audited: undefined,
  input: structure(oneUser),
  output: structure({
    UserId: z.string(),
    PrimarySmtpAddress: z.string(),
    Aliases: z.array(z.string()),
    PrincipalName: z.string().exactOptional(),
    Sid: z.string().exactOptional(),
    DisplayName: z.string().exactOptional(),
    Enabled: z.boolean(),
    ...versioned,
  }),
})

export const getUsers = contract('EwsGateway', 'GetUsers', {
  summary:
    'Finds up to 1,000 users at once, each by ID, address, principal name, or SID. Reports identifiers of no user, and those of two users, instead of an error.',
  audited: undefined,
  input: structure({
    ...organization,
    Identifiers: list(anyIdentifierShape, 'identifiers').max(
      MAX_IDENTIFIERS,
      mustBe(`a list of at most ${MAX_IDENTIFIERS} identifiers`),
    ),
  }),
  output: structure({
    Users: z
      .array(structure({ Identifier: z.string(), ...found }))
      .describe('The only user of each identifier, in the order of the identifiers.'),
    Unknown: z.array(z.string()).describe('Identifiers that no user has.'),
    Ambiguous: z
      .array(structure({ Identifier: z.string(), UserIds: ids('its users') }))
      .describe('Identifiers that are the address of one user and the principal name of another.'),
  }),
})

export const putUser = contract('EwsGateway', 'PutUser', {
  summary:
    'Changes the user with this UserId or, without UserId, with this PrimarySmtpAddress; creates a user if there is none, or restores a deleted one. Clears absent members, except Enabled, which stays unchanged. With the ExpectedVersion `NONE` and without UserId, it changes only deleted users. A name that the user loses stays with the user, until ReleaseName frees it. A disabled user cannot be impersonated.',
  audited: 'change',
  object: { type: 'USER', id: 'UserId' },
  byHand: true,
  input: structure({
    ...organization,
    ...written,
    Enabled: flag().exactOptional(),
    ...expecting,
  }),
  output: structure({ UserId: z.string(), ...versioned }),
})

export const deleteUser = contract('EwsGateway', 'DeleteUser', {
  summary:
    'Deletes a user by ID, address, principal name, or SID. The names stay with the ID, and rules that name it still apply.',
  audited: 'change',
  object: { type: 'USER', id: 'UserId' },
  byHand: true,
  input: structure(oneUser),
  output: nothing,
})

const COUNT = 'a number of users, at least 0'

export const importUsers = contract('EwsGateway', 'ImportUsers', {
  summary:
    'Imports all users of Csv or Users, or none if one is invalid. DeleteMissing deletes all other users, at most DeleteAtMost. It stops if they are more than a tenth of the users, unless AcceptRemovals is true. DryRun writes nothing. For more users than a body can contain, use `ews-gateway users import`.',
  audited: 'change',
  object: { type: 'USERS' },
  byHand: true,
  input: structure({
    ...organization,
    Csv: z
      .string(mustBe('CSV text'))
      .exactOptional()
      .meta({ description: 'A file as users.md describes it.' }),
    Users: list(structure(written), 'users').exactOptional(),
    DryRun: flag().exactOptional(),
    DeleteMissing: flag().exactOptional(),
    DeleteAtMost: z.int(mustBe(COUNT)).min(0, mustBe(COUNT)).exactOptional().meta({
      description:
        'Maximum number of users to delete, such as the number that a dry run returns. Required with DeleteMissing, except in a dry run.',
    }),
    AcceptRemovals: flag().exactOptional(),
  }),
  output: structure({
    Created: addresses('new users'),
    Updated: addresses('changed users'),
    Deleted: addresses('deleted users'),
    Unchanged: z.int().describe('Number of users that stay as they are.'),
    Missing: z.int().describe('Number of users that the import does not name.'),
    RolesNamingDeleted: z
      .int()
      .describe('Number of roles whose rules name deleted users. Their rules still apply.'),
    NeedsAcceptRemovals: z
      .boolean()
      .describe('Whether the deleted users are more than a tenth of the users.'),
  }),
})

const former = {
  Kind: oneOf(['ADDRESS', 'PRINCIPAL_NAME', 'SID']),
  Name: textThat('an address, a principal name or a SID, of 1 to 256 characters', value =>
    /^[^\s\p{C}]{1,256}$/u.test(value),
  ),
}

export const listFormerNames = contract('EwsGateway', 'ListFormerNames', {
  summary:
    'Lists the former names of a user, by which no request finds the user: all names of a deleted user, and those that a user lost by a change. A deleted user is named by ID. ReleaseName expects Kind and Name.',
  audited: undefined,
  input: structure(oneUser),
  output: structure({ UserId: z.string(), FormerNames: z.array(structure(former)) }),
})

export const releaseName = contract('EwsGateway', 'ReleaseName', {
  summary:
    'Frees a former name of a user for another user: the name of a deleted user, or one that a user lost by a change. Rules name users by ID, so rules that deny the former owner do not apply to the new one.',
  audited: 'change',
  object: { type: 'NAME', name: 'Name' },
  input: structure({ ...organization, ...former }),
  output: structure({ UserId: z.string().describe('The former owner.') }),
})
