/**
 * Table of the fields in which versions of an object differ.
 *
 * @module
 */

import Table, { type TableProps } from '@cloudscape-design/components/table'
import { isSame, type Texts } from './form.ts'

type Version = { header: string; texts: Texts }

type Props = Pick<TableProps, 'header' | 'empty' | 'variant'> & {
  /** At least one. Each is a column. */
  versions: readonly [Version, ...Version[]]
}

export function Differences({ versions, ...table }: Props) {
  const fields = Object.keys(versions[0].texts)
  const textOf = (version: Version, field: string) => version.texts[field] ?? ''
  return (
    <Table
      {...table}
      items={fields.filter(field =>
        versions.some(version => !isSame(textOf(version, field), textOf(versions[0], field))),
      )}
      trackBy={field => field}
      wrapLines
      ariaLabels={{ tableLabel: 'Differences' }}
      columnDefinitions={[
        { id: 'field', header: 'Field', isRowHeader: true, cell: field => field },
        ...versions.map(version => ({
          id: version.header,
          header: version.header,
          cell: (field: string) => <div className="lines">{textOf(version, field) || '–'}</div>,
        })),
      ]}
    />
  )
}
