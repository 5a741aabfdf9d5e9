import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { formatUsers, parseUsers } from '../../src/directory/csv.ts'
import type { UserRow } from '../../src/directory/directory.ts'
import { userId } from '../../src/model/identity.ts'
import { anyCharacter } from '../kit/characters.ts'

const HEADER = 'id,primarySmtpAddress,aliases,principalName,sid,displayName'
const ID = '0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55'
const SID = 'S-1-5-21-1004336348-1177238915-682003330-1105'
const alice = { primarySmtpAddress: 'alice@example.com', aliases: [] }

for (const [behaviour, text, drafts] of [
  ['reads nothing under a header alone', HEADER, []],
  ['leaves out what is empty', `${HEADER}\n,alice@example.com,,,,\n`, [alice]],
  [
    'reads every column',
    `${HEADER}\r\n${ID},ceo@example.com,boss@example.com;b@example.com,ceo@corp,${SID},"The ""CEO"", Inc."\r\n`,
    [
      {
        id: userId(ID),
        primarySmtpAddress: 'ceo@example.com',
        aliases: ['boss@example.com', 'b@example.com'],
        principalName: 'ceo@corp',
        sid: SID,
        displayName: 'The "CEO", Inc.',
      },
    ],
  ],
  ['takes a byte order mark', `\uFEFF${HEADER}\n,alice@example.com,,,,`, [alice]],
  [
    'takes columns in any order',
    `sid,displayName,principalName,aliases,primarySmtpAddress,id\n,,,,alice@example.com,`,
    [alice],
  ],
  ['takes any line breaks, and blank lines', `${HEADER}\r\n\n,alice@example.com,,,,\r`, [alice]],
  [
    'takes semicolons between columns, with quotes around aliases',
    `${HEADER.replaceAll(',', ';')}\r\n;alice@example.com;"a@example.com;b@example.com";;;"Lee; Alice"\r\n`,
    [{ ...alice, aliases: ['a@example.com', 'b@example.com'], displayName: 'Lee; Alice' }],
  ],
  [
    'takes tabs between columns, and quotes in the header',
    `\uFEFF\n${HEADER.replaceAll(',', '"\t"').replace(/.*/, '"$&"')}\n\talice@example.com\t\t\t\tAlice, A`,
    [{ ...alice, displayName: 'Alice, A' }],
  ],
  [
    'keeps what the file has no column for',
    'primarySmtpAddress\nalice@example.com\n',
    [{ ...alice, replaces: ['primarySmtpAddress'] }],
  ],
  [
    'replaces what the file has a column for',
    'aliases;primarySmtpAddress;sid\n;alice@example.com;',
    [{ ...alice, replaces: ['primarySmtpAddress', 'aliases', 'sid'] }],
  ],
  [
    'leaves blanks and formulas as they are',
    `${HEADER}\n,alice@example.com,,,, =1+1 `,
    [{ ...alice, displayName: ' =1+1 ' }],
  ],
] as const) {
  const parsed = parseUsers(text)
  t.strictSame(
    { drafts: parsed.drafts, errors: parsed.errors },
    { drafts, errors: [] },
    `parseUsers() ${behaviour}`,
  )
}

for (const [behaviour, text, errors] of [
  ['an empty file', '', [[1, /empty/]]],
  [
    'a missing address column, and the separator that was found',
    'id;aliases;displayName\n',
    [[1, /primarySmtpAddress is missing; the header has columns separated by semicolons$/]],
  ],
  [
    'a header with another separator',
    'id|primarySmtpAddress|aliases\n',
    [
      [1, /primarySmtpAddress is missing; the header has columns separated by commas$/],
      [1, /"id\|primarySmtpAddress\|aliases": remove it, or rename it/],
    ],
  ],
  ['a column it does not know', `${HEADER},enabled\n`, [[1, /"enabled"/]]],
  [
    'a column spelt otherwise',
    HEADER.replace('sid', 'SID'),
    [[1, /"SID": remove it, or rename it to one of id, .*, sid, displayName$/]],
  ],
  ['a column given twice', `${HEADER},sid\n`, [[1, /sid appears more than once/]]],
  ['an address that is none', `${HEADER}\n,alice,,,,\n`, [[2, /"alice" is not an address/]]],
  ['a missing address', `${HEADER}\n,,,,,\n`, [[2, /"" is not an address/]]],
  ['an alias that is none', `${HEADER}\n,a@example.com,b@example.com;,,,\n`, [[2, /aliases: ""/]]],
  ['a SID that is none', `${HEADER}\n,a@example.com,,,S-2-5-21,\n`, [[2, /"S-2-5-21"/]]],
  ['a principal name with blanks', `${HEADER}\n,a@example.com,,a b,,\n`, [[2, /principalName/]]],
  [
    'an id that is neither a UUID nor one of WorkMail’s',
    `${HEADER}\nS-1-5-21-1,a@example.com,,,,\n`,
    [[2, /UUID in lower case/]],
  ],
  [
    'an id in upper case, for ids are compared exactly',
    `${HEADER}\n${ID.toUpperCase()},a@example.com,,,,\n`,
    [[2, /UUID in lower case/]],
  ],
  ['too few fields', `${HEADER}\n,a@example.com\n`, [[2, /2 fields, not 6, separated by commas$/]]],
  ['too many fields', `${HEADER}\n,a@example.com,,,,,\n`, [[2, /7 fields, not 6/]]],
  [
    'aliases without quotes between semicolons',
    'primarySmtpAddress;aliases\na@example.com;b@example.com;c@example.com\n',
    [[2, /3 fields, not 2, separated by semicolons: put each field that contains ";" in double/]],
  ],
  [
    'every bad row by the line on which it begins',
    `${HEADER}\r\n,a,,,,"x\r\ny\nz"\r\n\r\n,b@example.com,,,,\r\n,c,,,x,\r\n`,
    [
      [2, /"a"/],
      [7, /"c"/],
      [7, /sid/],
    ],
  ],
  [
    'broken quotes, and what is wrong above them',
    `${HEADER}\n,a,,,,\n,b@example.com,,,,"x"y\n,c,,,,\n`,
    [
      [2, /"a"/],
      [3, /quotes/],
    ],
  ],
  ['quotes that are never closed', `${HEADER}\n,b@example.com,,,,"x\n,c,,,,\n`, [[2, /quotes/]]],
] as const) {
  t.match(
    parseUsers(text).errors,
    errors.map(([line, message]) => ({ line, message })),
    `parseUsers() reports ${behaviour}`,
  )
  t.equal(
    parseUsers(text).errors.length,
    errors.length,
    `parseUsers() reports ${behaviour}, no more`,
  )
}

t.test('parseUsers() returns the line of each draft, for later conflicts', async t => {
  const { drafts, lines } = parseUsers(
    `${HEADER}\n,a@example.com,,,,"1\n2"\n,bad,,,,\n\n,b@example.com,,,,\n`,
  )
  t.strictSame(
    drafts.map(({ primarySmtpAddress }) => primarySmtpAddress),
    ['a@example.com', 'b@example.com'],
  )
  t.strictSame(lines, [2, 6])
})

const address = fc
  .tuple(fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,12}$/), fc.domain())
  .map(([local, domain]) => `${local}@${domain}`)
const user = fc.record(
  {
    id: fc.uuid({ version: 4 }).map(userId),
    primarySmtpAddress: address,
    aliases: fc.array(address, { maxLength: 3 }),
    principalName: fc.oneof(address, fc.stringMatching(/^[!-~À-ÿ]{1,20}$/)),
    sid: fc
      .array(fc.nat(), { minLength: 1, maxLength: 6 })
      .map(parts => `S-1-5-${parts.join('-')}`),
    displayName: fc.string({ minLength: 1, unit: anyCharacter }),
  },
  { requiredKeys: ['primarySmtpAddress', 'aliases'], noNullPrototype: true },
)

t.test('parseUsers() reads the output of formatUsers() as the same users', async t => {
  const property = fc.property(fc.array(user), users => {
    const { drafts, errors } = parseUsers(formatUsers(users))
    deepStrictEqual({ drafts, errors }, { drafts: users, errors: [] })
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test('formatUsers() writes RFC 4180', async t => {
  const users: UserRow[] = [
    { id: userId(ID), ...alice, aliases: ['a@x.org', 'b@x.org'], displayName: 'Alice, "A"\n' },
  ]
  t.equal(
    formatUsers(users),
    `${HEADER}\r\n${ID},alice@example.com,a@x.org;b@x.org,,,"Alice, ""A""\n"\r\n`,
  )
})
