/**
 * Table of what ends in 30 days. Loaded only if something ends, because tables are large.
 *
 * @module
 */

import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { ReactNode } from 'react'
import type { End } from '../api/overview.ts'
import { PageLink } from '../parts/page-link.tsx'
import { Ago, Time } from '../parts/time.tsx'

type Props = { ends: readonly End[]; header: ReactNode }

export function EndsTable({ ends, header }: Props) {
  return <Table columnDefinitions={COLUMNS} items={ends} header={header} />
}

const KINDS = {
  ROLE: 'Role',
  RULE: 'Rule',
  PROTECTION_EXCEPTION: 'Exception for protected mailboxes',
  PRINCIPAL: 'Principal',
  ACCESS_KEY: 'Access key',
  ADMINISTRATOR_KEY: 'Access key of an administrator',
} as const satisfies Record<End['Kind'], string>

const pathOf = ({ Kind, ImpersonationRoleId, ImpersonationRuleId, PrincipalId }: End): string => {
  if (Kind === 'PROTECTION_EXCEPTION') return '/protected-mailboxes'
  if (ImpersonationRoleId === undefined) return `/principals/${PrincipalId}`
  const rule = ImpersonationRuleId && `?rule=${encodeURIComponent(ImpersonationRuleId)}`
  return `/roles/${encodeURIComponent(ImpersonationRoleId)}${rule ?? ''}`
}

const COLUMNS: TableProps.ColumnDefinition<End>[] = [
  { id: 'kind', header: 'Kind', cell: ({ Kind }) => KINDS[Kind] },
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    cell: end => (
      <>
        <PageLink path={pathOf(end)}>{end.Name}</PageLink>
        <div>{end.RuleName ?? end.ImpersonationRuleId ?? end.AccessKeyId}</div>
      </>
    ),
  },
  { id: 'in', header: 'Ends', cell: ({ EndTime }) => <Ago at={EndTime} /> },
  { id: 'at', header: 'Time', cell: ({ EndTime }) => <Time at={EndTime} /> },
]
