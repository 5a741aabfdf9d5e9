/**
 * A policy as a form: which roles may be assumed, what may be administered, and from where.
 *
 * Only what the form writes can be read back into it; any other policy is for the JSON tab, so that
 * saving the form never loses what it does not show.
 *
 * @module
 */

import type { Condition, PolicyDocument, Statement } from '../api/principals.ts'

/** Administrative permissions: none, read everything, or change everything. Acting in roles is separate. */
export type Administration = 'NONE' | 'READ' | 'ALL'

export type PolicyForm = Readonly<{
  administration: Administration
  /** Ids of the roles that may be assumed. */
  roles: readonly string[]
  /** Every role, also those that are made later. */
  everyRole: boolean
  /** Addresses and ranges from which all of it holds, blank lines among them; none: from anywhere. */
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
/** Everything except acting in a role; roles can be given to others. `admin create-key` writes the same. */
const ADMINISTER = [
  'workmail:Create*',
  'workmail:Delete*',
  'workmail:Describe*',
  'workmail:Get*',
  'workmail:List*',
  'workmail:Put*',
  'workmail:Update*',
  'ewsgateway:*',
  'ewsgateway:PassImpersonationRole',
]
/** Administering and acting in every role, as administrators had it before these were separate. */
const EVERYTHING = ['workmail:*', 'ewsgateway:*']
const READ = [
  'workmail:Describe*',
  'workmail:Get*',
  'workmail:List*',
  'ewsgateway:Describe*',
  'ewsgateway:ExplainDecision',
  'ewsgateway:Get*',
  'ewsgateway:List*',
  'ewsgateway:PreviewImpersonationRole',
  'ewsgateway:Search*',
  'ewsgateway:SummarizeDecisions',
]

/** The policy of a form, for one organization. A form that allows nothing has no statement. */
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

/** The form that says what a policy says, or undefined where no form does. */
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

/** Where something has two spellings, that of the form; of a resource only the organization counts. */
function plain({ Version, Statement }: PolicyDocument, organizationId: string): PolicyDocument {
  const own = `arn:aws:workmail:*:*:organization/${organizationId}`
  const ofThis = (resource: string) => resource === '*' || resource.endsWith(`/${organizationId}`)
  return {
    Version,
    Statement: Statement.flatMap(statement => {
      const Resource = statement.Resource.some(ofThis) ? [own] : statement.Resource
      const actions = isEverything(statement) ? [ADMINISTER, [ASSUME]] : [statement.Action]
      return actions.map(Action => ({ ...statement, Action, Resource }))
    }),
  }
}

const isEverything = ({ Action }: Statement): boolean =>
  canonical(Action) === canonical(EVERYTHING) || canonical(Action) === canonical(['*'])

/** The same text for documents that differ only in the order of members, values and statements. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([name, member]) => `${name}:${canonical(member)}`).join()}}`
}
