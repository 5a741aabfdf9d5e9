/**
 * Converts a policy to a form and back: roles, administrative permission, and source addresses.
 *
 * The form shows only policies that it can write. All others are edited as JSON, so that saving the form never loses
 * a part of the policy that the form doesn't show.
 *
 * @module
 */

import { ADMINISTER, READ } from '../../policy/administrator.ts'
import type { Condition, PolicyDocument, Statement } from '../api/principals.ts'

/** Administrative permissions: none, read everything, or change everything. Acting in roles is separate. */
export type Administration = 'NONE' | 'READ' | 'ALL'

export type PolicyForm = Readonly<{
  administration: Administration
  /** IDs of the roles that the principal can assume. */
  roles: readonly string[]
  /** Whether the principal can assume all roles, including future ones. */
  everyRole: boolean
  /** Source addresses and ranges from which the policy allows requests, with blank lines. Empty for any address. */
  ranges: readonly string[]
}>

export const NO_PERMISSIONS: PolicyForm = {
  administration: 'NONE',
  roles: [],
  everyRole: false,
  ranges: [],
}

const ASSUME = 'workmail:AssumeImpersonationRole'
const ROLE_ID = 'workmail:ImpersonationRoleId'
const SOURCE = 'aws:SourceIp'
/** Permission for all actions and all roles, as a short spelling. */
const EVERYTHING = ['workmail:*', 'ewsgateway:*']

/** Returns the policy of a form for one organization. A form without permissions results in no statement. */
export function policyOf(form: PolicyForm, organizationId: string): PolicyDocument {
  const ranges = form.ranges.map(range => range.trim()).filter(range => range !== '')
  const allow = (Action: readonly string[], condition: Condition = {}): Statement => {
    const Condition = {
      ...condition,
      ...(ranges.length > 0 && { IpAddress: { [SOURCE]: ranges } }),
    }
    return {
      Effect: 'Allow',
      Action: [...Action],
      Resource: [`arn:aws:workmail:*:*:organization/${organizationId}`],
      ...(Object.keys(Condition).length > 0 && { Condition }),
    }
  }
  return {
    Version: '2012-10-17',
    Statement: [...administering(form, allow), ...assuming(form, allow)],
  }
}

type Allow = (action: readonly string[], condition?: Condition) => Statement

function administering({ administration }: PolicyForm, allow: Allow): readonly Statement[] {
  if (administration === 'NONE') return []
  return [allow(administration === 'ALL' ? ADMINISTER : READ)]
}

function assuming({ everyRole, roles }: PolicyForm, allow: Allow): readonly Statement[] {
  if (everyRole) return [allow([ASSUME])]
  return roles.length > 0 ? [allow([ASSUME], { StringEquals: { [ROLE_ID]: [...roles] } })] : []
}

/** Returns the form that is equivalent to a policy, or undefined if there is none. */
export function formOf(policy: PolicyDocument, organizationId: string): PolicyForm | undefined {
  const written = plain(policy, organizationId)
  const actions = written.Statement.flatMap(({ Action }) => Action)
  const conditions = written.Statement.map(({ Condition = {} }) => Condition)
  const roles = conditions.flatMap(({ StringEquals }) => StringEquals?.[ROLE_ID] ?? [])
  const form: PolicyForm = {
    administration: administrationOf(actions),
    roles,
    everyRole: actions.includes(ASSUME) && roles.length === 0,
    ranges: conditions[0]?.['IpAddress']?.[SOURCE] ?? [],
  }
  return canonical(policyOf(form, organizationId)) === canonical(written) ? form : undefined
}

function administrationOf(actions: readonly string[]): Administration {
  if (actions.includes('ewsgateway:*')) return 'ALL'
  return actions.some(action => READ.includes(action)) ? 'READ' : 'NONE'
}

/**
 * Replaces equivalent spellings with those that the form writes, because only the organization in a resource ARN
 * matters.
 */
function plain({ Version, Statement }: PolicyDocument, organizationId: string): PolicyDocument {
  const own = `arn:aws:workmail:*:*:organization/${organizationId}`
  const ofThis = (resource: string) => resource === '*' || resource.endsWith(`/${organizationId}`)
  return {
    Version,
    Statement: Statement.flatMap(statement => {
      const Resource = statement.Resource.some(ofThis) ? [own] : statement.Resource
      return actionsOf(statement).map(Action => ({ ...statement, Action, Resource }))
    }),
  }
}

function actionsOf(statement: Statement): readonly string[][] {
  if (isEverything(statement)) return [[...ADMINISTER], [ASSUME]]
  return [statement.Action]
}

const isEverything = ({ Action }: Statement): boolean =>
  canonical(Action) === canonical(EVERYTHING) || canonical(Action) === canonical(['*'])

/** Returns the same text for documents that differ only in the order of members, values, and statements. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([name, member]) => `${name}:${canonical(member)}`).join()}}`
}
