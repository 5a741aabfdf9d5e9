/**
 * Contracts of the actions on groups.
 *
 * @module
 */

import { z } from 'zod'
import { isAddress, isGroupId } from '../../model/identity.ts'
import {
  effectShape,
  entityIdentifierShape,
  groupFiltersShape,
  groupIdentifierShape,
  groupNameShape,
  groupsForEntityFiltersShape,
  list,
  oneOf,
  searchTextShape,
  structure,
  textThat,
} from '../shapes.ts'
import { contract } from './contract.ts'
import {
  expecting,
  groups,
  more,
  nothing,
  organization,
  paging,
  unreadable,
  versioned,
} from './members.ts'

const oneGroup = { ...organization, GroupId: groupIdentifierShape }

const given = {
  Email: z.string().exactOptional(),
  Name: z.string(),
  State: oneOf(['ENABLED', 'DISABLED']).describe('ENABLED: the group has an address.'),
}

export const listGroups = contract('WorkMailService', 'ListGroups', {
  summary: 'Lists groups, 100 at a time without MaxResults.',
  audited: undefined,
  input: structure({ ...organization, ...paging, Filters: groupFiltersShape.exactOptional() }),
  output: structure({ Groups: z.array(structure({ Id: z.string(), ...given })), ...more }),
})

export const describeGroup = contract('WorkMailService', 'DescribeGroup', {
  summary: 'Returns a group by ID, name, or address.',
  audited: undefined,
  input: structure(oneGroup),
  output: structure({ GroupId: z.string(), ...given }),
})

export const listGroupMembers = contract('WorkMailService', 'ListGroupMembers', {
  summary: 'Lists the direct members of a group: groups, then users, each ordered by ID.',
  audited: undefined,
  input: structure({ ...oneGroup, ...paging }),
  output: structure({
    Members: z.array(
      structure({
        Id: z.string(),
        Name: z.string().exactOptional().describe('Left out if the member was deleted.'),
        Type: oneOf(['GROUP', 'USER']),
        State: oneOf(['ENABLED', 'DISABLED', 'DELETED']),
      }),
    ),
    ...more,
  }),
})

export const listGroupsForEntity = contract('WorkMailService', 'ListGroupsForEntity', {
  summary: 'Lists the groups of which a user or a group is a direct member.',
  audited: undefined,
  input: structure({
    ...organization,
    EntityId: groupIdentifierShape,
    Filters: groupsForEntityFiltersShape.exactOptional(),
    ...paging,
  }),
  output: structure({
    Groups: z.array(structure({ GroupId: z.string(), GroupName: z.string() })),
    ...more,
  }),
})

export const searchGroups = contract('EwsGateway', 'SearchGroups', {
  summary:
    'Finds groups whose name, a word of the name, or address begins with Text, ordered by name. Without Text, it lists all groups.',
  audited: undefined,
  input: structure({ ...organization, Text: searchTextShape.exactOptional(), ...paging }),
  output: structure({
    Groups: z.array(
      structure({
        GroupId: z.string(),
        Name: z.string(),
        Email: z.string().exactOptional(),
        Members: z.int().describe('Number of direct members.'),
      }),
    ),
    Total: z.int().describe('Number of groups of the organization.'),
    ...more,
  }),
})

export const searchGroupUsers = contract('EwsGateway', 'SearchGroupUsers', {
  summary:
    'Finds users among the direct members of a group, as SearchUsers does, ordered by primary address. Without Text, it lists all of them, also deleted ones.',
  audited: undefined,
  input: structure({ ...oneGroup, Text: searchTextShape.exactOptional(), ...paging }),
  output: structure({
    Users: z.array(
      structure({
        UserId: z.string(),
        Email: z.string().exactOptional().describe('Left out if the gateway never had the user.'),
        DisplayName: z.string().exactOptional(),
        State: oneOf(['ENABLED', 'DISABLED', 'DELETED']),
      }),
    ),
    Total: z.int().describe('Number of users on all pages.'),
    ...more,
  }),
})

export const describeGroupUse = contract('EwsGateway', 'DescribeGroupUse', {
  summary:
    'Returns a group with its version, and shows where it is used: the groups that contain it, and the rules of roles that name it or such a group. ListGroupMembers lists its members.',
  audited: undefined,
  input: structure(oneGroup),
  output: structure({
    GroupId: z.string(),
    Name: z.string(),
    PrimarySmtpAddress: z.string().exactOptional(),
    Users: z.int().describe('Number of users that are direct members.'),
    Groups: groups('Groups that are direct members.'),
    Unreadable: unreadable('members', 'conditions that name the group deny'),
    ...versioned,
    MemberOf: groups('Groups that contain this one directly.'),
    Rules: z.array(
      structure({
        ImpersonationRoleId: z.string(),
        RoleName: z.string(),
        ImpersonationRuleId: z.string(),
        RuleName: z.string().exactOptional(),
        Effect: effectShape,
        TargetGroups: groups('This group, and groups that contain it, in TargetGroups.'),
        NotTargetGroups: groups('The same in NotTargetGroups.'),
      }),
    ),
  }),
})

export const putGroup = contract('EwsGateway', 'PutGroup', {
  summary:
    'Changes the group with this GroupId. Without GroupId, creates a group, or restores a deleted one with its Name or PrimarySmtpAddress, and fails if a group has one of them. Clears members that are absent. Users are named as in rules, and Groups by ID, name, or address.',
  audited: 'change',
  object: { type: 'GROUP', id: 'GroupId' },
  byHand: true,
  input: structure({
    ...organization,
    GroupId: textThat(
      'the ID of a group, a UUID in lower case or of the form S-1-1-…',
      isGroupId,
    ).exactOptional(),
    Name: groupNameShape,
    PrimarySmtpAddress: textThat('an address, like sales@example.com', isAddress).exactOptional(),
    Users: list(entityIdentifierShape, 'users').exactOptional(),
    Groups: list(groupIdentifierShape, 'groups').exactOptional(),
    ...expecting,
  }),
  output: structure({ GroupId: z.string(), ...versioned }),
})

export const updateGroup = contract('EwsGateway', 'UpdateGroup', {
  summary:
    'Changes the members of a group that are given, and leaves the others unchanged. Users are named as in rules, and groups by ID, name, or address.',
  audited: 'change',
  object: { type: 'GROUP', id: 'GroupId' },
  byHand: true,
  input: structure({
    ...oneGroup,
    Name: groupNameShape.exactOptional(),
    PrimarySmtpAddress: textThat(
      'an address, like sales@example.com, or empty to remove it',
      value => value === '' || isAddress(value),
    ).exactOptional(),
    AddUsers: list(entityIdentifierShape, 'users').exactOptional(),
    RemoveUsers: list(entityIdentifierShape, 'users').exactOptional(),
    AddGroups: list(groupIdentifierShape, 'groups').exactOptional(),
    RemoveGroups: list(groupIdentifierShape, 'groups').exactOptional(),
  }),
  output: structure({ GroupId: z.string(), ...versioned }),
})

export const deleteGroup = contract('EwsGateway', 'DeleteGroup', {
  summary:
    'Deletes a group by ID, name, or address. Name and address stay with the ID, and rules that deny its last members still do.',
  audited: 'change',
  object: { type: 'GROUP', id: 'GroupId' },
  byHand: true,
  input: structure(oneGroup),
  output: nothing,
})
