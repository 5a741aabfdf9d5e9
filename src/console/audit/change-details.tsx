/**
 * Details of a change: the caller, the object, and the state before and after.
 *
 * @module
 */

import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useMemo } from 'react'
import type { AuditRecord } from '../api/history.ts'
import { Copy } from '../parts/copy.tsx'
import { linked } from '../parts/page-link.tsx'
import { Time } from '../parts/time.tsx'
import { ChangedObject } from './changed-object.tsx'
import { EntriesTable } from './entries-table.tsx'
import { entriesOf, recordedNames } from './long-lists.ts'
import { PrincipalName } from './principal-name.tsx'
import { changedMembers, kindOfRecord, objectOfRecord } from './record.ts'
import { StateValue, useStateWords } from './state-value.tsx'
import { Verdict } from './verdict.tsx'

export function ChangeDetails({ record }: { record: AuditRecord }) {
  const { before, after } = record
  const entries = useMemo(() => entriesOf(before, after), [before, after])
  const members = useMemo(() => changedMembers(before, after), [before, after])
  const recorded = useMemo(() => recordedNames(before, after), [before, after])
  const words = useStateWords(members, recorded)
  const hasStates = before !== undefined || after !== undefined
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{kindOfRecord(record)}</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Decision', value: <Verdict of={record.verdict} /> },
            { label: 'Action', value: record.action ?? '–' },
            ...objectOf(record),
            { label: 'Reason', value: record.reason ?? '–' },
            ...(record.count === undefined ? [] : [{ label: 'Calls', value: record.count }]),
            { label: 'Time', value: <Time at={Date.parse(record.at) / 1_000} /> },
            ...callerOf(record),
            { label: 'Source address', value: record.sourceAddress ?? '–' },
            { label: 'Record ID', value: <Copy value={record.decisionId} what="Record ID" /> },
          ]}
        />
      </Container>
      {hasStates && (
        <Table
          header={<Header variant="h2">Changed fields</Header>}
          wrapLines
          items={members}
          trackBy="name"
          empty="No changed fields"
          columnDefinitions={[
            { id: 'name', header: 'Field', isRowHeader: true, cell: ({ name }) => name },
            {
              id: 'before',
              header: 'Before',
              minWidth: 200,
              cell: ({ name, before }) => <StateValue name={name} value={before} words={words} />,
            },
            {
              id: 'after',
              header: 'After',
              minWidth: 200,
              cell: ({ name, after }) => <StateValue name={name} value={after} words={words} />,
            },
          ]}
        />
      )}
      {entries.length > 0 && <EntriesTable entries={entries} recorded={recorded} />}
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

/** Returns the object of a change, or the role of a token. A denied call and a sign-in have neither. */
function objectOf(record: AuditRecord) {
  const { object, roleId, roleName } = record
  if (object !== undefined)
    return [{ label: 'Object', value: <ChangedObject of={objectOfRecord(record)} /> }]
  return roleId === undefined ? [] : [{ label: 'Role', value: linked('/roles', roleId, roleName) }]
}
