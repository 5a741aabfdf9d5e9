/**
 * Actions that list the former names of a user, and release one for another user.
 *
 * A name stays reserved for the user who had it, because rules contain user IDs. If another user got the name, no
 * rule that denies its former owner would apply to it. So a release needs its own permission, which PutUser does not
 * include.
 *
 * @module
 */

import { userId } from '../model/identity.ts'
import type { NameSpace } from '../model/subject.ts'
import type { FormerName } from '../store/store.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/users.ts'
import { ApiError } from './errors.ts'
import { requireEndOfProtection } from './permissions.ts'
import { quote } from './problems.ts'
import { findUser } from './targets.ts'

const SPACES = {
  ADDRESS: 'address',
  PRINCIPAL_NAME: 'principal',
  SID: 'sid',
} as const satisfies Record<string, NameSpace>

type Kind = keyof typeof SPACES

const KINDS = {
  address: 'ADDRESS',
  principal: 'PRINCIPAL_NAME',
  sid: 'SID',
} as const satisfies Record<NameSpace, Kind>

const LABELS = {
  ADDRESS: 'address',
  PRINCIPAL_NAME: 'principal name',
  SID: 'SID',
} as const satisfies Record<Kind, string>

const listFormerNames = action(contract.listFormerNames, async (call, { UserId }) => {
  const { ports, organization } = call
  const ofId = await ports.store.formerNames(organization.id, userId(UserId))
  const id = ofId.length > 0 ? userId(UserId) : (await findUser(call, UserId)).id
  const found = ofId.length > 0 ? ofId : await ports.store.formerNames(organization.id, id)
  return { UserId: id, FormerNames: found.map(onWire) }
})

const releaseName = action(contract.releaseName, async (call, { Kind, Name }) => {
  const { ports, organization, changed } = call
  const release = await ports.store.releaseName(organization.id, SPACES[Kind], Name)
  const name = `The ${LABELS[Kind]} ${quote(Name)}`
  if (release.kind === 'unknown')
    throw new ApiError(
      'EntityNotFoundException',
      `${name} is not reserved for a user. Any user can get it without a release`,
    )
  if (release.kind === 'in-use')
    throw new ApiError(
      'EntityStateException',
      `${name} belongs to the user ${release.userId}. Remove it from that user, or delete the user, and then release it`,
    )
  // A user who gets the name isn't protected, but can have the mailbox.
  const { users } = await ports.store.protectedMembers(organization.id)
  if (users.has(release.userId)) requireEndOfProtection(call)
  changed({ userId: release.userId, kind: Kind, name: Name }, undefined)
  return { UserId: release.userId }
})

export const NAME_ACTIONS: readonly Action[] = [listFormerNames, releaseName]

const onWire = ({ space, name }: FormerName) => ({ Kind: KINDS[space], Name: name })
