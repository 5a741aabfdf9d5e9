/**
 * Users of the deployment: one for each way to revoke access, so that the ways do not interfere.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { userId } from '../../src/model/identity.ts'
import type { UserDraft } from '../../src/store/store.ts'

export type Person = UserDraft & Readonly<{ id: NonNullable<UserDraft['id']> }>

export const person = (name: string, aliases: readonly string[] = []): Person => ({
  id: userId(randomUUID()),
  primarySmtpAddress: `${name}@example.com`,
  aliases: aliases.map(alias => `${alias}@example.com`),
})

/** Returns a user in the format of the control API. */
export const onWire = ({ id, primarySmtpAddress, aliases }: Person, without?: string) => ({
  UserId: id,
  PrimarySmtpAddress: primarySmtpAddress,
  Aliases: aliases.filter(alias => alias !== without),
})

/** Two users, and an address that moves from one to the other. */
export type Handover = Readonly<{ owner: Person; heir: Person; address: string }>

export function handover(name: string): Handover {
  const address = `${name}-desk@example.com`
  return {
    owner: { ...person(`${name}-owner`), aliases: [address] },
    heir: person(`${name}-heir`),
    address,
  }
}

/** Returns a file for `users import`: the owner with the address, or without it. */
export function ownerCsv({ owner, address }: Handover, has: boolean): string {
  const line = `${owner.id},${owner.primarySmtpAddress},${has ? address : ''},,,`
  return `id,primarySmtpAddress,aliases,principalName,sid,displayName\n${line}\n`
}
