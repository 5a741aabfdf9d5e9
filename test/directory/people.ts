/**
 * Builds people of a directory as Active Directory stores them, and changes them there.
 *
 * @module
 */

import { Attribute, Change, Client } from 'ldapts'
import type { Test } from 'tap'
import { bytesOfId } from '../../src/directory/ldap-entry.ts'
import { type UserId, userId } from '../../src/model/identity.ts'
import { BASE, type Slapd, WRITER } from '../kit/services/slapd.ts'

export const PEOPLE = `ou=people,${BASE}`

export const DOMAIN = 'S-1-5-21-1004336348-1177238915-682003330'

export type Person = Readonly<{
  name: string
  /** Makes objectGUID and SID. */
  number: number
  mail?: string
  proxyAddresses?: readonly string[]
  principalName?: string
  /** Number of the last change. */
  usn?: number
  /** Password, with the time when it was set. */
  password?: readonly [password: string, setAt: string]
}>

/** Returns the ID of a person's entry as text. */
export const idOf = (number: number): UserId =>
  userId(`00c0ffee-0000-4000-8000-${number.toString(16).padStart(12, '0')}`)

export const dnOf = ({ name }: Pick<Person, 'name'>) => `cn=${name},${PEOPLE}`

type Values = Readonly<Record<string, readonly (string | Buffer)[]>>

/** @param name - local part of the address at example.com */
export const person = (name: string, number: number, more: Partial<Person> = {}): Person => ({
  name,
  number,
  mail: `${name}@example.com`,
  proxyAddresses: [`SMTP:${name}@example.com`],
  principalName: `${name}@corp.example.com`,
  ...more,
})

/** Several, numbered from `first`. */
export const people = (count: number, first = 1_000): readonly Person[] =>
  Array.from({ length: count }, (_, index) => person(`p${first + index}`, first + index))

function valuesOf(one: Person): Values {
  const { name, number, mail, proxyAddresses = [], principalName, usn = 1, password } = one
  return {
    objectClass: ['user'],
    objectCategory: ['person'],
    cn: [name],
    objectGUID: [bytesOfId(idOf(number))],
    objectSid: [sidBytes(number)],
    uSNChanged: [String(usn)],
    displayName: [name],
    ...(mail !== undefined && { mail: [mail] }),
    ...(proxyAddresses.length > 0 && { proxyAddresses }),
    ...(principalName !== undefined && { userPrincipalName: [principalName] }),
    ...(password && { userPassword: [password[0]], pwdLastSet: [password[1]] }),
  }
}

/** `S-1-5-21-…-number` as bytes. */
export function sidBytes(number: number): Buffer {
  const parts = [...DOMAIN.split('-').slice(3).map(Number), number]
  const bytes = Buffer.alloc(8 + 4 * parts.length)
  bytes.set([1, parts.length, 0, 0, 0, 0, 0, 5])
  for (const [index, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + 4 * index)
  return bytes
}

export type Group = Readonly<{
  name: string
  number: number
  /** Names of people and groups. */
  members: readonly string[]
  mail?: string
}>

const valuesOfGroup = ({ name, number, members, mail }: Group): Values => ({
  objectClass: ['group'],
  cn: [name],
  objectGUID: [bytesOfId(idOf(number))],
  ...(members.length > 0 && { member: members.map(member => dnOf({ name: member })) }),
  ...(mail !== undefined && { mail: [mail] }),
})

/** Returns the content of the server: the folder of people, the people, and the groups. */
export const ldifOf = (some: readonly Person[], groups: readonly Group[] = []): string =>
  [
    `dn: ${PEOPLE}\nobjectClass: organizationalUnit\nou: people\n`,
    ...some.map(one => ldifOfOne(one, valuesOf(one))),
    ...groups.map(one => ldifOfOne(one, valuesOfGroup(one))),
  ].join('\n')

const ldifOfOne = (one: Pick<Person, 'name'>, values: Values) =>
  [
    `dn: ${dnOf(one)}`,
    ...Object.entries(values).flatMap(([name, some]) =>
      some.map(value => `${name}:: ${Buffer.from(value as string).toString('base64')}`),
    ),
    '',
  ].join('\n')

/** Writes to the directory. */
export class Writer {
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  static async to({ url }: Pick<Slapd, 'url'>, t: Test): Promise<Writer> {
    const client = new Client({ url, autoRebind: true })
    await client.bind(WRITER.bindDn, WRITER.password)
    t.teardown(() => client.unbind())
    return new Writer(client)
  }

  add(one: Person): Promise<void> {
    return this.#add(one, valuesOf(one))
  }

  addGroup(one: Group): Promise<void> {
    return this.#add(one, valuesOfGroup(one))
  }

  #add(one: Pick<Person, 'name'>, values: Values): Promise<void> {
    const attributes = Object.entries(values).map(
      ([type, some]) => new Attribute({ type, values: [...some] as string[] }),
    )
    return this.#client.add(dnOf(one), attributes)
  }

  remove(one: Pick<Person, 'name'>): Promise<void> {
    return this.#client.del(dnOf(one))
  }

  /** Replaces what the person has; what is empty goes. */
  change(one: Pick<Person, 'name'>, values: Values): Promise<void> {
    const changes = Object.entries(values).map(
      ([type, some]) =>
        new Change({
          operation: 'replace',
          modification: new Attribute({ type, values: [...some] as string[] }),
        }),
    )
    return this.#client.modify(dnOf(one), changes)
  }
}
