/**
 * Users who gain or lose access if the draft of a role is saved.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Spinner from '@cloudscape-design/components/spinner'
import type { AccessChange, Draft } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { useSettled } from '../parts/search.ts'
import { Failed } from '../parts/states.tsx'
import { TYPES } from './words.ts'

const PAGE = 100
const MAX_SHOWN = 8

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
          description="Users who gain or lose access if you save the role. The list updates as you edit."
          info={isLoading && <Spinner />}
        >
          Access changes
        </Header>
      }
    >
      {error !== undefined && <Failed error={error} onRetry={reload} />}
      {data && (
        <ColumnLayout columns={2} variant="text-grid">
          <Changes
            title="Users who gain access"
            none="No users gain access."
            changes={data.Gained}
            isMore={data.NextToken !== undefined}
          />
          <Changes
            title="Users who lose access"
            none="No users lose access."
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
  const shown = changes.slice(0, MAX_SHOWN)
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
                {isMore ? 'And more' : `And ${rest} more`}
              </Box>
            </li>
          )}
        </ul>
      )}
    </div>
  )
}
