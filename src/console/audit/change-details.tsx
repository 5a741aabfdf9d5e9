/**
 * Details of a change: the caller, and the state before and after.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useMemo } from 'react'
import type { AuditRecord } from '../api/history.ts'
import { Copy } from '../parts/copy.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Time } from '../parts/time.tsx'
import { EntriesTable } from './entries-table.tsx'
import { entriesOf } from './long-lists.ts'
import { PrincipalName } from './principal-name.tsx'
import { changedMembers } from './record.ts'
import { Verdict } from './verdict.tsx'

export function ChangeDetails({ record }: { record: AuditRecord }) {
  const { before, after } = record
  const entries = useMemo(() => entriesOf(before, after), [before, after])
  const hasStates = before !== undefined || after !== undefined
  return (
    <SpaceBetween size="l">
      <Container
        header={<Header variant="h2">{record.type === 'call' ? 'Denied call' : 'Change'}</Header>}
      >
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Decision', value: <Verdict of={record.verdict} /> },
            { label: 'Action', value: record.action ?? '–' },
            { label: 'Reason', value: record.reason ?? '–' },
            ...(record.count === undefined ? [] : [{ label: 'Calls', value: record.count }]),
            { label: 'Time', value: <Time at={Date.parse(record.at) / 1_000} /> },
            ...callerOf(record),
            { label: 'Source address', value: record.sourceAddress ?? '–' },
            {
              label: 'Role',
              value: record.roleId ? (
                <PageLink path={`/roles/${record.roleId}`}>
                  {record.roleName ?? record.roleId}
                </PageLink>
              ) : (
                '–'
              ),
            },
            { label: 'Record ID', value: <Copy value={record.decisionId} what="Record ID" /> },
          ]}
        />
      </Container>
      {hasStates && (
        <Table
          header={<Header variant="h2">Changed fields</Header>}
          wrapLines
          items={changedMembers(before, after)}
          trackBy="name"
          empty="No changed fields"
          columnDefinitions={[
            { id: 'name', header: 'Field', isRowHeader: true, cell: ({ name }) => name },
            {
              id: 'before',
              header: 'Before',
              minWidth: 200,
              cell: row => <Text of={row.before} />,
            },
            { id: 'after', header: 'After', minWidth: 200, cell: row => <Text of={row.after} /> },
          ]}
        />
      )}
      {entries.length > 0 && <EntriesTable entries={entries} />}
    </SpaceBetween>
  )
}

/** Returns the caller: a person, a principal with its access key, or the command line. */
function callerOf({ displayName, issuer, subject, principalId, accessKeyId }: AuditRecord) {
  if (displayName !== undefined)
    return [
      { label: 'Person', value: displayName },
      { label: 'Issuer', value: issuer },
      { label: 'ID at the issuer', value: subject },
    ]
  return [
    {
      label: 'Principal',
      value: principalId ? <PrincipalName id={principalId} /> : 'Command line',
    },
    { label: 'Access key', value: accessKeyId ?? '–' },
  ]
}

const Text = ({ of }: { of: string }) =>
  of.includes('\n') ? <Box variant="pre">{of}</Box> : of || '–'
