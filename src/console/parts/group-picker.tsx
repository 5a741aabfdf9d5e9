/**
 * Groups chosen by the beginning of their names.
 *
 * @module
 */

import Multiselect from '@cloudscape-design/components/multiselect'
import { useState } from 'react'
import { useGroupNames } from './names.ts'
import { useQuery } from './query.ts'

const PAGE = 100
/** So many chosen ones are shown by name; the rest is counted. */
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
      filteringPlaceholder="Beginning of the name"
      filteringAriaLabel="Find groups"
      onLoadItems={({ detail }) =>
        detail.filteringText.trim() === text
          ? error !== undefined && reload()
          : setText(detail.filteringText.trim())
      }
      statusType={error !== undefined ? 'error' : isLoading ? 'loading' : 'finished'}
      loadingText="Searching"
      errorText="The groups could not be read"
      recoveryText="Try again"
      finishedText={data?.NextToken === undefined ? undefined : 'There are more: type a beginning'}
      empty="No group is called so"
      placeholder="Choose groups"
      tokenLimit={SHOWN}
      ariaLabel="Groups"
      deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
      keepOpen
      expandToViewport
    />
  )
}
