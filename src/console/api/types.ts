/**
 * What the control API's actions take and give, as far as the console calls them.
 *
 * Names and spelling are the API's. Times are seconds since 1970. OrganizationId is put in by
 * {@link call}.
 *
 * @module
 */

/** An action's input and output. */
export type Takes<Input, Output> = { input: Input; output: Output }

export type Page = { NextToken?: string; MaxResults?: number }
export type More = { NextToken?: string }

export type RoleType = 'FULL_ACCESS' | 'READ_ONLY'
export type Effect = 'ALLOW' | 'DENY'

/** Everything that a row of a list names by id and by name. */
export type Named = { PrincipalId: string; Name: string; LastUsed?: number }
