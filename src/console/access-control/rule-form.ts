/**
 * Values of the form that creates or edits an access control rule.
 *
 * @module
 */

import type { AccessControlLists, AccessControlRule, WrittenRule } from '../api/access-control.ts'
import type { Problems } from '../parts/form.ts'

export const ACTIONS = [
  'ActiveSync',
  'AutoDiscover',
  'EWS',
  'IMAP',
  'SMTP',
  'WindowsOutlook',
  'WebMail',
] as const

/** Conditions of a rule: the list of included values, and the list of excluded values. */
export const CONDITIONS = {
  IpRanges: 'NotIpRanges',
  Actions: 'NotActions',
  UserIds: 'NotUserIds',
  ImpersonationRoleIds: 'NotImpersonationRoleIds',
} as const

export type ConditionName = keyof typeof CONDITIONS

/** Values that a condition matches: any value, only those in the list, or all except those in the list. */
export type Scope = 'ANY' | 'ONLY' | 'EXCEPT'

export type ConditionForm = Readonly<{ scope: Scope; values: readonly string[] }>

export type RuleForm = Readonly<{
  name: string
  effect: 'ALLOW' | 'DENY'
  description: string
  conditions: Readonly<Record<ConditionName, ConditionForm>>
}>

const ANY: ConditionForm = { scope: 'ANY', values: [] }

export const NEW_RULE: RuleForm = {
  name: '',
  effect: 'DENY',
  description: '',
  conditions: { IpRanges: ANY, Actions: ANY, UserIds: ANY, ImpersonationRoleIds: ANY },
}

/** Returns undefined if a rule has both lists of one condition, which the form can't show. */
export function formOf(rule: AccessControlRule): RuleForm | undefined {
  const names = Object.keys(CONDITIONS) as ConditionName[]
  if (names.some(name => rule[name] !== undefined && rule[CONDITIONS[name]] !== undefined))
    return undefined
  const conditions = names.map(name => [name, conditionOf(rule[name], rule[CONDITIONS[name]])])
  return {
    name: rule.Name,
    effect: rule.Effect,
    description: rule.Description,
    conditions: Object.fromEntries(conditions) as RuleForm['conditions'],
  }
}

function conditionOf(
  only: readonly string[] | undefined,
  except: readonly string[] | undefined,
): ConditionForm {
  if (only !== undefined) return { scope: 'ONLY', values: only }
  return except === undefined ? ANY : { scope: 'EXCEPT', values: except }
}

/** Returns the input of PutAccessControlRule for a form. */
export function inputOf({ name, effect, description, conditions }: RuleForm): WrittenRule {
  const lists = (Object.keys(CONDITIONS) as ConditionName[]).flatMap(condition => {
    const { scope } = conditions[condition]
    if (scope === 'ANY') return []
    return [[scope === 'ONLY' ? condition : CONDITIONS[condition], valuesOf(conditions, condition)]]
  })
  const written = { Name: name.trim(), Effect: effect, Description: description.trim() }
  return { ...written, ...(Object.fromEntries(lists) as AccessControlLists) }
}

/** Returns the values without blank lines, and with addresses as ranges. */
function valuesOf(conditions: RuleForm['conditions'], name: ConditionName): string[] {
  const values = conditions[name].values.map(value => value.trim()).filter(value => value !== '')
  return name === 'IpRanges' ? values.map(asRange) : values
}

/** Returns problems by field. Empty if the form can be saved. */
export function problemsOf(form: RuleForm): Problems {
  const problems: Record<string, string> = {}
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(form.name))
    problems['name'] = 'Enter 1 to 64 of the characters a–z, A–Z, 0–9, _, and -.'
  if (!/^[\u0020-\u00FF]{0,255}$/.test(form.description))
    problems['description'] =
      'Enter at most 255 characters of Western European languages, in one line.'
  for (const name of Object.keys(CONDITIONS) as ConditionName[])
    if (form.conditions[name].scope !== 'ANY' && valuesOf(form.conditions, name).length === 0)
      problems[name] = 'Add at least one value, or choose any.'
  const wrong = valuesOf(form.conditions, 'IpRanges').filter(range => !isRange(range))
  if (form.conditions.IpRanges.scope !== 'ANY' && wrong.length > 0)
    problems['IpRanges'] =
      `Enter addresses or ranges, such as 10.0.0.0/8 or 2001:db8::/32, instead of: ${wrong.join(', ')}`
  return problems
}

/** Returns whether a text looks like an address with a prefix length. The gateway checks it completely. */
const isRange = (text: string): boolean =>
  /^(\d{1,3}(\.\d{1,3}){3}\/([0-2]?\d|3[0-2])|[\da-f:.]*:[\da-f:.]*\/(\d{1,2}|1[01]\d|12[0-8]))$/i.test(
    text,
  )

/** Returns the range that contains only a single address. Doesn't change a range. */
const asRange = (text: string): string =>
  text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`

/** Returns whether a rule has no conditions, and so matches every request. */
export const isForEverything = (rule: AccessControlLists): boolean =>
  Object.entries(CONDITIONS).every(
    ([only, except]) => rule[only as ConditionName] === undefined && rule[except] === undefined,
  )
