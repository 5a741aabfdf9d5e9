/**
 * Field for one user, selected from search results or typed.
 *
 * @module
 */

import Autosuggest from '@cloudscape-design/components/autosuggest'
import { useSession } from '../session/session.ts'
import { useUserSearch } from './user-search.ts'

type Props = { value: string; onChange: (value: string) => void; label: string }

export function UserSuggest({ value, onChange, label }: Props) {
  const { may } = useSession()
  const { users, status, problem, search } = useUserSearch()
  const maySearch = may('ewsgateway:SearchUsers')
  return (
    <Autosuggest
      value={value}
      onChange={({ detail }) => onChange(detail.value)}
      onLoadItems={({ detail }) => maySearch && search(detail.filteringText, detail.firstPage)}
      options={users.map(({ Email, DisplayName }) => ({
        value: Email,
        ...(DisplayName !== undefined && { description: DisplayName }),
      }))}
      statusType={maySearch ? status : 'finished'}
      errorText={problem}
      recoveryText="Try again"
      loadingText="Searching users"
      empty="No matching users"
      filteringType="manual"
      enteredTextLabel={text => `Use ${text}`}
      placeholder="alice@example.com"
      ariaLabel={label}
      expandToViewport
    />
  )
}
