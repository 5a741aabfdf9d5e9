/**
 * Who would gain access by a draft, and who would lose it.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Spinner from '@cloudscape-design/components/spinner'
import { useEffect, useState } from 'react'
import type { AccessChange, Draft } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { Failed } from '../parts/states.tsx'
import { TYPES } from './words.ts'

/** The gateway is asked when nothing has changed for so long. */
const PAUSE_MS = 300
const PAGE = 100
const SHOWN = 8

type Props = { roleId: string | undefined; draft: Draft }

export function Preview({ roleId, draft }: Props) {
  const settled = useSettled(JSON.stringify(draft))
  const { data, error, isLoading, reload } = useQuery('EwsGateway.PreviewImpersonationRole', {
    ...(roleId !== undefined && { ImpersonationRoleId: roleId }),
    Draft: JSON.parse(settled) as Draft,
    MaxResults: PAGE,
  })
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="What saving would change, asked of the gateway as you write."
          info={isLoading && <Spinner />}
        >
          Who gains, who loses
        </Header>
      }
    >
      {error !== undefined && <Failed error={error} onRetry={reload} />}
      {data && (
        <ColumnLayout columns={2} variant="text-grid">
          <Changes
            title="Gains access"
            none="Nobody gains access."
            changes={data.Gained}
            isMore={data.NextToken !== undefined}
          />
          <Changes
            title="Loses access"
            none="Nobody loses access."
            changes={data.Lost}
            isMore={data.NextToken !== undefined}
          />
        </ColumnLayout>
      )}
    </Container>
  )
}

type ChangesProps = { title: string; none: string; changes: AccessChange[]; isMore: boolean }

function Changes({ title, none, changes, isMore }: ChangesProps) {
  const shown = changes.slice(0, SHOWN)
  const rest = changes.length - shown.length
  const count = `${changes.length}${isMore && changes.length > 0 ? ' and more' : ''}`
  return (
    <div data-part={title}>
      <Box variant="h3">
        {title} {changes.length > 0 && `(${count})`}
      </Box>
      {changes.length === 0 ? (
        <Box color="text-body-secondary">{none}</Box>
      ) : (
        <ul className="plain">
          {shown.map(({ UserId, Email, Before, After }) => (
            <li key={UserId}>
              {Email}{' '}
              <Box variant="small" color="text-body-secondary">
                {TYPES[Before]} → {TYPES[After]}
              </Box>
            </li>
          ))}
          {(rest > 0 || isMore) && (
            <li>
              <Box variant="small" color="text-body-secondary">
                {isMore ? 'and many more' : `and ${rest} more`}
              </Box>
            </li>
          )}
        </ul>
      )}
    </div>
  )
}

/** A value once it has stayed for a while. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
