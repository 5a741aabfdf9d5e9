/**
 * Contracts of the actions on an organization as a whole: its configuration, gateways, directory, and
 * upstream.
 *
 * @module
 */

import { z } from 'zod'
import { UPSTREAM_STATES } from '../../model/upstream-status.ts'
import { addressShape, flag, oneOf, structure, timeShape } from '../shapes.ts'
import { contract } from './contract.ts'
import { addresses, ewsUrl, organization, paging } from './members.ts'

/** Checks that concern one organization or the whole gateway. */
export const OVERVIEW_CHECKS = [
  'policy',
  'store',
  'cache',
  'audit',
  'delivery',
  'disk',
  'memory',
  'master-key',
  'certificate',
  'directory',
] as const

const given = {
  OrganizationId: z.string(),
  Alias: z.string(),
  State: z.literal('Active'),
}

export const listOrganizations = contract('WorkMailService', 'ListOrganizations', {
  summary: "Lists the caller's organization. A principal belongs to one organization.",
  audited: undefined,
  input: structure(paging),
  output: structure({ OrganizationSummaries: z.array(structure(given)) }),
})

export const describeOrganization = contract('WorkMailService', 'DescribeOrganization', {
  summary: 'Describes an organization.',
  audited: undefined,
  input: structure(organization),
  output: structure({ ...given, ARN: z.string().describe('The ARN that policies can name.') }),
})

export const describeOverview = contract('EwsGateway', 'DescribeOverview', {
  summary: 'Returns an overview of an organization.',
  audited: undefined,
  input: structure(organization),
  output: structure({
    Alias: z.string(),
    ...ewsUrl,
    PolicyVersion: z.int().describe('Grows with every change.'),
    Roles: z.int().describe('Number of roles.'),
    Users: z.int().describe('Number of users.'),
    Principals: z.int().describe('Number of principals.'),
    Tools: z
      .int()
      .describe(
        'Number of principals that can act now, and whose policy only allows to assume roles.',
      ),
    HasServed: z
      .boolean()
      .exactOptional()
      .describe('Whether the history has an allowed request. Left out if there is no history.'),
    Upstream: structure({
      State: oneOf(UPSTREAM_STATES).describe(
        'Whether the EWS server serves the requests of the gateway that answers.',
      ),
      DateChanged: timeShape,
      Cause: z.string().exactOptional().describe('Cause of the last failure.'),
      Message: z.string().exactOptional().describe('What failed.'),
      Remedy: z.string().exactOptional().describe('Step that an operator takes.'),
    }),
    Health: z
      .array(
        structure({
          Name: oneOf(OVERVIEW_CHECKS),
          Status: oneOf(['pass', 'warn', 'fail']).describe(
            '`warn`: the gateway does without it. `fail`: requests fail.',
          ),
          Message: z.string().exactOptional().describe('What is wrong, and what to do.'),
        }),
      )
      .describe(
        'Checks of the gateway that answers, [as of `/readyz`](operations.md#health). `certificate` and `directory` are left out if none is configured.',
      ),
    DateCertificateEnds: timeShape
      .exactOptional()
      .describe('Expiry of the certificate of `tls`. Left out without `tls`.'),
  }),
})

export const listGateways = contract('EwsGateway', 'ListGateways', {
  summary:
    'Lists the running gateways, and those that crashed within a day, the latest start first. A running gateway is seen every ten seconds.',
  audited: undefined,
  input: structure(organization),
  output: structure({
    Gateways: z.array(
      structure({
        GatewayId: z.string().describe('A new ID at every start.'),
        Host: z.string(),
        Version: z.string().describe('Version of the program.'),
        DateStarted: timeShape,
        DateSeen: timeShape,
      }),
    ),
  }),
})

const unfit = z
  .array(
    structure({
      Who: z.string().describe('Name of the entry.'),
      Problem: z.string(),
    }),
  )
  .describe('Entries that were skipped.')

export const describeDirectory = contract('EwsGateway', 'DescribeDirectory', {
  summary: 'Describes the source of users, and the state of its synchronization.',
  audited: undefined,
  input: structure(organization),
  output: structure({
    Kind: oneOf(['store', 'ldap']).describe('All other members are left out with `store`.'),
    IntervalSeconds: z.number().exactOptional(),
    DateAttempted: timeShape.exactOptional(),
    DateSucceeded: timeShape.exactOptional(),
    Failures: z.int().exactOptional().describe('Number of attempts that failed since a success.'),
    Message: z.string().exactOptional().describe('Why the last attempt failed or stopped.'),
    WouldRemove: z.int().exactOptional().describe('Users that a stopped attempt would remove.'),
    Users: z.int().exactOptional().describe('Users before a stopped attempt.'),
    Alarm: z.string().exactOptional().describe('What an operator must do.'),
    Unfit: unfit.exactOptional(),
  }),
})

const names = (what: string) => z.array(z.string()).describe(`Names of ${what}.`)

export const synchronizeDirectory = contract('EwsGateway', 'SynchronizeDirectory', {
  summary:
    'Synchronizes users and groups with the directory now. It stops if more than a tenth of the users would be removed, unless AcceptRemovals is true.',
  audited: 'effect',
  object: { type: 'DIRECTORY' },
  input: structure({ ...organization, AcceptRemovals: flag().exactOptional() }),
  output: structure({
    Outcome: oneOf(['done', 'stopped', 'failed']),
    Message: z.string().exactOptional().describe('Why it failed or stopped.'),
    Created: addresses('new users'),
    Updated: addresses('changed users'),
    Removed: addresses('removed users'),
    Unchanged: z.int().describe('Number of users that stay as they are.'),
    Groups: structure({
      Created: names('new groups'),
      Updated: names('changed groups'),
      Removed: names('removed groups'),
    }),
    Unfit: unfit,
  }),
})

export const checkUpstream = contract('EwsGateway', 'CheckUpstream', {
  summary:
    "Checks the organization's server: name, TCP, TLS, schemes, credentials, kind of server, the right to impersonate, IDs, neutral mailbox. Ends at the first check that fails. Opens the inbox of `As`, or the neutral mailbox, and reads nothing in it.",
  // Audited although it changes nothing, because it opens a mailbox without a decision based on a role.
  audited: 'effect',
  input: structure({ ...organization, As: addressShape.exactOptional() }),
  output: structure({
    Passed: z.boolean().describe('Whether no check failed.'),
    Checks: z.array(
      structure({
        Name: z.string(),
        Result: oneOf(['ok', 'failed', 'skipped']),
        Detail: z.string(),
        Advice: z.string().exactOptional().describe('What to do about a failed check.'),
      }),
    ),
  }),
})
