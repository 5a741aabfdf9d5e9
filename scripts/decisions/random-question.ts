/**
 * Random requests to a random organization.
 *
 * @module
 */

import { REQUEST_ELEMENTS } from './naive-operation.ts'
import type { Random } from './random.ts'
import { ADDRESSES } from './random-world.ts'
import type { Body, Person, Question, Role, Target, World } from './terms.ts'

/** A few that are often allowed; all others are picked from the documented table. */
const USUAL = ['GetItem', 'FindItem', 'CreateItem', 'GetFolder', 'ResolveNames', 'ConvertId']
const UNUSUAL = [
  'GetUserAvailabilityRequest',
  'GetImItems',
  'UpdateInboxRules',
  'AddDelegate',
  'GetEverything',
  'getItem',
  'toString',
]

/** Operation elements of the bodies that a guard evaluates. */
const OF_BODY: Readonly<Record<Body['kind'], string>> = {
  availability: 'GetUserAvailabilityRequest',
  folder: 'GetFolder',
  grant: 'UpdateFolder',
  push: 'Subscribe',
  save: 'CreateItem',
  send: 'CreateItem',
  stored: 'SendItem',
}

/** Folders are the most interesting ones. */
const KINDS = [
  'availability',
  'availability',
  'folder',
  'folder',
  'folder',
  'grant',
  'grant',
  'push',
  'save',
  'send',
  'stored',
] as const

/** Asks about a role most of the time; sometimes the caller names none, or another one. */
export function randomQuestion(random: Random, world: World, role: Role, caller: string): Question {
  const body = random.chance(0.35) ? randomBody(random, world) : undefined
  const reference = randomReference(random, role)
  const isNeutral = body === undefined && random.chance(0.08)
  return {
    caller,
    ...(reference !== undefined && { role: reference }),
    ...(random.chance(0.12) && { mailbox: randomAddress(random, world) }),
    target: isNeutral ? null : randomTarget(random, world),
    operation: body ? OF_BODY[body.kind] : randomOperation(random, isNeutral),
    from: random.pick(ADDRESSES),
    secure: random.chance(0.5),
    ...(body && { body }),
  }
}

function randomReference(random: Random, { id, name }: Role): string | undefined {
  if (random.chance(0.07)) return undefined
  if (random.chance(0.03)) return 'No such role'
  return random.chance(0.6) ? id : random.pick([name, name.toUpperCase()])
}

function randomOperation(random: Random, isNeutral: boolean): string {
  if (isNeutral && random.chance(0.8)) return random.pick(['ConvertId', 'ResolveNames', 'ExpandDL'])
  const list = random.pick([USUAL, USUAL, UNUSUAL, REQUEST_ELEMENTS])
  return random.pick(list)
}

function randomBody(random: Random, world: World): Body {
  const address = randomAddress(random, world)
  const kind = random.pick(KINDS)
  if (kind === 'availability' && random.chance(0.5))
    return { kind, mailbox: 'guest@partner.example' }
  if (kind === 'folder' || kind === 'availability') return { kind, mailbox: address }
  return kind === 'grant' || kind === 'push' ? { kind } : { kind, sender: address }
}

function randomTarget(random: Random, world: World): Target {
  const smtp = { kind: random.pick(['PrimarySmtpAddress', 'SmtpAddress']) }
  if (random.chance(0.6)) return { ...smtp, value: randomAddress(random, world) }
  const user = random.pick(world.users)
  if (random.chance(0.5))
    return { kind: 'SID', value: user.sid ?? 'S-1-5-21-1004336348-1177238915-682003330-9999' }
  return { kind: 'PrincipalName', value: user.principalName ?? 'none@corp.example.com' }
}

function randomAddress(random: Random, { users }: World): string {
  if (random.chance(0.05)) return 'nobody@example.com'
  const address = random.pick(namesOf(random.pick(users)))
  return random.chance(0.2) ? address.toUpperCase() : address
}

const namesOf = ({ primarySmtpAddress, aliases }: Person): readonly string[] => [
  primarySmtpAddress,
  primarySmtpAddress,
  ...aliases,
]
