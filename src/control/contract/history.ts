/**
 * Contracts of the actions that read the history.
 *
 * @module
 */

import { z } from 'zod'
import { OBJECT_TYPES } from '../../model/changed-object.ts'
import { CAUSES, OUTCOMES } from '../../model/outcome.ts'
import { SHADOW_OUTCOMES } from '../../model/shadow.ts'
import { mustBe } from '../problems.ts'
import { list, maxResultsShape, oneOf, structure, textThat, timeShape } from '../shapes.ts'
import { contract } from './contract.ts'
import { more, organization, paging } from './members.ts'

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export const isDecisionId = (text: string): boolean => ID.test(text)

/** Maximum number of rows in a summary. */
export const ROWS = 10_000

/** Maximum number of filters in a call. */
const FILTERS = 100

const DECISION_PROPERTIES = [
  'ROLE',
  'PRINCIPAL',
  'MAILBOX',
  'OPERATION',
  'VERDICT',
  'REASON',
  'OUTCOME',
  'CAUSE',
  'RULE',
] as const

/** Properties by which totals can be grouped. */
export const GROUP_PROPERTIES = ['DAY', 'HOUR', ...DECISION_PROPERTIES] as const

/** Properties of decisions that a filter with CONTAINS accepts: their names or texts are long enough to search in. */
const DECISION_TEXTS = ['ROLE', 'RULE', 'PRINCIPAL', 'MAILBOX', 'OPERATION', 'REASON'] as const

/** The same of changes. Only the name of an object can be searched, so OBJECT needs CONTAINS. */
const CHANGE_TEXTS = ['ACTION', 'OBJECT', 'PRINCIPAL', 'REASON'] as const

const valueShape = textThat(
  '1 to 256 characters',
  value => value.length > 0 && value.length <= 256 && !/\p{Cc}/u.test(value),
)

/** Filters by the given properties. @param texts - properties for which CONTAINS is allowed */
const filtersBy = <const P extends readonly [string, ...string[]]>(
  properties: P,
  texts: readonly P[number][],
) =>
  list(
    structure({
      Property: oneOf(properties),
      Operator: oneOf(['EQUALS', 'NOT_EQUALS', 'CONTAINS']),
      Value: valueShape,
    })
      .refine(
        ({ Property, Operator }) => Operator !== 'CONTAINS' || texts.includes(Property),
        mustBe(`a filter by ${texts.join(', ')} if Operator is CONTAINS`),
      )
      .refine(
        ({ Property, Operator }) => Operator === 'CONTAINS' || Property !== 'OBJECT',
        mustBe('a filter with the Operator CONTAINS if Property is OBJECT'),
      ),
    'filters',
  )
    .max(FILTERS, mustBe(`a list of ${FILTERS} filters at most`))
    .exactOptional()

const decisionFilters = filtersBy(DECISION_PROPERTIES, DECISION_TEXTS)

export const span = {
  ...organization,
  StartTime: timeShape.meta({ description: 'Beginning of the period.' }),
  EndTime: timeShape.meta({ description: 'End of the period, exclusive.' }),
}

const verdict = oneOf(['ALLOW', 'DENY', 'ERROR'])
const result = oneOf(OUTCOMES)
  .exactOptional()
  .describe('Result of the request. Left out while it is in progress.')
const cause = oneOf(CAUSES).exactOptional().describe('Why the request failed or was aborted.')
const optional = z.string().exactOptional()
const items = z
  .int()
  .describe(
    'Number of items in responses; of item IDs in requests if the operation returns no items, or if the upstream compressed the response.',
  )
const ruleType = oneOf(['IMPERSONATION', 'ACCESS_CONTROL', 'NONE']).describe(
  'Kind of the rule that decided. NONE: no rule did, and Reason says what did.',
)
const rule = {
  RuleId: optional.describe(
    'ID of the rule of the role, or name of the access control rule, that decided. If several rules matched, it is the first of them.',
  ),
  RuleName: optional.describe('Name of the rule of the role at the time of the request.'),
}
const bytes = z.int().describe('Bytes of requests and responses.')

export const listDecisions = contract('EwsGateway', 'ListDecisions', {
  summary:
    'Lists decisions on requests, newest first, 100 at a time without MaxResults. Denials and failures are kept for audit.history.refusals, and allowed requests for audit.history.allowed.',
  audited: 'read',
  input: structure({ ...span, Filters: decisionFilters, ...paging }),
  output: structure({
    Decisions: z.array(
      structure({
        DecisionId: z.string(),
        Time: timeShape,
        Verdict: verdict,
        Reason: optional,
        Outcome: result,
        Cause: cause,
        Status: z.int().exactOptional().describe('HTTP status of the response.'),
        ResponseCode: optional.describe('First ResponseCode of the response.'),
        RoleId: optional,
        RoleName: optional.describe('Name at the time of the request.'),
        PrincipalId: optional,
        PrincipalName: optional.describe('Current name.'),
        UserId: optional,
        Mailbox: optional.describe(
          'Address of the impersonated user, or the name that the client gave if it is unknown.',
        ),
        Operation: optional,
        RuleType: ruleType,
        ...rule,
        SourceAddress: optional.describe('Left out if several addresses are counted together.'),
        Items: items,
        Bytes: bytes,
      }),
    ),
    ...more,
  }),
})

const texts = z.array(z.string()).exactOptional()
const count = z.number().exactOptional()

/** An audit record as in the journal. Members whose values were not known are absent. */
const shadow = z
  .looseObject({ version: z.number(), outcome: z.enum(SHADOW_OUTCOMES) })
  .exactOptional()

const record = z
  .looseObject({
    type: z.enum(['decision', 'change', 'assume', 'call']),
    at: z.iso.datetime(),
    decisionId: z.string(),
    principalId: optional,
    accessKeyId: optional,
    issuer: optional,
    subject: optional,
    displayName: optional,
    roleId: optional,
    roleName: optional,
    roleType: optional,
    profile: optional,
    profileVersion: count,
    protectionException: z.literal(true).exactOptional(),
    sourceAddress: optional,
    userAgent: optional,
    connectingSid: z.object({ kind: z.string(), value: z.string() }).exactOptional(),
    userNameMailbox: optional,
    userId: optional,
    userAddress: optional,
    operation: optional,
    mailboxOwners: texts,
    unknownMailboxes: texts,
    folders: texts,
    items: texts,
    itemCount: count,
    verdict: z.enum(['allow', 'deny', 'pending', 'error']),
    reason: optional,
    matchedRules: texts,
    ruleName: optional,
    shadow,
    policyVersion: count,
    knowledgeAgeMs: count,
    action: optional,
    object: z
      .looseObject({ type: z.enum(OBJECT_TYPES), id: optional, name: optional })
      .exactOptional(),
    parts: count,
    missingParts: count,
    before: z.unknown().exactOptional(),
    after: z.unknown().exactOptional(),
    count,
  })
  .meta({ title: 'a record of the audit: see [its fields](audit-fields.md)' })

const outcome = z
  .looseObject({
    status: count,
    responseCode: optional,
    itemCount: count,
    leftOut: count,
    shadow,
    requestBytes: z.number(),
    responseBytes: z.number(),
    durationMs: z.number(),
    upstreamMs: count,
    ended: z.enum(['complete', 'fault', 'client-gone', 'cut']),
    outcome: z.enum(OUTCOMES).exactOptional(),
    cause: z.enum(CAUSES).exactOptional(),
  })
  .meta({ title: 'a record of the audit: see [its fields](audit-fields.md#outcome)' })

/** A record of the audit, by the names of its members. */
export type RecordMembers = z.infer<typeof record>
export type OutcomeMembers = z.infer<typeof outcome>

export const getDecision = contract('EwsGateway', 'GetDecision', {
  summary:
    'Returns the records of a decision or change. A change with several records is returned as one, with `parts`, and with `missingParts` while the history lacks some of them. The folder and item IDs of a decision are in the audit journal of the gateway that made it: only this gateway can return them, while it keeps the journal.',
  audited: 'read',
  input: structure({
    ...organization,
    DecisionId: textThat('the ID of a decision, in lower case', isDecisionId),
  }),
  output: structure({
    Record: record,
    Outcome: outcome
      .exactOptional()
      .describe(
        'Present after the request has ended. A decision record with `count` never has one: its requests were denied.',
      ),
    JournalRecord: optional.describe(
      'Place of the record of a decision in the audit journal: writer, segment, and line, as in `20261127T175803Z-5f0c2a9b/1/42`. Left out for a change.',
    ),
  }),
})

export const summarizeDecisions = contract('EwsGateway', 'SummarizeDecisions', {
  summary: `Totals of requests, items, and bytes in whole hours, for each value of the properties in GroupBy, by day, by hour, or most requests first. Without MaxResults, it returns at most ${ROWS.toLocaleString('en')} rows.`,
  audited: 'read',
  input: structure({
    ...span,
    GroupBy: list(oneOf(GROUP_PROPERTIES), 'properties').refine(
      properties => new Set(properties).size === properties.length,
      mustBe('a list of different properties'),
    ),
    Filters: decisionFilters,
    MaxResults: maxResultsShape.exactOptional(),
  }),
  output: structure({
    Rows: z
      .array(
        structure({
          Day: timeShape.exactOptional().describe('Beginning of the day, in UTC.'),
          Hour: timeShape.exactOptional().describe('Beginning of the hour.'),
          RoleId: optional,
          RoleName: optional,
          PrincipalId: optional,
          PrincipalName: optional,
          UserId: optional,
          Mailbox: optional,
          Operation: optional,
          RuleType: ruleType.exactOptional(),
          ...rule,
          Verdict: verdict.exactOptional(),
          Reason: optional,
          Outcome: result,
          Cause: cause,
          Requests: z.int(),
          Items: items,
          Bytes: bytes,
          LastUsed: timeShape.describe('Time of the last request.'),
        }),
      )
      .describe(
        'Each row has the members of its properties in GroupBy. A rule of a role also has the RoleId and RoleName.',
      ),
    Truncated: z.boolean().describe('Whether there are more rows.'),
  }),
})

export const listChanges = contract('EwsGateway', 'ListChanges', {
  summary:
    'Lists changes and issued tokens, also denied ones, and denied calls of all other actions, newest first, 100 at a time without MaxResults.',
  audited: 'read',
  input: structure({
    ...span,
    Filters: filtersBy(
      ['ACTION', 'OBJECT', 'ROLE', 'PRINCIPAL', 'VERDICT', 'REASON'],
      CHANGE_TEXTS,
    ).describe('OBJECT with CONTAINS searches in the names of objects, as ObjectName has them.'),
    ...paging,
  }),
  output: structure({
    Changes: z.array(
      structure({
        DecisionId: z.string(),
        Time: timeShape,
        Action: z.string().describe('Permission of the action.'),
        Verdict: verdict,
        Reason: optional.describe('Type of the error.'),
        PrincipalId: optional,
        PrincipalName: optional.describe(
          'Current name of a principal; name of a person at the time of the change.',
        ),
        Issuer: optional.describe(
          'Issuer at which the person signed in who made the change. Left out if the change is long: GetDecision has it.',
        ),
        Subject: optional.describe('ID of this person at the issuer.'),
        RoleId: optional,
        ObjectType: oneOf(OBJECT_TYPES)
          .exactOptional()
          .describe('Type of the object that the change is about.'),
        ObjectId: optional,
        ObjectName: optional.describe(
          'Name of the object after the change, or before it was deleted: the address of a user, the ID of an access key.',
        ),
        Counts: structure({
          Created: z.int(),
          Updated: z.int(),
          Deleted: z.int(),
          GroupsCreated: z.int().exactOptional(),
          GroupsUpdated: z.int().exactOptional(),
          GroupsDeleted: z.int().exactOptional(),
        })
          .exactOptional()
          .describe(
            'Numbers of users, and of groups, that an import or a synchronization changed.',
          ),
        DryRun: z.boolean().exactOptional().describe('Whether an import was only a preview.'),
        SourceAddress: optional,
        Count: z.int().exactOptional().describe('Number of denied calls that the entry counts.'),
        Before: z
          .unknown()
          .optional()
          .describe(
            'The state before the change. Left out if it is long, or of an import or a synchronization: GetDecision has it.',
          ),
        After: z
          .unknown()
          .optional()
          .describe(
            'The state after the change. Left out if it is long, or of an import or a synchronization: GetDecision has it.',
          ),
      }),
    ),
    ...more,
  }),
})
