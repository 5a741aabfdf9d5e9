/**
 * Audit of one mailbox: which principals used it, in which roles and by which rules, what was denied and why, and each
 * day. It can be exported and printed.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { GroupBy, TotalsRow } from '../api/history.ts'
import { useUserNames } from '../parts/names.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useIsPrinting } from '../parts/printing.ts'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import type { PageProps } from '../routing/route.ts'
import { usePageName } from '../shell/crumb.tsx'
import { unitOf } from '../use/buckets.ts'
import { RequestsChart } from '../use/requests-chart.tsx'
import { downloadFile } from './download.ts'
import { csvOf } from './export-button.tsx'
import { foldTotals } from './fold-totals.ts'
import { type Bounds, MONTH_LONG } from './period.ts'
import { TimePicker } from './time-picker.tsx'
import { csvColumnsOf, WHY, whyColumnsOf } from './totals-columns.tsx'
import { TotalsTable } from './totals-table.tsx'
import { chartTimeOf, useView } from './view.ts'

/** Properties of the exported rows, in addition to the day or hour. */
const DETAILS: readonly GroupBy[] = [
  'MAILBOX',
  'PRINCIPAL',
  'ROLE',
  'RULE',
  'OPERATION',
  'VERDICT',
  'OUTCOME',
  'REASON',
  'CAUSE',
]

export function MailboxPage({ params }: PageProps) {
  const id = params['id'] ?? ''
  const present = useUserNames([id])(id)
  const view = useView<never>([], { fallback: MONTH_LONG })
  const time = chartTimeOf(view)
  const filter = { Property: 'MAILBOX', Operator: 'EQUALS', Value: id } as const
  const groups = [unitOf(time), ...DETAILS]
  const { data, error, reload } = useQuery('EwsGateway.SummarizeDecisions', {
    ...time,
    GroupBy: groups,
    Filters: [filter],
  })
  const rows = data?.Rows ?? []
  // For a deleted user, uses the address in the totals, which is the one at that time.
  const address =
    present === id ? (rows.findLast(({ Mailbox }) => Mailbox)?.Mailbox ?? id) : present
  usePageName(address)
  const canExport = rows.length > 0 && data?.Truncated === false
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={
            <>
              Requests to this mailbox from <Time at={time.StartTime} /> to{' '}
              <Time at={time.EndTime} />
            </>
          }
          actions={
            <div className="no-print">
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  iconName="download"
                  disabled={!canExport}
                  onClick={() =>
                    downloadFile(`mailbox-${address}.csv`, csvOf(rows, csvColumnsOf(groups)))
                  }
                >
                  Export CSV
                </Button>
                <Button disabled={!canExport} onClick={() => window.print()}>
                  Print
                </Button>
              </SpaceBetween>
            </div>
          }
        >
          Mailbox audit of {address}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <div className="no-print">
          <SpaceBetween direction="horizontal" size="m" alignItems="center">
            <TimePicker view={view} />
            <PageLink path={`/users/${id}`}>View user</PageLink>
          </SpaceBetween>
        </div>
        {error !== undefined && <Failed error={error} onRetry={reload} />}
        {data === undefined && error === undefined && <Loading what="the mailbox audit" />}
        {data?.Truncated && (
          <Alert type="warning" header="There are more totals than one page can show">
            Choose a shorter time.
          </Alert>
        )}
        {data?.Truncated === false && rows.length === 0 && (
          <Empty title="No requests">
            No request named this mailbox in this time. Choose a longer time.
          </Empty>
        )}
        {canExport && <Report rows={rows} time={time} filter={filter} />}
      </SpaceBetween>
    </ContentLayout>
  )
}

type ReportProps = {
  rows: readonly TotalsRow[]
  time: Bounds
  filter: Readonly<{ Property: 'MAILBOX'; Operator: 'EQUALS'; Value: string }>
}

const OUTCOMES_UNSERVED: ReadonlySet<string | undefined> = new Set(['DENIED', 'FAILED', 'ABORTED'])

function Report({ rows, time, filter }: ReportProps) {
  const allowed = rows.filter(({ Verdict }) => Verdict === 'ALLOW')
  const unserved = rows.filter(({ Outcome }) => OUTCOMES_UNSERVED.has(Outcome))
  const unit = unitOf(time)
  const shared = { variant: 'container', isLoading: false, isWhole: useIsPrinting() } as const
  const byTime: readonly GroupBy[] = [unit, 'PRINCIPAL', 'ROLE', ...WHY]
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Summary</Header>}>
        <SpaceBetween size="l">
          <Summary rows={rows} />
          <RequestsChart title="Requests by outcome" bounds={time} filters={[filter]} />
        </SpaceBetween>
      </Container>
      <TotalsTable
        {...shared}
        title="Allowed access"
        description="Principals that used this mailbox, with the role and the rule that allowed it."
        file="allowed"
        groups={BY_RULE}
        rows={foldTotals(allowed, BY_RULE)}
        empty="No allowed requests"
      />
      <TotalsTable
        {...shared}
        title="Denied, failed, and aborted requests"
        description="With the reason of a denial, and the cause of a failure."
        file="denied-and-failed"
        groups={[...BY_RULE, ...WHY]}
        columns={whyColumnsOf(BY_RULE, ['requests', 'last'])}
        rows={foldTotals(unserved, [...BY_RULE, ...WHY])}
        empty="No denied, failed, or aborted requests"
      />
      <TotalsTable
        {...shared}
        title={unit === 'DAY' ? 'Day by day' : 'Hour by hour'}
        file={unit === 'DAY' ? 'days' : 'hours'}
        groups={byTime}
        columns={whyColumnsOf([unit, 'PRINCIPAL', 'ROLE'], ['requests', 'items', 'bytes'])}
        rows={foldTotals(rows, byTime)}
        empty="No requests"
      />
    </SpaceBetween>
  )
}

const BY_RULE: readonly GroupBy[] = ['PRINCIPAL', 'ROLE', 'RULE', 'OPERATION']

function Summary({ rows }: { rows: readonly TotalsRow[] }) {
  const [all] = foldTotals(rows, [])
  const byOutcome = foldTotals(rows, ['OUTCOME'])
  const count = (...outcomes: readonly TotalsRow['Outcome'][]) =>
    byOutcome
      .filter(({ Outcome }) => outcomes.includes(Outcome))
      .reduce((sum, { Requests }) => sum + Requests, 0)
      .toLocaleString()
  const principals = foldTotals(rows, ['PRINCIPAL']).length
  return (
    <KeyValuePairs
      columns={4}
      items={[
        { label: 'Answered requests', value: count('ANSWERED') },
        { label: 'Denied requests', value: count('DENIED') },
        { label: 'Failed or aborted requests', value: count('FAILED', 'ABORTED') },
        { label: 'Principals', value: principals.toLocaleString() },
        { label: 'Items', value: all?.Items.toLocaleString() ?? '0' },
        { label: 'Last request', value: all === undefined ? '–' : <Time at={all.LastUsed} /> },
      ]}
    />
  )
}
