import t from 'tap'
import { formatReport } from '../../src/cli/audit-format.ts'

const ROW = { RoleName: 'Backup\u009b2J\u202e\u0085', Requests: 1, Items: 0, Bytes: 0 }

for (const format of ['table', 'json', 'csv'] as const)
  t.match(
    formatReport(format, ['ROLE'], [ROW], []),
    /^[\r\n -~]*Backup\\u009b2J\\u202e\\u0085[\r\n -~]*$/,
    `P7 no name in a report as ${format} controls the terminal`,
  )
