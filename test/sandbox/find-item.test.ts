import t from 'tap'
import { call, findItem, startSandbox, texts } from './client.ts'

const ALICE = 'alice@example.com'
const sandbox = await startSandbox()
t.teardown(() => sandbox.close())

const SUBJECTS = [
  'Größere Änderungen – 日本語',
  'Lunch on Friday?',
  'Photo',
  'Quarterly report',
  'Welcome',
]

const subjects = async (inside: string, folder = 'inbox') =>
  texts(await call(sandbox, ALICE, findItem(folder, inside, 'Default')), 'Subject')

const restriction = (inside: string) => `<m:Restriction>${inside}</m:Restriction>`
const uri = (name: string) => `<t:FieldURI FieldURI="${name}"/>`
const compare = (operator: string, name: string, value: string) =>
  `<t:${operator}>${uri(name)}<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant></t:${operator}>`
const contains = (value: string, mode = 'Substring', comparison = 'IgnoreCase') =>
  `<t:Contains ContainmentMode="${mode}" ContainmentComparison="${comparison}">${uri('item:Subject')}<t:Constant Value="${value}"/></t:Contains>`
const twoDaysAgo = new Date(Date.now() - 60 * 3_600_000).toISOString()

for (const [name, inside, expected] of [
  ['nothing', '', SUBJECTS],
  ['IsEqualTo', restriction(compare('IsEqualTo', 'item:Subject', 'photo')), ['Photo']],
  [
    'IsNotEqualTo',
    restriction(compare('IsNotEqualTo', 'item:Subject', 'Photo')),
    SUBJECTS.filter(subject => subject !== 'Photo'),
  ],
  [
    'IsGreaterThan of dates',
    restriction(compare('IsGreaterThan', 'item:DateTimeReceived', twoDaysAgo)),
    SUBJECTS.slice(0, 3),
  ],
  [
    'IsLessThan of numbers',
    restriction(compare('IsLessThan', 'item:Size', '3000')),
    SUBJECTS.filter(subject => subject !== 'Quarterly report'),
  ],
  ['a boolean as number', restriction(compare('IsEqualTo', 'message:IsRead', '1')), ['Welcome']],
  ['Contains', restriction(contains('ON')), ['Lunch on Friday?']],
  ['Contains with case', restriction(contains('ON', 'Substring', 'Exact')), []],
  ['Contains Prefixed', restriction(contains('wel', 'Prefixed')), ['Welcome']],
  [
    'And',
    restriction(`<t:And>${contains('o')}${contains('e')}</t:And>`),
    ['Quarterly report', 'Welcome'],
  ],
  [
    'Or',
    restriction(`<t:Or>${contains('photo')}${contains('welcome')}</t:Or>`),
    ['Photo', 'Welcome'],
  ],
  ['Not', restriction(`<t:Not>${contains('o')}</t:Not>`), [SUBJECTS[0]]],
  ['Exists', restriction(`<t:Exists>${uri('item:Categories')}</t:Exists>`), []],
  [
    'the recipients',
    restriction(
      `<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase">${uri('message:From')}<t:Constant Value="carol@"/></t:Contains>`,
    ),
    ['Größere Änderungen – 日本語', 'Quarterly report'],
  ],
] as const) {
  t.test(`readRestriction() ${name}`, async t => {
    t.strictSame(await subjects(inside), expected)
  })
}

for (const [name, view, expected] of [
  [
    'the first page',
    'MaxEntriesReturned="2" Offset="0" BasePoint="Beginning"',
    [SUBJECTS.slice(0, 2), '2', 'false'],
  ],
  [
    'a later page',
    'MaxEntriesReturned="2" Offset="2" BasePoint="Beginning"',
    [SUBJECTS.slice(2, 4), '4', 'false'],
  ],
  [
    'the last page',
    'MaxEntriesReturned="2" Offset="4" BasePoint="Beginning"',
    [SUBJECTS.slice(4), '5', 'true'],
  ],
  [
    'a page behind the last',
    'MaxEntriesReturned="2" Offset="9" BasePoint="Beginning"',
    [[], '5', 'true'],
  ],
  [
    'a page from the end',
    'MaxEntriesReturned="2" Offset="1" BasePoint="End"',
    [SUBJECTS.slice(2, 4), '3', 'false'],
  ],
] as const) {
  t.test(`pageOf() cuts ${name}`, async t => {
    const reply = await call(
      sandbox,
      ALICE,
      findItem('inbox', `<m:IndexedPageItemView ${view}/>`, 'Default'),
    )
    const [, next, total, isLast] =
      /IndexedPagingOffset="(\d+)" TotalItemsInView="(\d+)" IncludesLastItemInRange="(\w+)"/.exec(
        reply.text,
      ) ?? []
    t.strictSame([texts(reply, 'Subject'), next, isLast], expected)
    t.equal(total, '5')
  })
}

t.test('readSortOrder() sorts by several fields', async t => {
  const order = (name: string, direction: string) =>
    `<t:FieldOrder Order="${direction}">${uri(name)}</t:FieldOrder>`
  const sort = (inside: string) => subjects(`<m:SortOrder>${inside}</m:SortOrder>`)
  const byName = SUBJECTS.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  t.strictSame(await sort(order('item:Subject', 'Ascending')), byName)
  t.strictSame(await sort(order('item:Subject', 'Descending')), byName.toReversed())
  t.strictSame(await sort(order('item:DateTimeReceived', 'Ascending')), SUBJECTS.toReversed())
  const [first] = await sort(
    order('message:IsRead', 'Descending') + order('item:Subject', 'Ascending'),
  )
  t.equal(first, 'Welcome')
})

t.test('readQuery() reads keywords and words', async t => {
  const query = async (text: string) => {
    const request = findItem('inbox', '', 'Default').replace(
      '</m:FindItem>',
      `<m:QueryString>${text}</m:QueryString></m:FindItem>`,
    )
    return texts(await call(sandbox, ALICE, request), 'Subject')
  }
  t.strictSame(await query('subject:report'), ['Quarterly report'])
  t.strictSame(await query('figures'), ['Quarterly report'])
  t.strictSame(await query('subject:"on friday" noon'), ['Lunch on Friday?'])
  t.strictSame(await query('subject:nothing'), [])
})

t.test('FindItem views a calendar', async t => {
  const view = (startDays: number, endDays: number, more = '') => {
    const date = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
    return `<m:CalendarView StartDate="${date(startDays)}" EndDate="${date(endDays)}"${more}/>`
  }
  t.strictSame(await subjects(view(-10, 10), 'calendar'), [
    'Review',
    'Planning',
    'Dentist',
    'Holiday',
  ])
  t.strictSame(await subjects(view(-10, 0), 'calendar'), ['Review'])
  t.strictSame(await subjects(view(-10, 10, ' MaxEntriesReturned="2"'), 'calendar'), [
    'Review',
    'Planning',
  ])
  const backwards = await call(sandbox, ALICE, findItem('calendar', view(1, 0)))
  t.strictSame(backwards.codes, ['ErrorInvalidTimeInterval'])
})

t.test('FindItem rejects a restriction that it cannot test', async t => {
  for (const [inside, code] of [
    [restriction('<t:Near/>'), 'ErrorUnsupportedQueryFilter'],
    [restriction('<t:IsEqualTo/>'), 'ErrorUnsupportedPathForQuery'],
    [restriction('<t:constructor/>'), 'ErrorUnsupportedQueryFilter'],
  ] as const)
    t.strictSame((await call(sandbox, ALICE, findItem('inbox', inside))).codes, [code])
})
