/**
 * The naive model's guard: conditions on the body of a request that is allowed otherwise.
 *
 * @module
 */

import { nameable, personNamed } from './naive-people.ts'
import { hasProtection, isProtected } from './naive-protection.ts'
import { ruleRow } from './naive-rules.ts'
import type { Body, Person, Role, World } from './terms.ts'

/** The reason to deny a body, if the role can impersonate the user and do the operation. */
export function refusalOfBody(
  world: World,
  role: Role,
  user: Person,
  body: Body | undefined,
  now: number,
): string | undefined {
  if (body === undefined) return undefined
  const { guard, type } = role
  if (body.kind === 'push') return 'push-subscription'
  if (body.kind === 'grant')
    return type === 'FULL_ACCESS' && guard.delegation ? undefined : 'grant-refused'
  if (body.kind === 'availability')
    return canAskAbout(world, role, user, body.mailbox, now) ? undefined : 'foreign-mailbox'
  if (body.kind === 'folder')
    return reaches(world, role, user, body.mailbox, now) ? undefined : 'foreign-mailbox'
  if (body.kind === 'save') return undefined
  if (!guard.sending || type === 'READ_ONLY') return 'operation-refused'
  return canSendAs(world, role, user, body.sender, now) ? undefined : 'sender-refused'
}

/** The worlds have no server that checks senders, so `server` is `own`. */
function canSendAs(world: World, role: Role, user: Person, address: string, now: number): boolean {
  if (isOwn(user, address)) return true
  return role.guard.senders === 'permitted' && isPermitted(world, role, address, now)
}

function reaches(world: World, role: Role, user: Person, address: string, now: number): boolean {
  if (isOwn(user, address)) return true
  if (role.guard.mailboxes === 'any') return isOpen(world, role, address, now)
  return role.guard.mailboxes === 'permitted' && isPermitted(world, role, address, now)
}

/** Addresses of other domains are no mailboxes of the server, unless a user has one. */
function canAskAbout(
  world: World,
  role: Role,
  user: Person,
  address: string,
  now: number,
): boolean {
  if (isOwn(user, address)) return true
  if (role.guard.mailboxes === 'any' && isOpen(world, role, address, now)) return true
  const { acceptedDomains } = world
  const [, domain = ''] = address.toLowerCase().split('@')
  const isOutside = acceptedDomains !== undefined && !acceptedDomains.includes(domain)
  const isReserved = [...world.serviceAddresses, world.neutralMailbox].includes(address)
  const isUnknown = personNamed(world, { kind: 'SmtpAddress', value: address }) === undefined
  const isAllowed = role.guard.mailboxes !== 'any' && isPermitted(world, role, address, now)
  return isAllowed || (isOutside && isUnknown && !isReserved)
}

function isPermitted(world: World, role: Role, address: string, now: number): boolean {
  const owner = nameable(world, { kind: 'SmtpAddress', value: address })
  if (owner === undefined || isProtected(world, role, owner, now)) return false
  return ruleRow(world, role, owner).effect === 'ALLOW'
}

/** With `any`, every mailbox is open; while some are protected, only those of known users that are not. */
function isOpen(world: World, role: Role, address: string, now: number): boolean {
  if (!hasProtection(world, role, now)) return true
  const owner = nameable(world, { kind: 'SmtpAddress', value: address })
  return owner !== undefined && !isProtected(world, role, owner, now)
}

const isOwn = ({ primarySmtpAddress, aliases }: Person, address: string): boolean =>
  [primarySmtpAddress, ...aliases].some(own => own.toLowerCase() === address.toLowerCase())
