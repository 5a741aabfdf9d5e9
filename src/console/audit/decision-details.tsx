/**
 * A decision on a request, and how the request ended.
 *
 * @module
 */

import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import type { AuditRecord, Outcome } from '../api/history.ts'
import { Copy } from '../parts/copy.tsx'
import { formatBytes } from '../parts/format-bytes.ts'
import { PageLink } from '../parts/page-link.tsx'
import { Time } from '../parts/time.tsx'
import { reasonInWords } from '../roles/words.ts'
import { OUTCOMES } from './outcome.ts'
import { PrincipalName } from './principal-name.tsx'
import { rulesOf } from './record.ts'
import { Verdict } from './verdict.tsx'

type Props = { record: AuditRecord; outcome: Outcome | undefined }

export function DecisionDetails({ record, outcome }: Props) {
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Decision</Header>}>
        <KeyValuePairs columns={3} items={decisionOf(record)} />
      </Container>
      <Container header={<Header variant="h2">Request</Header>}>
        <KeyValuePairs columns={3} items={[...requestOf(record), ...endOf(outcome)]} />
      </Container>
    </SpaceBetween>
  )
}

type Item = { label: string; value: ReactNode }

function decisionOf(record: AuditRecord): Item[] {
  const rules = rulesOf(record)
  return [
    { label: 'Decision', value: <Verdict of={record.verdict} /> },
    { label: 'Why', value: why(record) },
    {
      label: 'Rules that made it',
      value:
        rules.length === 0
          ? 'None'
          : rules.map(({ id, path }) => (
              <div key={id}>
                <PageLink path={path}>{id}</PageLink>
              </div>
            )),
    },
    {
      label: 'Role',
      value: linked('/roles', record.roleId, record.roleName),
    },
    {
      label: 'Principal',
      value: <PrincipalName id={record.principalId} />,
    },
    { label: 'Access key', value: record.accessKeyId ?? '–' },
    { label: 'Policy version', value: record.policyVersion?.toLocaleString() ?? '–' },
    {
      label: 'Age of what was known',
      value: record.knowledgeAgeMs === undefined ? '–' : `${record.knowledgeAgeMs} ms`,
    },
    { label: 'Decision id', value: <Copy value={record.decisionId} what="Decision id" /> },
  ]
}

function why({ verdict, reason, matchedRules = [] }: AuditRecord): string {
  if (reason !== undefined) return reasonInWords(reason)
  if (verdict === 'pending') return 'The request is not whole yet.'
  return matchedRules.length > 0
    ? 'A rule of the role allows this person, and none denies.'
    : 'The operation touches no mailbox, and the role allows somebody.'
}

function requestOf(record: AuditRecord): Item[] {
  const { connectingSid, items = [], itemCount = items.length } = record
  return [
    { label: 'Time', value: <Time at={Date.parse(record.at) / 1_000} /> },
    { label: 'Operation', value: record.operation ?? '–' },
    { label: 'Mailbox', value: linked('/users', record.userId, record.userAddress) },
    {
      label: 'Asked for as',
      value: connectingSid ? `${connectingSid.value} (${connectingSid.kind})` : '–',
    },
    { label: 'From', value: record.sourceAddress ?? '–' },
    { label: 'Client', value: record.userAgent ?? '–' },
    { label: 'Items named', value: itemCount.toLocaleString() },
    { label: 'Folders named', value: record.folders?.join(', ') ?? '–' },
  ]
}

const ENDS = {
  complete: 'The whole answer was given',
  fault: 'The gateway answered with an error',
  'client-gone': 'The tool hung up',
  cut: 'The gateway cut it',
} as const

function endOf(outcome: Outcome | undefined): Item[] {
  if (outcome === undefined) return [{ label: 'How it ended', value: 'Not yet, or not kept' }]
  const { status, responseCode, requestBytes, responseBytes, durationMs } = outcome
  return [
    { label: 'How it ended', value: endInWords(outcome) },
    { label: 'Answer', value: [status, responseCode].filter(Boolean).join(' ') || '–' },
    {
      label: 'Data',
      value: `${formatBytes(requestBytes)} in, ${formatBytes(responseBytes)} out`,
    },
    { label: 'Took', value: `${Math.round(durationMs).toLocaleString()} ms` },
  ]
}

function endInWords({ ended, outcome, cause }: Outcome): string {
  const end = ENDS[ended]
  if (outcome === undefined || outcome === 'ANSWERED') return end
  return cause === undefined ? OUTCOMES[outcome] : `${OUTCOMES[outcome]}: ${cause}`
}

const linked = (path: string, id: string | undefined, name: string | undefined): ReactNode =>
  id === undefined ? (name ?? '–') : <PageLink path={`${path}/${id}`}>{name ?? id}</PageLink>
