/**
 * An access control rule as a form.
 *
 * @module
 */

import type { AccessControlLists, AccessControlRule, WrittenRule } from '../api/access-control.ts'

export const ACTIONS = [
  'ActiveSync',
  'AutoDiscover',
  'EWS',
  'IMAP',
  'SMTP',
  'WindowsOutlook',
  'WebMail',
] as const

/** The four things that a rule can compare, by the names of their lists. */
export const CONDITIONS = {
  IpRanges: 'NotIpRanges',
  Actions: 'NotActions',
  UserIds: 'NotUserIds',
  ImpersonationRoleIds: 'NotImpersonationRoleIds',
} as const

export type ConditionName = keyof typeof CONDITIONS

/** Which of the values of a condition the rule is for. */
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

/** Undefined where a rule has both lists of one condition, which the form cannot show. */
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

/** The input of PutAccessControlRule. */
export function inputOf({ name, effect, description, conditions }: RuleForm): WrittenRule {
  const lists = (Object.keys(CONDITIONS) as ConditionName[]).flatMap(condition => {
    const { scope } = conditions[condition]
    if (scope === 'ANY') return []
    return [[scope === 'ONLY' ? condition : CONDITIONS[condition], valuesOf(conditions, condition)]]
  })
  const written = { Name: name.trim(), Effect: effect, Description: description.trim() }
  return { ...written, ...(Object.fromEntries(lists) as AccessControlLists) }
}

/** Without blank lines, and addresses as ranges. */
function valuesOf(conditions: RuleForm['conditions'], name: ConditionName): string[] {
  const values = conditions[name].values.map(value => value.trim()).filter(value => value !== '')
  return name === 'IpRanges' ? values.map(asRange) : values
}

/** What is wrong with a form, by the field that must be mended; nothing where it can be saved. */
export function problemsOf(form: RuleForm): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {}
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(form.name))
    problems['name'] = 'Use 1 to 64 of a–z, A–Z, 0–9, _ and -'
  if (!/^[\u0020-\u00FF]{0,255}$/.test(form.description))
    problems['description'] =
      'Use at most 255 characters of Western European languages, in one line'
  for (const name of Object.keys(CONDITIONS) as ConditionName[])
    if (form.conditions[name].scope !== 'ANY' && valuesOf(form.conditions, name).length === 0)
      problems[name] = 'Add at least one, or let the rule be for any'
  const wrong = valuesOf(form.conditions, 'IpRanges').filter(range => !isRange(range))
  if (form.conditions.IpRanges.scope !== 'ANY' && wrong.length > 0)
    problems['IpRanges'] = `Not a range like 10.0.0.0/8 or 2001:db8::/32: ${wrong.join(', ')}`
  return problems
}

/** An address and the length of its mask; whether all of it is right, the server says. */
const isRange = (text: string): boolean =>
  /^(\d{1,3}(\.\d{1,3}){3}\/([0-2]?\d|3[0-2])|[\da-f:.]*:[\da-f:.]*\/(\d{1,2}|1[01]\d|12[0-8]))$/i.test(
    text,
  )

/** A single address as the range of its own. */
const asRange = (text: string): string =>
  text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`

/** Whether a rule says nothing but its effect, and so is for everything. */
export const isForEverything = (rule: AccessControlLists): boolean =>
  Object.entries(CONDITIONS).every(
    ([only, except]) => rule[only as ConditionName] === undefined && rule[except] === undefined,
  )
