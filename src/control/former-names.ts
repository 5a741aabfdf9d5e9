/**
 * The actions that list the former names of a user, and free one for another user.
 *
 * A name stays with the user who had it, because rules know users by their IDs: a name that passed to
 * another user would lead around every rule that denies its owner. So a release has a permission of
 * its own, which PutUser does not include.
 *
 * @module
 */

import { userId } from '../model/identity.ts'
import type { NameSpace } from '../model/subject.ts'
import type { FormerName } from '../store/store.ts'
import { type Action, action } from './action.ts'
import { ApiError } from './errors.ts'
import { quote } from './problems.ts'
import { entityIdentifierShape, organizationIdShape, structure, textThat, words } from './shapes.ts'
import { findUser } from './targets.ts'

const SPACES = {
  ADDRESS: 'address',
  PRINCIPAL_NAME: 'principal',
  SID: 'sid',
} as const satisfies Record<string, NameSpace>

type Kind = keyof typeof SPACES

const LABELS = {
  ADDRESS: 'address',
  PRINCIPAL_NAME: 'principal name',
  SID: 'SID',
} as const satisfies Record<Kind, string>

const KINDS = Object.keys(SPACES) as [Kind, ...Kind[]]

const service = 'EwsGateway'

const listFormerNames = action({
  service,
  name: 'ListFormerNames',
  summary:
    'Lists the names that stay with a user, though no request finds the user by them: all names of a deleted user, and those that a user lost by a change. A deleted user is named by ID. ReleaseName expects Kind and Name.',
  audited: undefined,
  input: structure({ OrganizationId: organizationIdShape, UserId: entityIdentifierShape }),
  run: async (call, { UserId }) => {
    const { ports, organization } = call
    const ofId = await ports.store.formerNames(organization.id, userId(UserId))
    const id = ofId.length > 0 ? userId(UserId) : (await findUser(call, UserId)).id
    const found = ofId.length > 0 ? ofId : await ports.store.formerNames(organization.id, id)
    return { UserId: id, FormerNames: found.map(onWire) }
  },
})

const releaseName = action({
  service,
  name: 'ReleaseName',
  summary:
    'Frees a former name of a user for another user: the name of a deleted user, or one that a user lost by a change. Rules know users by ID, so rules that deny the former owner do not apply to the new one. Gives the UserId of the former owner.',
  audited: 'change',
  input: structure({
    OrganizationId: organizationIdShape,
    Kind: words(KINDS),
    Name: textThat('an address, a principal name or a SID, of 1 to 256 characters', value =>
      /^[^\s\p{C}]{1,256}$/u.test(value),
    ),
  }),
  run: async ({ ports, organization, changed }, { Kind, Name }) => {
    const release = await ports.store.releaseName(organization.id, SPACES[Kind], Name)
    const name = `The ${LABELS[Kind]} ${quote(Name)}`
    if (release.kind === 'unknown')
      throw new ApiError(
        'EntityNotFoundException',
        `${name} stays with no user: any user can have it without a release`,
      )
    if (release.kind === 'in-use')
      throw new ApiError(
        'EntityStateException',
        `${name} belongs to the user ${release.userId}: remove it from that user, or delete the user, and then release it`,
      )
    changed({ userId: release.userId, kind: Kind, name: Name }, undefined)
    return { UserId: release.userId }
  },
})

export const NAME_ACTIONS: readonly Action[] = [listFormerNames, releaseName]

const onWire = ({ space, name }: FormerName) => ({
  Kind: KINDS.find(kind => SPACES[kind] === space),
  Name: name,
})
