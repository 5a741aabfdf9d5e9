/**
 * Attacks on the passwords of accounts: guesses at two gateways, names in many spellings, names that exist and don't, and a
 * gateway that is killed while it tries a password.
 *
 * @module
 */

import type { DirectoryAccount } from '../../src/model/external-identity.ts'
import { DOMAIN, ldifOf, person } from '../directory/people.ts'
import type { AttackedGateway } from './gateway.ts'
import { Counter } from './part.ts'
import { ORDINARY, requestBytes } from './requests.ts'
import type { CountedDirectory } from './sign-in-directory.ts'
import { exchange, inParallel } from './wire.ts'

/** Default of `signIn.directoryAccounts.failuresBeforePause`. */
const ALLOWED = 2
const GUESSES = 100
const WIDTH = 8
const PASSWORD = 'Correct-Horse-1'

const NUMBERS = { svc1: 2_001, svc2: 2_002, svc3: 2_003, svcfree: 2_004 } as const
type Name = keyof typeof NUMBERS

export const ACCOUNTS_LDIF = ldifOf(
  Object.entries(NUMBERS).map(([name, number]) =>
    person(name, number, { password: [PASSWORD, '1'] }),
  ),
)

/** Identities of the principals, which have the names of the accounts. No principal is bound to the last one. */
export const ACCOUNTS: Readonly<Record<string, readonly DirectoryAccount[]>> = Object.fromEntries(
  (['svc1', 'svc2', 'svc3'] as const).map(name => [
    name,
    [
      {
        kind: 'directory-account',
        sid: `${DOMAIN}-${NUMBERS[name]}`,
        names: [`${name}@corp.example.com`, `${name}@example.com`, `CORP\\${name}`],
      },
    ],
  ]),
)

const basic = (user: string, password: string | Buffer) =>
  `Basic ${Buffer.concat([Buffer.from(`${user}:`), Buffer.from(password)]).toString('base64')}`

/** Sends a request, and returns the response without what differs between any two. */
async function ask(
  { dataPort }: Pick<AttackedGateway, 'dataPort'>,
  user: string,
  password: string | Buffer,
) {
  const bytes = requestBytes(ORDINARY, { authorization: basic(user, password) })
  const { statuses, text } = await exchange(dataPort, bytes)
  return {
    status: statuses.at(-1),
    text: text.replace(/^(date|x-decision-id): .*$/gim, ''),
  }
}

type Family = Readonly<{ tried: number; lines: readonly string[]; findings: readonly string[] }>

/** Spellings of the names of an account, all of which can be the same for a directory. */
const spellingsOf = (name: Name): readonly string[] =>
  [`${name}@corp.example.com`, `${name}@example.com`, `CORP\\${name}`].flatMap(text => [
    text,
    text.toUpperCase(),
    text.replace('svc', 'sVc'),
    text.replace('s', 'ſ'),
    text.replace('svc', 'ｓｖｃ'),
    text.normalize('NFKD'),
    `role\\${text}`,
    `alice@example.com|${text}`,
    `alice@example.com|role\\${text}`,
    ` ${text}`,
    `${text} `,
    `${text}.`,
  ])

/** Guesses at two gateways at once, under all spellings. Then the tool signs in. */
export async function guesses(
  gateways: readonly AttackedGateway[],
  directory: CountedDirectory,
): Promise<Family> {
  const [answers, findings] = [new Counter(), [] as string[]]
  const [first] = gateways
  if (first === undefined) throw new RangeError('There is no gateway')
  const proven = await ask(first, 'svc1@corp.example.com', PASSWORD)
  if (proven.status !== 200) findings.push(`the tool gets ${proven.status}`)
  const names = spellingsOf('svc1')
  const before = directory.bindsOf('svc1')
  const numbers = Array.from({ length: GUESSES }, (_, number) => number)
  await inParallel(numbers, WIDTH, async number => {
    const gateway = gateways[number % gateways.length] ?? first
    const { status } = await ask(gateway, names[number % names.length] ?? '', `guess ${number}`)
    answers.add(`answered ${status}`)
    if (status !== 401) findings.push(`guess ${number} gets ${status}`)
  })
  const binds = directory.bindsOf('svc1') - before
  if (binds > ALLOWED) findings.push(`${GUESSES} guesses cause ${binds} binds`)
  for (const gateway of gateways) {
    const { status } = await ask(gateway, 'CORP\\svc1', PASSWORD)
    if (status !== 200) findings.push(`after the guesses, the tool gets ${status}`)
  }
  const line = `${GUESSES} guesses at ${gateways.length} gateways, in ${names.length} spellings: ${binds} binds; ${answers}`
  return { tried: GUESSES + gateways.length + 1, lines: [line], findings }
}

/** Names that must never reach the directory, and passwords that must not be tried. */
const UNTRIED: readonly (readonly [user: string, password: string | Buffer])[] = [
  ['svcfree@corp.example.com', PASSWORD],
  ['CORP\\svcfree', PASSWORD],
  ['unknown@corp.example.com', 'x'],
  ['OTHER\\svc2', PASSWORD],
  ['svc2', PASSWORD],
  ['*@corp.example.com', PASSWORD],
  ['svc2@corp.example.com)(objectClass=*', PASSWORD],
  ['*)(cn=svc2)(x@corp.example.com', PASSWORD],
  ['svc2\\2a@corp.example.com', PASSWORD],
  ['cn=svc2,ou=people,dc=example,dc=com', PASSWORD],
  [`${DOMAIN}-2002`, PASSWORD],
  ['svc2@corp.example.com\0', PASSWORD],
  ['svc2\0@corp.example.com', PASSWORD],
  ['svc2@corp.example.com\r\n', PASSWORD],
  ['svc2@@corp.example.com', PASSWORD],
  ['@corp.example.com', PASSWORD],
  ['', ''],
  ['svc2@corp.example.com', ''],
  ['svc2@corp.example.com', '\0'],
  ['svc2@corp.example.com', `${PASSWORD}\0`],
  ['svc2@corp.example.com', `${PASSWORD}\0x`],
  ['svc2@corp.example.com', 'x'.repeat(1_048_576)],
]

/** Compares the response to each wrong credential with that to a wrong password of a bound account. */
export async function names(
  gateway: AttackedGateway,
  directory: CountedDirectory,
): Promise<Family> {
  const findings: string[] = []
  const unknown = await ask(gateway, 'unknown@corp.example.com', 'wrong')
  const known = await ask(gateway, 'svc2@corp.example.com', 'wrong')
  if (directory.bindsOf('svc2') !== 1) findings.push('the wrong password was not tried')
  if (known.status !== 401) findings.push(`a wrong password gets ${known.status}`)
  if (known.text !== unknown.text)
    findings.push(`a known name gets another response: ${known.text}, not ${unknown.text}`)
  const { connections } = directory
  for (const [user, password] of UNTRIED) {
    const { status, text } = await ask(gateway, user, password)
    const isTooLarge = password.length > 65_536
    // A connection that is closed while the client still sends can lose the response.
    const isExpected = isTooLarge ? status === 431 || status === undefined : status === 401
    if (!isExpected) findings.push(`${user}: ${status}`)
    if (!isTooLarge && text !== known.text) findings.push(`${user} gets another response: ${text}`)
  }
  if (directory.connections !== connections)
    findings.push(`untried names cause ${directory.connections - connections} connections`)
  await ask(gateway, 'svc2@corp.example.com', 'x'.repeat(8_000))
  if (directory.bindsOf('svc2') !== 2) findings.push('a long password is not tried')
  const paused = directory.connections
  for (let number = 0; number < 10; number += 1)
    await ask(gateway, 'svc2@corp.example.com', `guess ${number}`)
  if (directory.connections !== paused)
    findings.push('in a pause, a known name causes work that an unknown one does not')
  const line = `${UNTRIED.length} names and passwords that are not tried: the response of a wrong password, and no connection to the directory`
  return { tried: UNTRIED.length + 13, lines: [line], findings }
}

/** Kills a gateway before its bind reaches the directory, and guesses at the others. */
export async function kills(
  victim: AttackedGateway,
  others: readonly AttackedGateway[],
  directory: CountedDirectory,
): Promise<Family> {
  const findings: string[] = []
  const killed = Promise.withResolvers<void>()
  directory.onBind = () => {
    directory.onBind = () => true
    process.kill(victim.pid, 'SIGKILL')
    killed.resolve()
    return false
  }
  const lost = ask(victim, 'svc3@corp.example.com', 'guess of the killed gateway')
  await killed.promise
  await lost
  const numbers = Array.from({ length: GUESSES }, (_, number) => number)
  await inParallel(numbers, WIDTH, async number => {
    const gateway = others[number % others.length]
    if (gateway) await ask(gateway, 'svc3@corp.example.com', `guess ${number}`)
  })
  const binds = directory.bindsOf('svc3')
  if (binds > ALLOWED - 1)
    findings.push(
      `after a gateway was killed before its bind, ${GUESSES} guesses cause ${binds} binds`,
    )
  const line = `a gateway killed before a bind, and ${GUESSES} guesses at the others: ${binds} binds`
  return { tried: GUESSES + 1, lines: [line], findings }
}
