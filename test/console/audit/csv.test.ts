import t from 'tap'
import { formatCsv } from '../../../src/console/audit/csv.ts'

t.test('formatCsv() quotes what must be, and disarms formulas', async t => {
  const csv = formatCsv(
    ['Mailbox', 'Bytes'],
    [
      ['alice@example.com', 12],
      ['a, "b"\n', undefined],
      ['=cmd()', -1],
      ['@sum', 0],
    ],
  )
  t.equal(
    csv,
    '\uFEFFMailbox,Bytes\r\nalice@example.com,12\r\n"a, ""b""\n",\r\n\'=cmd(),-1\r\n\'@sum,0\r\n',
  )
})
