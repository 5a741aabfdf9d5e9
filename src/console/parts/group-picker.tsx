/**
 * Selects groups, found by the beginning of their names.
 *
 * @module
 */

import Multiselect from '@cloudscape-design/components/multiselect'
import { useState } from 'react'
import { useGroupNames } from './names.ts'
import { useQuery } from './query.ts'

const PAGE = 100
/** Maximum number of selected groups that are shown by name. */
const SHOWN = 30

type Props = { selected: readonly string[]; onChange: (ids: string[]) => void }

export function GroupPicker({ selected, onChange }: Props) {
  const nameOf = useGroupNames(selected.slice(0, SHOWN))
  const [text, setText] = useState('')
  const { data, error, isLoading, reload } = useQuery('WorkMailService.ListGroups', {
    MaxResults: PAGE,
    ...(text !== '' && { Filters: { NamePrefix: text } }),
  })
  const groups = data?.Groups ?? []
  return (
    <Multiselect
      selectedOptions={selected.map(id => ({ value: id, label: nameOf(id) }))}
      options={groups.map(({ Id, Name, Email }) => ({
        value: Id,
        label: Name,
        ...(Email !== undefined && { description: Email }),
      }))}
      onChange={({ detail }) =>
        onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []))
      }
      filteringType="manual"
      filteringPlaceholder="Enter the beginning of a name"
      filteringAriaLabel="Find groups"
      onLoadItems={({ detail }) =>
        detail.filteringText.trim() === text
          ? error !== undefined && reload()
          : setText(detail.filteringText.trim())
      }
      statusType={error !== undefined ? 'error' : isLoading ? 'loading' : 'finished'}
      loadingText="Searching groups"
      errorText="Cannot load groups."
      recoveryText="Try again"
      finishedText={
        data?.NextToken === undefined
          ? undefined
          : 'To find more groups, enter the beginning of a name'
      }
      empty="No matching groups"
      placeholder="Choose groups"
      tokenLimit={SHOWN}
      ariaLabel="Groups"
      deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
      keepOpen
      expandToViewport
    />
  )
}
