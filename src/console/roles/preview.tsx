/**
 * Users who gain or lose access if the draft of a role is saved.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import type { AccessChange, Draft, Preview as Previewed } from '../api/roles.ts'
import { ExportUsers } from '../parts/export-users.tsx'
import { usePages } from '../parts/pages.ts'
import { useLast } from '../parts/query.ts'
import { useSettled } from '../parts/search.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { counted } from '../parts/totals.ts'
import { NO_PROFILE } from './form.ts'
import { whyNobody } from './role-state.ts'
import { TYPES } from './words.ts'

const PAGE_SIZE = 20

type Shown = 'ALL' | 'GAINED' | 'LOST'
type Row = AccessChange & { gains: boolean }
type Props = { roleId: string | undefined; draft: Draft }

export function Preview({ roleId, draft }: Props) {
  const [shown, setShown] = useState<Shown>('ALL')
  const [text, setText] = useState('')
  const settled = JSON.parse(useSettled(JSON.stringify({ draft, text: text.trim() }))) as {
    draft: Draft
    text: string
  }
  const input = {
    ...(roleId !== undefined && { ImpersonationRoleId: roleId }),
    Draft: settled.draft,
    ...(shown !== 'ALL' && { Change: shown }),
    ...(settled.text !== '' && { Text: settled.text }),
  }
  const { data, error, isLoading, pagination, reload } = usePages(
    'EwsGateway.PreviewImpersonationRole',
    { ...input, MaxResults: PAGE_SIZE },
  )
  const totals = useLast(data?.Totals)
  const last = useLast(data)
  const profile = useLast(data?.ProfileAfter.Profile) ?? NO_PROFILE
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const why = data && whyNobody({ ...settled.draft, State: data.StateAfter }, data.ReachedAfter)
  const hasChanges = totals === undefined || totals.Gained + totals.Lost > 0
  return (
    <Table
      header={
        <Header
          variant="h2"
          description={`${totals && last ? `${inWords(totals, profile)}${inactiveInWords(last)}` : 'Users who gain or lose access if you save the role.'} The list updates as you edit.`}
          info={isLoading && <Spinner />}
          actions={
            hasChanges && (
              <ExportUsers
                target="EwsGateway.PreviewImpersonationRole"
                input={input}
                rowsOf={rowsOf}
                name="access-changes"
                columns={CSV_COLUMNS}
              />
            )
          }
        >
          Access changes
        </Header>
      }
      filter={
        (hasChanges || why !== undefined) && (
          <SpaceBetween size="s">
            {why !== undefined && (
              <Alert type="warning" header="After this change, the role reaches no user">
                {why}
              </Alert>
            )}
            {hasChanges && (
              <>
                <SegmentedControl
                  label="Changes"
                  selectedId={shown}
                  options={[
                    { id: 'ALL', text: counted('All', totals && totals.Gained + totals.Lost) },
                    { id: 'GAINED', text: counted('Gain access', totals?.Gained) },
                    { id: 'LOST', text: counted('Lose access', totals?.Lost) },
                  ]}
                  onChange={({ detail }) => setShown(detail.selectedId as Shown)}
                />
                <TextFilter
                  filteringText={text}
                  filteringPlaceholder="Find users by address or name"
                  filteringAriaLabel="Find changed users"
                  countText={
                    data && settled.text !== '' ? `${data.Matches.toLocaleString()} matches` : ''
                  }
                  onChange={({ detail }) => setText(detail.filteringText)}
                />
              </>
            )}
          </SpaceBetween>
        )
      }
      pagination={hasChanges && <Pagination {...pagination} />}
      columnDefinitions={COLUMNS}
      items={data ? rowsOf(data) : []}
      trackBy="UserId"
      wrapLines
      loading={isLoading && data === undefined}
      loadingText="Loading access changes"
      empty={
        settled.text === '' ? (
          <Empty title="No users gain or lose access" />
        ) : (
          <Empty
            title="No matches"
            action={
              <Button formAction="none" onClick={() => setText('')}>
                Clear filter
              </Button>
            }
          />
        )
      }
    />
  )
}

function inWords({ Gained, Lost, Users }: Previewed['Totals'], profile: string): string {
  const [gain, lose] = [Gained, Lost].map(count => count.toLocaleString())
  const limit = profile === NO_PROFILE ? '' : ` The profile ${profile} limits this access.`
  return `If you save the role, ${gain} of ${Users.toLocaleString()} users gain access, and ${lose} lose access.${limit}`
}

/** Says what the change would do if the role were active; empty if it is, before and after. */
function inactiveInWords({ StateAfter, WhenActive }: Previewed): string {
  if (WhenActive === undefined) return ''
  const [gain, lose] = [WhenActive.Gained, WhenActive.Lost].map(count => count.toLocaleString())
  return ` After the change, the role is ${PREVIEWED_STATES[StateAfter]}. Without its lock and validity, ${gain} users would gain access, and ${lose} lose access.`
}

const PREVIEWED_STATES = {
  ACTIVE: 'active',
  LOCKED: 'locked',
  NOT_YET: 'not valid yet',
  ENDED: 'no longer valid',
} as const satisfies Record<Previewed['StateAfter'], string>

/** Returns the users of a page by address. */
const rowsOf = ({ Gained, Lost }: Previewed): Row[] =>
  [
    ...Gained.map(change => ({ ...change, gains: true })),
    ...Lost.map(change => ({ ...change, gains: false })),
  ].sort((a, b) => (a.Email.toLowerCase() < b.Email.toLowerCase() ? -1 : 1))

const groupsOf = ({ MatchedGroups = [] }: AccessChange) =>
  MatchedGroups.map(({ Name, GroupId }) => Name ?? GroupId)

const CHANGES = { true: 'Gains access', false: 'Loses access' }

const COLUMNS: TableProps.ColumnDefinition<Row>[] = [
  {
    id: 'email',
    header: 'Primary address',
    minWidth: 180,
    isRowHeader: true,
    cell: ({ Email }) => Email,
  },
  { id: 'change', header: 'Change', minWidth: 120, cell: ({ gains }) => CHANGES[`${gains}`] },
  { id: 'before', header: 'Before', minWidth: 110, cell: ({ Before }) => TYPES[Before] },
  { id: 'after', header: 'After', minWidth: 110, cell: ({ After }) => TYPES[After] },
  {
    id: 'groups',
    header: 'Through groups',
    minWidth: 150,
    cell: change => {
      const groups = groupsOf(change)
      if (groups.length === 0) return <Box color="text-body-secondary">–</Box>
      return groups.map(name => <div key={name}>{name}</div>)
    },
  },
]

const CSV_COLUMNS = {
  userId: ({ UserId }: Row) => UserId,
  primarySmtpAddress: ({ Email }: Row) => Email,
  before: ({ Before }: Row) => Before,
  after: ({ After }: Row) => After,
  groups: (change: Row) => groupsOf(change).join('; '),
}
