/**
 * Values of the page that creates or edits a principal, with its policy as a form or as JSON.
 *
 * @module
 */

import type { PolicyDocument, Principal } from '../api/principals.ts'
import type { Problems, Texts } from '../parts/form.ts'
import { type Period, periodInWords, periodProblem } from '../parts/period.ts'
import { localZone } from '../parts/zone.ts'
import { formOf, NO_PERMISSIONS, type PolicyForm, policyOf } from './policy-form.ts'

export type Draft = Readonly<{
  name: string
  tab: 'FORM' | 'JSON'
  form: PolicyForm
  json: string
  period: Period
}>

export const NEW_PRINCIPAL: Draft = {
  name: '',
  tab: 'FORM',
  form: NO_PERMISSIONS,
  json: '',
  period: {},
}

export function draftOf({ Name, Policy, Period = {} }: Principal, organizationId: string): Draft {
  const form = formOf(Policy, organizationId)
  return {
    name: Name,
    tab: form === undefined ? 'JSON' : 'FORM',
    form: form ?? NO_PERMISSIONS,
    json: jsonOf(Policy),
    period: Period,
  }
}

/** Converts the policy for the other tab. Returns undefined if the form can't show the JSON. */
export function switchTab(draft: Draft, organizationId: string): Draft | undefined {
  if (draft.tab === 'FORM')
    return { ...draft, tab: 'JSON', json: jsonOf(policyOf(draft.form, organizationId)) }
  const policy = readJson(draft.json)
  const form = policy && formOf(policy, organizationId)
  return form && { ...draft, tab: 'FORM', form }
}

/** Returns the policy of a draft without problems. */
export function policyOfDraft({ tab, form, json }: Draft, organizationId: string): PolicyDocument {
  return tab === 'FORM'
    ? policyOf(form, organizationId)
    : (readJson(json) ?? policyOf(NO_PERMISSIONS, organizationId))
}

/** Returns problems by field. The gateway validates the content of the policy. */
export function problemsOf({ name, tab, form, json, period }: Draft): Problems {
  const problems: Record<string, string> = {}
  if (!/^[^\p{Cc}<>\\]{1,64}$/u.test(name.trim()))
    problems['name'] = 'Enter 1 to 64 characters other than <, >, and \\.'
  const inPeriod = periodProblem(period)
  if (inPeriod !== undefined) problems['period'] = inPeriod
  if (tab === 'JSON' && readJson(json) === undefined) problems['json'] = problemOfJson(json)
  if (
    tab === 'FORM' &&
    form.administration === 'NONE' &&
    !form.everyRole &&
    form.roles.length === 0
  )
    problems['form'] = 'Choose at least one role, or an administrative permission.'
  return problems
}

/** Returns the parts of a principal as texts, for comparisons of versions. */
export const textsOf = (draft: Draft, organizationId: string): Texts => ({
  Name: draft.name.trim(),
  Validity: periodInWords(draft.period, localZone()),
  Policy: problemsOf(draft)['json'] ?? jsonOf(policyOfDraft(draft, organizationId)),
})

/** Browsers differ in whether they name the place of a mistake or show the text around it. */
function problemOfJson(json: string): string {
  if (json.trim() !== '')
    try {
      JSON.parse(json)
    } catch (error) {
      return `Correct the policy, which is not valid JSON: ${(error as SyntaxError).message}.`
    }
  return 'Enter a policy as a JSON object with the members Version and Statement.'
}

const jsonOf = (policy: PolicyDocument): string => JSON.stringify(policy, null, 2)

/** Reads a policy. Converts single values to lists, because IAM allows both. */
function readJson(json: string): PolicyDocument | undefined {
  const value = parsed(json)
  if (typeof value !== 'object' || value === null || !('Statement' in value)) return undefined
  const statements = listOf(value.Statement)
  if (!statements.every(isObject)) return undefined
  const Statement = statements.map(statement => ({
    ...statement,
    Action: listOf(statement['Action']),
    Resource: listOf(statement['Resource']),
  }))
  return { ...value, Statement } as PolicyDocument
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
