/**
 * The parts of the data plane that the control API uses to explain decisions.
 *
 * @module
 */

import type { ControlPorts } from '../control/action.ts'
import { readEnvelope } from '../ews/reader.ts'
import type { MailboxOwners } from '../gateway/mailbox-owners.ts'
import type { ServedOrganization } from '../gateway/ports.ts'
import { subscriptionHash } from '../gateway/subscriptions.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { Limits } from '../xml/limits.ts'

type ExplainingPorts = Pick<ControlPorts, 'mailboxes' | 'readRequest'>

/** Creates ports that read only data that this gateway has cached. They never send a request to an upstream. */
export const explainingPorts = (
  organizations: ReadonlyMap<OrganizationId, ServedOrganization>,
  owners: MailboxOwners,
  limits: Limits,
): ExplainingPorts => ({
  mailboxes: {
    findShared: (id, user) => {
      const served = organizations.get(id)
      return served && owners.findShared(served, user)
    },
    findOwners: (id, { guids, users }) => {
      const served = organizations.get(id)
      return served && owners.findOwners(served, guids, users)
    },
  },
  readRequest: xml => {
    const { prologue, facts } = readEnvelope(Buffer.from(xml), limits)
    return {
      prologue,
      facts: { ...facts, subscriptions: facts.subscriptions.map(subscriptionHash) },
    }
  },
})
