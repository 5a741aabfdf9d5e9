/**
 * Users chosen by searching: there may be a hundred thousand.
 *
 * @module
 */

import Multiselect, { type MultiselectProps } from '@cloudscape-design/components/multiselect'
import type { FoundUser } from '../api/users.ts'
import { useUserNames } from './names.ts'
import { useUserSearch } from './user-search.ts'

/** So many chosen ones are shown by address; the rest is counted. */
const SHOWN = 30

type Props = {
  selected: readonly string[]
  onChange: (ids: string[]) => void
  label: string
}

export function UserPicker({ selected, onChange, label }: Props) {
  const nameOf = useUserNames(selected.slice(0, SHOWN))
  const { users, status, problem, search } = useUserSearch()
  return (
    <Multiselect
      selectedOptions={selected.map(id => ({ value: id, label: nameOf(id) }))}
      options={users.map(optionOf)}
      onChange={({ detail }) =>
        onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []))
      }
      filteringType="manual"
      filteringPlaceholder="Address or name"
      filteringAriaLabel="Find users"
      onLoadItems={({ detail }) => search(detail.filteringText, detail.firstPage)}
      statusType={status}
      loadingText="Searching"
      errorText={problem}
      recoveryText="Try again"
      finishedText={users.length > 0 ? 'These are all' : undefined}
      empty="Nobody is called so"
      placeholder="Choose users"
      tokenLimit={SHOWN}
      ariaLabel={label}
      deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
      keepOpen
      expandToViewport
    />
  )
}

function optionOf({ UserId, Email, DisplayName, Enabled }: FoundUser): MultiselectProps.Option {
  return {
    value: UserId,
    label: Email,
    ...(DisplayName !== undefined && { description: DisplayName }),
    ...(!Enabled && { labelTag: 'Disabled' }),
  }
}
