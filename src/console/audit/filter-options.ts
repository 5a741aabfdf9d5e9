/**
 * Suggested values of the audit's filters. Users can also enter other values, such as deleted roles.
 *
 * @module
 */

import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter'
import type { Filter } from '../api/history.ts'
import { useUserNames } from '../parts/names.ts'
import { useRoles } from '../parts/roles.ts'
import { useUserSearch } from '../parts/user-search.ts'
import { usePrincipals } from '../principals/all.ts'
import { OPERATIONS, REASONS } from '../roles/words.ts'
import { useSession } from '../session/session.ts'
import { OUTCOMES } from './outcome.ts'

type Option = PropertyFilterProps.FilteringOption

const VERDICTS: readonly Option[] = [
  { propertyKey: 'VERDICT', value: 'ALLOW', label: 'Allowed' },
  { propertyKey: 'VERDICT', value: 'DENY', label: 'Denied' },
  { propertyKey: 'VERDICT', value: 'ERROR', label: 'Failed' },
]

/** @param filters - active filters, whose IDs are shown as names */
export function useFilterOptions(filters: readonly Filter[]) {
  const { session, may } = useSession()
  const { options: roles } = useRoles()
  const principals = usePrincipalOptions()
  const { users, status, search } = useUserSearch()
  const mailboxes = filters.filter(
    ({ Property, Operator }) => Property === 'MAILBOX' && Operator !== 'CONTAINS',
  )
  const ids = mailboxes.map(({ Value }) => Value).filter(value => !value.includes('@'))
  const nameOf = useUserNames(ids)

  const options: Option[] = [
    ...VERDICTS,
    ...Object.entries(OUTCOMES).map(([value, label]) => ({ propertyKey: 'OUTCOME', value, label })),
    ...roles.map(role => ({ propertyKey: 'ROLE', ...role })),
    ...principals,
    ...OPERATIONS.map(value => ({ propertyKey: 'OPERATION', value })),
    ...Object.keys(REASONS).map(value => ({ propertyKey: 'REASON', value })),
    ...session.allowedActions.map(value => ({ propertyKey: 'ACTION', value })),
    ...ids.map(value => ({ propertyKey: 'MAILBOX', value, label: nameOf(value) })),
    ...users.map(({ Email }) => ({ propertyKey: 'MAILBOX', value: Email })),
  ]
  const load = (property: string | undefined, text: string, isFirst: boolean) => {
    if (property === 'MAILBOX' && may('ewsgateway:SearchUsers')) search(text, isFirst)
  }
  return { options, status: status === 'pending' ? ('finished' as const) : status, load }
}

function usePrincipalOptions(): readonly Option[] {
  const { may } = useSession()
  // If reading fails, users can still enter IDs.
  const { data = [] } = usePrincipals(may('ewsgateway:ListPrincipals'))
  return data.map(({ PrincipalId: value, Name: label }) => ({
    propertyKey: 'PRINCIPAL',
    value,
    label,
  }))
}
