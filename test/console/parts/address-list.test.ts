import t from 'tap'
import { readAddressList, sortList } from '../../../src/console/parts/address-list.ts'

for (const [what, text, entries] of [
  ['lines', 'a@x.com\r\nb@x.com\n\nc@x.com\r', ['a@x.com', 'b@x.com', 'c@x.com']],
  ['commas', 'a@x.com,b@x.com, c@x.com', ['a@x.com', 'b@x.com', 'c@x.com']],
  ['semicolons and tabs', 'a@x.com;b@x.com\tc@x.com;', ['a@x.com', 'b@x.com', 'c@x.com']],
  ['names without @', 'obrien S-1-5-21-7', ['obrien', 'S-1-5-21-7']],
  ['Name <address>', 'Ann Lee <a@x.com>; Bob <b@x.com>', ['a@x.com', 'b@x.com']],
  ['<address> alone', '<a@x.com> < b@x.com >', ['a@x.com', 'b@x.com']],
  ['a comma in a quoted name', '"Lee, Ann" <a@x.com>, b@x.com', ['a@x.com', 'b@x.com']],
  ['an address as the name', '"a@x.com" <a@x.com>', ['a@x.com']],
  [
    'quoted addresses of a CSV file',
    `"a@x.com","b@x.com",'c@x.com'`,
    ['a@x.com', 'b@x.com', 'c@x.com'],
  ],
  ['an address before a name', 'b@x.com Ann <a@x.com>', ['b@x.com', 'a@x.com']],
  ['a name that ends at its line', 'Lee "Ann\n" <a@x.com>', ['Lee', '"Ann', 'a@x.com']],
  ['an apostrophe', "o'brien@x.com", ["o'brien@x.com"]],
  ['repeated addresses', 'a@x.com a@x.com\na@x.com', ['a@x.com', 'a@x.com']],
  ['nothing', ' \n,;<> ', []],
] as const)
  t.strictSame(readAddressList(text), entries, `readAddressList() reads ${what}`)

const user = (Identifier: string, UserId: string) => ({
  Identifier,
  UserId,
  Email: `${UserId}@x.com`,
  Enabled: true,
})
const answers = [
  {
    Users: [user('a', '1'), user('alias-of-a', '1'), user('b', '2'), user('c', '3')],
    Unknown: ['nobody'],
    Ambiguous: [],
  },
  { Users: [], Unknown: [], Ambiguous: [{ Identifier: 'twin', UserIds: ['4', '5'] }] },
]
const entries = ['a', 'nobody', 'b', 'a', 'alias-of-a', 'c', 'nobody', 'twin']
const { found, ...others } = sortList(entries, answers, ['3'])
t.strictSame(
  found.map(({ UserId }) => UserId),
  ['1', '2'],
  'sortList() finds each user once',
)
t.strictSame(
  others,
  { duplicates: ['a', 'alias-of-a', 'c', 'nobody'], unknown: ['nobody'], ambiguous: ['twin'] },
  'sortList() reports repeated, selected, and unknown users',
)
