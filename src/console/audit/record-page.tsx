/**
 * Page of one audit record: the request, the decision, the matching rules, and the outcome.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { usePageName } from '../shell/crumb.tsx'
import { ChangeDetails } from './change-details.tsx'
import { DecisionDetails } from './decision-details.tsx'
import { titleOf } from './record.ts'
import { Verdict } from './verdict.tsx'

export function RecordPage({ params }: PageProps) {
  const { data, error, reload } = useQuery('EwsGateway.GetDecision', {
    DecisionId: params['id'] ?? '',
  })
  const record = data?.Record
  const outcome = data?.Outcome
  usePageName(record && titleOf(record))
  if (error !== undefined)
    return <Failed error={error} title="Cannot load this record" onRetry={reload} />
  if (record === undefined) return <Loading what="the record" />
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={<Verdict of={record.verdict} />}>
          {titleOf(record)}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {record.type === 'decision' ? (
          <DecisionDetails record={record} outcome={outcome} journalRecord={data?.JournalRecord} />
        ) : (
          <ChangeDetails record={record} />
        )}
        <Container header={<Header variant="h2">Record as JSON</Header>}>
          <ExpandableSection headerText="Record" headingTagOverride="h3">
            <Json value={record} />
          </ExpandableSection>
          {outcome && (
            <ExpandableSection headerText="Outcome" headingTagOverride="h3">
              <Json value={outcome} />
            </ExpandableSection>
          )}
        </Container>
      </SpaceBetween>
    </ContentLayout>
  )
}

const Json = ({ value }: { value: object }) => (
  <div className="json">
    <Box variant="pre">{JSON.stringify(value, null, 2)}</Box>
  </div>
)
