/**
 * Selects users by searching, because there can be more than a hundred thousand, or by pasting a list.
 *
 * @module
 */

import Multiselect, { type MultiselectProps } from '@cloudscape-design/components/multiselect'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { FoundUser } from '../api/users.ts'
import { useSession } from '../session/session.ts'
import { useUserNames } from './names.ts'
import { PasteUsers } from './paste-users.tsx'
import { SelectedUsers } from './selected-users.tsx'
import { useUserSearch } from './user-search.ts'

/** Maximum number of selected users that are shown as tokens. More are in a table. */
const TOKENS = 30

type Props = {
  selected: readonly string[]
  onChange: (ids: string[]) => void
  label: string
}

export function UserPicker({ selected, onChange, label }: Props) {
  const { may } = useSession()
  const nameOf = useUserNames(selected)
  const { users, status, problem, search } = useUserSearch()
  const [hasTable, setHasTable] = useState(false)
  // The table stays when users are removed from it, so that it keeps the focus.
  if (selected.length > TOKENS && !hasTable) setHasTable(true)
  return (
    <SpaceBetween size="xs">
      <Multiselect
        selectedOptions={selected.map(id => ({ value: id, label: nameOf(id) }))}
        options={users.map(optionOf)}
        onChange={({ detail }) =>
          onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []))
        }
        filteringType="manual"
        filteringPlaceholder="Enter an address or a name"
        filteringAriaLabel="Find users"
        onLoadItems={({ detail }) => search(detail.filteringText, detail.firstPage)}
        statusType={status}
        loadingText="Searching users"
        errorText={problem}
        recoveryText="Try again"
        finishedText={users.length > 0 ? 'End of results' : undefined}
        empty="No matching users"
        placeholder="Choose users"
        hideTokens={hasTable}
        ariaLabel={label}
        deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
        keepOpen
        expandToViewport
      />
      {hasTable && (
        <SelectedUsers
          selected={selected}
          nameOf={nameOf}
          onRemove={id => onChange(selected.filter(one => one !== id))}
        />
      )}
      {may('ewsgateway:GetUsers') && (
        <PasteUsers selected={selected} onAdd={ids => onChange([...selected, ...ids])} />
      )}
    </SpaceBetween>
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
