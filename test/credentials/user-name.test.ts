/** User names of access keys and of accounts of a directory, with a mailbox and a role. */

import t from 'tap'
import { readAccountName, readUserName } from '../../src/credentials/user-name.ts'

for (const [text, keyId, roleReference, mailbox] of [
  ['AKIA7', 'AKIA7', undefined, undefined],
  ['', '', undefined, undefined],
  ['AKIA7@example.com@x', 'AKIA7', undefined, undefined],
  ['backup\\AKIA7', 'AKIA7', 'backup', undefined],
  ['\\AKIA7', 'AKIA7', undefined, undefined],
  ['a\\b\\AKIA7', 'AKIA7', 'a\\b', undefined],
  ['bob@example.com|AKIA7', 'AKIA7', undefined, 'bob@example.com'],
  ['bob@example.com;AKIA7', 'AKIA7', undefined, 'bob@example.com'],
  ['a|b;c|AKIA7', 'AKIA7', undefined, 'a|b;c'],
  ['|AKIA7', 'AKIA7', undefined, ''],
  ['bob@example.com|', '', undefined, 'bob@example.com'],
  ['bob@example.com|backup\\AKIA7@x', 'AKIA7', 'backup', 'bob@example.com'],
  ['bob@example.com|\\AKIA7', 'AKIA7', undefined, 'bob@example.com'],
  ['|backup\\AKIA7', 'AKIA7', 'backup', ''],
  ['backup\\AK|IA7', 'AK|IA7', 'backup', undefined],
  ['\\AK|IA7', 'AK|IA7', undefined, undefined],
] as const)
  t.strictSame(readUserName(text), { keyId, roleReference, mailbox }, `readUserName(${text})`)

for (const text of ['AKIA7\n', '\0AKIA7', 'a\tb\\AKIA7', 'bob\x7f|AKIA7', 'AKIA7@\x85'])
  t.equal(readUserName(text), undefined, `readUserName(${JSON.stringify(text)})`)

for (const [text, name, roleReference, mailbox] of [
  ['ann@example.com', 'ann@example.com', undefined, undefined],
  ['CORP\\ann', 'CORP\\ann', undefined, undefined],
  ['backup\\ann@example.com', 'ann@example.com', 'backup', undefined],
  ['backup\\CORP\\ann', 'CORP\\ann', 'backup', undefined],
  ['a\\b\\ann@example.com', 'ann@example.com', 'a\\b', undefined],
  ['bob@example.com|ann@example.com', 'ann@example.com', undefined, 'bob@example.com'],
  ['bob@example.com|CORP\\ann', 'CORP\\ann', undefined, 'bob@example.com'],
  ['bob@example.com|backup\\CORP\\ann', 'CORP\\ann', 'backup', 'bob@example.com'],
  ['bob@example.com;backup\\ann@example.com', 'ann@example.com', 'backup', 'bob@example.com'],
  ['|ann@example.com', 'ann@example.com', undefined, ''],
] as const)
  t.strictSame(readAccountName(text), { name, roleReference, mailbox }, text)

for (const text of ['', 'ann', 'bob@example.com|ann', '\\ann', 'CORP\\', 'bob@example.com|'])
  t.equal(readAccountName(text), undefined, `${text} is no account`)
