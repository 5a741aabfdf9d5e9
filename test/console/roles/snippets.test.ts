/**
 * Tests that every value in the settings for clients is read back as it is, and that docs/clients.md shows the same
 * settings.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import type { Access } from '../../../src/console/roles/snippets/access.ts'
import { CLIENTS } from '../../../src/console/roles/snippets/clients.ts'
import {
  csharpLiteral,
  jsonLiteral,
  keyFileValue,
  powerShellLiteral,
  propertyValue,
  shellLiteral,
  xmlText,
} from '../../../src/console/roles/snippets/quote.ts'
import { isInstalled } from '../../kit/services/process.ts'

const noBash = isInstalled('bash') ? false : 'bash is not installed'
const noPython = isInstalled('python3') ? false : 'python3 is not installed'

const HOSTILE = [
  "o'brien@example.com",
  '"quoted name"@example.com',
  'a\\b@example.com',
  '\\u0041\\n',
  '$(id)`id`$IFS!!%PATH%',
  '</s:Body>&amp;<!--]]>',
  '‘’‚‛“”',
  "''",
  "'; rm -rf /; '",
  ' \u2028\u2029 ',
  'größe-日本語-😀@example.com',
  '#;=: leading and trailing ',
]

/** No address has a control character. */
const character = fc.oneof(
  fc.constantFrom(...'\'"\\$`!%&<>;|#=:{}()~*?@ \u2018\u2019\u2028\u2029\u00e9u0041n'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
)
const text = fc
  .string({ unit: character, maxLength: 20 })
  .filter(value => value.isWellFormed() && !/[\p{Cc}\p{Cn}]/u.test(value))
const VALUES = [...HOSTILE, ...fc.sample(text, 300)]

/** Reads Python literals and XML, and the strings in the program for exchangelib. */
const READER = `
import ast, json, sys
import xml.etree.ElementTree as xml
given = json.load(sys.stdin)
print(json.dumps({
    "python": [ast.literal_eval(literal) for literal in given["python"]],
    "xml": [xml.fromstring(f"<a b=\\"{text}\\">{text}</a>") .text or "" for text in given["xml"]],
    "envelopes": [
        [e.text for e in xml.fromstring(text).iter() if e.tag.endswith("}PrimarySmtpAddress")]
        for text in given["envelopes"]
    ],
    "strings": [
        [n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant)]
        for text in given["programs"]
    ],
}))
`
const readByPython = (given: object) =>
  JSON.parse(
    execFileSync('python3', ['-c', READER], {
      input: JSON.stringify(given),
      maxBuffer: 64 * 1_024 * 1_024,
      encoding: 'utf8',
      env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
    }),
  )

/** Runs commands in one shell, in which `curl` prints its arguments. Returns those of each call. */
function readByShell(commands: readonly string[]): readonly (readonly string[])[] {
  const script = ['curl() { printf \'%s\\0\' "$@" END; }', ...commands].join('\n')
  const output = execFileSync('bash', ['-c', script], { encoding: 'utf8' })
  return output
    .split('END\0')
    .slice(0, -1)
    .map(call => call.split('\0').slice(0, -1))
}

/** Reads a literal with quotes that are doubled, as the tokenizer of PowerShell does. */
function readPowerShell(literal: string): string {
  const isQuote = (at: number) => /['\u2018\u2019\u201a\u201b]/.test(literal[at] ?? '')
  let value = ''
  for (let at = 1; at < literal.length; at += 1) {
    if (isQuote(at)) {
      at += 1
      if (!isQuote(at)) return at === literal.length ? value : `${value} and more`
    }
    value += literal[at]
  }
  return 'not closed'
}

/** Reads a regular string of C#, which ends at the end of the line. */
const readCsharp = (literal: string): string =>
  /[\n\r\u0085\u2028\u2029]/.test(literal) ? 'not closed' : JSON.parse(literal)

/** Reads a literal of Java, where an escape is one only after an even number of backslashes. */
const readJava = (literal: string): string =>
  JSON.parse(
    literal.replace(/(?<!\\)(\\\\)*\\u+([0-9a-f]{4})/gi, (_, before = '', code) => {
      return before + String.fromCharCode(Number.parseInt(code, 16))
    }),
  )

const readProperty = (value: string): string =>
  value
    .trimStart()
    .replace(/\\(?:u([0-9a-f]{4})|(.))/g, (_, code, other) =>
      code === undefined ? other : String.fromCharCode(Number.parseInt(code, 16)),
    )

const readKeyFile = (value: string): string =>
  value
    .replace(/^ +| +$/g, '')
    .replace(/\\(.)/g, (_, character) => (character === 's' ? ' ' : character))

t.test('a shell reads each value as it is', { skip: noBash }, async t => {
  const [called] = readByShell([`curl ${VALUES.map(shellLiteral).join(' ')}`])
  t.strictSame(called, VALUES, 'shellLiteral()')
})

t.test('Python reads each value as it is', { skip: noPython }, async t => {
  const read = readByPython({
    python: VALUES.map(jsonLiteral),
    xml: VALUES.map(xmlText),
    envelopes: [],
    programs: [],
  })
  t.strictSame(read.python, VALUES, 'jsonLiteral() for Python')
  t.strictSame(read.xml, VALUES, 'xmlText()')
})

for (const [name, write, read] of [
  ['powerShellLiteral()', powerShellLiteral, readPowerShell],
  ['csharpLiteral()', csharpLiteral, readCsharp],
  ['jsonLiteral() for Java', jsonLiteral, readJava],
  ['propertyValue()', propertyValue, readProperty],
  ['keyFileValue()', keyFileValue, readKeyFile],
] as const)
  t.strictSame(
    VALUES.filter(value => read(write(value)) !== value),
    [],
    `${name} is read back`,
  )

const SAMPLE: Access = {
  url: 'https://gateway.example.com/EWS/Exchange.asmx',
  userName: 'access-key-id',
  password: 'secret-access-key',
  mailbox: 'alice@example.com',
  isPrivateCa: true,
}

const snippetsOf = (access: Access, id: string) =>
  CLIENTS.find(client => client.id === id)?.snippets(access) ?? []
const textOf = (access: Access, id: string) => snippetsOf(access, id).at(-1)?.text ?? ''

const ACCESSES = HOSTILE.map(mailbox => ({ ...SAMPLE, mailbox }))

t.test('the commands have each value once, whatever it is', { skip: noBash }, async t => {
  const calls = readByShell(ACCESSES.map(access => textOf(access, 'curl')))
  const davMail = readByShell(ACCESSES.map(access => textOf(access, 'davmail')))
  for (const [i, { url, userName, password, mailbox }] of ACCESSES.entries()) {
    const [silent, , writeOut, , ...rest] = calls[i] ?? []
    t.strictSame([silent, writeOut], ['--silent', '--write-out'])
    t.strictSame(rest.slice(0, 4), [
      '--cacert',
      'gateway-ca.pem',
      '--user',
      `${userName}:${password}`,
    ])
    t.equal(calls[i]?.at(-1), url)
    t.ok(davMail[i]?.includes(`${mailbox};${userName}:${password}`), `DavMail opens ${mailbox}`)
  }
  await t.test('in envelopes that Python reads', { skip: noPython }, async t => {
    const envelopes = calls.map(args => args.at(-2))
    const read = readByPython({ python: [], xml: [], envelopes, programs: [] })
    for (const [i, { mailbox }] of ACCESSES.entries())
      t.strictSame(read.envelopes[i], [mailbox], `curl names ${mailbox}`)
  })
})

t.test('the programs have each value once, whatever it is', { skip: noPython }, async t => {
  const programs = ACCESSES.map(access => textOf(access, 'exchangelib'))
  const read = readByPython({ python: [], xml: [], envelopes: [], programs })
  for (const [i, { url, userName, password, mailbox }] of ACCESSES.entries())
    for (const value of [url, userName, password, mailbox])
      t.equal(read.strings[i].filter((text: string) => text === value).length, 1, value)
})

t.test('docs/clients.md shows the settings of the console', async t => {
  const page = readFileSync(new URL('../../../docs/clients.md', import.meta.url), 'utf8')
  const code = new Set(
    [...page.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, text = '']) =>
      text.replaceAll('\\|', '|'),
    ),
  )
  for (const { name, snippets, settings } of CLIENTS) {
    for (const { title, language, text } of snippets(SAMPLE))
      t.ok(page.includes(`\`\`\`${language}\n${text}\n\`\`\`\n`), `${title} of ${name}`)
    for (const { label, value } of settings(SAMPLE)) t.ok(code.has(value), `${label} of ${name}`)
  }
})
