/**
 * Table of the allowed requests to a user's mailbox in one month.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Select from '@cloudscape-design/components/select'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { TotalsRow } from '../api/history.ts'
import type { User } from '../api/users.ts'
import { boundsOf, monthsUpTo } from '../audit/period.ts'
import { formatBytes } from '../parts/format-bytes.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useQuery } from '../parts/query.ts'
import { useSearch, withParam } from '../parts/search.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago } from '../parts/time.tsx'

/** Default retention of the totals, in months. */
const MONTHS = 13
const PAGE_SIZE = 20
const MONTH = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' })

const COLUMNS: TableProps.ColumnDefinition<TotalsRow>[] = [
  {
    id: 'who',
    header: 'Principal',
    isRowHeader: true,
    cell: ({ PrincipalId, PrincipalName }) =>
      PrincipalId === undefined ? (
        '–'
      ) : (
        <PageLink path={`/principals/${PrincipalId}`}>{PrincipalName ?? PrincipalId}</PageLink>
      ),
  },
  {
    id: 'role',
    header: 'Role',
    cell: ({ RoleId, RoleName }) =>
      RoleId === undefined ? (
        '–'
      ) : (
        <PageLink path={`/roles/${RoleId}`}>{RoleName ?? RoleId}</PageLink>
      ),
  },
  { id: 'operation', header: 'Operation', cell: ({ Operation }) => Operation ?? '–' },
  { id: 'requests', header: 'Requests', cell: ({ Requests }) => Requests.toLocaleString() },
  { id: 'items', header: 'Items', cell: ({ Items }) => Items.toLocaleString() },
  { id: 'bytes', header: 'Data', cell: ({ Bytes }) => formatBytes(Bytes) },
  { id: 'last', header: 'Last request', cell: ({ LastUsed }) => <Ago at={LastUsed} /> },
]

export function MailboxUse({ user }: { user: User }) {
  const { params, change } = useSearch()
  const months = monthsUpTo(Date.now(), MONTHS).map(period => {
    const { StartTime, EndTime } = boundsOf(period, 0)
    const start = new Date(StartTime * 1_000)
    const value = `${start.getFullYear()}-${String(start.getMonth() + 1).padStart(2, '0')}`
    return { value, label: MONTH.format(start), StartTime, EndTime }
  })
  const chosen = months.find(({ value }) => value === params.get('month')) ?? months[0]
  const { data, error, isLoading, reload } = useQuery(
    'EwsGateway.SummarizeDecisions',
    chosen && {
      StartTime: chosen.StartTime,
      EndTime: chosen.EndTime,
      GroupBy: ['PRINCIPAL', 'ROLE', 'OPERATION'],
      Filters: [
        { Property: 'MAILBOX', Operator: 'EQUALS', Value: user.UserId },
        { Property: 'VERDICT', Operator: 'EQUALS', Value: 'ALLOW' },
      ],
    },
  )
  const rows = data?.Rows ?? []
  const { items, paginationProps } = useCollection(rows, { pagination: { pageSize: PAGE_SIZE } })
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const audit = `/audit?mailbox=${encodeURIComponent(user.PrimarySmtpAddress)}&last=7d`
  return (
    <Table
      header={
        <Header
          variant="h2"
          description="Allowed requests to this mailbox, by principal, role, and operation."
          actions={<PageLink path={audit}>View decisions</PageLink>}
        >
          Mailbox access
        </Header>
      }
      filter={
        <FormField label="Month">
          <Select
            selectedOption={chosen ?? null}
            options={months}
            onChange={({ detail }) => change(withParam('month', detail.selectedOption.value ?? ''))}
          />
        </FormField>
      }
      columnDefinitions={COLUMNS}
      items={items}
      pagination={rows.length > PAGE_SIZE && <Pagination {...paginationProps} />}
      loading={isLoading && data === undefined}
      loadingText="Loading totals"
      empty={
        <Empty title={`No allowed requests in ${chosen?.label ?? 'this month'}`}>
          Choose another month. To see denied requests, view the decisions.
        </Empty>
      }
    />
  )
}
