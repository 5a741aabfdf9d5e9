/** User names of accounts of a directory, with a mailbox and a role. */

import t from 'tap'
import { readAccountName } from '../../src/credentials/user-name.ts'

for (const [text, name, roleReference, mailbox] of [
  ['ann@example.com', 'ann@example.com', undefined, undefined],
  ['CORP\\ann', 'CORP\\ann', undefined, undefined],
  ['backup\\ann@example.com', 'ann@example.com', 'backup', undefined],
  ['backup\\CORP\\ann', 'CORP\\ann', 'backup', undefined],
  ['bob@example.com|ann@example.com', 'ann@example.com', undefined, 'bob@example.com'],
  ['bob@example.com|CORP\\ann', 'CORP\\ann', undefined, 'bob@example.com'],
  ['bob@example.com|backup\\CORP\\ann', 'CORP\\ann', 'backup', 'bob@example.com'],
  ['bob@example.com;backup\\ann@example.com', 'ann@example.com', 'backup', 'bob@example.com'],
  ['|ann@example.com', 'ann@example.com', undefined, ''],
] as const)
  t.strictSame(readAccountName(text), { name, roleReference, mailbox }, text)

for (const text of ['', 'ann', 'bob@example.com|ann', '\\ann', 'CORP\\', 'bob@example.com|'])
  t.equal(readAccountName(text), undefined, `${text} is no account`)
