/**
 * Details of a decision on a request, and of the outcome of the request.
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
import { linked, PageLink } from '../parts/page-link.tsx'
import { Time } from '../parts/time.tsx'
import { SHADOW_OUTCOMES, type ShadowOutcome } from '../roles/shadow-words.ts'
import { reasonInWords } from '../roles/words.ts'
import { outcomeInWords } from './outcome.ts'
import { PrincipalName } from './principal-name.tsx'
import { rulesOf } from './record.ts'
import { Verdict } from './verdict.tsx'

type Props = {
  record: AuditRecord
  outcome: Outcome | undefined
  /** ID of the record in the audit journal; undefined for a change. */
  journalRecord: string | undefined
}

export function DecisionDetails({ record, outcome, journalRecord }: Props) {
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Decision</Header>}>
        <KeyValuePairs columns={3} items={decisionOf(record)} />
      </Container>
      <Container header={<Header variant="h2">Request</Header>}>
        <KeyValuePairs
          columns={3}
          items={[...requestOf(record, journalRecord), ...outcomeOf(record, outcome)]}
        />
      </Container>
    </SpaceBetween>
  )
}

type Item = { label: string; value: ReactNode }

function decisionOf(record: AuditRecord): Item[] {
  const rules = rulesOf(record)
  return [
    { label: 'Decision', value: <Verdict of={record.verdict} /> },
    { label: 'Reason', value: reasonOf(record) },
    {
      label: 'Matching rules',
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
    { label: 'Profile', value: profileOf(record) },
    ...shadowOf(record),
    {
      label: 'Principal',
      value: <PrincipalName id={record.principalId} />,
    },
    { label: 'Access key', value: record.accessKeyId ?? '–' },
    { label: 'Policy version', value: record.policyVersion?.toLocaleString() ?? '–' },
    {
      label: 'Policy data age',
      value: record.knowledgeAgeMs === undefined ? '–' : `${record.knowledgeAgeMs} ms`,
    },
    { label: 'Decision ID', value: <Copy value={record.decisionId} what="Decision ID" /> },
    ...(record.protectionException
      ? [
          {
            label: 'Protected mailboxes',
            value: <PageLink path="/protected-mailboxes">Reached by an exception</PageLink>,
          },
        ]
      : []),
  ]
}

/** Returns what the draft that was attached to the role has decided. */
function shadowOf({ shadow, roleId }: AuditRecord): Item[] {
  if (shadow === undefined) return []
  const outcome = SHADOW_OUTCOMES[shadow.outcome.toUpperCase().replace('-', '_') as ShadowOutcome]
  const text = [outcome, shadow['reason'] ?? shadow['cause']].filter(Boolean).join(': ')
  return [{ label: 'Draft of the role', value: linked(`/roles`, `${roleId}?tab=draft`, text) }]
}

const profileOf = ({ profile, profileVersion }: AuditRecord): string =>
  profile === undefined ? '–' : `${profile}, version ${profileVersion ?? 'unknown'}`

function reasonOf({ verdict, reason, matchedRules = [] }: AuditRecord): string {
  if (reason !== undefined) return reasonInWords(reason)
  if (verdict === 'pending')
    return 'The request is still arriving. The gateway makes its final decision when the request is complete. Load the page again later.'
  return matchedRules.length > 0
    ? 'An Allow rule of the role matches this user, and no Deny rule does.'
    : 'The operation opens no mailbox, and the role has an Allow rule.'
}

function requestOf(record: AuditRecord, journalRecord: string | undefined): Item[] {
  const { connectingSid, items = [], itemCount = items.length } = record
  return [
    { label: 'Time', value: <Time at={Date.parse(record.at) / 1_000} /> },
    { label: 'Operation', value: record.operation ?? '–' },
    { label: 'Mailbox', value: linked('/users', record.userId, record.userAddress) },
    {
      label: 'Requested identity',
      value: connectingSid ? `${connectingSid.value} (${connectingSid.kind})` : '–',
    },
    { label: 'Source address', value: record.sourceAddress ?? '–' },
    { label: 'Client', value: record.userAgent ?? '–' },
    { label: 'Items', value: itemCount.toLocaleString() },
    { label: 'Folders', value: foldersOf(record, journalRecord) },
    { label: 'Record in the audit journal', value: journalRecord ?? '–' },
  ]
}

/** Returns the IDs of folders, or says where they are if this gateway does not have the record in its journal. */
function foldersOf({ folders, itemCount }: AuditRecord, journalRecord: string | undefined): string {
  if (folders !== undefined) return folders.join(', ') || 'None'
  // The history stores a count even if the gateway rejected the request before it read any IDs.
  return journalRecord === undefined || itemCount === undefined
    ? '–'
    : 'The history does not store folder IDs. Open this page on the gateway that made the decision, or find the record below in its audit journal, in the folder that audit.journal in its configuration names.'
}

function outcomeOf(record: AuditRecord, outcome: Outcome | undefined): Item[] {
  const ended = { label: 'Outcome', value: outcomeInWords(record, outcome) }
  if (outcome === undefined) return [ended]
  const { status, responseCode, requestBytes, responseBytes, durationMs } = outcome
  return [
    ended,
    { label: 'Response', value: [status, responseCode].filter(Boolean).join(' ') || '–' },
    {
      label: 'Data',
      value: `${formatBytes(requestBytes)} received, ${formatBytes(responseBytes)} sent`,
    },
    { label: 'Duration', value: `${Math.round(durationMs).toLocaleString()} ms` },
  ]
}
